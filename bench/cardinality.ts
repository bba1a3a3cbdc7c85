/**
 * How good are the planner's estimates? Rows that it expected of each operator of the 22 TPC-H queries against the rows that there were.
 *
 * The q-error of an estimate is how many times too high or too low it is: max(estimate, actual) / min(estimate, actual), both at least 1.
 * What lies between a join and a scan that its filter thins out is left out: what the filter takes away is counted with the join.
 *
 *   npm run bench -- cardinality --lake DIR        DIR: tables made by `sluice tpch --into DIR/`
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { open } from '../src/index.ts'
import { median, printTable } from './samples.ts'

interface Estimate {
  readonly query: string
  readonly operator: string
  readonly expected: number
  readonly actual: number
}

/** Shown one by one. */
const WORST = 30

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { lake: { type: 'string', default: './lake' } } })
  const database = await open({ catalog: values.lake })
  const estimates: Estimate[] = []
  for (let i = 1; i <= 22; i++) {
    const query = `q${String(i).padStart(2, '0')}`
    const file = fileURLToPath(new URL(`../tpch/queries/${query}.sql`, import.meta.url))
    const sql = readFileSync(file, 'utf8').replace(/;\s*$/, '')
    const result = await database.query(`explain analyze ${sql}`)
    const lines = (await result.rows()).map((row) => String(Object.values(row)[0]))
    estimates.push(...estimatesOf(query, lines))
  }
  await database.close()
  const errors = estimates.map((estimate) => qError(estimate)).toSorted((a, b) => a - b)
  const at = (share: number): string =>
    errors[Math.min(errors.length - 1, Math.floor(errors.length * share))]!.toFixed(2)
  const worst = estimates.toSorted((a, b) => qError(b) - qError(a)).slice(0, WORST)
  printTable(
    ['operator', 'expected', 'actual', 'q-error'],
    worst.map((one) => [
      `${one.query} ${one.operator}`,
      one.expected.toFixed(0),
      String(one.actual),
      qError(one).toFixed(1),
    ]),
  )
  console.log(
    `${errors.length} operators: q-error median ${median(errors).toFixed(2)}, 90 % ${at(0.9)}, 95 % ${at(0.95)}, worst ${errors.at(-1)!.toFixed(1)}`,
  )
}

function qError({ expected, actual }: Estimate): number {
  const [low, high] = [Math.max(1, Math.min(expected, actual)), Math.max(1, expected, actual)]
  return high / low
}

interface Operator {
  readonly depth: number
  readonly name: string
  readonly expected: number
  readonly actual: number
  readonly details: readonly string[]
}

/** The operators of EXPLAIN ANALYZE's tree, but for those that a join's filter has thinned out. */
function estimatesOf(query: string, lines: readonly string[]): Estimate[] {
  const operators = lines.flatMap((line, i): Operator[] => {
    const match = /^(\s*(?:->)?\s*)(.*?)\s+\(rows=(\d+)\) \(actual rows=(\d+)/.exec(line)
    if (match === null) return []
    const [, indent, name, expected, actual] = match
    const rest = lines.slice(i + 1)
    const end = rest.findIndex((other) => other.includes('(rows='))
    const details = (end < 0 ? rest : rest.slice(0, end)).map((detail) => detail.trim())
    return [{ depth: indent!.length, name: name!, expected: Number(expected), actual: Number(actual), details }]
  })
  const thinned = new Set<Operator>()
  const above: Operator[] = []
  for (const operator of operators) {
    while (above.length > 0 && above.at(-1)!.depth >= operator.depth) above.pop()
    if (operator.name.startsWith('Scan')) {
      for (const join of filtersOf(operator, /from (join \d+)/g)) {
        const place = above.findIndex((one) => filtersOf(one, /(join \d+)/g).includes(join))
        for (const one of [...above.slice(place + 1), operator]) thinned.add(one)
      }
    }
    above.push(operator)
  }
  return operators
    .filter((operator) => !thinned.has(operator))
    .map(({ name, expected, actual }) => ({ query, operator: name, expected, actual }))
}

function filtersOf({ details }: Operator, pattern: RegExp): string[] {
  const text = details.find((detail) => detail.startsWith('Dynamic Filter: ')) ?? ''
  return [...text.matchAll(pattern)].map(([, join]) => join!)
}
