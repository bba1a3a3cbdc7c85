/**
 * Which deletes apply to which data file.
 *
 *   position deletes   of the file's partition (and spec), or naming the file:  sequence of the delete >= that of the data
 *   deletion vectors   naming the file:                                         likewise; they replace position deletes
 *   equality deletes   of the file's partition, or of an unpartitioned spec:    sequence of the delete > that of the data
 *
 * Equality deletes are grouped by their set of key fields. Filters name all deletes of their group and the first
 * that applies: executors build one hash table, of keys and the youngest delete of each, for data files of every age.
 *
 * Spec: Iceberg table spec, "Scan Planning", "Position Delete Files", "Equality Delete Files", "Deletion Vectors".
 */
import { corrupt } from '../../core/errors.ts'
import { compareBytes } from '../../expr/values/compare.ts'

import type { StorageAccess } from '../../storage/storage-access.ts'
import type { DeleteFilter, FileRef } from '../table.ts'
import { type NameMapping, equalityKeys } from './column-sources.ts'
import { fileFormatOf } from './file-format.ts'
import { readDeletionVector } from './deletion-vector.ts'
import type { ContentFile, ManifestEntry } from './manifest.ts'
import { type BoundSpec, partitionKey } from './partition.ts'
import type { IcebergSchema } from './schema.ts'

/** Reserved id of `file_path` in position delete files. */
export const FILE_PATH_ID = 2_147_483_546

export interface DeleteIndexContext {
  readonly access: StorageAccess
  readonly specs: ReadonlyMap<number, BoundSpec>
  /** All schemas of the table, oldest first: equality deletes may be by dropped columns. */
  readonly schemas: readonly IcebergSchema[]
  readonly mapping: NameMapping | undefined
}

interface KnownDelete {
  readonly sequence: bigint
  readonly file: ContentFile
}

/** Key fields and the deletes by them, ascending by sequence number. */
interface EqualityGroup {
  readonly ids: readonly number[]
  readonly deletes: KnownDelete[]
  /** The files of the deletes, once these are sorted. */
  files: readonly FileRef[]
  /** Made filters by the index of the first delete that applies. */
  readonly filters: Map<number, DeleteFilter>
}

export class DeleteIndex {
  readonly #context: DeleteIndexContext
  /** Position deletes for one data file, by its path as recorded. */
  readonly #byPath = new Map<string, KnownDelete[]>()
  readonly #vectors = new Map<string, KnownDelete>()
  readonly #byPartition = new Map<string, KnownDelete[]>()
  /** Groups by partition, then by key fields; those of unpartitioned specs under ''. */
  readonly #equality = new Map<string, Map<string, EqualityGroup>>()
  readonly #utf8 = new TextEncoder()
  fileCount = 0

  constructor(context: DeleteIndexContext) {
    this.#context = context
  }

  get isEmpty(): boolean {
    return this.fileCount === 0
  }

  /** Adds a live entry of a delete manifest. */
  add({ file, sequenceNumber: sequence }: ManifestEntry): void {
    const known: KnownDelete = { sequence, file }
    this.fileCount++
    if (file.content === 'equality-deletes') this.#addEquality(known)
    else if (file.format === 'puffin') this.#addVector(known)
    else {
      const path = file.referencedDataFile ?? onlyPathOf(file)
      if (path === undefined) append(this.#byPartition, partitionKey(file), known)
      else append(this.#byPath, path, known)
    }
  }

  #addVector(known: KnownDelete): void {
    const path = known.file.referencedDataFile
    if (path === undefined) throw corrupt(known.file.path, 'a deletion vector names no data file')
    const other = this.#vectors.get(path)
    if (other === undefined || other.sequence < known.sequence) this.#vectors.set(path, known)
  }

  #addEquality(known: KnownDelete): void {
    const { file } = known
    if (file.equalityIds.length === 0) throw corrupt(file.path, 'an equality delete file has no key fields')
    const scope = this.#context.specs.get(file.specId)?.isUnpartitioned === true ? '' : partitionKey(file)
    const ids = file.equalityIds.toSorted((a, b) => a - b)
    let groups = this.#equality.get(scope)
    if (groups === undefined) this.#equality.set(scope, (groups = new Map()))
    const group = groups.get(ids.join())
    if (group !== undefined) group.deletes.push(known)
    else groups.set(ids.join(), { ids, deletes: [known], files: [], filters: new Map() })
  }

