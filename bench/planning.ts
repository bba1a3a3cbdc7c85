/**
 * What do tables of very many files cost before the first row is read? Iceberg and Delta tables of metadata alone, each case in a new process.
 *
 *   npm run bench -- planning [--files 1000000] [--into DIR]       DIR keeps the tables for the next time
 *
 * `plan` is parsing, opening the table, binding, optimizing and the list of files to read; queries that are answered run whole. Files that a
 * query would read are not there, but for those of the first region.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { loadArrow } from '../src/core/arrow.ts'
import type { Session } from '../src/engine/session.ts'
import { createParquetWriter } from '../src/format/parquet/write/parquet-writer.ts'
import { writeDeltaTable } from './planning/delta-table.ts'
import { writeIcebergTable } from './planning/iceberg-table.ts'
import { FILES_A_REGION, ROWS_A_FILE, fileAt } from './planning/table-shape.ts'
import { median, minimum, printTable } from './samples.ts'

const TABLES = ['iceberg', 'delta', 'delta_parsed']

/** `files`: how many are planned; else the query runs whole. */
const CASES: readonly { readonly name: string; readonly sql: string; readonly isPlanned: boolean }[] = [
  { name: 'plan: one region', sql: "SELECT * FROM t WHERE region = 'r00500'", isPlanned: true },
  { name: 'plan: one id', sql: 'SELECT * FROM t WHERE id = 5000000', isPlanned: true },
  {
    name: 'plan: region and time',
    sql: "SELECT * FROM t WHERE region = 'r00500' AND at < '2024-12-13 06:00'",
    isPlanned: true,
  },
  { name: 'LIMIT 10', sql: 'SELECT id, note FROM t LIMIT 10', isPlanned: false },
  { name: 'LIMIT 10 in a region', sql: "SELECT id FROM t WHERE region = 'r00000' LIMIT 10", isPlanned: false },
  { name: 'count(*)', sql: 'SELECT count(*) FROM t', isPlanned: false },
  { name: 'count(*) of a region', sql: "SELECT count(*) FROM t WHERE region = 'r00500'", isPlanned: false },
  { name: 'min and max', sql: 'SELECT min(id), max(id) FROM t', isPlanned: false },
]

const RUNS = 5

interface CaseResult {
  readonly samples: readonly number[]
  /** Milliseconds of all threads: tells a busy machine from a slow query. */
  readonly cpuSamples: readonly number[]
  /** Files planned, or the first row. */
  readonly answer: string
  readonly rssMegabytes: number
}

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { files: { type: 'string', default: '1000000' }, into: { type: 'string' }, case: { type: 'string' } },
  })
  const fileCount = Number(values.files)
  const folder = values.into ?? join(tmpdir(), `planning-${process.pid}`)
  if (values.case !== undefined) return runCase(folder, values.case)
  for (const table of TABLES) await makeTable(join(folder, table, 't'), table, fileCount)
  const rows: string[][] = []
  for (const table of TABLES) {
    for (const [i, { name }] of CASES.entries()) {
      const { samples, cpuSamples, answer, rssMegabytes } = inNewProcess([
        ...args,
        '--into',
        folder,
        '--case',
        `${table}:${i}`,
      ])
      const later = samples.slice(1)
      const times = [samples[0]!, minimum(later), median(later), cpuSamples[0]!, minimum(cpuSamples)].map((ms) =>
        ms.toFixed(0),
      )
      rows.push([`${table}: ${name}`, ...times, String(rssMegabytes), answer])
    }
  }
  printTable(['question', 'first ms', 'later min', 'median', 'first CPU', 'min CPU', 'MB', 'answer'], rows)
  if (values.into === undefined) rmSync(folder, { recursive: true })
}

async function makeTable(folder: string, table: string, fileCount: number): Promise<void> {
  if (existsSync(folder)) return
  mkdirSync(folder, { recursive: true })
  if (table === 'iceberg') writeIcebergTable(folder, fileCount)
  else await writeDeltaTable(folder, { fileCount, withParsedPartitions: table === 'delta_parsed' })
  for (let i = 0; i < Math.min(FILES_A_REGION, fileCount, 20); i++) await writeDataFile(folder, i)
}

