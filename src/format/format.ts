/**
 * A file format: bytes to vectors. Readers run in the worker that uses them and read synchronously.
 *
 * A format is a folder here plus a line in format/index.ts.
 */
import type { Arena } from '../core/arena.ts'
import type { BlockCache } from '../core/block-cache.ts'
import type { EngineMemory } from '../core/memory.ts'
import type { DataType } from '../core/types.ts'
import type { Selection, Vector } from '../core/vector.ts'
import type { ColumnRange } from '../expr/column-range.ts'
import type { Expr, LiteralValue } from '../expr/expr.ts'
import type { Kernels } from '../kernel/kernels.ts'
import type { SyncFile } from '../storage/storage.ts'
import type { CsvLayout } from './csv/layout.ts'
import type { JsonLayout } from './json/layout.ts'
import type { ParquetKeys } from './parquet/encryption/keys.ts'

export type { ColumnRange }

export type FormatName = 'parquet' | 'orc' | 'avro' | 'lance' | 'hudi-log' | 'hfile' | 'csv' | 'json'

/** How a file is to be read, which it does not say itself: plain data. */
export type FileLayout = TextLayout | ParquetKeys

export type TextLayout = CsvLayout | JsonLayout

export interface FileFormat {
  readonly name: FormatName
  /** Reads the footer (cached by url, size and modification time). Errors: XX001 with file and offset. `layout`: of text files, which need one, and of encrypted ones. */
  open(file: SyncFile, context: ReadContext, layout?: FileLayout): DataFile
}

export interface ReadContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** Keeps decompressed parts of files; absent: nothing is kept. */
  readonly blockCache?: BlockCache | undefined
  /** Readers compare the checksums of what they read, where the files have some. */
  readonly checksPages?: boolean | undefined
}

/** What a reader is asked for: a column by field id, or by one of its names, with the type it must come out as. */
export interface TargetField {
  /** The table format's field id; files with ids are resolved by it, never by name. */
  readonly id?: number
  /** Names to look for, best first, when the file has no ids (name mapping), or the table resolves by name. */
  readonly names: readonly string[]
  /** The table's type now; the file's may be narrower (promotion) and is converted. */
  readonly type: DataType
  /** Struct fields; list: [element]; map: [key, value]; else empty. */
  readonly children: readonly TargetField[]
  /** What rows of files without this field hold; NULL when absent. */
  readonly missing?: LiteralValue
}

export interface DataFile {
  readonly rowCount: number
  readonly rowGroups: readonly RowGroupInfo[]
  /** Rows of a row group are passed over at little cost, so that several threads can share one. Absent: no. */
  readonly skipsRows?: boolean
  /** Row groups are found one after another by one reader, and `rowGroups` has one for all of them: the file is one morsel. */
  readonly isSequential?: boolean
  /** Of sequential files: whether there is such a row group, once the one before has been opened. */
  hasRowGroup?(rowGroup: number): boolean
  /** The file's own columns, for `read_parquet` and tables that are directories of files. */
  readonly fields: readonly FileField[]
  /**
   * What statistics say of a field of structs in a row group, by the names above it and its own, in the type that it has in the file. Rows where
   * a struct above is NULL count as NULLs. Undefined when unknown, or when it is in a list.
   */
  fieldStatistics?(rowGroup: number, path: readonly string[]): ColumnRange | undefined
  /** Binds target columns to the file's. Columns the file lacks come out as constants of `missing`. 0A000 if a type can't be converted. */
  bind(targets: readonly TargetField[]): BoundFile
  /** Gives back what it holds beside its readers; absent: nothing. */
  close?(): void
}

export interface RowGroupInfo {
  readonly rowCount: number
  /** Row number in the file of its first row. */
  readonly firstRow: number
  /** Offset of its first byte in the file: row groups belong to the split that holds this offset. */
  readonly byteOffset: number
  readonly byteCount: number
  /** The counts are guesses: how many rows there are is known once it is opened, and may be none. */
  readonly isGuess?: true
}

export interface FileField {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  readonly id?: number
  readonly children: readonly FileField[]
}

export interface BoundFile {
  /** Statistics of target column `column` in a row group; undefined when unknown. Values in the target's type. */
  statistics(rowGroup: number, column: number): ColumnRange | undefined
  /** False only if no row of the row group can satisfy the predicate (statistics, dictionary, bloom filter); `input` = target column. */
  mightMatch(rowGroup: number, predicate: Expr): boolean
  openRowGroup(rowGroup: number): RowGroupReader
  /**
   * A reader of some rows, by their numbers in the file (ascending), as if they were a row group: its row i is the i-th of them. Absent where
   * rows are not found without those around them.
   */
  readonly openRows?: ((rows: Float64Array) => RowGroupReader) | undefined
}

/** Half-open range of rows within a row group. */
export interface RowRange {
  readonly start: number
  readonly end: number
}

export interface RowGroupReader {
  readonly rowCount: number
  /** Row ranges that may hold matches by the page index, ascending, merged; one range of all rows without an index. */
  candidateRanges(predicate: Expr): readonly RowRange[]
  /**
   * Tells which columns will surely be read in which rows, so that their bytes are fetched in few, coalesced reads.
   * Optional: `read` fetches what was not prefetched.
   */
  prefetch(columns: readonly number[], ranges: readonly RowRange[]): void
  /**
   * Decodes rows [start, end) of target column `column`; with a selection (rows relative to `start`, ascending) only those rows,
   * so that the vector has `selection.count` rows. For each column, calls must ascend and not overlap; rows between are skipped
   * without decoding where the format allows. The vector lives until `arena` is reset; page buffers and dictionaries it refers to
   * live until the reader is closed.
   */
  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector
  /** Bytes read from the file so far. */
  readonly bytesRead: number
  /** Frees page buffers. */
  close(): void
}
