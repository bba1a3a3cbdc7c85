/**
 * A table: a name resolved at a moment. All methods see one snapshot.
 *
 * A table format is a folder here plus a line in table/index.ts. Pruning answers "might match": on any doubt a file stays.
 */
import type { DataType, Field, Schema } from '../core/types.ts'
import type { Expr, LiteralValue } from '../expr/expr.ts'
import type { JavaCast } from '../expr/values/java-cast.ts'
import type { ColumnRange, FileLayout, FormatName, ReadContext, TargetField } from '../format/format.ts'
import type { Batch } from '../core/vector.ts'
import type { MergeTask } from './merge.ts'
import type { ChangesRequest, TableChanges } from './changes.ts'
import type { CommitLog } from './commit-log.ts'
import type { RowSet } from './row-set.ts'

export interface Table {
  /** Display name, for errors and EXPLAIN. */
  readonly name: string
  /** `iceberg`, `delta`, `files`, `memory`, ... */
  readonly format: string
  readonly schema: Schema
  /** Columns that can be named but are not part of `*`: `_file`, `_pos`, ... */
  readonly hiddenColumns: readonly Field[]
  statistics(): Promise<TableStatistics>
  /**
   * The row count and what is asked of columns, by name, exactly and from all metadata: for queries that these answer where `statistics()` only
   * estimates, as it does of tables of very many files. Undefined when rows must be read for it, which little reading finds out, or when
   * `statistics()` knew as much.
   */
  exactStatistics?(columns: ReadonlyMap<string, 'bounds' | 'nulls'>): Promise<TableStatistics | undefined>
  /**
   * The files to read, lazily: a consumer that stops early (LIMIT) stops the reading of manifests. The predicate's `input` indexes refer
   * to `pushdown.columns`.
   */
  scan(pushdown: Pushdown): AsyncIterable<ScanTask>
  /**
   * What stands for the rows: tables of equal parts (===) give the same ones, and are read once where a query needs the same of both. Absent: like no
   * other table.
   */
  readonly identity?: readonly unknown[]
  /** What people ask of a table besides its columns, as names and values: its location, its version. At hand: nothing is read for it. */
  facts?(): readonly (readonly [name: string, value: string])[]
  /** How its files are partitioned and sorted, likewise. */
  layout?(): readonly (readonly [name: string, value: string])[]
  /** Counters of the last scan, for EXPLAIN ANALYZE: files_total, files_skipped_by_partition, ... */
  scanMetrics?(): Readonly<Record<string, number>>
  /** The changes between two versions (changes.ts); absent when the format keeps none. 0A000 for modes that it has not, 22023 for versions that are gone. */
  changes?(request: ChangesRequest): Promise<TableChanges>
  /** The commits whose changes can be followed (commit-log.ts); absent when the format keeps none. */
  commits?(): CommitLog
  /** What rows that are written get and must satisfy beyond the types. */
  readonly rules?: TableRules
  /** Starts a write; absent when the table can't be written. */
  begin?(context: ReadContext): Promise<TableWrite>
  /** Starts a statement that changes or removes rows; absent when the table's rows can't be changed. */
  beginChange?(context: ReadContext, kind: RowChangeKind): Promise<RowChange>
  /** Rows that are at hand, in the order of the schema, then of `hiddenColumns`: such a table is not scanned, the planner makes values of them. */
  readonly literalRows?: readonly (readonly LiteralValue[])[]
  /** Names after the `$` of `t$snapshots`. */
  metadataTables(): readonly string[]
  /** One of `metadataTables()` as a table. */
  metadataTable?(kind: string): Promise<Table>
}

export interface TableRules {
  /** Columns that are kept as text, and the types of what it says: `jsonb`, `json`, `interval`. */
  readonly types?: ReadonlyMap<string, DataType>
  /** COMMENT ON TABLE. */
  readonly comment?: string
  /** Defaults by column, as SQL expressions. */
  readonly defaults: ReadonlyMap<string, string>
  /** Identity columns; true: GENERATED ALWAYS. Their next values are their defaults. */
  readonly identities?: ReadonlyMap<string, boolean>
  /** CHECK constraints: SQL expressions over the columns that are not false for any row. */
  readonly checks: readonly { readonly name: string; readonly expression: string }[]
  /** PRIMARY KEY and UNIQUE: columns that no two rows have the same values of, NULLs aside. */
  readonly keys: readonly TableKey[]
  /** Of a materialized view: where its rows come from. They change by REFRESH only. */
  readonly view?: ViewSource
}

export interface ViewSource {
  /** The query as written. */
  readonly sql: string
  /** Where its plain names are looked up. */
  readonly schema: string
}

export interface TableKey {
  readonly name: string
  readonly isPrimary: boolean
  /** Names of columns, in order. */
  readonly columns: readonly string[]
}

/** Which version of a table is meant. */
export type VersionSpec =
  | { readonly kind: 'version'; readonly value: bigint | string }
  /** Microseconds since 1970, UTC. */
  | { readonly kind: 'timestamp'; readonly micros: bigint }

/** Settings of the session that say how tables are read. */
export interface ReadSettings {
  /** Where the time of a Delta commit without in-commit timestamps comes from; the commit's file when absent. */
  readonly deltaCommitTime?: 'file' | 'commit_info'
  /** Whether the indexes of Lance datasets are used; absent: yes. */
  readonly usesIndexes?: boolean
}

export interface Pushdown {
  readonly columns: readonly ProjectedColumn[]
  /** Over `columns` by `input` index; null = all rows. */
  readonly predicate: Expr | null
  /** Rows wanted at most, when nothing above the scan drops or adds rows before counting. */
  readonly limit?: number
}

