/** A folder of data files, or one file, as a table: columns by name, hive partitions as columns behind the files' own. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, type DataType, type Field, type Schema, VARCHAR } from '../../core/types.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { CsvOptions } from '../../format/csv/options.ts'
import type { JsonOptions } from '../../format/json/options.ts'
import type { ColumnRange, FileLayout, FormatName } from '../../format/format.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { ParquetKeys } from '../../format/parquet/encryption/keys.ts'
import { RangeSum } from '../range-sum.ts'
import type { ColumnSource, FileRef, ProjectedColumn, Pushdown, ScanTask, Table, TableStatistics } from '../table.ts'
import type { ListedFile } from './data-files.ts'
import { readFileFacts, readFileRanges } from './file-facts.ts'
import { mergeSchemas } from './merge-schemas.ts'
import { type PartitionColumn, partitionColumns, partitionValue } from './partition-columns.ts'
import { targetByName } from './target-by-name.ts'
import { describeCsvFiles, describeJsonFiles } from './text-files.ts'

/** Footers read for the schema: later files of a larger folder must fit what these say. */
const FOOTERS_MAX = 1000
/** Column statistics of row groups read for estimates, at most. */
const RANGES_MAX = 20_000

/** Compressed text is about so much of the text. */
const COMPRESSED_SHARE = 0.2

const FILE_COLUMN: Field = { name: '_file', type: VARCHAR, nullable: false }
const POSITION_COLUMN: Field = { name: '_pos', type: BIGINT, nullable: false }

interface KnownFile extends ListedFile {
  /** Undefined for files whose footer was not read. */
  readonly rowCount: number | undefined
  /** About as many rows, where they are not known. */
  readonly rowEstimate?: number
  readonly rowGroupCount: number
  readonly layout?: FileLayout | undefined
}

export interface FilesTableOptions {
  readonly name: string
  readonly access: StorageAccess
  /** Files are of this format whatever their names, and in folders only those named so are read; absent: by their names. */
  readonly format?: FormatName | undefined
  /** Columns of the first file only, which all files must have; absent or true: those of all files. */
  readonly unionByName?: boolean | undefined
  /** Folders named `key=value` are columns (unless false). */
  readonly hivePartitions?: boolean | undefined
  /** Types of these columns by name, guessed for the others. */
  readonly partitionTypes?: ReadonlyMap<string, DataType> | undefined
  /** The columns of folders are text, unless their type is given. */
  readonly partitionsAreText?: boolean | undefined
  /** A column of the files' names, called so. */
  readonly fileNameColumn?: string | undefined
  /** A column of the rows' numbers in their files, from 0, called so. Not of text files. */
  readonly rowNumberColumn?: string | undefined
  /** Of Parquet files. */
  readonly keys?: ParquetKeys | undefined
  readonly csv?: CsvOptions | undefined
  readonly json?: JsonOptions | undefined
}

/** The table of these files, of which there is one at least. 0A000 when text files and others are among them. */
export async function tableOfFiles(files: readonly ListedFile[], options: FilesTableOptions): Promise<Table> {
  const listed =
    options.hivePartitions === false ? files.map((file) => ({ ...file, partition: new Map<string, null>() })) : files
  const [{ format }] = listed as readonly [ListedFile]
  const isText = listed.some((file) => file.format === 'csv' || file.format === 'json')
  if (!isText) return binaryTable(listed, options)
  if (listed.some((file) => file.format !== format)) {
    throw unsupported('a table of text files and of files of another format', {
      hint: 'Read each kind with its own function (read_csv, read_parquet) and put them together with UNION ALL BY NAME.',
    })
  }
  return textTable(listed, options)
}

async function textTable(files: readonly ListedFile[], options: FilesTableOptions): Promise<Table> {
  const { access, csv = {}, json = {}, unionByName = false } = options
  const { fields, layouts, rowBytes } =
    files[0]!.format === 'csv'
      ? await describeCsvFiles(access, files, { csv, unionByName })
      : await describeJsonFiles(access, files, { json, unionByName })
  const known = files.map((file, i): KnownFile => {
    const layout = layouts[i]!
    const share = layout.compression === 'none' ? 1 : COMPRESSED_SHARE
    const rowEstimate = Math.ceil(file.byteCount / share / rowBytes)
    return { ...file, rowCount: undefined, rowEstimate, rowGroupCount: 0, layout }
  })
  return new FilesTable(known, fields, options)
}

