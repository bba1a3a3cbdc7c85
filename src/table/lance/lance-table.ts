/**
 * A Lance dataset at one version. Its rows lie in fragments; a fragment has one or more data files with different columns of the same rows, and a file of
 * rows that were deleted. Indexes (indexes/) are
 * an aid: rows are the same without them.
 *
 * Spec: lance-format docs, "Table Format".
 */
import { DataError, corrupt, unsupported } from '../../core/errors.ts'
import { BIGINT, type Field, type Schema, VARCHAR } from '../../core/types.ts'
import type { ColumnRange } from '../../expr/column-range.ts'
import { type Expr, and, conjuncts } from '../../expr/expr.ts'
import { firstAtLeast, namedIntegers } from '../../expr/prune/named-values.ts'
import { type LanceNode, lanceNodes, lanceTableField } from '../../format/lance/schema.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { targetByName } from '../files/target-by-name.ts'
import type {
  ColumnSource,
  DeleteFilter,
  FileRef,
  Pushdown,
  ScanTask,
  Table,
  TableStatistics,
  VersionSpec,
} from '../table.ts'
import { readDeletionFile } from './deletion-file.ts'
import {
  type LanceDataFileRef,
  type LanceFragment,
  type LanceManifest,
  listVersions,
  readManifest,
  versionOfTag,
} from './manifest.ts'
import type { IndexedRows } from './indexes/scalar-indexes.ts'
import { type RowIdRuns, rowsOfIds } from './row-ids.ts'

export interface LanceTableOptions {
  /** Display name. */
  readonly name: string
  readonly access: StorageAccess
  readonly at?: VersionSpec
  /** Whether indexes may say which rows to read; absent: yes. */
  readonly usesIndexes?: boolean | undefined
}

const HIDDEN_COLUMNS: readonly Field[] = [
  { name: '_file', type: VARCHAR, nullable: false },
  { name: '_pos', type: BIGINT, nullable: false },
  { name: '_rowid', type: BIGINT, nullable: false },
  { name: '_rowaddr', type: BIGINT, nullable: false },
]

/** Opens the dataset in folder `url`: 58P01 when there is none, 42704 for a version or tag that does not exist. */
export async function openLanceTable(url: string, options: LanceTableOptions): Promise<Table> {
  const manifest = await findManifest(url, options)
  return new LanceTable(url, manifest, options)
}

async function findManifest(url: string, { name, access, at }: LanceTableOptions): Promise<LanceManifest> {
  const versions = await listVersions(access, url)
  const [newest] = versions
  if (newest === undefined) throw new DataError('58P01', `no Lance dataset in "${url}"`)
  if (at === undefined) return readManifest(access, newest.url)
  if (at.kind === 'timestamp') {
    for (const { url: file } of versions) {
      const manifest = await readManifest(access, file)
      if (manifest.timestamp <= at.micros) return manifest
    }
    throw new DataError('42704', `table "${name}" has no version as old as that`)
  }
  const version = typeof at.value === 'bigint' ? at.value : await versionOfTag(access, url, at.value)
  const found = versions.find((candidate) => candidate.version === version)
  if (found === undefined) throw new DataError('42704', `table "${name}" has no version ${version}`)
  return readManifest(access, found.url)
}

/** Values that `_rowid` and `_rowaddr` may have, each list ascending, and the predicate without them. */
interface NamedRows {
  readonly lists: readonly { readonly isId: boolean; readonly values: BigInt64Array }[]
  readonly residual: Expr | null
}

class LanceTable implements Table {
  readonly name: string
  readonly format = 'lance'
  readonly schema: Schema
  readonly hiddenColumns: readonly Field[]
  readonly #url: string
  readonly #access: StorageAccess
  readonly #manifest: LanceManifest
  readonly #nodes: readonly LanceNode[]
  readonly #usesIndexes: boolean
  #skippedByRowId = 0
  #skippedByIndex = 0

