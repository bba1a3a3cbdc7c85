/** Makes the tables as Parquet files in folders, or as Iceberg tables. */
import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SqlError } from '../src/core/errors.ts'
import { createMemory } from '../src/core/memory.ts'
import { createKernels } from '../src/kernel/kernels.ts'
import { parentLocation } from '../src/storage/file-location.ts'
import { createStorageAccess } from '../src/storage/storage-access.ts'
import { loadMetadata } from '../src/table/iceberg/iceberg-table.ts'
import { commitSteps, parseStagedTable } from '../src/table/iceberg/write/commit.ts'
import { type StagedFile, describeParquetFile } from '../src/table/iceberg/write/data-file.ts'
import { newTableMetadata } from '../src/table/iceberg/write/new-table.ts'
import { type CommitTarget, markUnfinished } from '../src/table/iceberg/write/publish.ts'
import { randomSnapshotId } from '../src/table/iceberg/write/snapshot-change.ts'
import type { FileJob, JobResult } from './jobs.ts'
import { type MakeOptions, cutUnits, makeTables } from './make-tables.ts'
import { schemaOf } from './schema.ts'
import type { GeneratedTable } from './tables/table.ts'

export interface FileOptions extends MakeOptions {
  readonly codec: 'snappy' | 'zstd'
}

/** Rows of a file at most; several files let threads work side by side, and small tables have one. */
const FILE_ROWS = 6_000_000

/** Where a table's files go. */
type PathOf = (table: GeneratedTable, number: number) => string

function jobsFor(options: FileOptions, pathOf: PathOf, withFieldIds: boolean): (table: GeneratedTable) => FileJob[] {
  return (table) => {
    const rows = table.unitCount(options.scale) * table.rowsPerUnit
    const files = Math.max(Math.ceil(rows / FILE_ROWS), rows > 500_000 ? options.threads : 1)
    return cutUnits(table, options.scale, Math.ceil(rows / files)).map((run, number) => ({
      ...{ kind: 'parquet', table: table.name, scale: options.scale, ...run },
      ...{ path: pathOf(table, number), codec: options.codec, withFieldIds },
    }))
  }
}

/** `<directory>/<table>/<n>.parquet`. */
export async function makeParquetFiles(directory: string, options: FileOptions): Promise<void> {
  const pathOf: PathOf = ({ name }, number) => join(directory, name, `${number}.parquet`)
  await makeTables(options, jobsFor(options, pathOf, false), async () => undefined)
}

/** Iceberg tables `<directory>/<table>`; each appears whole, when its last file is written. */
export async function makeIcebergTables(directory: string, options: FileOptions): Promise<void> {
  const id = randomUUID()
  const pathOf: PathOf = ({ name }, number) =>
    join(resolve(directory), name, 'data', `${String(number).padStart(5, '0')}-${id}.parquet`)
  const jobsOf = jobsFor(options, pathOf, true)
  const memory = createMemory(32 << 20)
  const context = { memory, kernels: createKernels(memory) }
  const access = createStorageAccess()
  const staged = new Map<GeneratedTable, StagedFile[]>(options.tables.map((table) => [table, []]))
  const targets = new Map(options.tables.map((table) => [table, targetOf(directory, table)]))
  for (const target of targets.values()) await assertAbsent(target)
  mkdirSync(directory, { recursive: true })
  const unfinished = new Set(options.tables)
  const cleanUp = (): void => {
    for (const table of unfinished) {
      for (const { path } of jobsOf(table)) rmSync(path, { force: true })
    }
  }
  const stopListening = onInterrupt(cleanUp)
  try {
    for (const target of targets.values()) await markUnfinished(target)
    await makeTables(options, jobsOf, async (table, result: JobResult) => {
      const { path } = result.file as { path: string }
      const files = staged.get(table)!
      files.push(
        describeParquetFile(access.storageFor(path), context, {
          url: path,
          columns: schemaOf(table).fields,
          specId: 0,
          partition: [],
        }),
      )
      if (files.length < jobsOf(table).length) return
      // From here on the files may be part of a table.
      unfinished.delete(table)
      await commitTable(targets.get(table)!, table, files)
    })
  } catch (error) {
    cleanUp()
    throw error
  } finally {
    stopListening()
  }
}

function targetOf(directory: string, table: GeneratedTable): CommitTarget {
  return { access: createStorageAccess(), url: join(resolve(directory), table.name), name: table.name }
}

/** 42P07 before anything is made: at a large scale it takes a while. */
async function assertAbsent(target: CommitTarget): Promise<void> {
  if ((await loadMetadata(target.access, target.url)) === undefined) return
  throw new SqlError('42P07', `relation "${target.name}" already exists in "${parentLocation(target.url)}"`, {
    hint: 'Drop it, or make the tables elsewhere.',
  })
}

/** Ctrl-C and a polite end run `cleanUp` and then end the process as they would have. */
function onInterrupt(cleanUp: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  const listeners = signals.map((signal) => {
    const listener = (): void => {
      cleanUp()
      process.removeListener(signal, listener)
      process.kill(process.pid, signal)
    }
    process.on(signal, listener)
    return { signal, listener }
  })
  return () => {
    for (const { signal, listener } of listeners) process.removeListener(signal, listener)
  }
}

async function commitTable(target: CommitTarget, table: GeneratedTable, files: readonly StagedFile[]): Promise<void> {
  const location = target.url
  const staged = newTableMetadata({ location, columns: schemaOf(table), partitionBy: [], properties: new Map() })
  const change = { snapshotId: randomSnapshotId(), files, removed: new Set<string>() }
  await commitSteps(target, { metadata: parseStagedTable(staged), staged }, [{ kind: 'snapshot', change }])
}
