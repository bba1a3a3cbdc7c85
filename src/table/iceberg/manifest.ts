/**
 * Manifest lists and manifests: the tree from a snapshot to its files, read as far as somebody asks.
 *
 *   snapshot -> manifest list -> manifest (data or deletes, of one partition spec) -> entries: data files, delete files
 *
 * Entries inherit what their writer could not know yet: a NULL snapshot id or sequence number is the manifest's. (The sequence number is
 * given at commit, and a retry must not rewrite the manifests.) Everything of version 1 has sequence number 0.
 *
 * Spec: Iceberg table spec, "Manifests", "Manifest Lists", "Sequence Number Inheritance".
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import { toSafeNumber } from '../../core/int64.ts'
import { type AvroFile, type AvroSource, openAvroFile } from '../../format/avro/container.ts'
import type { AvroObject, AvroValue } from '../../format/avro/decoder.ts'
import type { AvroType } from '../../format/avro/schema.ts'
import { FileCache } from '../../storage/file-cache.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { type EntryChoice, type SkippedEntry, readChosenEntries } from './entry-choice.ts'
import {
  MANIFEST_LIST_READER,
  type StatisticsSelection,
  entryStatisticsReader,
  manifestEntryReader,
} from './manifest-schema.ts'
import type { Snapshot } from './metadata.ts'

export interface ManifestFile {
  /** As recorded, before any mapping. */
  readonly path: string
  /** 0 when it is not known (version 1 snapshots that list manifests inline). */
  readonly byteCount: number
  readonly specId: number
  readonly content: 'data' | 'deletes'
  readonly sequenceNumber: bigint
  readonly minSequenceNumber: bigint
  /** Undefined when not known. */
  readonly addedSnapshotId: bigint | undefined
  readonly addedFilesCount: number | undefined
  readonly existingFilesCount: number | undefined
  readonly deletedFilesCount: number | undefined
  readonly addedRowsCount: bigint | undefined
  readonly existingRowsCount: bigint | undefined
  readonly deletedRowsCount: bigint | undefined
  /** Row id of the first row of the first file that has none of its own (version 3). */
  readonly firstRowId: bigint | undefined
  /** One a field of the partition spec; undefined when not written. */
  readonly partitions: readonly FieldSummary[] | undefined
}

export interface FieldSummary {
  readonly containsNull: boolean
  readonly containsNan: boolean | undefined
  /** Single values in binary form, NULL and NaN left out. */
  readonly lowerBound: Uint8Array | undefined
  readonly upperBound: Uint8Array | undefined
}

export interface ManifestEntry {
  readonly status: 'existing' | 'added' | 'deleted'
  readonly snapshotId: bigint | undefined
  /** Of the data: decides which deletes apply. */
  readonly sequenceNumber: bigint
  readonly fileSequenceNumber: bigint
  readonly file: ContentFile
}

/** What a manifest counts of a file. */
export interface FileCounts {
  /** Lower case: parquet, orc, avro, puffin. */
  readonly format: string
  readonly recordCount: number
  readonly byteCount: number
  readonly valueCounts: ReadonlyMap<number, number> | undefined
  readonly nullCounts: ReadonlyMap<number, number> | undefined
  readonly nanCounts: ReadonlyMap<number, number> | undefined
  readonly lowerBounds: ReadonlyMap<number, Uint8Array> | undefined
  readonly upperBounds: ReadonlyMap<number, Uint8Array> | undefined
}

export interface ContentFile extends FileCounts {
  readonly content: 'data' | 'position-deletes' | 'equality-deletes'
  /** As recorded, before any mapping. */
  readonly path: string
  readonly specId: number
  /** The partition struct as its manifest's schema has it, by field id (by name where that has no ids). */
  readonly partition: PartitionStruct
  readonly columnSizes: ReadonlyMap<number, number> | undefined
  readonly splitOffsets: readonly number[] | undefined
  readonly equalityIds: readonly number[]
  readonly sortOrderId: number | undefined
  /** Row id of its first row (version 3), inherited or its own. */
  readonly firstRowId: bigint | undefined
  readonly referencedDataFile: string | undefined
  /** Of a deletion vector within its Puffin file. */
  readonly contentOffset: number | undefined
  readonly contentByteCount: number | undefined
}

export interface PartitionStruct {
  readonly ids: readonly (number | undefined)[]
  readonly names: readonly string[]
  readonly values: readonly AvroValue[]
}

