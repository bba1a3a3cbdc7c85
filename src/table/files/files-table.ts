/** A folder of data files, or one file, as a table: columns by name, hive partitions as columns behind the files' own. */
import { DataError, SqlError } from '../../core/errors.ts'
import { BIGINT, type Field, type Schema, VARCHAR } from '../../core/types.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { ColumnRange, FormatName } from '../../format/format.ts'
import { formatOfFileName } from '../../format/index.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { RangeSum } from '../range-sum.ts'
import type { ColumnSource, ProjectedColumn, Pushdown, ScanTask, Table, TableStatistics } from '../table.ts'
import { type ListedFile, listDataFiles } from './data-files.ts'
import { readFileFacts, readFileRanges } from './file-facts.ts'
import { mergeSchemas } from './merge-schemas.ts'
import { type PartitionColumn, partitionColumns, partitionValue } from './partition-columns.ts'
import { targetByName } from './target-by-name.ts'

/** Footers read for the schema: later files of a larger folder must fit what these say. */
const FOOTERS_MAX = 1000
/** Column statistics of row groups read for estimates, at most. */
const RANGES_MAX = 20_000

const HIDDEN_COLUMNS: readonly Field[] = [
  { name: '_file', type: VARCHAR, nullable: false },
  { name: '_pos', type: BIGINT, nullable: false },
]

interface KnownFile extends ListedFile {
  /** Undefined for files whose footer was not read. */
  readonly rowCount: number | undefined
  readonly rowGroupCount: number
}

export interface FilesTableOptions {
  readonly name: string
  /** Files are of this format whatever their names, and in folders only those named so are read; absent: by their names. */
  readonly format?: FormatName | undefined
  readonly access: StorageAccess
}

/** The table of one file: 58P01 when there is none. */
export async function openFileTable(url: string, options: FilesTableOptions): Promise<Table> {
  const stat = await options.access.storageFor(url).stat(url)
  const format = options.format ?? formatOfFileName(url) ?? 'parquet'
  return tableOf([{ url, ...stat, format, partition: new Map() }], options)
}

/** The table of the data files below a folder: 58P01 when there are none. */
export async function openFolderTable(url: string, options: FilesTableOptions): Promise<Table> {
  const all = await listDataFiles(options.access.storageFor(url), url)
  const files = options.format === undefined ? all : all.filter(({ format }) => format === options.format)
  if (files.length === 0) throw new DataError('58P01', `no data files in "${url}"`)
  return tableOf(files, options)
}

function tableOf(files: readonly ListedFile[], options: FilesTableOptions): Table {
  const schemas: (readonly Field[])[] = []
  const known = files.map((file, i): KnownFile => {
    if (i >= FOOTERS_MAX) return { ...file, rowCount: undefined, rowGroupCount: 0 }
    const { rowCount, rowGroupCount, fields } = readFileFacts(options.access, file)
    schemas.push(fields)
    return { ...file, rowCount, rowGroupCount }
  })
  return new FilesTable(known, mergeSchemas(schemas), options)
}

class FilesTable implements Table {
  readonly name: string
  readonly format = 'files'
  readonly schema: Schema
  readonly hiddenColumns: readonly Field[]
  readonly #files: readonly KnownFile[]
  readonly #fileFields: readonly Field[]
  readonly #partitions: readonly PartitionColumn[]
  readonly #access: StorageAccess
  #filesSkipped = 0
  #statistics: TableStatistics | undefined

