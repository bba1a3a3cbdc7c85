/**
 * Manifest lists and manifests: from a snapshot to its data files.
 *
 *   snapshot -> base and delta manifest list -> manifests -> entries (ADD, DELETE) of data files
 *
 * A DELETE takes back the ADD of the same file before it. Fields that a writer did not know yet are absent.
 *
 * Spec: Apache Paimon, "Manifest".
 */
import { corrupt } from '../../core/errors.ts'
import { FileCache } from '../../storage/file-cache.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type ManifestRecord, readManifestRecords } from './manifest-records.ts'

/** Bounds of columns: rows in binary form (binary-row.ts). */
export interface SimpleStats {
  readonly minValues: Uint8Array
  readonly maxValues: Uint8Array
  readonly nullCounts: readonly (bigint | null)[]
}

export interface ManifestMeta {
  readonly fileName: string
  readonly fileSize: bigint
  readonly addedFiles: bigint
  readonly deletedFiles: bigint
  readonly partitionStats: SimpleStats | undefined
  readonly schemaId: number
}

export interface ManifestEntry {
  readonly kind: 'add' | 'delete'
  /** Serialized row of the partition values. */
  readonly partition: Uint8Array
  readonly bucket: number
  readonly totalBuckets: number
  readonly file: DataFileMeta
}

export interface DataFileMeta {
  readonly fileName: string
  readonly fileSize: number
  readonly rowCount: number
  readonly minKey: Uint8Array
  readonly maxKey: Uint8Array
  readonly keyStats: SimpleStats | undefined
  readonly valueStats: SimpleStats | undefined
  readonly minSequenceNumber: bigint
  readonly maxSequenceNumber: bigint
  readonly schemaId: number
  readonly level: number
  readonly extraFiles: readonly string[]
  /** Micros, as if the writer's local time were UTC. */
  readonly creationTime: bigint | undefined
  readonly deleteRowCount: number | undefined
  readonly embeddedIndex: Uint8Array | undefined
  readonly fileSource: number | undefined
  /** Columns that `valueStats` are of; absent: all of the file's schema. */
  readonly valueStatsCols: readonly string[] | undefined
  readonly externalPath: string | undefined
  readonly firstRowId: bigint | undefined
  /** Columns that the file holds (data evolution); absent: all. */
  readonly writeCols: readonly string[] | undefined
}

const CACHED_FILE_BYTES_MAX = 512 << 10
const CACHE_BYTES_MAX = 8 << 20
const manifestCache = new FileCache<readonly ManifestEntry[]>(CACHE_BYTES_MAX)

/** The manifests of a list, in order. */
export async function readManifestList(access: StorageAccess, root: string, name: string): Promise<ManifestMeta[]> {
  const url = joinLocation(root, 'manifest', name)
  const metas: ManifestMeta[] = []
  for await (const block of readManifestRecords(access, url)) {
    for (const record of block) {
      const fields = new RecordFields(record, url)
      metas.push({
        fileName: fields.text('_FILE_NAME'),
        fileSize: fields.integer('_FILE_SIZE'),
        addedFiles: fields.integer('_NUM_ADDED_FILES'),
        deletedFiles: fields.integer('_NUM_DELETED_FILES'),
        partitionStats: fields.stats('_PARTITION_STATS'),
        schemaId: Number(fields.optionalInteger('_SCHEMA_ID') ?? 0n),
      })
    }
  }
  return metas
}

/** The entries of a manifest, block by block. */
export async function* readManifest(
  access: StorageAccess,
  root: string,
  name: string,
): AsyncGenerator<readonly ManifestEntry[]> {
  const url = joinLocation(root, 'manifest', name)
  const storage = access.storageFor(url)
  const stat = { url, ...(await storage.stat(url)) }
  const known = manifestCache.get(storage, stat)
  if (known !== undefined) {
    yield known
    return
  }
  const all: ManifestEntry[] | undefined = stat.byteCount <= CACHED_FILE_BYTES_MAX ? [] : undefined
  for await (const block of readManifestRecords(access, url)) {
    const entries = block.map((record) => entryOf(record, url))
    all?.push(...entries)
    yield entries
  }
  if (all !== undefined) manifestCache.set(storage, stat, all, { weight: stat.byteCount })
}

const ENTRY_VERSION = 2
/** Of rows that are not yet in a bucket, which readers pass over. */
const POSTPONED_BUCKET = -2

function entryOf(record: ManifestRecord, url: string): ManifestEntry {
  const fields = new RecordFields(record, url)
  const version = Number(fields.optionalInteger('_VERSION') ?? BigInt(ENTRY_VERSION))
  if (version !== ENTRY_VERSION) throw corrupt(url, `unknown version ${version} of a manifest entry`)
  const kind = Number(fields.integer('_KIND'))
  if (kind !== 0 && kind !== 1) throw corrupt(url, `unknown kind ${kind} of a manifest entry`)
  const bucket = Number(fields.integer('_BUCKET'))
  if (bucket < POSTPONED_BUCKET || bucket === -1) throw corrupt(url, `bucket ${bucket} of a manifest entry`)
  return {
    kind: kind === 0 ? 'add' : 'delete',
    partition: fields.bytes('_PARTITION'),
    bucket,
    totalBuckets: Number(fields.integer('_TOTAL_BUCKETS')),
    file: dataFileOf(fields.record('_FILE'), url),
  }
}

