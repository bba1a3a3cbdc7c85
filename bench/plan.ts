/**
 * How long does planning take: text to physical plan, tables open and statistics read?
 *
 *   npm run bench -- plan --lake DIR        DIR: tables made by `sluice tpch --into DIR/`
 */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startEngine } from '../src/engine/engine.ts'
import { median, minimum, printTable } from './samples.ts'

const RUNS = 15

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
  const rows: string[][] = []
  for (const [name, sql] of queries) {
    const samples: number[] = []
    for (let run = 0; run < RUNS; run++) {
      const started = performance.now()
      await session.query(`EXPLAIN ${sql}`)
      samples.push(performance.now() - started)
    }
    rows.push([name, minimum(samples).toFixed(2), median(samples).toFixed(2)])
  }
  printTable(['query', 'min ms', 'median ms'], rows)
  await engine.close()
}
