/**
 * A physical plan under construction, where each logical column lies in its output, and what the files of this folder (a node kind each)
 * ask of the planner that calls them.
 */
import { defined } from '../../core/assert.ts'
import { type Expr, columnsOf, input, rewriteExpr } from '../../expr/expr.ts'
import type { Pushdown, Table } from '../../table/table.ts'
import type { Estimator } from '../cost/estimate.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Estimate, OutputColumn, PhysicalPlan } from '../physical.ts'

export interface BuiltPlan {
  readonly plan: PhysicalPlan
  /** Column id to index in `plan.output`. */
  readonly places: ReadonlyMap<number, number>
  /** What it was made of: for estimates and facts. */
  readonly logical: LogicalPlan
}

export interface ScanSource {
  readonly table: Table
  /** The predicate is over `pushdown.columns` by input index. */
  readonly pushdown: Pushdown
}

/** The planner, as the makers of its nodes see it. */
export interface PlanBuilder {
  readonly estimator: Estimator
  /** `logical` with the columns of `required`, perhaps more. */
  build(logical: LogicalPlan, required: ReadonlySet<number>): BuiltPlan
  /** `built` with exactly `columns`; a projection only when it has others or another order. */
  inOrder(built: BuiltPlan, columns: readonly PlanColumn[]): PhysicalPlan
  project(
    child: PhysicalPlan,
    output: readonly OutputColumn[],
    expressions: readonly Expr[],
    logical: LogicalPlan,
  ): PhysicalPlan
  newId(): number
  /** The id of a column that the logical plan does not have. */
  newColumnId(): number
  estimate(logical: LogicalPlan, output: readonly OutputColumn[]): Estimate
  /** Registers a scan's table; gives its `source`. */
  addSource(source: ScanSource): number
  /** Notes which part of the probe keys' values the build side of hash join `join` has, by key. */
  noteKeptFractions(join: number, fractions: readonly number[]): void
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

/** `required` and what `exprs` read. */
export function withRead(required: ReadonlySet<number>, exprs: readonly Expr[]): Set<number> {
  const ids = new Set(required)
  for (const expr of exprs) for (const id of columnsOf(expr)) ids.add(id)
  return ids
}
