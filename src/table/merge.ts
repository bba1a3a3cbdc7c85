/**
 * Contract of merge-on-read: a scan task that stands for several files whose rows with equal keys are one row.
 *
 *   Paimon: sorted runs of an LSM tree            Hudi: a base file and the log files behind it
 *     run 0 (oldest)  a c d f | h k                 run 0  base.parquet   (rows in any order)
 *     run 1           b c     | k                   run 1  log 1: data block
 *     run 2 (newest)  c                             run 2  log 1: delete block (key columns, the rest constants)
 *
 * Columns of the merge are numbered once for all files: first those of the pushdown, then `extraColumns`, which only the merge reads (keys
 * that nobody asked for, sequence numbers, row kinds, other fields that decide). Each file says for itself where each of them comes from
 * (`MergeFile.columns`), so files of different schemas merge with each other.
 *
 * Order of the rows of one key: `ordering` ascending or descending as said, then the run's place in `runs`, then the row's place in its
 * run. What comes later wins. Rows whose kind is a retraction (-U, -D) go into the merge, and keys whose result is one are not rows of
 * the table. A key with a single row is not merged: the row itself is the result, so engines see keys of two rows and more.
 *
 * Filters are checked after merging (`ScanTask.residual` and the filters of the plan). The executor itself uses those that are about key
 * columns alone to skip row groups and pages, which is safe: all rows of a key are skipped or none. A table may leave out whole files by
 * their keys, and must not leave out a file by the values of other columns.
 */
import type { Expr } from '../expr/expr.ts'
import type { ColumnSource, DeleteFilter, FileRef, ProjectedColumn } from './table.ts'

export interface MergeTask {
  /** Oldest first. */
  readonly runs: readonly MergeRun[]
  /** Columns that the merge needs beside the pushdown's, numbered behind them. */
  readonly extraColumns: readonly ProjectedColumn[]
  /**
   * Column numbers of the key, in the order that sorted runs are in. NULL equals NULL and comes first; strings and binaries compare as
   * bytes.
   */
  readonly keys: readonly number[]
  readonly ordering: readonly MergeOrdering[]
  /** What says that a row retracts; none: no row does. A row is of the first kind that isn't NULL. */
  readonly rowKinds: readonly RowKindColumn[]
  readonly engine: MergeEngine
  /** Retractions are left out before merging (`ignore-delete`). */
  readonly ignoreRetractions: boolean
  /** Rows of the result that are wanted, over the columns of the merge; absent: all. */
  readonly filter?: Expr
  /**
   * Columns whose NULLs say nothing: the row that wins takes them from the one that it wins over, unless either is a retraction. Only where runs are not
   * sorted: rows behind the first run are merged with each other, and then with those of the first.
   */
  readonly fillsNulls?: readonly number[]
  /** Keys whose result is a retraction come out too: for changelogs. Absent: they are dropped. */
  readonly keepRetractions?: boolean
}

export interface MergeRun {
  /**
   * The files follow each other in ascending key order, each is sorted by the keys, and no key occurs twice in the run. Such runs are
   * streamed. When any run of a task is not sorted, the engine is `deduplicate`, the first run is streamed in its own order (its rows of equal
   * keys stay apart; it may have no files), and the rows of the others are held in memory at once. Then a row wins over those before it unless
   * its order is below theirs, and where either order is NULL the later row wins.
   */
  readonly isSorted: boolean
  readonly files: readonly MergeFile[]
}

export interface MergeFile {
  readonly file: FileRef
  /** Byte range whose row groups are meant (a block of a log file); absent = the whole file. */
  readonly split?: { readonly start: number; readonly end: number }
  /** By the table's metadata. */
  readonly rowCount?: number
  /** One a column of the merge. The same array object is shared by files that agree. */
  readonly columns: readonly ColumnSource[]
  /**
   * Columns of the merge that the file says nothing of: its rows take them from the row that they win over. Only where runs are not sorted, and not
   * in the first run.
   */
  readonly absent?: readonly number[]
  /** Rows that are not there: only by position (deletion vectors). */
  readonly deletes: readonly DeleteFilter[]
}

