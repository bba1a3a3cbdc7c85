/**
 * A table at one instant: its columns and its file slices.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import { decodeUtf8 } from '../../core/exact-json.ts'
import type { DataType, Field } from '../../core/types.ts'
import { VARCHAR } from '../../core/types.ts'
import type { TargetField } from '../../format/format.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { Storage } from '../../storage/storage.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { targetByName } from '../files/target-by-name.ts'
import { readFileFacts } from '../files/file-facts.ts'
import type { VersionSpec } from '../table.ts'
import { fieldsOfAvroSchema } from './avro-fields.ts'
import { type WriteStat, readCommit } from './commit-metadata.ts'
import { isExternalFileName } from './file-names.ts'
import { type FileSlice, type ListedDataFile, type SliceView, slicesOf } from './file-slices.ts'
import { readCompletionTimes } from './history.ts'
import {
  type InternalSchema,
  fieldsOfInternal,
  parseInternalSchema,
  readSchemaHistory,
  schemaAt,
  targetOfInternal,
} from './internal-schema.ts'
import { type Partition, listPartitions } from './partitions.ts'
import { type HudiConfig, parseTableConfig } from './table-config.ts'
import { type Timeline, readTimeline } from './timeline.ts'
import { resolveVersion } from './version.ts'

/** Columns that Hudi adds to each row, by name; they are hidden. */
export const META_COLUMNS: readonly Field[] = [
  '_hoodie_commit_time',
  '_hoodie_commit_seqno',
  '_hoodie_record_key',
  '_hoodie_partition_path',
  '_hoodie_file_name',
].map((name) => ({ name, type: VARCHAR, nullable: true }))

/** Flink's: what a row was when it came in. */
const OPERATION = '_hoodie_operation'

export interface HudiSnapshot {
  readonly name: string
  readonly url: string
  readonly access: StorageAccess
  readonly storage: Storage
  readonly config: HudiConfig
  readonly timeline: Timeline
  /** The last instant that counts; undefined: all. */
  readonly until: string | undefined
  /** Without the meta columns. */
  readonly fields: readonly Field[]
  /** Schemas with ids, where the table has them. */
  readonly internal: { readonly current: InternalSchema; readonly history: readonly InternalSchema[] } | undefined
}

const PROPERTIES_BYTES_MAX = 16 << 20

/** Opens the table in folder `url`: XX001 for a damaged one, 0A000 for what can't be read, 22023 for a version that is gone. */
export async function openSnapshot(
  url: string,
  { name, access, at }: { name: string; access: StorageAccess; at?: VersionSpec | undefined },
): Promise<HudiSnapshot> {
  const base = await openBareSnapshot(url, { name, access, at })
  const { fields, internal } = await readColumns(base)
  return { ...base, fields: withDroppedColumns(fields, base), internal }
}

/** Commits of tables whose partition columns are only in the paths may lack them: as Hudi has them, they are texts then, behind the others. */
function withDroppedColumns(fields: readonly Field[], { config, timeline }: Base): readonly Field[] {
  if (!config.dropsPartitionColumns || (fields.length === 0 && timeline.writes.length === 0)) return fields
  const dropped = config.partitionFields.filter(({ name }) => fields.every((field) => field.name !== name))
  return [...fields, ...dropped.map(({ name }): Field => ({ name, type: VARCHAR, nullable: true }))]
}

/** The same without columns. */
export async function openBareSnapshot(
  url: string,
  { name, access, at }: { name: string; access: StorageAccess; at?: VersionSpec | undefined },
): Promise<HudiSnapshot> {
  const storage = access.storageFor(url)
  const file = joinLocation(url, '.hoodie', 'hoodie.properties')
  const config = parseTableConfig(decodeUtf8(await storage.readAll(file, PROPERTIES_BYTES_MAX), file), file)
  const timeline = await readTimeline(storage, url, config)
  const until = await resolveVersion(at, { storage, timeline, name })
  return { name, url, access, storage, config, timeline, until, fields: [], internal: undefined }
}

type Base = Omit<HudiSnapshot, 'fields' | 'internal'>

async function readColumns(base: Base): Promise<Pick<HudiSnapshot, 'fields' | 'internal'>> {
  const { storage, timeline, until, config, url } = base
  for (const instant of timeline.writes.toReversed()) {
    if (until !== undefined && instant.time > until) continue
    const { schema, internalSchema, writes } = await readCommit(storage, instant)
    assertOwnFiles(writes)
    if (internalSchema !== undefined) {
      const current = parseInternalSchema(internalSchema, instant.url)
      const history = await readSchemaHistory(storage, url)
      return {
        fields: withoutMeta(fieldsOfInternal(current.fields)),
        internal: { current, history: history.length === 0 ? [current] : history },
      }
    }
    if (schema !== undefined) {
      return { fields: withoutMeta(fieldsOfAvroSchema(schema, instant.url)), internal: undefined }
    }
  }
  if (config.createSchema !== undefined) {
    return { fields: withoutMeta(fieldsOfAvroSchema(config.createSchema, url)), internal: undefined }
  }
  return { fields: await fieldsOfFiles(base), internal: undefined }
}

