/** Delta logs made for a test, in memory: actions as JSON, checkpoints as Parquet files of few columns. */
import type { JsonObject, JsonValue } from '../../../src/core/exact-json.ts'
import { writeExactJson } from '../../../src/core/exact-json.ts'
import { type CountingStorage, countingStorage } from '../../../src/storage/counting-storage.ts'
import { createMemoryStorage } from '../../../src/storage/memory-storage.ts'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { type DeltaTable, type DeltaTableOptions, openDeltaTable } from '../../../src/table/delta/delta-table.ts'
import type { Pushdown, ScanTask } from '../../../src/table/table.ts'
import { type ColumnSpec, type Node, writeFile } from '../../format/parquet/write-file.ts'

export const ROOT = 'memory:/t'

/** Names and contents of files in `_delta_log`. */
export type LogFiles = Readonly<Record<string, string | Uint8Array>>

export const commitName = (version: number): string => `${String(version).padStart(20, '0')}.json`

export const column = (name: string, type: JsonValue, metadata: JsonObject = {}): JsonObject => ({
  name,
  type,
  nullable: true,
  metadata,
})

export interface MetadataOptions {
  readonly partitionBy?: readonly string[]
  readonly configuration?: JsonObject
}

export const metadata = (
  fields: readonly JsonObject[],
  { partitionBy = [], configuration = {} }: MetadataOptions = {},
): JsonObject => ({
  metaData: {
    id: '1',
    format: { provider: 'parquet', options: {} },
    schemaString: writeExactJson({ type: 'struct', fields }),
    partitionColumns: partitionBy,
    configuration,
  },
})

export const protocol = (readerFeatures?: readonly string[]): JsonObject =>
  readerFeatures === undefined
    ? { protocol: { minReaderVersion: 1, minWriterVersion: 2 } }
    : { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures, writerFeatures: readerFeatures } }

/** `stats` as the object that it is; other parts of the action as they are. */
export function add(path: string, { stats, ...parts }: JsonObject = {}): JsonObject {
  const action = { path, partitionValues: {}, size: 100, modificationTime: 1, dataChange: true, ...parts }
  return { add: stats === undefined ? action : { ...action, stats: writeExactJson(stats) } }
}

export const remove = (path: string, parts: JsonObject = {}): JsonObject => ({
  remove: { path, deletionTimestamp: 1, dataChange: true, ...parts },
})

export const lines = (actions: readonly JsonObject[]): string =>
  actions.map((one) => `${writeExactJson(one)}\n`).join('')

/** The log of `commits`, from version 0 on. */
export function commitsOf(commits: readonly (readonly JsonObject[])[]): LogFiles {
  return Object.fromEntries(commits.map((actions, version) => [commitName(version), lines(actions)]))
}

export async function makeStorage(log: LogFiles, others: LogFiles = {}): Promise<CountingStorage> {
  const storage = countingStorage(createMemoryStorage())
  const put = async (url: string, content: string | Uint8Array): Promise<void> =>
    storage.put(url, typeof content === 'string' ? new TextEncoder().encode(content) : content)
  for (const [name, content] of Object.entries(log)) await put(`${ROOT}/_delta_log/${name}`, content)
  for (const [name, content] of Object.entries(others)) await put(`${ROOT}/${name}`, content)
  return storage
}

export async function openLog(
  log: LogFiles,
  options: Partial<DeltaTableOptions> & { readonly others?: LogFiles } = {},
): Promise<DeltaTable> {
  const storage = await makeStorage(log, options.others)
  const access = createStorageAccess([], () => storage)
  return openDeltaTable(ROOT, { name: 't', access, ...options })
}

/** All tasks of a scan. */
export async function tasksOf(table: DeltaTable, pushdown?: Partial<Pushdown>): Promise<ScanTask[]> {
  const columns = table.schema.fields.map(({ name, type, id }) => ({ name, type, fieldId: id! }))
  const tasks: ScanTask[] = []
  for await (const task of table.scan({ columns, predicate: null, ...pushdown })) tasks.push(task)
  return tasks
}

/** Names of the files that a scan reads. */
export async function filesOf(table: DeltaTable, pushdown?: Partial<Pushdown>): Promise<string[]> {
  return (await tasksOf(table, pushdown)).map(({ file }) => file.url.replace(`${ROOT}/`, '')).toSorted()
}

/** A cell of a checkpoint: `add.path` of a row. */
export type CheckpointRow = Readonly<Record<string, string | number | undefined>>

/** A checkpoint of text and integer fields, one struct deep: columns are named `add.path`, `protocol.minReaderVersion`. */
export function checkpoint(rows: readonly CheckpointRow[]): Uint8Array {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].toSorted()
  const groups = new Map<string, Node[]>()
  const columns: ColumnSpec[] = []
  for (const name of names) {
    const [group, field] = name.split('.') as [string, string]
    const isNumber = rows.some((row) => typeof row[name] === 'number')
    const leaf: Node = isNumber
      ? { name: field, repetition: 'optional', physical: 'INT32' }
      : { name: field, repetition: 'optional', physical: 'BYTE_ARRAY', converted: 0 }
    groups.set(group, [...(groups.get(group) ?? []), leaf])
    columns.push(columnOf(rows, group, name))
  }
  const schema = [...groups].map(([name, children]): Node => ({ name, repetition: 'optional', children }))
  return writeFile(schema, rows.length, columns)
}

function columnOf(rows: readonly CheckpointRow[], group: string, name: string): ColumnSpec {
  const definitions = rows.map((row) => {
    if (row[name] !== undefined) return 2
    return Object.keys(row).some((key) => key.startsWith(`${group}.`)) ? 1 : 0
  })
  const values = rows.flatMap((row) => row[name] ?? []).map(plain)
  return { pages: [{ valueCount: rows.length, definitions, values: Buffer.concat(values) }] }
}

function plain(value: string | number): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : Buffer.alloc(0)
  const head = Buffer.alloc(4)
  head.writeInt32LE(typeof value === 'string' ? bytes.length : value)
  return Buffer.concat([head, bytes])
}
