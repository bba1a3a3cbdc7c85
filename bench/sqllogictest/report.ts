/** What came of the records of suites: failures by reason, and a table of groups and suites. */
import { GROUPS } from './group.ts'

/** A query record that PostgreSQL confirms, or a statement that fails here only. */
export interface Outcome {
  readonly suite: string
  /** null: a statement; it counts for nothing, but later queries may need it. */
  readonly group: string | null
  /** File and line. */
  readonly at: string
  readonly sql: string
  /** null: as recorded. */
  readonly cause: string | null
}

/** Reasons printed, the commonest first. */
const REASONS_MAX = 60

/** The cause without the names in it. */
function reasonOf(cause: string): string {
  if (cause.startsWith('other rows')) return 'other rows'
  return cause
    .replace(/"[^"]*"/g, '"..."')
    .replace(/\s+/g, ' ')
    .slice(0, 120)
}

/** A line a reason: how many queries, how many statements, and where first. */
export function reasons(outcomes: readonly Outcome[]): string {
  const found = new Map<string, Outcome[]>()
  for (const outcome of outcomes) {
    if (outcome.cause === null) continue
    const reason = reasonOf(outcome.cause)
    const list = found.get(reason)
    if (list === undefined) found.set(reason, [outcome])
    else list.push(outcome)
  }
  const lines = [...found].map(([reason, list]) => {
    const queries = list.filter(({ group }) => group !== null).length
    return { queries, text: `${queries} queries, ${list.length - queries} statements: ${reason} (${list[0]!.at})` }
  })
  return lines
    .toSorted((a, b) => b.queries - a.queries)
    .slice(0, REASONS_MAX)
    .map(({ text }) => text)
    .join('\n')
}

/** Markdown: right of all, and the share. */
export function table(outcomes: readonly Outcome[]): string {
  const suites = [...new Set(outcomes.map(({ suite }) => suite))]
  const cell = (chosen: readonly Outcome[]): string => {
    const right = chosen.filter(({ cause }) => cause === null).length
    return chosen.length === 0 ? '-' : `${right}/${chosen.length} ${((100 * right) / chosen.length).toFixed(1)} %`
  }
  const counted = outcomes.filter(({ group }) => group !== null)
  const row = (name: string, chosen: readonly Outcome[]): string =>
    `| ${[name, ...suites.map((suite) => cell(chosen.filter((outcome) => outcome.suite === suite))), cell(chosen)].join(' | ')} |`
  return [
    `| group | ${[...suites, 'all'].join(' | ')} |`,
    `|---|${'---|'.repeat(suites.length + 1)}`,
    ...GROUPS.map((group) =>
      row(
        group,
        counted.filter((outcome) => outcome.group === group),
      ),
    ),
    row('all', counted),
  ].join('\n')
}