function dataFileOf(fields: RecordFields, url: string): DataFileMeta {
  const deleted = fields.optionalInteger('_DELETE_ROW_COUNT')
  const source = fields.optionalInteger('_FILE_SOURCE')
  const file: DataFileMeta = {
    fileName: fields.text('_FILE_NAME'),
    fileSize: Number(fields.integer('_FILE_SIZE')),
    rowCount: Number(fields.integer('_ROW_COUNT')),
    minKey: fields.bytes('_MIN_KEY'),
    maxKey: fields.bytes('_MAX_KEY'),
    keyStats: fields.stats('_KEY_STATS'),
    valueStats: fields.stats('_VALUE_STATS'),
    minSequenceNumber: fields.integer('_MIN_SEQUENCE_NUMBER'),
    maxSequenceNumber: fields.integer('_MAX_SEQUENCE_NUMBER'),
    schemaId: Number(fields.integer('_SCHEMA_ID')),
    level: Number(fields.integer('_LEVEL')),
    extraFiles: fields.optionalTexts('_EXTRA_FILES') ?? [],
    creationTime: fields.optionalInteger('_CREATION_TIME'),
    deleteRowCount: deleted === undefined ? undefined : Number(deleted),
    embeddedIndex: fields.optional('_EMBEDDED_FILE_INDEX', (value) => value instanceof Uint8Array),
    fileSource: source === undefined ? undefined : Number(source),
    valueStatsCols: fields.optionalTexts('_VALUE_STATS_COLS'),
    externalPath: fields.optional('_EXTERNAL_PATH', (value) => typeof value === 'string'),
    firstRowId: fields.optionalInteger('_FIRST_ROW_ID'),
    writeCols: fields.optionalTexts('_WRITE_COLS'),
  }
  if (!(file.fileSize >= 0 && file.rowCount >= 0 && Number.isSafeInteger(file.rowCount))) {
    throw corrupt(url, `impossible sizes of data file "${file.fileName}"`)
  }
  return file
}

/** A record's fields with their types checked. */
export class RecordFields {
  readonly #record: ManifestRecord
  readonly #url: string

  constructor(record: ManifestRecord, url: string) {
    this.#record = record
    this.#url = url
  }

  optional<T>(name: string, is: (value: unknown) => boolean): T | undefined {
    const value = this.#record[name]
    if (value === null || value === undefined) return undefined
    if (!is(value)) throw corrupt(this.#url, `field "${name}" has an unexpected type`)
    return value as T
  }

  text(name: string): string {
    return this.#required(name, this.optionalText(name))
  }

  optionalText(name: string): string | undefined {
    return this.optional(name, (value) => typeof value === 'string')
  }

  integer(name: string): bigint {
    return this.#required(name, this.optionalInteger(name))
  }

  optionalInteger(name: string): bigint | undefined {
    const value = this.optional<number | bigint>(name, (one) => typeof one === 'number' || typeof one === 'bigint')
    return value === undefined ? undefined : BigInt(value)
  }

  bytes(name: string): Uint8Array {
    return this.#required(
      name,
      this.optional<Uint8Array>(name, (value) => value instanceof Uint8Array),
    )
  }

  optionalTexts(name: string): readonly string[] | undefined {
    return this.optional(name, (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'))
  }

  optionalRecords(name: string): readonly RecordFields[] | undefined {
    const items = this.optional<readonly ManifestRecord[]>(name, Array.isArray)
    return items?.map((item) => new RecordFields(item, this.#url))
  }

  record(name: string): RecordFields {
    const record = this.optional<ManifestRecord>(name, (value) => typeof value === 'object')
    return new RecordFields(this.#required(name, record), this.#url)
  }

  stats(name: string): SimpleStats | undefined {
    const record = this.optional<ManifestRecord>(name, (value) => typeof value === 'object')
    if (record === undefined) return undefined
    const fields = new RecordFields(record, this.#url)
    const counts = fields.optional<readonly (bigint | number | null)[]>('_NULL_COUNTS', Array.isArray) ?? []
    return {
      minValues: fields.bytes('_MIN_VALUES'),
      maxValues: fields.bytes('_MAX_VALUES'),
      nullCounts: counts.map((count) => (count === null ? null : BigInt(count))),
    }
  }

  #required<T>(name: string, value: T | undefined): T {
    if (value === undefined) throw corrupt(this.#url, `a manifest without "${name}"`)
    return value
  }
}
