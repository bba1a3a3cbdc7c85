/**
 * How long does planning take: text to physical plan, statistics read before? Tables are opened anew for each query, as always.
 *
 *   npm run bench -- plan --lake DIR        DIR: tables made by `sluice tpch --into DIR/`
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startEngine } from '../src/engine/engine.ts'
import type { Session } from '../src/engine/session.ts'
import { bindContext, planQuery } from '../src/engine/statements/plan.ts'
import { bindQuery } from '../src/plan/bind/bind.ts'
import { median, minimum, printTable } from './samples.ts'

/** Enough for the compiler of the JavaScript engine to see what is hot. */
const ROUNDS = 40

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { lake: { type: 'string', default: './lake' } } })
  const engine = await startEngine({ dataDirectory: values.lake })
  const session = engine.createSession()
  const queries: (readonly [string, string])[] = [['point query', 'select * from orders where o_orderkey = 1']]
  for (let i = 1; i <= 22; i++) {
    const name = `q${String(i).padStart(2, '0')}`
    const file = fileURLToPath(new URL(`../tpch/queries/${name}.sql`, import.meta.url))
    queries.push([name, readFileSync(file, 'utf8').replace(/;\s*$/, '')])
  }
  const samples = queries.map((): [number, number, number][] => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, [, sql]] of queries.entries()) samples[i]!.push(await planOnce(session, sql))
  }
  const rows = queries.map(([name], i) => {
    const steps = [0, 1, 2].map((step) => minimum(samples[i]!.map((times) => times[step]!)).toFixed(2))
    const totals = samples[i]!.map(([parse, bind, plan]) => parse + bind + plan)
    return [name, ...steps, minimum(totals).toFixed(2), median(totals).toFixed(2)]
  })
  printTable(['query', 'parse ms', 'bind', 'plan', 'total', 'median total'], rows)
  await engine.close()
}

/** Milliseconds of parsing, of opening tables and binding, and of optimizing and building the plan. */
async function planOnce(session: Session, sql: string): Promise<[number, number, number]> {
  const started = performance.now()
  const [statement] = session.parse(sql)
  if (statement?.kind !== 'query') throw new Error('not a query')
  const parsed = performance.now()
  const query = await bindQuery(statement.query, bindContext(session, {}))
  const bound = performance.now()
  await planQuery(session, query)
  return [parsed - started, bound - parsed, performance.now() - bound]
}
