/**
 * Which rows a dataset's scalar indexes leave of a predicate.
 *
 *   conjuncts over one column  ->  the index's segments, each for some fragments  ->  ids of rows  ->  rows of a fragment
 *
 * An index is an aid: rows that it names are checked by the predicate like any others, and fragments that it does not cover are scanned. It is passed over where
 * one cannot be sure that it has all rows of the fragments that it lists: after compactions that left its row addresses as they were (a fragment reuse index says
 * so), of other kinds and versions, with files that are missing, damaged or elsewhere, and where so many rows match that a scan is better.
 *
 * Spec: lance-format docs, "Indices in Lance".
 */
import { DataError, SluiceError } from '../../../core/errors.ts'
import type { DataType } from '../../../core/types.ts'
import type { ColumnRange } from '../../../expr/column-range.ts'
import { type Expr, and, conjuncts, input, mapChildren, walkExpr } from '../../../expr/expr.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import { LruCache } from '../../../storage/lru-cache.ts'
import type { StorageAccess } from '../../../storage/storage-access.ts'
import type { SyncFile } from '../../../storage/storage.ts'
import { lookUpBitmaps } from './bitmap-index.ts'
import { lookUpBTree, readPageRanges } from './btree-index.ts'
import { IndexFile } from './index-file.ts'
import { FRAGMENT_REUSE, type LanceIndex } from './index-section.ts'
import { type LookupOptions, isIndexable } from './scalar-lookup.ts'

/** A share of the covered rows beyond which reading them by number is no better than a scan. */
const SHARE_MAX = 1 / 8
const IDS_MAX = 1 << 22
const ROWS_MIN = 64

export interface IndexedColumn {
  /** Of the dataset's field. */
  readonly fieldId: number
  readonly type: DataType
}

export interface IndexedDataset {
  readonly access: StorageAccess
  readonly url: string
  readonly indexes: readonly LanceIndex[]
  /** Rows of a fragment of the version, deleted ones included; undefined: it is not of it. */
  readonly rowsOf: (fragment: bigint) => number | undefined
}

/** What one segment of an index leaves. */
export interface IndexedRows {
  readonly fragments: ReadonlySet<number>
  /** Ascending. */
  readonly ids: BigInt64Array
}

/** What indexes say of a predicate; `columns` are those that its inputs mean, undefined for others than the dataset's own. */
export function lookUpIndexes(
  dataset: IndexedDataset,
  columns: readonly (IndexedColumn | undefined)[],
  predicate: Expr,
): IndexedRows[] {
  if (dataset.indexes.length === 0 || dataset.indexes.some(({ name }) => name === FRAGMENT_REUSE)) return []
  const found: IndexedRows[] = []
  for (const [index, own] of byColumn(predicate)) {
    const column = columns[index]
    if (column === undefined) continue
    for (const segment of dataset.indexes) {
      if (segment.fields.length !== 1 || segment.fields[0] !== column.fieldId || segment.isElsewhere) continue
      const rows = lookUpSegment(dataset, segment, and(own), column.type)
      if (rows !== undefined) found.push(rows)
    }
  }
  return found
}

/** Conjuncts over one column each that indexes answer, over input 0. */
function byColumn(predicate: Expr): ReadonlyMap<number, Expr[]> {
  const found = new Map<number, Expr[]>()
  for (const conjunct of conjuncts(predicate)) {
    if (!isIndexable(conjunct)) continue
    const inputs = new Set<number>()
    for (const part of walkExpr(conjunct)) if (part.kind === 'input') inputs.add(part.index)
    const [index] = inputs
    if (inputs.size !== 1 || index === undefined) continue
    found.set(index, [...(found.get(index) ?? []), overFirst(conjunct)])
  }
  return found
}

function overFirst(expr: Expr): Expr {
  return expr.kind === 'input' ? input(0, expr.type) : mapChildren(expr, overFirst)
}

function lookUpSegment(
  { access, url, rowsOf }: IndexedDataset,
  { uuid, kind, fragments }: LanceIndex,
  predicate: Expr,
  type: DataType,
): IndexedRows | undefined {
  const covered = [...fragments].filter((fragment) => rowsOf(fragment) !== undefined)
  const rowCount = covered.reduce((sum, fragment) => sum + rowsOf(fragment)!, 0)
  if (rowCount === 0) return undefined
  const options = { type, rowsMax: Math.min(IDS_MAX, Math.max(ROWS_MIN, rowCount * SHARE_MAX)) }
  const files = new OpenFiles(access, joinLocation(url, '_indices', uuid))
  try {
    const ids = lookUpByKind(kind, files, predicate, options)
    return ids === undefined ? undefined : { fragments: new Set(covered.map(Number)), ids: ids.sort() }
  } catch (error) {
    if (isOfFile(error)) return undefined
    throw error
  } finally {
    files.close()
  }
}

function lookUpByKind(
  kind: string,
  files: OpenFiles,
  predicate: Expr,
  options: LookupOptions,
): BigInt64Array | undefined {
  switch (kind) {
    case 'BTreeIndexDetails': {
      const [lookup, data] = [files.open('page_lookup.lance'), files.open('page_data.lance')]
      const ranges = rangesOf({ lookup, data }, options.type)
      return lookUpBTree({ lookup, data, ranges }, predicate, options)
    }
    case 'BitmapIndexDetails':
      return lookUpBitmaps(files.open('bitmap_page_lookup.lance'), predicate, options)
    default:
      return undefined
  }
}

/** Pages of indexes that are kept: an index's files never change. */
const PAGES_KEPT = 1 << 19
const pageRanges = new LruCache<readonly ColumnRange[]>(PAGES_KEPT)

function rangesOf(
  files: { readonly lookup: IndexFile; readonly data: IndexFile },
  type: DataType,
): readonly ColumnRange[] {
  const { file } = files.lookup
  const key = `${type.kind}:${file.byteCount}:${file.modifiedMs}:${file.url}`
  let ranges = pageRanges.get(key)
  if (ranges === undefined) {
    ranges = readPageRanges(files, type)
    pageRanges.set(key, ranges, ranges.length)
  }
  return ranges
}

/** Files that are missing, damaged or of a kind that cannot be read: rows are found without them. */
export function isOfFile(error: unknown): boolean {
  return error instanceof DataError || (error instanceof SluiceError && error.sqlstate === '0A000')
}

/** The files of one index. */
export class OpenFiles {
  readonly #access: StorageAccess
  readonly #folder: string
  readonly #files: IndexFile[] = []

  constructor(access: StorageAccess, folder: string) {
    this.#access = access
    this.#folder = folder
  }

  open(name: string): IndexFile {
    const url = joinLocation(this.#folder, name)
    const source: SyncFile = this.#access.storageFor(url).openSync(url)
    const file = new IndexFile(source)
    this.#files.push(file)
    return file
  }

  close(): void {
    for (const file of this.#files.splice(0)) file.close()
  }
}
