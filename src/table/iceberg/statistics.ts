/**
 * What the manifests say of a table: rows, bytes and, for tables of not too many files, the range of each column.
 *
 * Counts are exact while no delete file is live. Ranges of columns join those of the files; a file that does not say leaves the range unknown.
 */
import type { DataType } from '../../core/types.ts'
import type { ColumnRange } from '../../format/format.ts'
import { type AvroFile, openAvroFile } from '../../format/avro/container.ts'
import { FileCache } from '../../storage/file-cache.ts'
import { RangeSum } from '../range-sum.ts'
import type { TableStatistics } from '../table.ts'
import { type BlockSum, sumEntries } from './entry-sums.ts'
import { readEntryColumns } from './manifest-columns.ts'
import { type FileCounts, type ManifestFile, readFileCounts, readManifest, readManifestList } from './manifest.ts'
import { boundsRange } from './pruning.ts'
import type { ScanContext } from './scan.ts'
import { dataTypeOf, hasValueBounds, nestedFieldsOf } from './schema.ts'

/** Beyond this many data files planning would take longer than better estimates save. */
export const FILES_READ_MAX = 2000

/** Statistics of manifests that are kept, and of their columns: some hundred bytes each. */
const MANIFEST_SUMS_MAX = 50_000

/** The statistics of a snapshot; `distinctCounts` by field id. */
export async function readStatistics(
  context: ScanContext,
  distinctCounts: ReadonlyMap<number, number>,
): Promise<TableStatistics> {
  const { snapshot, access } = context
  const none: TableStatistics = {
    rowCount: 0,
    exact: true,
    byteCount: 0,
    fileCount: 0,
    columns: new Map(),
  }
  if (snapshot === undefined) return none
  const manifests: ManifestFile[] = []
  for await (const manifest of readManifestList(access, snapshot)) manifests.push(manifest)
  const data = manifests.filter(({ content }) => content === 'data')
  const hasDeletes = manifests.some((manifest) => manifest.content === 'deletes' && !isEmpty(manifest))
  const counts = data.map(countsOf)
  const known = counts.every((count) => count !== undefined)
  const fileCount = counts.reduce((sum, count) => sum + (count?.files ?? 0), 0)
  if (known && fileCount > FILES_READ_MAX) {
    const rowCount = counts.reduce((sum, count) => sum + count.rows, 0)
    const byteCount = Number(snapshot.summary.get('total-files-size') ?? rowCount * 100)
    return { rowCount, exact: !hasDeletes, byteCount, fileCount, columns: new Map() }
  }
  const sum = new StatisticsSum(context, distinctCounts)
  for (const manifest of data) {
    if (isEmpty(manifest)) continue
    for await (const entries of readManifest(access, manifest, 'all')) {
      for (const { status, file } of entries) if (status !== 'deleted') sum.add(file)
    }
  }
  return sum.finish(hasDeletes)
}

function isEmpty({ addedFilesCount, existingFilesCount }: ManifestFile): boolean {
  return addedFilesCount === 0 && existingFilesCount === 0
}

function countsOf(manifest: ManifestFile): { files: number; rows: number } | undefined {
  const { addedFilesCount, existingFilesCount, addedRowsCount, existingRowsCount } = manifest
  if (addedFilesCount === undefined || existingFilesCount === undefined) return undefined
  if (addedRowsCount === undefined || existingRowsCount === undefined) return undefined
  return {
    files: addedFilesCount + existingFilesCount,
    rows: Number(addedRowsCount + existingRowsCount),
  }
}

interface SummedColumn {
  readonly name: string
  readonly id: number
  readonly type: DataType
  readonly sum: RangeSum
}

export interface SumOptions {
  /** False: every entry becomes an object, as those of writers that lay them out in another form do. */
  readonly byColumns?: boolean
}

/**
 * Row count and ranges of the columns named, of all manifests. Undefined when deletes make them inexact, when bounds that are asked for are, or when
 * `readStatistics` asked every file already.
 */
export async function readExactStatistics(
  context: ScanContext,
  asked: ReadonlyMap<string, 'bounds' | 'nulls'>,
  { byColumns = true }: SumOptions = {},
): Promise<TableStatistics | undefined> {
  const { snapshot, access } = context
  if (snapshot === undefined) return undefined
  const manifests: ManifestFile[] = []
  for await (const manifest of readManifestList(access, snapshot)) if (!isEmpty(manifest)) manifests.push(manifest)
  if (manifests.some(({ content }) => content === 'deletes')) return undefined
  const sum = new StatisticsSum(context, new Map(), asked)
  for (const manifest of manifests) {
    const part = await sumManifest(context, manifest, asked, byColumns)
    if (part === undefined) return undefined
    sum.addStatistics(part)
    if (!sum.answers(asked)) return undefined
  }
  return sum.finish(false)
}

/** Statistics of manifests, which never change. */
const manifestSums = new FileCache<TableStatistics>(MANIFEST_SUMS_MAX)