/** 0A000 for files that were registered with the table under names that they do not have: no listing finds them. */
function assertOwnFiles(writes: readonly WriteStat[]): void {
  const external = writes.find(({ path }) => isExternalFileName(path))
  if (external === undefined) return
  throw unsupported('a Hudi table with files of other writers', { detail: `file "${external.path}"` })
}

/** Commits of old writers may have no schema: then the newest base file says. */
async function fieldsOfFiles(base: Base): Promise<readonly Field[]> {
  let newest: FileSlice['base']
  const { slices } = await readSlices({ ...base, fields: [], internal: undefined })
  for (const slice of slices) {
    const file = slice.base
    if (file !== undefined && (newest === undefined || file.instant > newest.instant)) newest = file
  }
  if (newest === undefined) {
    if (base.timeline.writes.length === 0) return []
    throw corrupt(base.url, 'no commit and no data file says what columns the Hudi table has')
  }
  return withoutMeta(readFileFacts(base.access, newest).fields)
}

function withoutMeta(fields: readonly Field[]): readonly Field[] {
  return fields.filter(({ name }) => !isMetaColumn(name))
}

export function isMetaColumn(name: string): boolean {
  return name === OPERATION || META_COLUMNS.some((meta) => meta.name === name)
}

export interface SlicesOfSnapshot {
  /** By partition and file group. */
  readonly slices: readonly FileSlice[]
  readonly view: SliceView
}

/** The file slices that hold the snapshot's rows. `partitions`: the table's files, which are listed when absent. */
export async function readSlices(
  snapshot: HudiSnapshot,
  partitions: AsyncIterable<Partition> | Iterable<Partition> = listPartitions(snapshot.storage, snapshot.url),
): Promise<SlicesOfSnapshot> {
  const archived = new Map<string, string>()
  const view = await sliceView(snapshot, archived)
  const slices: FileSlice[] = []
  let knowsHistory = !view.logsHaveOwnInstant
  for await (const { path, files } of partitions) {
    // The history is only needed to place the logs of archived commits.
    if (
      !knowsHistory &&
      files.some(({ parsed }) => parsed.kind === 'log' && view.timeline.isArchived(parsed.instant))
    ) {
      knowsHistory = true
      const times = await readCompletionTimes(snapshot.storage, snapshot.url, snapshot.config)
      for (const [instant, completed] of times) archived.set(instant, completed)
    }
    if (files.length > 0 && view.timeline.instants.length === 0) {
      throw corrupt(snapshot.url, 'the Hudi table has data files, and no instant in its timeline')
    }
    assertReplacedExist(snapshot, path, files, view)
    for (const slice of slicesOf(path, files, view)) slices.push(slice)
  }
  return { slices, view }
}

/**
 * XX001 when a file group that a commit replaced is not there though nothing was cleaned since: its name in the commit is damaged, and the rows
 * of the one that was meant would come back.
 */
function assertReplacedExist(
  { timeline, url }: HudiSnapshot,
  partition: string,
  files: readonly ListedDataFile[],
  view: SliceView,
): void {
  const replaced = view.replacedIn(partition)
  if (replaced.length === 0) return
  const found = new Set(files.map(({ parsed }) => parsed.fileId))
  const lastClean = timeline.completed('clean').at(-1)?.time ?? ''
  for (const { fileId, by } of replaced) {
    if (found.has(fileId) || by < lastClean || timeline.isArchived(by)) continue
    throw corrupt(url, `instant ${by} replaced file group "${fileId}" of partition "${partition}", which is not there`)
  }
}

/** What decides which files count; `archived`: when instants were completed that the active timeline does not have. */
export async function sliceView(
  { storage, timeline, config, until }: HudiSnapshot,
  archived: ReadonlyMap<string, string> = new Map(),
): Promise<SliceView> {
  const replaced = new Map<string, Map<string, string>>()
  for (const instant of timeline.completed('replacecommit')) {
    if (until !== undefined && instant.time > until) continue
    const commit = await readCommit(storage, instant)
    for (const [partition, ids] of commit.replaced) {
      const known = replaced.get(partition) ?? new Map<string, string>()
      replaced.set(partition, known)
      for (const id of ids) known.set(id, instant.time)
    }
  }
  const logsHaveOwnInstant = config.version >= 8
  return {
    timeline,
    until,
    logsHaveOwnInstant,
    // Of an instant that nobody remembers, the time that it was requested is the best guess, as for Hudi.
    completedAt: (instant) => timeline.completedAt(instant) ?? archived.get(instant) ?? instant,
    replacedBy: (partition, fileId) => replaced.get(partition)?.get(fileId),
    replacedIn: (partition) => [...(replaced.get(partition) ?? [])].map(([fileId, by]) => ({ fileId, by })),
  }
}

/** What a file written at `instant` is asked for to get the column `name` as `type`. */
export function targetOf({ internal }: HudiSnapshot, name: string, type: DataType, instant: string): TargetField {
  const field = internal?.current.fields.find((other) => other.name === name)
  if (internal === undefined || field === undefined) return targetByName(name, type)
  return targetOfInternal(field, type, schemaAt(internal.history, instant)?.fields ?? [])
}