async function writeDataFile(folder: string, index: number): Promise<void> {
  const arrow = await loadArrow()
  const { path, region, firstId } = fileAt(index)
  const ids = Array.from({ length: ROWS_A_FILE }, (_, i) => BigInt(firstId + i))
  const table = new arrow.Table({
    id: arrow.vectorFromArray(ids, new arrow.Int64()),
    region: arrow.vectorFromArray(
      ids.map(() => region),
      new arrow.Utf8(),
    ),
    note: arrow.vectorFromArray(
      ids.map((id) => `note ${id}`),
      new arrow.Utf8(),
    ),
  })
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({ codec: 'snappy', write: async (bytes) => void parts.push(bytes.slice()) })
  await writer.write(table.batches)
  await writer.finish()
  writeFileSync(join(folder, path), Buffer.concat(parts))
}

function inNewProcess(args: readonly string[]): CaseResult {
  const child = spawnSync(process.execPath, [...process.execArgv, process.argv[1]!, 'planning', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (child.status !== 0) throw new Error(`a case failed: ${args.join(' ')}`)
  return JSON.parse(String(child.stdout)) as CaseResult
}

/** The engine from its sources: what plans is not exported by what is built. The first run of a case loads and compiles them too. */
async function loadSources(): Promise<Sources> {
  const parts = await Promise.all([
    import('../src/engine/engine.ts'),
    import('../src/engine/statements/plan.ts'),
    import('../src/plan/bind/bind.ts'),
  ])
  return { ...parts[0], ...parts[1], ...parts[2] }
}

type Start = Pick<typeof import('../src/engine/engine.ts'), 'startEngine'>
type Sources = Start &
  Pick<typeof import('../src/engine/statements/plan.ts'), 'bindContext' | 'planQuery'> &
  Pick<typeof import('../src/plan/bind/bind.ts'), 'bindQuery'>

async function runCase(folder: string, which: string): Promise<void> {
  const [table, number] = which.split(':')
  const { sql, isPlanned } = CASES[Number(number)]!
  const sources = isPlanned ? await loadSources() : undefined
  const { startEngine } = sources ?? ((await import('../dist/src/engine/engine.js' as string)) as Start)
  const engine = await startEngine({
    dataDirectory: join(folder, table!),
    settings: { memory_limit: '256MB', threads: 1 },
  })
  const session = engine.createSession()
  await session.query('SELECT 1')
  const samples: number[] = []
  const cpuSamples: number[] = []
  let answer = ''
  for (let run = 0; run < RUNS; run++) {
    const started = performance.now()
    const before = process.cpuUsage()
    answer = sources === undefined ? await firstRow(session, sql) : `${await filesPlanned(sources, session, sql)} files`
    samples.push(performance.now() - started)
    const { user, system } = process.cpuUsage(before)
    cpuSamples.push((user + system) / 1000)
  }
  await engine.close()
  // Kilobytes, on every platform of Node.
  const result: CaseResult = {
    samples,
    cpuSamples,
    answer,
    rssMegabytes: Math.round(process.resourceUsage().maxRSS / 1000),
  }
  console.log(JSON.stringify(result))
}

async function firstRow(session: Session, sql: string): Promise<string> {
  const result = await session.query(sql)
  let first: unknown
  for await (const rows of result.chunks()) first ??= rows[0]
  return String(first)
}

async function filesPlanned(
  { bindContext, bindQuery, planQuery }: Sources,
  session: Session,
  sql: string,
): Promise<number> {
  const [statement] = session.parse(sql)
  if (statement?.kind !== 'query') throw new Error('not a query')
  const query = await bindQuery(statement.query, bindContext(session, {}))
  const { physical } = await planQuery(session, query)
  let count = 0
  for (const { table, pushdown } of physical.sources.values()) {
    for await (const _ of table.scan(pushdown)) count++
  }
  return count
}