/** Manifest lists up to this size are kept decoded: a query by key must not decode the table's metadata each time. */
const CACHED_LIST_BYTES_MAX = 512 << 10
/** Bytes of files; decoded, they take about ten times as much. */
const LIST_CACHE_BYTES = 4 << 20

/** What an entry takes without counts and bounds, and with each of those: measured with 1,000,000 entries of five columns. */
const ENTRY_BYTES = 700
const STATISTIC_BYTES = 60
const MANIFEST_CACHE_BYTES = 32 << 20

const listCache = new FileCache<readonly ManifestFile[]>(LIST_CACHE_BYTES)
const manifestCache = new FileCache<readonly ManifestEntry[]>(MANIFEST_CACHE_BYTES)

/** Manifests of which most entries were chosen once: who comes again gets them whole, from the cache from then on. */
const chosenFrom = new FileCache<true>(10_000)

/** Entries of a manifest from which it is worth while to leave out some before they are decoded. */
const CHOICE_ENTRIES_MIN = 1000

/** The manifests of a snapshot, as far as the consumer asks. */
export async function* readManifestList(access: StorageAccess, snapshot: Snapshot): AsyncGenerator<ManifestFile> {
  if (snapshot.manifestList === undefined) {
    for (const path of snapshot.manifests) yield inlineManifest(path, snapshot)
    return
  }
  if (snapshot.keyId !== undefined) {
    throw unsupported('an encrypted Iceberg table', {
      detail: `the manifest list of snapshot ${snapshot.id} needs key "${snapshot.keyId}"`,
    })
  }
  const url = access.locate(snapshot.manifestList)
  const storage = access.storageFor(url)
  const stat = { url, ...(await storage.stat(url)) }
  const known = listCache.get(storage, stat)
  if (known !== undefined) {
    yield* known
    return
  }
  const file = await openAvroFile({ storage, url, byteCount: stat.byteCount })
  const all: ManifestFile[] | undefined = stat.byteCount <= CACHED_LIST_BYTES_MAX ? [] : undefined
  for await (const block of file.blocks(MANIFEST_LIST_READER, { matchBy: 'field-id' })) {
    const manifests = block.map((record) => manifestFileOf(record, url))
    all?.push(...manifests)
    yield* manifests
  }
  if (all !== undefined) listCache.set(storage, stat, all, { weight: stat.byteCount })
}

/** Version 1 snapshots may list paths only: the rest stands in the manifests' headers. */
function inlineManifest(path: string, snapshot: Snapshot): ManifestFile {
  const unknown = undefined
  return {
    path,
    byteCount: 0,
    specId: -1,
    content: 'data',
    sequenceNumber: 0n,
    minSequenceNumber: 0n,
    addedSnapshotId: snapshot.id,
    addedFilesCount: unknown,
    existingFilesCount: unknown,
    deletedFilesCount: unknown,
    addedRowsCount: unknown,
    existingRowsCount: unknown,
    deletedRowsCount: unknown,
    firstRowId: unknown,
    partitions: unknown,
  }
}

function manifestFileOf(record: AvroObject, url: string): ManifestFile {
  const { partitions } = record
  const content = (record['content'] as number | null) ?? 0
  if (content !== 0 && content !== 1) throw corrupt(url, `unknown manifest content ${content}`)
  if (record['key_metadata'] !== null) throw unsupported('an encrypted Iceberg manifest', { detail: `file "${url}"` })
  return {
    path: record['manifest_path'] as string,
    byteCount: toSafeNumber(record['manifest_length'] as bigint, 'manifest_length'),
    specId: record['partition_spec_id'] as number,
    content: content === 1 ? 'deletes' : 'data',
    sequenceNumber: (record['sequence_number'] as bigint | null) ?? 0n,
    minSequenceNumber: (record['min_sequence_number'] as bigint | null) ?? 0n,
    addedSnapshotId: optional(record['added_snapshot_id']),
    addedFilesCount: optionalCount(record['added_files_count']),
    existingFilesCount: optionalCount(record['existing_files_count']),
    deletedFilesCount: optionalCount(record['deleted_files_count']),
    addedRowsCount: optional(record['added_rows_count']),
    existingRowsCount: optional(record['existing_rows_count']),
    deletedRowsCount: optional(record['deleted_rows_count']),
    firstRowId: optional(record['first_row_id']),
    partitions: partitions === null ? undefined : (partitions as readonly AvroObject[]).map(summaryOf),
  }
}

