/**
 * Makes plan nodes with the `columns` that logical.ts demands of them, so that rules state only what they change.
 */
import { type DataType, BOOLEAN } from '../../core/types.ts'
import { type Expr, and, column } from '../../expr/expr.ts'
import {
  type FilterNode,
  type JoinNode,
  type LogicalPlan,
  type PlanColumn,
  type ProjectNode,
  type ValuesNode,
  mapInputs,
} from '../logical.ts'

/** `child` where `predicates` hold; the child itself when there are none. Filters directly below are merged. */
export function filtered(child: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return child
  const node: FilterNode =
    child.kind === 'filter'
      ? { ...child, predicate: and([child.predicate, ...predicates]) }
      : { kind: 'filter', columns: child.columns, child, predicate: and(predicates) }
  return node
}

/** One output column with the expression that gives it. */
export interface Assignment {
  readonly column: PlanColumn
  readonly expr: Expr
}

export function projected(child: LogicalPlan, assignments: readonly Assignment[]): ProjectNode {
  return {
    kind: 'project',
    columns: assignments.map((assignment) => assignment.column),
    child,
    expressions: assignments.map((assignment) => assignment.expr),
  }
}

/** Passes a column on under its own id. */
export function pass(plan: PlanColumn): Assignment {
  return { column: plan, expr: column(plan.id, plan.type) }
}

/** `child` with exactly `columns`, in their order; the child itself when it has them already. */
export function keepColumns(child: LogicalPlan, columns: readonly PlanColumn[]): LogicalPlan {
  return sameColumns(child.columns, columns) ? child : projected(child, columns.map(pass))
}

export function sameColumns(a: readonly PlanColumn[], b: readonly PlanColumn[]): boolean {
  return a.length === b.length && a.every((one, i) => one.id === b[i]!.id)
}

export interface JoinParts {
  readonly type: JoinNode['type']
  readonly left: LogicalPlan
  readonly right: LogicalPlan
  /** Conjuncts; none = cross join. */
  readonly on: readonly Expr[]
  /** The boolean column of a mark join. */
  readonly mark?: PlanColumn
  readonly dependent?: boolean
}

export function joined({ type, left, right, on, mark, dependent = false }: JoinParts): JoinNode {
  const condition = on.length === 0 ? null : and(on)
  return {
    kind: 'join',
    type,
    columns: joinColumns(type, left, right, mark),
    left,
    right,
    condition,
    dependent,
  }
}

function joinColumns(
  type: JoinNode['type'],
  left: LogicalPlan,
  right: LogicalPlan,
  mark: PlanColumn | undefined,
): readonly PlanColumn[] {
  switch (type) {
    case 'inner':
      return [...left.columns, ...right.columns]
    case 'left':
    case 'single':
    case 'asof':
      return [...left.columns, ...right.columns.map(nullable)]
    case 'right':
      return [...left.columns.map(nullable), ...right.columns]
    case 'full':
      return [...left.columns.map(nullable), ...right.columns.map(nullable)]
    case 'semi':
    case 'anti':
      return left.columns
    case 'mark':
      return mark === undefined ? left.columns : [...left.columns, mark]
  }
}

/** The boolean column of a mark join. */
export function markOf(join: JoinNode): PlanColumn | undefined {
  return join.type === 'mark' ? join.columns.at(-1) : undefined
}

function nullable(one: PlanColumn): PlanColumn {
  return one.nullable ? one : { ...one, nullable: true }
}

/** One row of no columns. */
export function oneRow(): ValuesNode {
  return { kind: 'values', columns: [], rows: [[]] }
}

/** No rows, with `columns`. */
export function noRows(columns: readonly PlanColumn[]): ValuesNode {
  return { kind: 'values', columns, rows: [] }
}

export function planColumn(id: number, name: string, type: DataType = BOOLEAN, isNullable = true): PlanColumn {
  return { id, name, type, nullable: isNullable }
}

/** `plan` with each input replaced and its own `columns` made to fit; the same object when no input changed. */
export function withInputs(plan: LogicalPlan, change: (input: LogicalPlan) => LogicalPlan): LogicalPlan {
  const next = mapInputs(plan, change)
  return next === plan ? plan : refreshColumns(plan, next)
}

/** `after` is `before` with other inputs: nodes that pass columns on must name those of the new inputs. */
function refreshColumns(before: LogicalPlan, after: LogicalPlan): LogicalPlan {
  switch (after.kind) {
    case 'filter':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'with':
      return { ...after, columns: after.child.columns }
    case 'window':
    case 'unnest': {
      const own = before.kind === after.kind ? before.columns.slice(before.child.columns.length) : []
      return { ...after, columns: [...after.child.columns, ...own] }
    }
    case 'join':
      return { ...after, columns: joinColumns(after.type, after.left, after.right, markOf(after)) }
    case 'scan':
    case 'values':
    case 'project':
    case 'aggregate':
    case 'set-operation':
    case 'cte-reference':
      return after
  }
}
