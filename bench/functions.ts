/**
 * How fast are functions, casts and operators over 500,000 rows, against DuckDB on the same Parquet file, one thread each?
 *
 *   npm run bench -- functions [--only TEXT] [--runs 5] [--file FILE]        FILE: where the table is, or is written
 */
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CASES, type FunctionCase, TABLE } from './functions-cases.ts'
import { PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { geometricMean, minimum, printTable } from './samples.ts'

const ROWS = 500_000

/** One value of all rows that costs little beside the function. */
function measured(result: FunctionCase['result'], sql: string): string {
  switch (result) {
    case 'text':
      return `sum(length(${sql}))`
    case 'number':
      return `sum(${sql})`
    case 'time':
      return `max(${sql})::varchar`
    case 'truth':
      return `count(*) filter (where ${sql})`
  }
}

/** What tells wrong answers beyond that. */
function checked(result: FunctionCase['result'], sql: string): string {
  const text = result === 'time' ? '::varchar' : ''
  const ends = [`min(${sql})${text}`, `max(${sql})${text}`]
  const parts = [`count(${sql})`, measured(result, sql), ...(result === 'truth' ? [] : ends)]
  // Rows are read by name.
  return parts.map((part, i) => `${part} AS c${i}`).join(', ')
}

interface Measured {
  readonly ours: number
  readonly theirs: number
  readonly note: string
}

async function measure(
  one: FunctionCase,
  file: string,
  runs: number,
  ours: PeerProcess,
  theirs: PeerProcess,
): Promise<Measured> {
  const other = one.duckdb ?? one.sql
  const query = (select: string): string => `select ${select} from '${file}'`
  const left = await ours.query(query(checked(one.result, one.sql)), true)
  const right = await theirs.query(query(checked(one.result, other)), true)
  const fault = left.error ?? right.error
  if (fault !== undefined) return { ours: Number.NaN, theirs: Number.NaN, note: fault }
  const note = answerDifference(left.rows!, right.rows!, true) ?? ''
  const [a, b]: [number[], number[]] = [[], []]
  for (let run = 0; run <= runs; run++) {
    const first = await ours.query(query(measured(one.result, one.sql)))
    const second = await theirs.query(query(measured(one.result, other)))
    if (run === 0) continue
    a.push(first.cpuMs!)
    b.push(second.cpuMs!)
  }
  return { ours: minimum(a), theirs: minimum(b), note }
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      runs: { type: 'string', default: '5' },
      file: { type: 'string', default: join(tmpdir(), 'sluice-bench-functions.parquet') },
    },
  })
  const { only, runs, file } = values
  const ours = await PeerProcess.start('sluice', { threads: 1, tables: {} })
  const theirs = await PeerProcess.start('duckdb-python', { threads: 1, tables: {} })
  if (!existsSync(file)) {
    const { error } = await theirs.query(`COPY (${TABLE}) TO '${file}' (FORMAT parquet)`)
    if (error !== undefined) throw new Error(error)
  }
  const families = new Map<string, number[]>()
  console.log(`${'million rows a second, ratio of time'.padEnd(53)}  sluice   duckdb    ratio`)
  for (const one of CASES) {
    if (!`${one.family} ${one.sql}`.includes(only)) continue
    const found = await measure(one, file, Number(runs), ours, theirs)
    const ratio = found.ours / found.theirs
    const rate = (ms: number): string => (ROWS / ms / 1000).toFixed(1)
    const cells = [rate(found.ours), rate(found.theirs), ratio.toFixed(2)].map((cell) => cell.padStart(8))
    console.log(`${one.sql.padEnd(52)} ${cells.join(' ')}  ${found.note.slice(0, 90)}`)
    if (!Number.isNaN(ratio)) families.set(one.family, [...(families.get(one.family) ?? []), ratio])
  }
  ours.stop()
  theirs.stop()
  printTable(
    ['family', 'functions', 'geometric mean', 'worst'],
    [...families].map(([name, ratios]) => [
      name,
      String(ratios.length),
      geometricMean(ratios).toFixed(2),
      Math.max(...ratios).toFixed(2),
    ]),
  )
}
