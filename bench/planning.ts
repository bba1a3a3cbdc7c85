/**
 * What do tables of very many files cost before the first row is read? Iceberg and Delta tables of metadata alone, each case in a new process.
 *
 *   npm run bench -- planning [--files 1000000] [--into DIR] [--only iceberg]      DIR keeps the tables for the next time
 *
 * `plan` is parsing, opening the table, binding, optimizing and the list of files to read; queries that are answered run whole. Files that a
 * query would read are not there, but for those of the first region.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { loadArrow } from '../src/core/arrow.ts'
import { createParquetWriter } from '../src/format/parquet/write/parquet-writer.ts'
import { writeDeltaTable } from './planning/delta-table.ts'
import { writeIcebergTable } from './planning/iceberg-table.ts'
import type { CaseResult } from './planning/run-case.ts'
import { FILES_A_REGION, ROWS_A_FILE, fileAt } from './planning/table-shape.ts'
import { median, minimum, printTable } from './samples.ts'

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

const TABLES = ['iceberg', 'delta', 'delta_parsed']

interface Case {
  readonly name: string
  readonly sql: string
  /** The plan and its list of files alone; else the query runs whole. */
  readonly isPlanned: boolean
  /** Milliseconds that the first query of a process may take; null: nothing is promised. */
  readonly firstMax: number | null
  /** The same for the best of those after it. */
  readonly laterMax: number | null
  /** Manifests that may be opened; null: all. */
  readonly manifestsMax: number | null
}

const PLANNED = { isPlanned: true, firstMax: 300, laterMax: 300 } as const
const ANSWERED = { isPlanned: false, firstMax: null, laterMax: 1000 } as const

const CASES: readonly Case[] = [
  { name: 'plan: one region', sql: "SELECT * FROM t WHERE region = 'r00500'", ...PLANNED, manifestsMax: 1 },
  {
    name: 'plan: one id',
    sql: 'SELECT * FROM t WHERE id = 5000000',
    ...PLANNED,
    firstMax: null,
    laterMax: null,
    manifestsMax: null,
  },
  {
    name: 'plan: region and time',
    sql: "SELECT * FROM t WHERE region = 'r00500' AND at < '2024-12-13 06:00'",
    ...PLANNED,
    manifestsMax: 1,
  },
  { name: 'LIMIT 10', sql: 'SELECT id, note FROM t LIMIT 10', ...ANSWERED, firstMax: 300, manifestsMax: 1 },
  {
    name: 'LIMIT 10 in a region',
    sql: "SELECT id FROM t WHERE region = 'r00000' LIMIT 10",
    ...ANSWERED,
    firstMax: 300,
    manifestsMax: 1,
  },
  { name: 'count(*)', sql: 'SELECT count(*) FROM t', ...ANSWERED, manifestsMax: 0 },
  { name: 'count(*) of a region', sql: "SELECT count(*) FROM t WHERE region = 'r00500'", ...ANSWERED, manifestsMax: 1 },
  { name: 'min and max', sql: 'SELECT min(id), max(id) FROM t', ...ANSWERED, manifestsMax: null },
]

/** Megabytes of a process in all. */
const RSS_MAX = 300

export async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      files: { type: 'string', default: '1000000' },
      into: { type: 'string' },
      only: { type: 'string', default: '' },
    },
  })
  const fileCount = Number(values.files)
  const folder = values.into ?? join(tmpdir(), `planning-${process.pid}`)
  for (const table of TABLES) await makeTable(join(folder, table, 't'), table, fileCount)
  const bundle = join(ROOT, `bench/.planning-${process.pid}`)
  try {
    askAll(await bundleCase(bundle), folder, values.only)
  } finally {
    rmSync(bundle, { recursive: true, force: true })
  }
  if (values.into === undefined) rmSync(folder, { recursive: true })
}

function askAll(program: string, folder: string, only: string): void {
  const rows: string[][] = []
  for (const table of TABLES) {
    for (const one of CASES) {
      const name = `${table}: ${one.name}`
      if (name.includes(only)) rows.push([name, ...cellsOf(one, inNewProcess(program, join(folder, table), one))])
    }
  }
  const times = ['first ms', 'CPU', 'limit', 'later min', 'median', 'CPU', 'limit', 'since start']
  printTable(['question', ...times, 'MB', 'manifests', 'answer', 'holds'], rows)
}

/** Limits hold for the processor's time: the machine may be busy with others. */
function cellsOf(
  one: Case,
  { samples, cpuSamples, answer, rssMegabytes, manifests, sinceStartMs }: CaseResult,
): string[] {
  const [first, ...later] = samples
  const [firstCpu, ...laterCpu] = cpuSamples
  const isWithin = (ms: number, most: number | null): boolean => most === null || ms <= most
  const holds =
    isWithin(firstCpu!, one.firstMax) &&
    isWithin(minimum(laterCpu), one.laterMax) &&
    isWithin(manifests, one.manifestsMax) &&
    rssMegabytes <= RSS_MAX
  const limit = (most: number | null): string => (most === null ? '-' : String(most))
  return [
    ...[first!, firstCpu!].map((ms) => ms.toFixed(0)),
    limit(one.firstMax),
    ...[minimum(later), median(later), minimum(laterCpu)].map((ms) => ms.toFixed(0)),
    limit(one.laterMax),
    sinceStartMs.toFixed(0),
    String(rssMegabytes),
    `${manifests} (${limit(one.manifestsMax)})`,
    answer,
    holds ? 'yes' : 'NO',
  ]
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

/** Bundles the program of a case, as deep below the repository as sources are: kernels are found from there. */
async function bundleCase(outdir: string): Promise<string> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: ['bench/planning/run-case.ts'],
    outdir,
    ...{ bundle: true, splitting: true, packages: 'external', format: 'esm', platform: 'node', logLevel: 'warning' },
  })
  return join(outdir, 'run-case.js')
}

function inNewProcess(program: string, folder: string, { sql, isPlanned }: Case): CaseResult {
  const args = [program, folder, isPlanned ? 'plan' : 'run', sql]
  const child = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.status !== 0) throw new Error(`a case failed: ${sql}`)
  return JSON.parse(String(child.stdout)) as CaseResult
}
