/** A physical plan under construction: where each logical column lies in its output. */
import { defined } from '../core/assert.ts'
import { type Expr, input, rewriteExpr } from '../expr/expr.ts'
import type { LogicalPlan, PlanColumn } from './logical.ts'
import type { OutputColumn, PhysicalPlan } from './physical.ts'

export interface BuiltPlan {
  readonly plan: PhysicalPlan
  /** Column id to index in `plan.output`. */
  readonly places: ReadonlyMap<number, number>
  /** What it was made of: for estimates and facts. */
  readonly logical: LogicalPlan
}

/** `expr` over the output that `places` describes. */
export function placed(expr: Expr, places: ReadonlyMap<number, number>): Expr {
  return rewriteExpr(expr, (part) => {
    if (part.kind !== 'column') return part
    return input(defined(places.get(part.id), `the place of column #${part.id}`), part.type)
  })
}

export function outputOf({ name, type, nullable }: PlanColumn): OutputColumn {
  return { name, type, nullable }
}

/** Places of columns that come out in this order. */
export function placesOf(columns: readonly PlanColumn[]): Map<number, number> {
  return new Map(columns.map(({ id }, i) => [id, i]))
}

/** Side by side: `right`'s columns after the `offset` columns of `left`. */
export function joinPlaces(
  left: ReadonlyMap<number, number>,
  right: ReadonlyMap<number, number>,
  offset: number,
): Map<number, number> {
  return new Map([...left, ...[...right].map(([id, place]) => [id, place + offset] as const)])
}
