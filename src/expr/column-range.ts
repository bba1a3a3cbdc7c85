/** What statistics say about a column: the input of pruning. */
import type { LiteralValue } from '../core/value.ts'

/** What is known of a column's values in some rows. Bounds include what they name; absent = unknown. */
export interface ColumnRange {
  readonly min?: LiteralValue
  readonly max?: LiteralValue
  /** What every value that is not NULL begins with, of text: tells more than the bounds when the upper one is the first text behind. */
  readonly prefix?: string
  /** The bounds are values that occur, not just bounds. */
  readonly exact: boolean
  readonly nullCount?: number
  /** Rows, NULLs included. */
  readonly valueCount?: number
  /** Undefined: unknown, so NaN may occur in float columns whatever the bounds say. */
  readonly nanCount?: number
  /** Distinct values, approximately. */
  readonly distinctCount?: number
}
