/** Makes the tables in one of the formats, with progress. */
import { once } from 'node:events'
import { createWriteStream, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Job, type JobResult, runJobs } from './jobs.ts'
import { TABLES } from './tables/index.ts'
import type { GeneratedTable } from './tables/table.ts'
import { makeTextPool } from './text-pool.ts'

export interface MakeOptions {
  readonly scale: number
  readonly threads: number
  readonly tables: readonly GeneratedTable[]
  /** Called with the share of rows made, 0..1, and the rows so far. */
  readonly onProgress?: (fraction: number, rows: number) => void
}

/** Rows of one text job: a few megabytes of text. */
const TEXT_JOB_ROWS = 50_000

/** Beyond this dbgen draws customer and part keys from 64-bit streams, which are not made here. */
export const SCALE_MAX = 10_000

/** The tables by name; undefined for a name that is none. */
export function tableNamed(name: string): GeneratedTable | undefined {
  return TABLES.find((table) => table.name === name)
}

/** Runs one list of jobs per table, and gives each table's results in order to `take`. */
export async function makeTables(
  options: MakeOptions,
  jobsOf: (table: GeneratedTable) => readonly Job[],
  take: (table: GeneratedTable, result: JobResult) => Promise<void>,
): Promise<void> {
  const { scale, threads, tables } = options
  const pool = makeTextPool()
  const jobs = tables.flatMap((table) => jobsOf(table).map((job) => ({ table, job })))
  const rowsExpected = tables.reduce((sum, table) => sum + table.unitCount(scale) * table.rowsPerUnit, 0)
  let rows = 0
  const onProgress = (more: number): void => {
    rows += more
    options.onProgress?.(Math.min(1, rows / rowsExpected), rows)
  }
  let next = 0
  for await (const result of runJobs(
    jobs.map(({ job }) => job),
    { threads, pool, onProgress },
  )) {
    await take(jobs[next++]!.table, result)
  }
}

/** Cuts a table's units into runs of about `rows` rows. */
export function cutUnits(table: GeneratedTable, scale: number, rows: number): { first: number; count: number }[] {
  const units = table.unitCount(scale)
  const size = Math.max(1, Math.ceil(rows / table.rowsPerUnit))
  const runs: { first: number; count: number }[] = []
  for (let first = 0; first < units; first += size) runs.push({ first, count: Math.min(size, units - first) })
  return runs
}

/** Writes `<table>.tbl` files into a directory. */
export async function makeTextFiles(directory: string, options: MakeOptions): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const files = new Map(options.tables.map((table) => [table, createWriteStream(join(directory, `${table.name}.tbl`))]))
  const jobsOf = (table: GeneratedTable): Job[] =>
    cutUnits(table, options.scale, TEXT_JOB_ROWS).map((run) => ({
      kind: 'tbl',
      table: table.name,
      scale: options.scale,
      ...run,
    }))
  try {
    await makeTables(options, jobsOf, async (table, { bytes }) => {
      const file = files.get(table)!
      if (!file.write(bytes)) await once(file, 'drain')
    })
  } finally {
    await Promise.all(
      [...files.values()].map(async (file) => {
        file.end()
        await once(file, 'finish')
      }),
    )
  }
}