function summaryOf(record: AvroObject): FieldSummary {
  return {
    containsNull: record['contains_null'] as boolean,
    containsNan: optional(record['contains_nan']),
    lowerBound: optional(record['lower_bound']),
    upperBound: optional(record['upper_bound']),
  }
}

/** Whether decoded entries of these manifests fit the cache together: to keep some and drop them for others is work for nothing. */
export function fitCache(manifests: readonly ManifestFile[]): boolean {
  return manifests.reduce((sum, manifest) => sum + leastBytesOf(manifest), 0) <= MANIFEST_CACHE_BYTES / 2
}

function leastBytesOf(manifest: ManifestFile): number {
  return entryCountOf(manifest) * ENTRY_BYTES
}

function bytesOf(entries: readonly ManifestEntry[]): number {
  const file = entries[0]?.file
  if (file === undefined) return ENTRY_BYTES
  const { columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds } = file
  const maps = [columnSizes, valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds]
  const statistics = maps.reduce((sum, map) => sum + (map?.size ?? 0), 0)
  return entries.length * (ENTRY_BYTES + statistics * STATISTIC_BYTES)
}

/**
 * The entries of a manifest, deleted ones included, block by block; kept decoded unless `keep` is false. With `choice`, entries that are not
 * wanted may be left out.
 */
export async function* readManifest(
  access: StorageAccess,
  manifest: ManifestFile,
  statistics: StatisticsSelection,
  { keep = true, choice }: { readonly keep?: boolean; readonly choice?: EntryChoice | undefined } = {},
): AsyncGenerator<readonly ManifestEntry[]> {
  const url = access.locate(manifest.path)
  const storage = access.storageFor(url)
  const stat = { url, ...(await storage.stat(url)) }
  // Inherited values come from the manifest list.
  const { content, specId, sequenceNumber, addedSnapshotId, firstRowId } = manifest
  const variant = (selection: StatisticsSelection): string =>
    `${typeof selection === 'string' ? selection : [...selection].join()}|${content}|${specId}|${sequenceNumber}|${addedSnapshotId}|${firstRowId}`
  const known =
    manifestCache.get(storage, stat, variant('all')) ?? manifestCache.get(storage, stat, variant(statistics))
  if (known !== undefined) {
    yield known
    return
  }
  const source = { storage, url, byteCount: stat.byteCount }
  const entryCount = entryCountOf(manifest)
  const isChosenFrom = entryCount >= CHOICE_ENTRIES_MIN && !(keep && chosenFrom.get(storage, stat) === true)
  if (choice !== undefined && isChosenFrom) {
    let chosen = 0
    for await (const entries of decodeManifest(source, manifest, statistics, choice)) {
      chosen += entries.length
      yield entries
    }
    if (chosen * 4 > entryCount) chosenFrom.set(storage, stat, true, { weight: 1 })
    return
  }
  const isKept = keep && fitCache([manifest])
  const all: ManifestEntry[] = []
  for await (const entries of decodeManifest(source, manifest, statistics)) {
    if (isKept) all.push(...entries)
    yield entries
  }
  if (isKept) manifestCache.set(storage, stat, all, { weight: bytesOf(all), variant: variant(statistics) })
}

async function* decodeManifest(
  source: AvroSource,
  manifest: ManifestFile,
  statistics: StatisticsSelection,
  choice?: EntryChoice,
): AsyncGenerator<readonly ManifestEntry[]> {
  const { url } = source
  const avro = await openAvroFile(source)
  const partition = partitionTypeOf(avro.header.schema, url)
  // Inline manifests of version 1 name their spec here only.
  const specId = manifest.specId >= 0 ? manifest.specId : Number(avro.header.metadata.get('partition-spec-id') ?? 0)
  const fields = { ids: partition.fields.map(({ id }) => id), names: partition.fields.map(({ name }) => name) }
  const context: EntryContext = { manifest: { ...manifest, specId }, partition: fields, url }
  const reader = entryReader(partition, statistics)
  const rowIds = new RowIdSequence(manifest)
  const counts = { existing: 0, added: 0, deleted: 0 }
  const wanted = (record: AvroObject): ManifestEntry => {
    const entry = rowIds.assign(entryOf(record, context))
    counts[entry.status]++
    return entry
  }
  const skipped = (entry: SkippedEntry): void => {
    const status = STATUSES[entry.status]
    // One that is none is found when the counts are compared.
    if (status !== undefined) counts[status]++
    rowIds.skip(entry)
  }
  const chosen =
    choice &&
    readChosenEntries(avro, choice, {
      partition,
      partitionOf: (struct) => partitionOf(struct, fields),
      reader,
      wanted,
      skipped,
    })
  if (chosen !== undefined) yield* chosen
  else for await (const block of avro.blocks(reader, { matchBy: 'field-id' })) yield block.map(wanted)
  assertCounts(manifest, counts, url)
}