  /** Call after the last `add`. */
  finish(): void {
    for (const groups of this.#equality.values()) {
      for (const group of groups.values()) {
        group.deletes.sort((a, b) => (a.sequence < b.sequence ? -1 : a.sequence > b.sequence ? 1 : 0))
        group.files = group.deletes.map(({ file }) => this.#fileRef(file))
      }
    }
  }

  /** The filters for a data file. */
  async filtersFor({ file, sequenceNumber }: ManifestEntry): Promise<readonly DeleteFilter[]> {
    if (this.isEmpty) return []
    const partition = partitionKey(file)
    const filters: DeleteFilter[] = []
    const vector = this.#vectors.get(file.path)
    if (vector !== undefined && vector.sequence >= sequenceNumber) {
      filters.push({
        kind: 'positions',
        rows: await readDeletionVector(this.#context.access, vector.file),
      })
    } else {
      this.#addPositionFilters({ file, sequenceNumber, partition }, filters)
    }
    for (const scope of ['', partition]) {
      for (const group of this.#equality.get(scope)?.values() ?? []) {
        const filter = this.#equalityFilter(group, sequenceNumber)
        if (filter !== undefined) filters.push(filter)
      }
    }
    return filters
  }

  #addPositionFilters(
    { file, sequenceNumber, partition }: { file: ContentFile; sequenceNumber: bigint; partition: string },
    filters: DeleteFilter[],
  ): void {
    const path = this.#utf8.encode(file.path)
    const applicable = [...(this.#byPath.get(file.path) ?? []), ...(this.#byPartition.get(partition) ?? [])]
    for (const known of applicable) {
      if (known.sequence < sequenceNumber || !mayNamePath(known.file, path)) continue
      filters.push({ kind: 'position-file', file: this.#fileRef(known.file), dataFile: file.path })
    }
  }

  #equalityFilter(group: EqualityGroup, sequenceNumber: bigint): DeleteFilter | undefined {
    const from = firstAfter(group.deletes, sequenceNumber)
    if (from === group.deletes.length) return undefined
    let filter = group.filters.get(from)
    if (filter === undefined) {
      const { schemas, mapping } = this.#context
      filter = { kind: 'equality', files: group.files, from, keys: equalityKeys(group.ids, schemas, mapping) }
      group.filters.set(from, filter)
    }
    return filter
  }

  #fileRef(file: ContentFile): FileRef {
    const { path, byteCount, recordCount: rowCount } = file
    return { url: this.#context.access.locate(path), format: fileFormatOf(file, 'delete'), byteCount, rowCount }
  }
}

/** Number of the first delete with a greater sequence number; how many there are when none has. */
function firstAfter(deletes: readonly KnownDelete[], sequenceNumber: bigint): number {
  let low = 0
  let high = deletes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (deletes[middle]!.sequence > sequenceNumber) high = middle
    else low = middle + 1
  }
  return low
}

/** The data file that all rows of a position delete file name, when its bounds say so. */
export function onlyPathOf({ lowerBounds, upperBounds }: ContentFile): string | undefined {
  const lower = lowerBounds?.get(FILE_PATH_ID)
  const upper = upperBounds?.get(FILE_PATH_ID)
  // A bound that was cut off is below or above the path it came from: equal bounds are whole.
  if (lower === undefined || upper === undefined || compareBytes(lower, upper) !== 0) return undefined
  return textOf(lower)
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Undefined for bytes that are no text: a bound that is damaged says nothing. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

/** False only when no row of the position delete file can name the path. */
export function mayNamePath(file: ContentFile, path: Uint8Array): boolean {
  const lower = file.lowerBounds?.get(FILE_PATH_ID)
  const upper = file.upperBounds?.get(FILE_PATH_ID)
  const isWithin =
    (lower === undefined || compareBytes(lower, path) <= 0) && (upper === undefined || compareBytes(path, upper) <= 0)
  return isWithin || hasDamagedBounds(file)
}

/** By delete file, which is held against many data files. */
const damagedBounds = new WeakMap<ContentFile, boolean>()

/** Whether the bounds of the paths cannot be those of any. */
function hasDamagedBounds(file: ContentFile): boolean {
  let isDamaged = damagedBounds.get(file)
  if (isDamaged === undefined) {
    const lower = file.lowerBounds?.get(FILE_PATH_ID)
    const upper = file.upperBounds?.get(FILE_PATH_ID)
    isDamaged = [lower, upper].some((bound) => bound !== undefined && textOf(bound) === undefined)
    isDamaged ||= lower !== undefined && upper !== undefined && compareBytes(lower, upper) > 0
    damagedBounds.set(file, isDamaged)
  }
  return isDamaged
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}