export interface ProjectedColumn {
  readonly name: string
  /** May be a part of the table's struct: only the nested fields that are read. */
  readonly type: DataType
  readonly fieldId?: number
}

export interface TableStatistics {
  readonly rowCount: number
  /** The row count is right, not an estimate. */
  readonly exact: boolean
  readonly byteCount: number
  readonly fileCount: number
  /** By column name. */
  readonly columns: ReadonlyMap<string, ColumnRange>
}

/** One file, or a part of one, to read: plain data. */
export interface ScanTask {
  readonly file: FileRef
  /** Further files of the same rows, with the columns of the scan that come from each; `file` has the others. */
  readonly beside?: readonly BesideFile[]
  /** Byte range whose row groups are meant; absent = the whole file. */
  readonly split?: { readonly start: number; readonly end: number }
  /** Rows of the file (of the split) by the table's metadata, deletes not subtracted. */
  readonly rowCount?: number
  /** A guess at them, where they are not known. */
  readonly rowEstimate?: number
  /** One a pushdown column. The same array object is shared by tasks that agree. */
  readonly columns: readonly ColumnSource[]
  readonly deletes: readonly DeleteFilter[]
  /** Rows to read, for changes: those that at least one of these filters hits and none of `deletes`. Absent: all that `deletes` leave. */
  readonly only?: readonly DeleteFilter[]
  /** What the executor must still check, over the pushdown columns; null = every row left satisfies the predicate. */
  readonly residual: Expr | null
  /**
   * The task stands for all files of the merge (`table/merge.ts`), which one worker reads: `file` is the first of them, `columns` and
   * `deletes` are empty, `rowCount` is the most rows that can come out, and the residual is checked after merging.
   */
  readonly merge?: MergeTask
}

/** A file with other columns of the same rows. */
export interface BesideFile {
  readonly file: FileRef
  /** Of the scan. */
  readonly columns: readonly number[]
}

export interface FileRef {
  readonly url: string
  readonly format: FormatName
  readonly byteCount: number
  /** Rows that the table's metadata says it has, deletes not subtracted: a file with others is damaged, or not the one that is meant. */
  readonly rowCount?: number
  /** Of text files, and of encrypted ones. */
  readonly layout?: FileLayout
}

/** Where a column of a scan comes from. */
export type ColumnSource =
  /** With `cast`, the file's values (of the field's type) are cast as Java does: for changes of a column's type that readers don't do themselves. */
  | { readonly kind: 'file'; readonly field: TargetField; readonly cast?: JavaCast }
  | { readonly kind: 'constant'; readonly value: LiteralValue; readonly type: DataType }
  /** bigint: the row's number in its file. */
  | { readonly kind: 'position' }
  /** bigint: counts up with the rows of the file from `values[i]` at row `starts[i]` on, up to the next start; the first is 0. */
  | { readonly kind: 'counted'; readonly starts: readonly number[]; readonly values: readonly bigint[] }
  /** varchar: the label that the file's integer, from 0, is the number of; never NULL. */
  | { readonly kind: 'label'; readonly field: TargetField; readonly labels: readonly string[] }
  /** bigint (row lineage): what the file has, where that is NULL or not there `value`, plus the row's number in its file if `addsPosition`. */
  | { readonly kind: 'inherited'; readonly field: TargetField; readonly value: bigint; readonly addsPosition: boolean }

/** Rows to leave out (or, as `only`, to read). */
export type DeleteFilter =
  /** Position delete file: rows (file_path varchar, pos bigint) where file_path is `dataFile`. */
  | {
      readonly kind: 'position-file'
      readonly file: FileRef
      /** As the delete files spell the data file. */
      readonly dataFile: string
    }
  /** Row numbers to delete, ascending, already read. */
  | { readonly kind: 'positions'; readonly rows: BigInt64Array }
  /** Equality delete files that share their key fields: a row is deleted when its keys equal those of a row (NULL equals NULL) in `files` from number `from` on. */
  | {
      readonly kind: 'equality'
      /** Oldest first. One array for data files of every age, so that executors read each delete file once. */
      readonly files: readonly FileRef[]
      readonly from: number
      readonly keys: readonly TargetField[]
    }

/** A running write: files are staged, and become visible by one atomic commit, or not at all. */
export interface TableWrite {
  /** Appends rows in the table's column order, all or those at `rows` (ascending). The batch is copied or written before the promise resolves. */
  append(batch: Batch, rows?: Int32Array): Promise<void>
  /** Publishes; 40001 when another writer's commit conflicts and can't be merged. Returns rows written. */
  commit(): Promise<{ readonly rowCount: number; readonly snapshotId: bigint }>
  /** Drops what was staged. */
  abort(): Promise<void>
}

/** Which statement changes rows: tables may have settings for each. `replace` removes rows as `delete` does and appends others. */
export type RowChangeKind = 'delete' | 'update' | 'merge' | 'replace'

/** A running change of rows: a write in which rows of the table go. */
export interface RowChange extends TableWrite {
  /** The table to read wherever the statement names it: what is read decides which commits of others conflict. */
  readonly source: Table
  /** Rows of files that went without being read. */
  readonly unreadRows: number
  /**
   * Called before the plan runs, for one that removes all that its only scan gives: files all of whose rows match are removed without
   * being read; with `reads`, removed but read all the same.
   */
  removeWholeFiles(reads: boolean): void
  /**
   * The rows to remove, by the path that `_file` has, once and before `commit`. Returns a table whose rows are to be appended again, where the
   * format or the table's settings want files to be rewritten; null else.
   */
  remove(rows: ReadonlyMap<string, RowSet>): Promise<Table | null>
}