/** XX001 when a manifest that was read to its end has other entries than its manifest list says: it was cut, or is another. */
function assertCounts(
  manifest: ManifestFile,
  found: Readonly<Record<ManifestEntry['status'], number>>,
  url: string,
): void {
  const { addedFilesCount: added, existingFilesCount: existing, deletedFilesCount: deleted } = manifest
  for (const [status, count] of Object.entries({ added, existing, deleted })) {
    const there = found[status as ManifestEntry['status']]
    if (count === undefined || count === there) continue
    throw corrupt(url, `the manifest has ${there} ${status} files, its manifest list says ${count}`)
  }
}

/** By the file's own partition type, which manifests of one schema share: decoders are compiled once for a reader. */
const entryReaders = new WeakMap<AvroType, Map<string, AvroType>>()

/** Selections whose readers are kept for a partition type. */
const READERS_MAX = 64

function entryReader(partition: AvroType, statistics: StatisticsSelection): AvroType {
  let known = entryReaders.get(partition)
  if (known === undefined || known.size > READERS_MAX) entryReaders.set(partition, (known = new Map()))
  const name = typeof statistics === 'string' ? statistics : [...statistics].join()
  let reader = known.get(name)
  if (reader === undefined) known.set(name, (reader = manifestEntryReader(partition, statistics)))
  return reader
}

/** Counts and bounds of the live files of a manifest, block by block. */
export async function* readFileCounts(
  avro: AvroFile,
  statistics: StatisticsSelection,
): AsyncGenerator<readonly FileCounts[]> {
  for await (const block of avro.blocks(entryStatisticsReader(statistics), { matchBy: 'field-id' })) {
    const live = block.filter(({ status }) => STATUSES[status as number] !== 'deleted')
    yield live.map((record) => fileCountsOf(record['data_file'] as AvroObject))
  }
}

function entryCountOf({ addedFilesCount, existingFilesCount, deletedFilesCount }: ManifestFile): number {
  return (addedFilesCount ?? 0) + (existingFilesCount ?? 0) + (deletedFilesCount ?? 0)
}

/**
 * First row ids of files that have none of their own: the manifest's, and from there on by the rows of those files.
 *
 * Spec: Iceberg table spec, "First Row ID Inheritance".
 */
class RowIdSequence {
  #next: bigint | undefined

  constructor({ content, firstRowId }: ManifestFile) {
    this.#next = content === 'data' ? firstRowId : undefined
  }

