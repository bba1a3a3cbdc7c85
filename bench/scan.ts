/**
 * How fast is a scan of one column, against DuckDB on the same files?
 *
 *   npm run bench -- scan --lake DIR [--threads 1] [--runs 5]        DIR: tables made by `sluice tpch --into DIR/`
 */
import { parseArgs } from 'node:util'
import { tablesOf } from './lake.ts'
import { PeerProcess } from './peer-process.ts'
import { geometricMean, minimum, printTable } from './samples.ts'

/** An aggregate that costs little beside reading the column. */
const QUERIES: Readonly<Record<string, string>> = {
  l_orderkey: 'select max(l_orderkey + 1) from lineitem',
  l_partkey: 'select max(l_partkey + 1) from lineitem',
  l_extendedprice: 'select max(l_extendedprice + 1) from lineitem',
  l_discount: 'select sum(l_discount) from lineitem',
  l_shipdate: "select count(*) from lineitem where l_shipdate < date '1995-01-01'",
  l_shipmode: "select count(*) from lineitem where l_shipmode = 'AIR'",
  l_comment: "select count(*) from lineitem where l_comment like '%special%'",
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lake: { type: 'string', default: './lake' },
      threads: { type: 'string', default: '1' },
      runs: { type: 'string', default: '5' },
    },
  })
  const options = { threads: Number(values.threads), lake: values.lake, tables: tablesOf(values.lake) }
  const ours = await PeerProcess.start('sluice', options)
  const theirs = await PeerProcess.start('duckdb-python', options)
  const ratios: number[] = []
  const rows: string[][] = []
  for (const [column, sql] of Object.entries(QUERIES)) {
    const [a, b]: [number[], number[]] = [[], []]
    for (let run = 0; run <= Number(values.runs); run++) {
      const [left, right] = [await ours.query(sql, true), await theirs.query(sql, true)]
      if (Number(left.rows?.[0]?.[0]) !== Number(right.rows?.[0]?.[0])) throw new Error(`${column}: the answers differ`)
      if (run === 0) continue
      a.push(left.ms!)
      b.push(right.ms!)
    }
    ratios.push(minimum(a) / minimum(b))
    rows.push([column, minimum(a).toFixed(1), minimum(b).toFixed(1), ratios.at(-1)!.toFixed(2)])
  }
  printTable(['column', 'sluice min ms', 'duckdb min ms', 'ratio'], rows)
  console.log(`geometric mean ${geometricMean(ratios).toFixed(3)}`)
  ours.stop()
  theirs.stop()
}
