/** Columns of a text file bound to what a table asks for: a text is read as the type that is asked for, whatever its own. */
import type { DataType } from '../../core/types.ts'
import { type MissingColumn, rangeOfMissing } from '../bind-tree.ts'
import type { ColumnRange } from '../format.ts'

export interface BoundTextColumn {
  readonly kind: 'column'
  readonly type: DataType
  readonly index: number
  readonly name: string
}

export type BoundText = MissingColumn | BoundTextColumn

/** Text files have no statistics: only of what a file lacks something is known. */
export function rangeOfText(column: BoundText | undefined): ColumnRange | undefined {
  return column?.kind === 'missing' ? rangeOfMissing(column, 1) : undefined
}
