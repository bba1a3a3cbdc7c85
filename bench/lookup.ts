/**
 * How long does it take to get one row by its key, against DuckDB on the same files?
 *
 *   npm run bench -- lookup --lake DIR [--threads 1] [--runs 300]        DIR: tables made by `sluice tpch --into DIR/`
 *
 * Method: each run asks both engines for the same key, another one each time; the first tenth of the runs is not counted.
 */
import { parseArgs } from 'node:util'
import { tablesOf } from './lake.ts'
import { PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { median, minimum, printTable } from './samples.ts'

/** Columns with a unique key, or nearly, and how many values it has at scale 1. */
const KEYS: Readonly<Record<string, { readonly column: string; readonly values: number }>> = {
  orders: { column: 'o_orderkey', values: 6_000_000 },
  customer: { column: 'c_custkey', values: 150_000 },
  lineitem: { column: 'l_orderkey', values: 6_000_000 },
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lake: { type: 'string', default: './lake' },
      threads: { type: 'string', default: '1' },
      runs: { type: 'string', default: '300' },
    },
  })
  const { lake } = values
  const options = { threads: Number(values.threads), lake, tables: tablesOf(lake) }
  const ours = await PeerProcess.start('sluice', options)
  const theirs = await PeerProcess.start('duckdb-python', options)
  const runs = Number(values.runs)
  const rows: string[][] = []
  for (const [table, key] of Object.entries(KEYS)) {
    const [a, b]: [number[], number[]] = [[], []]
    for (let run = 0; run < runs; run++) {
      const sql = `select * from ${table} where ${key.column} = ${1 + Math.floor(Math.random() * key.values)}`
      const [left, right] = [await ours.query(sql, true), await theirs.query(sql, true)]
      const difference = answerDifference(left.rows ?? [], right.rows ?? [], false)
      if (!left.ok || difference !== undefined) throw new Error(`${sql}: ${left.error ?? difference}`)
      if (run < runs / 10) continue
      a.push(left.ms!)
      b.push(right.ms!)
    }
    const figures = [minimum(a), median(a), minimum(b), median(b)].map((ms) => ms.toFixed(2))
    rows.push([table, ...figures, (median(a) / median(b)).toFixed(2)])
  }
  printTable(['table', 'sluice min ms', 'p50', 'duckdb min ms', 'p50', 'ratio of p50'], rows)
  ours.stop()
  theirs.stop()
}
