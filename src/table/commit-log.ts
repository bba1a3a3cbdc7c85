/**
 * The commits of a table, for those who follow it: the contract between table formats and `db.follow`, `STREAM(t)`.
 *
 *   position --after--> commit, commit, commit (newest)        each one a range of `changes`: from the one before (exclusive), to itself
 *                       ^ the next position
 *
 * A table object sees one moment, so a follower opens the table again when a listing of `folders` has changed.
 */
import { SqlError } from '../core/errors.ts'
import type { DataType } from '../core/types.ts'
import type { ChangeMode } from './changes.ts'
import type { StorageAccess } from '../storage/storage-access.ts'
import type { VersionSpec } from './table.ts'

/** As `_commit_version` has it, and as `from` and `to` of `table_changes` take it. */
export type CommitVersion = bigint | string

/** All rows of the table as it is now, which count as inserted by its newest commit. */
export interface WholeTable {
  readonly version: CommitVersion
  /** Microseconds since 1970, UTC; null when it is not known. */
  readonly timestamp: bigint | null
}

export interface CommitLog {
  /** Type of `_commit_version`: bigint or varchar. */
  readonly versionType: DataType
  readonly access: StorageAccess
  /** Where each commit makes or replaces a file. */
  readonly folders: readonly string[]
  /** Undefined for a table without commits. */
  readonly newest: CommitVersion | undefined
  /** What a follower reads where it does not say: changes that, applied in their order, give the rows of the table. */
  readonly mode: ChangeMode
  whole(): Promise<WholeTable | undefined>
  /** The commit that a version means as the `from` of a range; undefined: before the first. 22023 when there is none. */
  find(at: VersionSpec): Promise<CommitVersion | undefined>
  /**
   * The commits after a position (undefined: from the first on), oldest first; some modes give several of them as one. Null when the first ones
   * of the table are no longer kept. 22023 when the position, or what follows it, is no longer kept.
   */
  after(position: CommitVersion | undefined, mode: ChangeMode): Promise<readonly CommitVersion[] | null>
  /** What tells a commit from another one of the same number, made after a rollback or in a new table at the old place; null when it is not kept. */
  markOf(version: CommitVersion): Promise<string | null>
}

/** 22023: what a follower needs is gone. */
export function historyGone(table: string, version: CommitVersion, detail: string): SqlError {
  return new SqlError('22023', `the changes of table "${table}" after version ${version} are no longer kept`, {
    detail,
    hint: `start => 'snapshot' begins anew with the rows that the table has now.`,
  })
}
