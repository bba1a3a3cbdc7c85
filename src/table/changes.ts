/**
 * What changed between two versions of a table: the contract between table formats and `table_changes(...)`.
 *
 * A format gives raw changes as a table whose rows are changes, and says what is left to be done to them. The planner does that for all formats
 * in the same way:
 *
 *   format: rows + _change_type, _commit_version, _commit_timestamp   (files of added and deleted rows, constants a scan task)
 *      |  carriesRowsOver   a row that a commit deletes and inserts unchanged (copy-on-write rewrites it) is no change
 *      |  net               what a row went through in between cancels out
 *      |  pairBy            a deleted and an inserted row of a commit with the same key: update_before and update_after
 *      v
 *   table_changes('t', from => x, to => y)
 *
 * `from` is exclusive and `to` inclusive for every format, so the changes of adjoining ranges add up.
 */
import { type DataType, type Field, INTEGER, TIMESTAMPTZ, VARCHAR } from '../core/types.ts'
import type { Table, VersionSpec } from './table.ts'

/**
 * | mode          | what                                                                                                  |
 * |---------------|-------------------------------------------------------------------------------------------------------|
 * | `auto`        | the format's best                                                                                     |
 * | `append`      | rows of commits that only append; others are left out                                                 |
 * | `changelog`   | every commit's changes: Iceberg from its files, Paimon from changelog files                           |
 * | `cdc`         | change data that the writer recorded: Delta CDF files, Hudi's before and after images                 |
 * | `delta`       | Paimon: rows of added files, merged by key                                                            |
 * | `diff`        | the difference of the two versions' rows                                                              |
 * | `incremental` | Hudi: the newest state of each record that changed                                                    |
 */
export type ChangeMode = 'auto' | 'append' | 'changelog' | 'cdc' | 'delta' | 'diff' | 'incremental'

export const CHANGE_MODES: readonly ChangeMode[] = [
  'auto',
  'append',
  'changelog',
  'cdc',
  'delta',
  'diff',
  'incremental',
]

export type ChangeType = 'insert' | 'update_before' | 'update_after' | 'delete'

export interface ChangesRequest {
  /** Exclusive; null = before the first version. */
  readonly from: VersionSpec | null
  /** Inclusive; null = the version that the table is at. */
  readonly to: VersionSpec | null
  readonly mode: ChangeMode
  readonly net: boolean
  /** Columns that tell which row an update belongs to; empty: the format's own choice. */
  readonly identifierColumns: readonly string[]
  /** What the format's own incremental reader would show (`paimon_incremental_query`): rows, without columns of the change. */
  readonly asRows?: boolean
}

export interface TableChanges {
  /**
   * One row a change. Schema: the table's columns, then those of `changeFields`. Hidden: CHANGE_ORDINAL where `net` or `pairBy` is left to be
   * done, and what the format has.
   */
  readonly rows: Table
  /** Our name of each value that `_change_type` has in `rows`; absent: the values are our names. */
  readonly typeNames?: ReadonlyMap<string | number, ChangeType>
  /** Left to be done: taking out rows that one commit deletes and inserts unchanged. */
  readonly carriesRowsOver: boolean
  /** Left to be done: cancelling out over all commits. */
  readonly net: boolean
  /** Left to be done: pairing updates by these columns (hidden ones too). Empty: nothing to pair. */
  readonly pairBy: readonly string[]
  /**
   * What is shown instead of the changes: `rows`, those that were inserted or are new versions; `kinds`, the same and deletes, where the first
   * column of `rows` has the row's own kind (`+I`, `-U`, `+U`, `-D`), which is no part of what makes rows the same beyond being a retraction.
   */
  readonly show?: 'rows' | 'kinds'
  /** Known beforehand: all changes are inserts. */
  readonly insertsOnly?: boolean
  /** `rows` is the table itself, without columns of changes: all its rows were inserted by this commit, and nothing is left to be done. */
  readonly inserted?: InsertingCommit
}

export interface InsertingCommit {
  readonly version: bigint | string
  readonly versionType: DataType
  /** Microseconds since 1970, UTC; null when it is not known. */
  readonly timestamp: bigint | null
}

/** Integer: the place of a change's commit among those of the request, from 0. A hidden column of the rows of changes. */
export const CHANGE_ORDINAL: Field = { name: '_change_ordinal', type: INTEGER, nullable: false }

/** The columns behind a table's own: `versionType` is bigint where versions are numbers, varchar where they are texts (Hudi). */
export function changeFields(versionType: DataType): readonly Field[] {
  return [
    { name: '_change_type', type: VARCHAR, nullable: false },
    { name: '_commit_version', type: versionType, nullable: false },
    { name: '_commit_timestamp', type: TIMESTAMPTZ, nullable: true },
  ]
}
