/** What the threads of a query read in one go: scan tasks, prepared by the coordinator. Plain data. */
import type { Expr } from '../../expr/expr.ts'
import type { MergeTask } from '../../table/merge.ts'
import type { ColumnSource, DeleteFilter, FileRef } from '../../table/table.ts'

export interface ScanRound {
  /** At most ROUND_TASKS_MAX. Arrays that tasks have in common are the same objects. */
  readonly tasks: readonly RoundTask[]
}

export interface RoundTask {
  readonly file: FileRef
  /** False for further parts of a file that an earlier task is of: files are counted once. */
  readonly isNewFile: boolean
  readonly split: { readonly start: number; readonly end: number } | null
  /** One a column of the scan node. */
  readonly columns: readonly ColumnSource[]
  readonly deletes: readonly DeleteFilter[]
  /** Of the rows, only those that one of these hits; null: all. */
  readonly only: readonly DeleteFilter[] | null
  readonly checks: TaskChecks
  /**
   * Rows of a task that need not be read: nothing of them is wanted but their number, all of them pass, and the table's metadata knows it.
   */
  readonly countedRows: number | null
  /** The task is to merge files: one worker does it all. */
  readonly merge?: MergeTask
}

/** What is still to be checked of a task's rows. */
export interface TaskChecks {
  /** Indexes into the scan node's filters, ascending. */
  readonly filters: readonly number[]
  /** Conjuncts of the residual that are not among them; equal ones have the same key. */
  readonly others: readonly { readonly key: string; readonly expr: Expr }[]
}