/** The same of one manifest; undefined when what is asked is not known of all its files. */
async function sumManifest(
  context: ScanContext,
  manifest: ManifestFile,
  asked: ReadonlyMap<string, 'bounds' | 'nulls'>,
  byColumns: boolean,
): Promise<TableStatistics | undefined> {
  const { access, schema } = context
  const columns = schema.fields.filter(({ name }) => asked.has(name))
  const ids = new Set(columns.map(({ id }) => id))
  const url = access.locate(manifest.path)
  const storage = access.storageFor(url)
  const stat = { url, ...(await storage.stat(url)) }
  const variant = JSON.stringify([byColumns, columns.map(({ id, name, type }) => [id, name, type, asked.get(name)])])
  const known = manifestSums.get(storage, stat, variant)
  if (known !== undefined) return known
  const sum = new StatisticsSum(context, new Map(), asked)
  const file = await openAvroFile({ storage, url, byteCount: stat.byteCount })
  for await (const _ of (byColumns ? addColumns(sum, file, asked) : undefined) ?? addEntries(sum, file, ids)) {
    if (!sum.answers(asked)) return undefined
  }
  const statistics = sum.finish(false)
  manifestSums.set(storage, stat, statistics, { weight: 1 + columns.length, variant })
  return statistics
}

/** Adds a manifest block by block, its entries as columns; undefined when its writer laid them out in another form. */
function addColumns(
  sum: StatisticsSum,
  file: AvroFile,
  asked: ReadonlyMap<string, 'bounds' | 'nulls'>,
): AsyncGenerator<void> | undefined {
  const columns = sum.columns.map(({ id, name, type }) => ({ id, type, wants: asked.get(name) ?? 'nulls' }))
  const idsOf = (wanted: typeof columns): number[] => wanted.map(({ id }) => id)
  const bounds = idsOf(columns.filter(({ wants }) => wants === 'bounds'))
  return readEntryColumns(file, { nullCounts: idsOf(columns), bounds }, (entries) =>
    sum.addBlock(sumEntries(entries, columns, file.url)),
  )
}

/** The same, each entry an object. */
async function* addEntries(sum: StatisticsSum, file: AvroFile, ids: ReadonlySet<number>): AsyncGenerator<void> {
  for await (const files of readFileCounts(file, ids.size === 0 ? 'none' : ids)) {
    for (const one of files) sum.add(one)
    yield
  }
}

class StatisticsSum {
  readonly #distinctCounts: ReadonlyMap<number, number>
  readonly columns: readonly SummedColumn[]
  #rowCount = 0
  #byteCount = 0
  #fileCount = 0

  /** Of the columns named; of all when none are. */
  constructor(
    { schema }: ScanContext,
    distinctCounts: ReadonlyMap<number, number>,
    names?: { has(name: string): boolean },
  ) {
    this.#distinctCounts = distinctCounts
    this.columns = schema.fields.flatMap((field): SummedColumn[] => {
      if (names?.has(field.name) === false) return []
      if (nestedFieldsOf(field.type).length > 0 || !hasValueBounds(field)) return []
      const type = dataTypeOf(field.type, field.name)
      return [{ name: field.name, id: field.id, type, sum: new RangeSum(type) }]
    })
  }

  /** Of a part of the table, with the same columns. */
  addStatistics({ rowCount, byteCount, fileCount, columns }: TableStatistics): void {
    this.#rowCount += rowCount
    this.#byteCount += byteCount
    this.#fileCount += fileCount
    for (const { name, sum } of this.columns) sum.add(columns.get(name), rowCount)
  }

  addBlock({ rowCount, byteCount, fileCount, ranges }: BlockSum): void {
    this.#rowCount += rowCount
    this.#byteCount += byteCount
    this.#fileCount += fileCount
    this.columns.forEach(({ sum }, i) => sum.add(ranges[i], rowCount))
  }

  add(file: FileCounts): void {
    this.#rowCount += file.recordCount
    this.#byteCount += file.byteCount
    this.#fileCount++
    for (const column of this.columns)
      column.sum.add(boundsRange(file, { ...column, isNested: false }), file.recordCount)
  }

  /** Whether what was added so far leaves all that is asked of columns to be known. */
  answers(asked: ReadonlyMap<string, 'bounds' | 'nulls'>): boolean {
    if (this.columns.length < asked.size) return false
    return this.columns.every(({ name, sum }) => {
      const { exact, nullCount } = sum.range()
      return asked.get(name) === 'bounds' ? exact || nullCount === this.#rowCount : nullCount !== undefined
    })
  }

  finish(hasDeletes: boolean): TableStatistics {
    const columns = new Map<string, ColumnRange>()
    for (const { name, id, sum } of this.columns) {
      const range = sum.range()
      const distinctCount = this.#distinctCounts.get(id)
      // With deletes, the rows that hold the bounds may be gone.
      const exact = range.exact && !hasDeletes
      columns.set(name, {
        ...range,
        exact,
        ...(distinctCount === undefined ? {} : { distinctCount }),
      })
    }
    return {
      rowCount: this.#rowCount,
      exact: !hasDeletes,
      byteCount: this.#byteCount,
      fileCount: this.#fileCount,
      columns,
    }
  }
}