  constructor(files: readonly KnownFile[], fields: readonly Field[], { name, access }: FilesTableOptions) {
    this.name = name
    this.#access = access
    this.#files = files
    this.#partitions = partitionColumns(files)
    // Folders win over a column of the same name in the files, as with Hive.
    const partitionNames = new Set(this.#partitions.map((column) => column.name))
    this.#fileFields = fields.filter((field) => !partitionNames.has(field.name))
    const partitionFields = this.#partitions.map(({ name: column, type }) => ({
      name: column,
      type,
      nullable: true,
    }))
    this.schema = { fields: [...this.#fileFields, ...partitionFields] }
    this.hiddenColumns = HIDDEN_COLUMNS.filter((hidden) =>
      this.schema.fields.every((field) => field.name !== hidden.name),
    )
  }

  async *scan({ columns, predicate }: Pushdown): AsyncGenerator<ScanTask> {
    this.#filesSkipped = 0
    const plain = columns.map((column) => this.#source(column))
    const isShared = plain.every((source) => source !== undefined)
    for (const file of this.#files) {
      const sources = isShared
        ? (plain as readonly ColumnSource[])
        : plain.map((source, i) => source ?? this.#constant(columns[i]!, file))
      if (predicate !== null && !mightMatch(predicate, (input) => rangeOfSource(sources[input]))) {
        this.#filesSkipped++
        continue
      }
      yield {
        file: { url: file.url, format: file.format, byteCount: file.byteCount },
        ...(file.rowCount === undefined ? {} : { rowCount: file.rowCount }),
        columns: sources,
        deletes: [],
        residual: predicate,
      }
    }
  }

  scanMetrics(): Readonly<Record<string, number>> {
    return { files_total: this.#files.length, files_skipped_by_partition: this.#filesSkipped }
  }

  async statistics(): Promise<TableStatistics> {
    return (this.#statistics ??= this.#readStatistics())
  }

  metadataTables(): readonly string[] {
    return []
  }

  /** Undefined for columns whose value differs from file to file. */
  #source({ name, type }: ProjectedColumn): ColumnSource | undefined {
    if (this.#fileFields.some((field) => field.name === name)) return { kind: 'file', field: targetByName(name, type) }
    if (name === '_pos') return { kind: 'position' }
    return undefined
  }

  #constant({ name }: ProjectedColumn, file: KnownFile): ColumnSource {
    const partition = this.#partitions.find((column) => column.name === name)
    if (partition !== undefined) {
      return { kind: 'constant', value: partitionValue(partition, file), type: partition.type }
    }
    if (name === '_file') return { kind: 'constant', value: file.url, type: VARCHAR }
    throw new SqlError('42703', `column "${name}" does not exist`)
  }

  #readStatistics(): TableStatistics {
    const counted = this.#files.filter((file) => file.rowCount !== undefined)
    const known = counted.reduce((sum, file) => sum + file.rowCount!, 0)
    const byteCount = this.#files.reduce((sum, file) => sum + file.byteCount, 0)
    const exact = counted.length === this.#files.length
    const columns = exact ? this.#columnRanges(counted) : new Map<string, ColumnRange>()
    const rowCount = exact ? known : Math.round((known / counted.length) * this.#files.length)
    return { rowCount, exact, byteCount, fileCount: this.#files.length, columns }
  }

  #columnRanges(files: readonly KnownFile[]): Map<string, ColumnRange> {
    const fields = this.#fileFields.filter(({ type }) => !['struct', 'list', 'map', 'null'].includes(type.kind))
    const groupCount = files.reduce((sum, { rowGroupCount }) => sum + rowGroupCount, 0)
    if (groupCount * fields.length > RANGES_MAX) return new Map()
    const sums = new Map([...fields, ...this.#partitions].map(({ name, type }) => [name, new RangeSum(type)]))
    for (const file of files) {
      const ranges = readFileRanges(this.#access, file, fields)
      fields.forEach(({ name }, i) => sums.get(name)!.add(ranges[i], file.rowCount!))
      for (const partition of this.#partitions) {
        const range = rangeOfValue(partitionValue(partition, file), file.rowCount!)
        sums.get(partition.name)!.add(range, file.rowCount!)
      }
    }
    return new Map([...sums].map(([name, sum]) => [name, sum.range()]))
  }
}

/** The range of a column that is constant within the file; undefined for others. */
function rangeOfSource(source: ColumnSource | undefined): ColumnRange | undefined {
  return source?.kind === 'constant' ? rangeOfValue(source.value, 1) : undefined
}

/** The range of a column that is `value` in all rows. */
function rangeOfValue(value: LiteralValue, rowCount: number): ColumnRange {
  if (value === null) return { exact: true, nullCount: rowCount, valueCount: rowCount }
  return { min: value, max: value, exact: true, nullCount: 0, nanCount: 0, valueCount: rowCount }
}