function binaryTable(files: readonly ListedFile[], options: FilesTableOptions): Table {
  const schemas: (readonly Field[])[] = []
  const footersMax = options.unionByName === false ? 1 : FOOTERS_MAX
  const { keys } = options
  const known = files.map((listed, i): KnownFile => {
    const file = keys === undefined || listed.format !== 'parquet' ? listed : { ...listed, layout: keys }
    if (i >= footersMax) return { ...file, rowCount: undefined, rowGroupCount: 0 }
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
  readonly #fileNameColumn: string | undefined
  readonly #rowNumberColumn: string | undefined
  readonly #access: StorageAccess
  #filesSkipped = 0
  #statistics: TableStatistics | undefined

  constructor(files: readonly KnownFile[], fields: readonly Field[], options: FilesTableOptions) {
    const { name, access } = options
    this.name = name
    this.#access = access
    this.#files = files
    this.#fileNameColumn = options.fileNameColumn
    this.#rowNumberColumn = options.rowNumberColumn
    this.#partitions = partitionColumns(files, options)
    // Folders win over a column of the same name in the files, as with Hive.
    const partitionNames = new Set(this.#partitions.map((column) => column.name))
    this.#fileFields = fields.filter((field) => !partitionNames.has(field.name))
    const partitionFields = this.#partitions.map(({ name: column, type }) => ({
      name: column,
      type,
      nullable: true,
    }))
    const nameFields = options.fileNameColumn === undefined ? [] : [fileNameField(options.fileNameColumn)]
    const numberFields =
      options.rowNumberColumn === undefined ? [] : [{ ...POSITION_COLUMN, name: options.rowNumberColumn }]
    this.schema = { fields: [...this.#fileFields, ...partitionFields, ...nameFields, ...numberFields] }
    checkNames(this.schema.fields)
    // The rows of text files have no numbers: threads count them in parts of a file.
    const isText = files.some(({ format }) => format === 'csv' || format === 'json')
    if (isText && numberFields.length > 0) throw unsupported('file_row_number of text files')
    const hidden = isText ? [FILE_COLUMN] : [FILE_COLUMN, POSITION_COLUMN]
    this.hiddenColumns = hidden.filter(({ name: column }) => this.schema.fields.every((field) => field.name !== column))
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
        file: fileRef(file),
        ...(file.rowCount === undefined ? {} : { rowCount: file.rowCount }),
        ...(file.rowEstimate === undefined ? {} : { rowEstimate: file.rowEstimate }),
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
    if (name === '_pos' || name === this.#rowNumberColumn) return { kind: 'position' }
    return undefined
  }

  #constant({ name }: ProjectedColumn, file: KnownFile): ColumnSource {
    const partition = this.#partitions.find((column) => column.name === name)
    if (partition !== undefined) {
      return { kind: 'constant', value: partitionValue(partition, file), type: partition.type }
    }
    if (name === '_file' || name === this.#fileNameColumn) return { kind: 'constant', value: file.url, type: VARCHAR }
    throw new SqlError('42703', `column "${name}" does not exist`)
  }

  #readStatistics(): TableStatistics {
    const counted = this.#files.filter((file) => file.rowCount !== undefined)
    const known = counted.reduce((sum, file) => sum + file.rowCount!, 0)
    const byteCount = this.#files.reduce((sum, file) => sum + file.byteCount, 0)
    const exact = counted.length === this.#files.length
    if (counted.length === 0) {
      const estimate = this.#files.reduce((sum, { rowEstimate = 0 }) => sum + rowEstimate, 0)
      return { rowCount: estimate, exact, byteCount, fileCount: this.#files.length, columns: new Map() }
    }
    const columns = exact ? this.#columnRanges(counted) : new Map<string, ColumnRange>()
    // Of one file; of more each number occurs a few times.
    columns.set(this.#rowNumberColumn ?? '_pos', {
      exact: false,
      nullCount: 0,
      valueCount: known,
      distinctCount: Math.ceil(known / counted.length),
    })
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

function fileRef({ url, format, byteCount, layout }: KnownFile): FileRef {
  return { url, format, byteCount, ...(layout === undefined ? {} : { layout }) }
}

function fileNameField(name: string): Field {
  return { name, type: VARCHAR, nullable: false }
}

/** 42701 when two columns have one name: a column of file names may be called as one of the files'. */
function checkNames(fields: readonly Field[]): void {
  const names = new Set<string>()
  for (const { name } of fields) {
    if (names.has(name))
      throw new SqlError('42701', `column "${name}" occurs twice`, { hint: "filename => 'another name'" })
    names.add(name)
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
