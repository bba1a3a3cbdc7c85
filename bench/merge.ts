/**
 * How long does MERGE of 10,000 rows into TPC-H's lineitem take against DuckDB's in-memory tables?
 *
 * Method: each engine has a copy of its own of the table (Sluice an Iceberg table with merge-on-read, made anew from `--lake`). Each round has
 * other source rows, made in both engines by the same statements before the clock starts: as many that match by l_orderkey and l_linenumber
 * as new ones. Engines take turns; after each round counts and sums must be the same. The first round is not counted.
 *
 *   npm run bench -- merge --lake DIR [--threads 2] [--runs 5] [--rows 10000] [--kind merge|update|delete] [--by wall|cpu] [--scratch DIR]
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { tablesOf } from './lake.ts'
import { PeerProcess } from './peer-process.ts'
import { answerDifference } from './same-answer.ts'
import { median, minimum, printTable } from './samples.ts'

const COLUMNS = [
  ...['l_orderkey', 'l_partkey', 'l_suppkey', 'l_linenumber', 'l_quantity', 'l_extendedprice', 'l_discount', 'l_tax'],
  ...['l_returnflag', 'l_linestatus', 'l_shipdate', 'l_commitdate', 'l_receiptdate', 'l_shipinstruct', 'l_shipmode'],
  'l_comment',
]
/** dbgen uses the first 8 of every 32 order keys: a group of them has 32 rows on average. */
const KEYS_PER_GROUP = 32
/** Every column under a name of its own: rows come as objects. */
const STATE =
  'SELECT count(*) AS n, sum(l_quantity) AS quantity, sum(l_extendedprice) AS price, sum(l_tax) AS tax FROM lineitem'
const NEW_KEYS_FROM = 1_000_000_000

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      lake: { type: 'string' },
      threads: { type: 'string', default: '2' },
      runs: { type: 'string', default: '5' },
      rows: { type: 'string', default: '10000' },
      kind: { type: 'string', default: 'merge' },
      by: { type: 'string', default: 'wall' },
      scratch: { type: 'string', default: tmpdir() },
    },
  })
  if (values.lake === undefined) throw new Error('--lake DIR: the TPC-H tables, as `sluice tpch --into` writes them')
  const { lineitem } = tablesOf(values.lake)
  if (lineitem === undefined) throw new Error(`no table lineitem in ${values.lake}`)
  const scratch = mkdtempSync(join(values.scratch, 'merge-'))
  const options = { threads: Number(values.threads), timeout: 600 }
  const sluice = await PeerProcess.start('sluice', { ...options, lake: scratch, tables: {} })
  const duckdb = await PeerProcess.start('duckdb-python-memory', { ...options, tables: { lineitem } })
  try {
    await ask(sluice, `ATTACH '${values.lake}' AS origin`)
    await ask(sluice, 'CREATE TABLE lineitem AS SELECT * FROM origin.lineitem')
    await compare([sluice, duckdb], {
      statement: statementOf(values.kind),
      rounds: Number(values.runs) + 1,
      rows: Number(values.rows),
      byCpu: values.by === 'cpu',
    })
  } finally {
    sluice.stop()
    duckdb.stop()
    rmSync(scratch, { recursive: true, force: true })
  }
}

interface Rounds {
  readonly statement: string
  readonly rounds: number
  readonly rows: number
  readonly byCpu: boolean
}

async function compare(peers: readonly PeerProcess[], { statement, rounds, rows, byCpu }: Rounds): Promise<void> {
  const times = new Map<PeerProcess, number[]>(peers.map((peer) => [peer, []]))
  const memory = new Map<PeerProcess, number>(peers.map((peer) => [peer, 0]))
  for (let round = 0; round < rounds; round++) {
    const states: (readonly (readonly unknown[])[])[] = []
    for (const peer of peers) {
      await makeSource(peer, round, rows)
      const { ms, cpuMs, rss } = await ask(peer, statement)
      if (round > 0) times.get(peer)!.push(byCpu ? cpuMs! : ms!)
      memory.set(peer, Math.max(memory.get(peer)!, rss ?? 0))
      const state = await ask(peer, STATE)
      states.push(state.rows!)
    }
    const difference = answerDifference(states[0]!, states[1]!, true)
    if (difference !== undefined) throw new Error(`round ${round}: other rows than ${peers[1]!.name}: ${difference}`)
  }
  console.log(`${rows} rows into lineitem, ${byCpu ? 'processor' : 'wall'} time in ms, ${rounds - 1} rounds`)
  const [own, other] = peers.map((peer) => times.get(peer)!) as [number[], number[]]
  printTable(
    ['engine', 'min', 'median', 'MB'],
    peers.map((peer) => {
      const samples = times.get(peer)!
      const megabytes = (memory.get(peer)! / 1e6).toFixed(0)
      return [`${peer.name} ${peer.version}`, minimum(samples).toFixed(0), median(samples).toFixed(0), megabytes]
    }),
  )
  const ratios = [minimum(own) / minimum(other), median(own) / median(other)]
  console.log(`ratio ${ratios.map((one) => one.toFixed(2)).join(' (minima), ')} (medians)`)
}

/** Rows of whole orders, spread over the table, and as many with keys that are not there. */
async function makeSource(peer: PeerProcess, round: number, rows: number): Promise<void> {
  const groups = Math.round(6_001_215 / (rows / 2))
  const [low, cycle] = [KEYS_PER_GROUP * (round * 7), KEYS_PER_GROUP * groups]
  const chosen = `l_orderkey % ${cycle} BETWEEN ${low} AND ${low + KEYS_PER_GROUP - 1}`
  const others = COLUMNS.slice(1).map((name) => (name === 'l_quantity' ? 'l_quantity + 1 AS l_quantity' : name))
  const columns = others.join(', ')
  await ask(peer, 'DROP TABLE IF EXISTS source')
  await ask(
    peer,
    `CREATE TABLE source AS SELECT l_orderkey, ${columns} FROM lineitem WHERE ${chosen} AND l_orderkey < ${NEW_KEYS_FROM}
     UNION ALL
     SELECT l_orderkey + ${NEW_KEYS_FROM * (round + 1)}, ${columns} FROM lineitem WHERE ${chosen} AND l_orderkey < ${NEW_KEYS_FROM}`,
  )
}

function statementOf(kind: string): string {
  const key = 'l.l_orderkey = s.l_orderkey AND l.l_linenumber = s.l_linenumber'
  switch (kind) {
    case 'merge':
      return `MERGE INTO lineitem l USING source s ON ${key}
        WHEN MATCHED THEN UPDATE SET l_quantity = s.l_quantity, l_extendedprice = s.l_extendedprice
        WHEN NOT MATCHED THEN INSERT (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((name) => `s.${name}`).join(', ')})`
    case 'update':
      return `UPDATE lineitem l SET l_quantity = s.l_quantity FROM source s WHERE ${key}`
    case 'delete':
      return `DELETE FROM lineitem l USING source s WHERE ${key}`
    default:
      throw new Error(`--kind merge, update or delete, not "${kind}"`)
  }
}

async function ask(peer: PeerProcess, sql: string) {
  const answer = await peer.query(sql, true)
  if (!answer.ok) throw new Error(`${peer.name}: ${answer.error}\n${sql}`)
  return answer
}
