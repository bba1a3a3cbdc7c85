/**
 * Logical plans: relational operators over columns with plan-wide unique ids. Names are for display only.
 *
 * Every node has `columns`, its output in order. Rules keep the root's ids and types (plan/rules/index.ts verifies it in tests).
 */
import type { DataType, Field } from '../core/types.ts'
import type { Expr } from '../expr/expr.ts'
import type { ProjectedColumn, Table } from '../table/table.ts'

/** An output column of a node. */
export interface PlanColumn {
  readonly id: number
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

export type LogicalPlan =
  | ScanNode
  | ValuesNode
  | FilterNode
  | ProjectNode
  | JoinNode
  | AggregateNode
  | WindowNode
  | SortNode
  | LimitNode
  | DistinctNode
  | SetOperationNode
  | UnnestNode
  | CteReferenceNode
  | WithNode

interface NodeBase {
  readonly columns: readonly PlanColumn[]
}

export interface ScanNode extends NodeBase {
  readonly kind: 'scan'
  /** Not plain data: plans are posted to workers only in their physical form. */
  readonly table: Table
  readonly alias: string
  /** One an output column. */
  readonly projection: readonly ProjectedColumn[]
  /** Over the scan's own output columns; pushed down by rules. */
  readonly filter: Expr | null
  readonly limit: number | null
}

/** Rows of constant expressions; no rows and no columns are allowed (SELECT without FROM is one row of none). */
export interface ValuesNode extends NodeBase {
  readonly kind: 'values'
  readonly rows: readonly (readonly Expr[])[]
}

export interface FilterNode extends NodeBase {
  readonly kind: 'filter'
  readonly child: LogicalPlan
  readonly predicate: Expr
}

/** One expression an output column. */
export interface ProjectNode extends NodeBase {
  readonly kind: 'project'
  readonly child: LogicalPlan
  readonly expressions: readonly Expr[]
}

/**
 * inner, left, right, full: columns of left, then right. semi, anti: columns of left. mark: columns of left, then a
 * boolean `markColumn` (three-valued as IN: NULL when no match but NULLs met). single: left join that raises 21000 on a second match
 * (scalar subqueries). asof: left join that keeps of several matches the one nearest by the condition's one inequality. `condition` over columns of both; null for a cross join.
 */
export interface JoinNode extends NodeBase {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' | 'mark' | 'single' | 'asof'
  readonly left: LogicalPlan
  readonly right: LogicalPlan
  readonly condition: Expr | null
  /**
   * The right side refers to columns of the left (LATERAL, correlated subqueries): removed by decorrelation.
   */
  readonly dependent: boolean
}

export interface AggregateCall {
  /**
   * count count_star sum avg min max ... (src/expr/aggregates/), in windows also row_number rank ... `grouping` gives a bit for each
   * argument, the last one's lowest, that says that the row's grouping set leaves this group expression out.
   */
  readonly name: string
  readonly args: readonly Expr[]
  readonly distinct: boolean
  /** FILTER (WHERE ...). */
  readonly filter: Expr | null
  /** Order of the input, for array_agg and string_agg. */
  readonly orderBy: readonly SortKey[]
  readonly type: DataType
}

/** Output: one column a group expression, then one a call. No groups: exactly one row. */
export interface AggregateNode extends NodeBase {
  readonly kind: 'aggregate'
  readonly child: LogicalPlan
  readonly groups: readonly Expr[]
  readonly calls: readonly AggregateCall[]
  /** Indexes into `groups`, one list a grouping set; null for the one set of all groups. */
  readonly groupingSets: readonly (readonly number[])[] | null
}

/** Output: the child's columns, then one a call. */
export interface WindowNode extends NodeBase {
  readonly kind: 'window'
  readonly child: LogicalPlan
  readonly partitionBy: readonly Expr[]
  readonly orderBy: readonly SortKey[]
  readonly calls: readonly AggregateCall[]
  /** A BoundFrame (plan/bind/windows.ts); null for the default one. */
  readonly frame: unknown
}

export interface SortKey {
  readonly expr: Expr
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** With a limit: top-n. */
export interface SortNode extends NodeBase {
  readonly kind: 'sort'
  readonly child: LogicalPlan
  readonly keys: readonly SortKey[]
  readonly limit: number | null
  readonly offset: number
}

export interface LimitNode extends NodeBase {
  readonly kind: 'limit'
  readonly child: LogicalPlan
  /** Null: OFFSET only. */
  readonly limit: number | null
  readonly offset: number
}

/** DISTINCT ON keeps the first row of each value of `on` in the child's order; null: whole rows. */
export interface DistinctNode extends NodeBase {
  readonly kind: 'distinct'
  readonly child: LogicalPlan
  readonly on: readonly Expr[] | null
}

/** Output ids are new; children's columns match by place. */
export interface SetOperationNode extends NodeBase {
  readonly kind: 'set-operation'
  readonly operator: 'union' | 'intersect' | 'except'
  readonly all: boolean
  readonly children: readonly LogicalPlan[]
}

/** Output: the child's columns, then the element's (fields of a struct element when `flatten`), then the ordinality. */
export interface UnnestNode extends NodeBase {
  readonly kind: 'unnest'
  readonly child: LogicalPlan
  readonly lists: readonly Expr[]
  readonly ordinality: boolean
  /** Rows without elements are kept (LEFT JOIN LATERAL ... ON true). */
  readonly outer: boolean
}

/** Computes `definition` once and lets CteReferenceNodes within `child` read it. */
export interface WithNode extends NodeBase {
  readonly kind: 'with'
  readonly cteId: number
  readonly name: string
  readonly definition: LogicalPlan
  readonly child: LogicalPlan
}

/** `columns` have new ids; `definitionColumns` are the ids in the definition, by place. */
export interface CteReferenceNode extends NodeBase {
  readonly kind: 'cte-reference'
  readonly cteId: number
  readonly name: string
  readonly definitionColumns: readonly number[]
}

/** What binding makes of a query. */
export interface LogicalQuery {
  readonly plan: LogicalPlan
  /** Plans of SubqueryExpr nodes by their `plan` id; correlated ones refer to columns of the plans around them. */
  readonly subqueries: ReadonlyMap<number, LogicalPlan>
  /** First column id that is still free: rules take new ids from here. */
  readonly nextColumnId: number
  readonly output: readonly Field[]
}

/** The direct inputs of a node. */
export function inputsOf(plan: LogicalPlan): readonly LogicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'cte-reference':
      return []
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'unnest':
      return [plan.child]
    case 'join':
      return [plan.left, plan.right]
    case 'set-operation':
      return plan.children
    case 'with':
      return [plan.definition, plan.child]
  }
}

/** `plan` with each direct input replaced; the same object when none changed. */
export function mapInputs(plan: LogicalPlan, change: (input: LogicalPlan) => LogicalPlan): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'cte-reference':
      return plan
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'window':
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'unnest': {
      const child = change(plan.child)
      return child === plan.child ? plan : { ...plan, child }
    }
    case 'join': {
      const left = change(plan.left)
      const right = change(plan.right)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    case 'set-operation': {
      const children = plan.children.map(change)
      return children.every((c, i) => c === plan.children[i]) ? plan : { ...plan, children }
    }
    case 'with': {
      const definition = change(plan.definition)
      const child = change(plan.child)
      return definition === plan.definition && child === plan.child ? plan : { ...plan, definition, child }
    }
  }
}
