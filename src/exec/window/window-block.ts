/** Whole partitions under computation, and how their values are read. */
import type { Arena } from '../../core/arena.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector } from '../../core/vector.ts'
import { compileExpr } from '../../expr/evaluate.ts'
import type { Expr } from '../../expr/expr.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { readColumn } from '../rows/row-reader.ts'
import { flatten } from '../rows/vectors.ts'
import type { WindowRows } from './window-rows.ts'

export interface WindowBlock {
  readonly context: OperatorContext
  /** Lives as long as the block. */
  readonly arena: Arena
  readonly layout: RowLayout
  readonly rows: WindowRows
}

/** The values of a column or constant for `count` rows whose addresses are at `addresses`; address 0 gives NULL in a column. */
export function readValues(
  { context, layout }: WindowBlock,
  expr: Expr,
  addresses: Pointer,
  count: number,
): FlatVector {
  if (expr.kind === 'input')
    return readColumn(context, layout.columns[expr.index]!, addresses, count)
  return flatten(context, compileExpr(expr, context)({ rowCount: count, columns: [] }))
}