  constructor(url: string, manifest: LanceManifest, { name, access, usesIndexes = true }: LanceTableOptions) {
    this.#usesIndexes = usesIndexes
    this.name = name
    this.#url = url
    this.#access = access
    this.#manifest = manifest
    this.#nodes = lanceNodes(manifest.fields, url)
    this.schema = { fields: this.#nodes.map(lanceTableField) }
    this.hiddenColumns = HIDDEN_COLUMNS.filter((hidden) => this.#nodes.every(({ name: own }) => own !== hidden.name))
  }

  async statistics(): Promise<TableStatistics> {
    const { fragments, hasTrueCounts } = this.#manifest
    const files = fragments.flatMap((fragment) => fragment.files)
    const rowCount = fragments.reduce(
      (sum, { physicalRows, deletion }) => sum + physicalRows - (deletion?.rowCount ?? 0),
      0,
    )
    return {
      rowCount,
      exact: hasTrueCounts && fragments.every(({ physicalRows }) => physicalRows > 0),
      byteCount: files.reduce((sum, { byteCount }) => sum + byteCount, 0),
      fileCount: files.length,
      // Estimates of how few rows a filter on row ids leaves.
      columns: new Map(['_rowid', '_rowaddr'].map((name) => [name, distinctNumbers(rowCount)])),
    }
  }

  async *scan({ columns, predicate }: Pushdown): AsyncGenerator<ScanTask> {
    this.#skippedByRowId = 0
    this.#skippedByIndex = 0
    const named = this.#namedRows(columns, predicate)
    const indexed = await this.#indexedRows(columns, predicate)
    for (const fragment of this.#manifest.fragments) {
      let rows = named === undefined ? undefined : this.#rowsIn(fragment, named)
      if (rows?.length === 0) {
        this.#skippedByRowId += fragment.files.length
        continue
      }
      for (const { fragments, ids } of indexed) {
        if (!fragments.has(fragment.id)) continue
        const found = rowsOfIds(addressesOf(fragment), ids)
        rows = rows === undefined ? found : inBoth(rows, found)
      }
      if (rows?.length === 0) {
        this.#skippedByIndex += fragment.files.length
        continue
      }
      const task = await this.#task(fragment, columns)
      if (task === undefined) continue
      yield {
        ...task,
        ...(rows === undefined ? {} : { only: [{ kind: 'positions', rows }] }),
        residual: named === undefined ? predicate : named.residual,
      }
    }
  }

  async #task(
    fragment: LanceFragment,
    columns: Pushdown['columns'],
  ): Promise<Omit<ScanTask, 'residual' | 'only'> | undefined> {
    const planned = columns.map((column) => this.#plan(column, fragment))
    const files = [...new Set(planned.flatMap(({ file }) => file ?? []))]
    const [first = fragment.files[0]] = files
    if (first === undefined) return undefined
    const refs = await Promise.all([first, ...files.slice(1)].map((file) => this.#fileRef(file)))
    const beside = files.slice(1).map((file, i) => ({
      file: refs[i + 1]!,
      columns: planned.flatMap((plan, column) => (plan.file === file ? [column] : [])),
    }))
    return {
      file: refs[0]!,
      ...(beside.length === 0 ? {} : { beside }),
      ...(fragment.physicalRows > 0 && this.#manifest.hasTrueCounts ? { rowCount: fragment.physicalRows } : {}),
      columns: planned.map(({ source }, column) =>
        columns[column]!.name === '_file' && source.kind === 'constant' ? { ...source, value: refs[0]!.url } : source,
      ),
      deletes: await this.#deletesOf(fragment),
    }
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return {
      files_total: this.#manifest.fragments.reduce((sum, { files }) => sum + files.length, 0),
      ...(this.#skippedByRowId === 0 ? {} : { files_skipped_by_row_id: this.#skippedByRowId }),
      ...(this.#skippedByIndex === 0 ? {} : { files_skipped_by_index: this.#skippedByIndex }),
    }
  }

  /** What the predicate says of row ids and addresses, value by value; undefined: nothing. */
  #namedRows(columns: Pushdown['columns'], predicate: Expr | null): NamedRows | undefined {
    if (predicate === null) return undefined
    const lists: NamedRows['lists'][number][] = []
    const rest = conjuncts(predicate).filter((conjunct) => {
      const named = namedIntegers(conjunct)
      const name = named === undefined ? undefined : columns[named.input]?.name
      if (named === undefined || (name !== '_rowid' && name !== '_rowaddr')) return true
      if (this.#nodes.some((node) => node.name === name)) return true
      lists.push({ isId: name === '_rowid', values: named.values })
      return false
    })
    return lists.length === 0 ? undefined : { lists, residual: rest.length === 0 ? null : and(rest) }
  }

  /** The rows of a fragment that all lists have, ascending. */
  #rowsIn(fragment: LanceFragment, { lists }: NamedRows): BigInt64Array {
    const [first, ...others] = lists.map(({ isId, values }) =>
      rowsOfIds(isId ? this.#rowIds(fragment) : addressesOf(fragment), values),
    )
    return others.reduce(inBoth, first!)
  }

  /** What the dataset's indexes leave, where it has some that the predicate can use. */
  async #indexedRows(columns: Pushdown['columns'], predicate: Expr | null): Promise<readonly IndexedRows[]> {
    const { indexes, fragments } = this.#manifest
    if (predicate === null || indexes.length === 0 || !this.#usesIndexes) return []
    // Some versions of Lance put ids that stay into the indexes of such datasets, others addresses: they don't say which.
    if (this.#manifest.hasStableRowIds) return []
    const { lookUpIndexes } = await import('./indexes/scalar-indexes.ts')
    const rows = new Map(fragments.map(({ id, physicalRows }) => [BigInt(id), physicalRows]))
    const dataset = { access: this.#access, url: this.#url, indexes, rowsOf: (id: bigint) => rows.get(id) }
    const indexed = columns.map(({ name }) => {
      const node = this.#nodes.find((candidate) => candidate.name === name)
      return node === undefined ? undefined : { fieldId: node.id, type: node.type }
    })
    return lookUpIndexes(dataset, indexed, predicate)
  }

  metadataTables(): readonly string[] {
    return []
  }

  /** Where a column comes from in a fragment; a fragment that was written before the column lacks it. */
  #plan(
    { name, type }: Pushdown['columns'][number],
    fragment: LanceFragment,
  ): { readonly source: ColumnSource; readonly file?: LanceDataFileRef } {
    const node = this.#nodes.find((candidate) => candidate.name === name)
    if (node === undefined) {
      if (name === '_pos') return { source: { kind: 'position' } }
      if (name === '_rowid') return { source: counted(this.#rowIds(fragment)) }
      if (name === '_rowaddr') return { source: counted(addressesOf(fragment)) }
      return { source: { kind: 'constant', value: '', type: VARCHAR } }
    }
    for (const { refusal, name: own } of allOf(node)) {
      if (refusal !== undefined) throw unsupported(`reading column "${own}" of table "${this.name}": ${refusal}`)
    }
    const ids = new Set(idsOf(node))
    const files = fragment.files.filter(({ fields }) => fields.some((id) => ids.has(id)))
    const [file] = files
    if (file === undefined) return { source: { kind: 'constant', value: null, type } }
    if (files.length > 1) throw unsupported(`reading column "${name}": its fields lie in several Lance files`)
    return { source: { kind: 'file', field: { ...targetByName(name, type), id: node.id } }, file }
  }

  /** Ids are addresses, unless the dataset keeps them when rows move. */
  #rowIds(fragment: LanceFragment): RowIdRuns {
    if (!this.#manifest.hasStableRowIds) return addressesOf(fragment)
    const { rowIds, physicalRows } = fragment
    if (rowIds === undefined)
      throw unsupported(`the column "_rowid" of table "${this.name}": ids in a file of their own`)
    if (physicalRows > 0 && rowIds.rowCount !== physicalRows) {
      throw corrupt(this.#url, `fragment ${fragment.id}: ${rowIds.rowCount} row ids of ${physicalRows} rows`)
    }
    return rowIds
  }

  async #fileRef({ path, byteCount, isElsewhere }: LanceDataFileRef): Promise<FileRef> {
    if (isElsewhere) throw unsupported('a Lance data file outside of its dataset')
    const url = joinLocation(this.#url, 'data', path)
    const size = byteCount > 0 ? byteCount : (await this.#access.storageFor(url).stat(url)).byteCount
    return { url, format: 'lance', byteCount: size }
  }

  async #deletesOf(fragment: LanceFragment): Promise<readonly DeleteFilter[]> {
    if (fragment.deletion === undefined) return []
    const rows = await readDeletionFile(this.#access, this.#url, fragment, fragment.deletion)
    return [{ kind: 'positions', rows }]
  }
}

function distinctNumbers(rowCount: number): ColumnRange {
  return { exact: false, nullCount: 0, valueCount: rowCount, distinctCount: rowCount }
}

function inBoth(a: BigInt64Array, b: BigInt64Array): BigInt64Array {
  return a.filter((row) => b[firstAtLeast(b, row)] === row)
}

/** Row numbers of fragments are below 2^32. */
function addressesOf({ id }: LanceFragment): RowIdRuns {
  return { starts: [0], values: [BigInt(id) << 32n], rowCount: 2 ** 32 }
}

function counted({ starts, values }: RowIdRuns): ColumnSource {
  return { kind: 'counted', starts, values }
}

function* allOf(node: LanceNode): Generator<LanceNode> {
  yield node
  for (const child of node.children) yield* allOf(child)
}

function* idsOf(node: LanceNode): Generator<number> {
  yield node.id
  for (const child of node.children) yield* idsOf(child)
}