export interface MergeOrdering {
  readonly column: number
  readonly descending: boolean
  /** NULLs come before every value (so that any value wins over them). */
  readonly nullsFirst: boolean
}

/** How a column tells a row's kind. */
export type RowKindColumn =
  /** tinyint: 0 insert, 1 update before, 2 update after, 3 delete. */
  | { readonly column: number; readonly form: 'code' }
  /** boolean: TRUE = deleted, FALSE or NULL = not known to be. */
  | { readonly column: number; readonly form: 'is-deleted' }
  /** varchar: one of these texts = deleted. */
  | { readonly column: number; readonly form: 'texts'; readonly deleted: readonly string[] }

export type MergeEngine =
  /** The last row. */
  | { readonly kind: 'deduplicate' }
  /** The first row. */
  | { readonly kind: 'first-row' }
  /** Each field by itself: partial updates and aggregations. */
  | FieldsEngine
  /**
   * Nothing is merged: the runs have the same rows, in the same order, and each column comes from one of them. `runs` says which, by column; -1:
   * any. The task has no keys, order and kinds, and its files no deletes.
   */
  | { readonly kind: 'zip'; readonly runs: readonly number[] }

export interface FieldsEngine {
  readonly kind: 'fields'
  /** One a column of the merge, keys included (`key`); null = a column of which nobody reads the result. */
  readonly fields: readonly (FieldMerge | null)[]
  /** Groups of columns with an order of their own, that fields name by index. */
  readonly sequenceGroups: readonly SequenceGroup[]
  /** A delete (-D) empties the row, and the result is a delete if nothing comes after it. */
  readonly removesOnDelete: boolean
  /**
   * What other retractions do. `refuse`: 0A000 with `refusal`. `all`: each field retracts. `groups`: fields of sequence groups retract, others
   * stay. `none`: nothing.
   */
  readonly retractions: 'refuse' | 'all' | 'groups' | 'none'
  readonly refusal?: string
  /** A key without an insert is a delete. */
  readonly needsInsert: boolean
}

export interface SequenceGroup {
  /** Columns that order the group; a row in which all of them are NULL says nothing about the group. NULLs come first. */
  readonly columns: readonly number[]
  /** A delete (-D) that is not older than the group's rows removes the whole row. */
  readonly removesOnDelete: boolean
}

export interface FieldMerge {
  readonly function: FieldFunction
  /** Index into `sequenceGroups`; absent: the order of the rows. */
  readonly sequenceGroup?: number
  /** Retractions leave the field as it is. */
  readonly ignoresRetraction?: boolean
  /** listagg: between the parts. Default: `,`. */
  readonly delimiter?: string
  /** listagg, collect: equal parts come in once. */
  readonly distinct?: boolean
  /** nested_update, nested_partial_update: names of the fields that identify an element; none: elements are only added. */
  readonly nestedKey?: readonly string[]
  /** nested_update: fields that say which of two elements is the newer one; none: the later. */
  readonly nestedSequence?: readonly string[]
  /** nested_update: elements at most; absent: any number. */
  readonly countLimit?: number
  /** nested_update, nested_partial_update: what becomes of elements whose key is NULL in part. Default: `merge`, as any others. */
  readonly nullKeys?: 'merge' | 'ignore' | 'error'
  /** merge_map_with_keytime: the field of the entries' rows that is their time. Default: the last. */
  readonly timestampField?: string
}

export type FieldFunction =
  /** Keys and sequence fields: the newest row's, retractions included. */
  | 'key'
  /** The newest row's, even NULL; a newer retraction makes NULL. */
  | 'replace'
  | 'last_value'
  | 'last_non_null_value'
  | 'first_value'
  | 'first_non_null_value'
  | 'min'
  | 'max'
  | 'sum'
  | 'product'
  | 'bool_and'
  | 'bool_or'
  | 'listagg'
  | 'collect'
  | 'merge_map'
  | 'merge_map_with_keytime'
  | 'nested_update'
  | 'nested_partial_update'

/** All files of a merge. */
export function filesOfMerge({ runs }: MergeTask): readonly MergeFile[] {
  return runs.flatMap(({ files }) => files)
}