  /** Passes an entry over. */
  skip({ status, rowCount, hasRowId }: SkippedEntry): void {
    if (this.#next !== undefined && STATUSES[status] !== 'deleted' && !hasRowId) this.#next += BigInt(rowCount)
  }

  assign(entry: ManifestEntry): ManifestEntry {
    const { status, file } = entry
    if (this.#next === undefined || status === 'deleted' || file.firstRowId !== undefined) return entry
    const firstRowId = this.#next
    this.#next += BigInt(file.recordCount)
    return { ...entry, file: { ...file, firstRowId } }
  }
}

interface EntryContext {
  readonly manifest: ManifestFile
  readonly partition: PartitionFields
  readonly url: string
}

type PartitionFields = Pick<PartitionStruct, 'ids' | 'names'>

function partitionOf(struct: AvroObject, { ids, names }: PartitionFields): PartitionStruct {
  return { ids, names, values: names.map((name) => struct[name] ?? null) }
}

function partitionTypeOf(schema: AvroType, url: string): Extract<AvroType, { kind: 'record' }> {
  const dataFile = memberOf(schema, 2, 'data_file')
  const partition = dataFile && memberOf(dataFile, 102, 'partition')
  if (partition?.kind !== 'record') throw corrupt(url, 'not an Iceberg manifest: it has no partition struct')
  return partition
}

function memberOf(type: AvroType, id: number, name: string): AvroType | undefined {
  if (type.kind !== 'record') return undefined
  const field = type.fields.find((one) => one.id === id) ?? type.fields.find((one) => one.name === name)
  return field?.type
}

const STATUSES = ['existing', 'added', 'deleted'] as const
const CONTENTS = ['data', 'position-deletes', 'equality-deletes'] as const

function entryOf(record: AvroObject, { manifest, partition, url }: EntryContext): ManifestEntry {
  const code = record['status'] as number
  const status = STATUSES[code]
  if (status === undefined) throw corrupt(url, `unknown entry status ${code}`)
  const inherits = status === 'added' || manifest.sequenceNumber === 0n
  const sequenceOf = (value: AvroValue | undefined): bigint => {
    if (typeof value === 'bigint') return value
    if (inherits) return manifest.sequenceNumber
    throw corrupt(url, 'an entry that was not added here has no sequence number')
  }
  // A deleted entry's sequence number is of no use, and some writers leave it out.
  const sequenceNumber =
    status === 'deleted' ? (optional<bigint>(record['sequence_number']) ?? 0n) : sequenceOf(record['sequence_number'])
  return {
    status,
    snapshotId: optional<bigint>(record['snapshot_id']) ?? manifest.addedSnapshotId,
    sequenceNumber,
    fileSequenceNumber: optional<bigint>(record['file_sequence_number']) ?? sequenceNumber,
    file: contentFileOf(record['data_file'] as AvroObject, { manifest, partition, url }),
  }
}

function contentFileOf(record: AvroObject, { manifest, partition, url }: EntryContext): ContentFile {
  const code = (record['content'] as number | null) ?? 0
  const content = CONTENTS[code]
  if (content === undefined) throw corrupt(url, `unknown file content ${code}`)
  if ((content === 'data') !== (manifest.content === 'data')) {
    throw corrupt(url, `${content} in a manifest that its manifest list says is of ${manifest.content}`)
  }
  if (record['key_metadata'] !== null) throw unsupported('an encrypted Iceberg data file')
  return {
    content,
    path: record['file_path'] as string,
    ...fileCountsOf(record),
    specId: manifest.specId,
    partition: partitionOf(record['partition'] as AvroObject, partition),
    columnSizes: countsOf(record['column_sizes']),
    splitOffsets: optional<readonly bigint[]>(record['split_offsets'])?.map((offset) =>
      toSafeNumber(offset, 'split_offsets'),
    ),
    equalityIds: (optional<readonly bigint[]>(record['equality_ids']) ?? []).map((id) =>
      toSafeNumber(id, 'equality_ids'),
    ),
    sortOrderId: optionalCount(record['sort_order_id']),
    firstRowId: optional(record['first_row_id']),
    referencedDataFile: optional(record['referenced_data_file']),
    contentOffset: optionalCount(record['content_offset']),
    contentByteCount: optionalCount(record['content_size_in_bytes']),
  }
}

function fileCountsOf(record: AvroObject): FileCounts {
  return {
    format: (record['file_format'] as string).toLowerCase(),
    recordCount: toSafeNumber(record['record_count'] as bigint, 'record_count'),
    byteCount: toSafeNumber(record['file_size_in_bytes'] as bigint, 'file_size_in_bytes'),
    valueCounts: countsOf(record['value_counts']),
    nullCounts: countsOf(record['null_value_counts']),
    nanCounts: countsOf(record['nan_value_counts']),
    lowerBounds: boundsOf(record['lower_bounds']),
    upperBounds: boundsOf(record['upper_bounds']),
  }
}

function optional<T>(value: AvroValue | undefined): T | undefined {
  return value === null || value === undefined ? undefined : (value as T)
}

function optionalCount(value: AvroValue | undefined): number | undefined {
  const count = optional<bigint>(value)
  return count === undefined ? undefined : toSafeNumber(count, 'a count or offset in a manifest')
}

function boundsOf(value: AvroValue | undefined): ReadonlyMap<number, Uint8Array> | undefined {
  return optional(value)
}

function countsOf(value: AvroValue | undefined): ReadonlyMap<number, number> | undefined {
  const pairs = optional<ReadonlyMap<number, bigint>>(value)
  if (pairs === undefined) return undefined
  const counts = new Map<number, number>()
  // A count that is negative or beyond 2^53 is no count: as if it were not there.
  for (const [id, count] of pairs) {
    if (count >= 0n && count <= 9_007_199_254_740_991n) counts.set(id, Number(count))
  }
  return counts
}
