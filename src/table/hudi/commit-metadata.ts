/**
 * What a completed instant's file says: JSON in layout 1, an Avro container file in layout 2.
 *
 * Spec: Apache Hudi technical specification 1.0, "Timeline"; the records are HoodieCommitMetadata, HoodieReplaceCommitMetadata and
 * HoodieCleanMetadata.
 */
import { corrupt } from '../../core/errors.ts'
import { type JsonValue, isJsonObject, parseExactJson } from '../../core/exact-json.ts'
import type { AvroValue } from '../../format/avro/decoder.ts'
import { readAvroBytes } from '../../format/avro/container.ts'
import { FileCache } from '../../storage/file-cache.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Instant } from './instant.ts'

export interface CommitMetadata {
  /** Avro schema of the rows, as JSON text, without meta columns; undefined when the commit recorded none. */
  readonly schema: string | undefined
  /** Schema with ids, as JSON text, where schema on read is used. */
  readonly internalSchema: string | undefined
  readonly operation: string
  /** File groups that the commit replaced, by partition path. */
  readonly replaced: ReadonlyMap<string, readonly string[]>
  readonly writes: readonly WriteStat[]
}

/** A file that a commit wrote. */
export interface WriteStat {
  readonly partition: string
  readonly fileId: string
  /** Relative to the table's folder. */
  readonly path: string
  readonly rowCount: number
  readonly byteCount: number
  /** Change data files of the write, relative to the table's folder. */
  readonly cdcFiles: readonly string[]
  /** The instant of the file slice before; undefined where there is none. */
  readonly previous: string | undefined
}

export interface CleanMetadata {
  /** Versions from this instant on are whole; undefined where the cleaner's policy gives no such instant. */
  readonly earliestRetained: string | undefined
}

const METADATA_BYTES_MAX = 1 << 30
const CACHE_BYTES = 16 << 20

const commitCache = new FileCache<CommitMetadata>(CACHE_BYTES)

/** XX001 when the file is damaged. */
export async function readCommit(storage: Storage, { url }: Instant): Promise<CommitMetadata> {
  const stat = { url, ...(await storage.stat(url)) }
  let commit = commitCache.get(storage, stat)
  if (commit === undefined) {
    commit = commitOf(await readRecord(storage, url), url)
    commitCache.set(storage, stat, commit, { weight: stat.byteCount })
  }
  return commit
}

export async function readClean(storage: Storage, { url }: Instant): Promise<CleanMetadata> {
  const record = await readRecord(storage, url)
  return { earliestRetained: textOf(get(record, 'earliestCommitToRetain')) }
}

/** Values as both encodings give them. */
export type RecordValue = AvroValue | JsonValue

/** The one record of an instant's file; null for an empty file, which old writers leave. */
export async function readRecord(storage: Storage, url: string): Promise<RecordValue> {
  const bytes = await storage.readAll(url, METADATA_BYTES_MAX)
  if (bytes.length === 0) return null
  // `Obj` begins an Avro container file.
  if (bytes[0] === 0x4f) return readAvroBytes(bytes, url).records()[0] ?? null
  return parseExactJson(bytes, url)
}

/** The field or entry `key` of a record or map; undefined where there is none. */
export function get(value: RecordValue | undefined, key: string): RecordValue | undefined {
  if (value instanceof Map) return (value as ReadonlyMap<string, AvroValue>).get(key)
  return isJsonObject(value as JsonValue)
    ? (value as { readonly [key: string]: RecordValue | undefined })[key]
    : undefined
}

/** Entries of a map; none where there is no map. */
export function entriesOf(value: RecordValue | undefined): [string, RecordValue][] {
  if (value instanceof Map) return [...(value as ReadonlyMap<string, AvroValue>)]
  if (!isJsonObject(value as JsonValue)) return []
  return Object.entries(value as { readonly [key: string]: RecordValue })
}

/** Items of a list; none where there is no list. */
export function itemsOf(value: RecordValue | undefined): readonly RecordValue[] {
  return Array.isArray(value) ? (value as readonly RecordValue[]) : []
}

/** A text that is not empty. */
export function textOf(value: RecordValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function commitOf(record: RecordValue, url: string): CommitMetadata {
  if (record !== null && typeof record !== 'object') throw corrupt(url, 'malformed commit metadata')
  const extra = get(record, 'extraMetadata')
  return {
    schema: textOf(get(extra, 'schema')),
    internalSchema: textOf(get(extra, 'latest_schema')),
    operation: textOf(get(record, 'operationType')) ?? 'UNKNOWN',
    replaced: new Map(
      entriesOf(get(record, 'partitionToReplaceFileIds')).map(([partition, ids]) => [
        partition,
        itemsOf(ids).filter((id) => typeof id === 'string'),
      ]),
    ),
    writes: entriesOf(get(record, 'partitionToWriteStats')).flatMap(([partition, stats]) =>
      itemsOf(stats).map((stat) => writeStat(stat, partition)),
    ),
  }
}

function writeStat(stat: RecordValue, partition: string): WriteStat {
  const previous = textOf(get(stat, 'prevCommit'))
  return {
    partition,
    fileId: textOf(get(stat, 'fileId')) ?? '',
    path: textOf(get(stat, 'path')) ?? '',
    rowCount: Number(get(stat, 'numWrites') ?? 0),
    byteCount: Number(get(stat, 'fileSizeInBytes') ?? 0),
    cdcFiles: entriesOf(get(stat, 'cdcStats')).map(([path]) => path),
    previous: previous === 'null' ? undefined : previous,
  }
}
