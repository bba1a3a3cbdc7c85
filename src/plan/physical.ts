/**
 * Physical plans: what the executor runs. Plain data throughout: a plan is posted to workers and printed by EXPLAIN.
 *
 * Expressions are over the input of the node by position (`input` expressions). For joins the input is probe columns, then build
 * columns.
 */
import type { DataType } from '../core/types.ts'
import type { Expr } from '../expr/expr.ts'

export type PhysicalPlan =
  | PhysicalScan
  | PhysicalValues
  | PhysicalFilter
  | PhysicalProject
  | HashJoin
  | NestedLoopJoin
  | HashAggregate
  | PhysicalSort
  | PhysicalWindow
  | PhysicalLimit
  | UnionAll
  | PhysicalUnnest
  | MaterializeCte
  | CteScan

export interface OutputColumn {
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
}

interface PhysicalBase {
  /** Unique in the plan; metrics and shared state are kept by it. */
  readonly id: number
  readonly output: readonly OutputColumn[]
  readonly estimate: Estimate
}

export interface Estimate {
  readonly rows: number
  readonly bytes: number
}

/** Reads the tasks that the coordinator gets from `Table.scan` (tables are not plain data: engine keeps them by `source`). */
export interface PhysicalScan extends PhysicalBase {
  readonly kind: 'scan'
  /** Key into the query's list of tables. */
  readonly source: number
  readonly tableName: string
  readonly format: string
  /** Names of what is read; expressions of this node are over these columns. */
  readonly columns: readonly OutputColumn[]
  /** Conjuncts in the order to evaluate them, over `columns`. */
  readonly filters: readonly Expr[]
  /** Indexes into `columns` that the node puts out: columns read for the filters alone are left out. */
  readonly projection: readonly number[]
  /** Filters that hash joins above make from their build side before this scan runs. */
  readonly dynamicFilters: readonly DynamicFilterTarget[]
  /** Stop after this many rows, counted over all workers; null = all. */
  readonly limit: number | null
}

/** `columns[column]` of the scan must be among the values of build key `key` of join `join`. */
export interface DynamicFilterTarget {
  readonly join: number
  readonly key: number
  readonly column: number
}

export interface PhysicalValues extends PhysicalBase {
  readonly kind: 'values'
  readonly rows: readonly (readonly Expr[])[]
}

export interface PhysicalFilter extends PhysicalBase {
  readonly kind: 'filter'
  readonly child: PhysicalPlan
  readonly predicate: Expr
}

export interface PhysicalProject extends PhysicalBase {
  readonly kind: 'project'
  readonly child: PhysicalPlan
  readonly expressions: readonly Expr[]
}

export type JoinType =
  | 'inner'
  /** Every probe row, NULLs for the build side where nothing matches. */
  | 'left'
  /** Every build row, NULLs for the probe side where nothing matches. */
  | 'right'
  | 'full'
  /** Probe rows with / without a match. */
  | 'semi'
  | 'anti'
  /** Build rows with / without a match. */
  | 'right-semi'
  | 'right-anti'
  /** Probe rows and a boolean: TRUE, FALSE or NULL as IN demands. */
  | 'mark'
  /** As left, but a second match is error 21000. */
  | 'single'

/**
 * Probe side streams, build side is held in a hash table (or a direct-address table, when the keys turn out dense).
 * Output before `projection`: probe columns then build columns (inner, left, right, full, single); probe columns (semi, anti); build
 * columns (right-semi, right-anti); probe columns then the mark.
 */
export interface HashJoin extends PhysicalBase {
  readonly kind: 'hash-join'
  readonly type: JoinType
  readonly probe: PhysicalPlan
  readonly build: PhysicalPlan
  /** Same length and pairwise same types; over the columns of their own side. */
  readonly probeKeys: readonly Expr[]
  readonly buildKeys: readonly Expr[]
  /** Per key: NULL equals NULL (IS NOT DISTINCT FROM). */
  readonly nullsEqual: readonly boolean[]
  /** Over probe columns then build columns; part of the match. Null: none. */
  readonly residual: Expr | null
  /** Anti and mark joins of NOT IN: a NULL key on either side makes the answer unknown. */
  readonly nullAware: boolean
  /** Indexes into the output before projection. */
  readonly projection: readonly number[]
  /** Build keys are known to be unique: at most one match a probe row. */
  readonly buildIsUnique: boolean
  /** Some scan on the probe side has a dynamic filter from this join. */
  readonly makesDynamicFilter: boolean
}

/** Build rows in the order of keys, so that a probe row meets those between two bounds only. Keys and bounds that are NULL match nothing. */
export interface KeyRange {
  /** Over build columns: what must be equal, then the key that the bounds are of. */
  readonly buildKeys: readonly Expr[]
  /** Over probe columns: what all build keys but the last must equal. */
  readonly equal: readonly Expr[]
  /** Per such key: NULL equals NULL. */
  readonly nullsEqual: readonly boolean[]
  /** Of the last key; one of them at least. */
  readonly lower: KeyBound | null
  readonly upper: KeyBound | null
  /** ASOF: only the row that is nearest to the one bound. */
  readonly nearest: boolean
}

export interface KeyBound {
  /** Over probe columns, of the key's type. */
  readonly expr: Expr
  readonly inclusive: boolean
}

/** Any condition; the build side is held in memory and met by every probe row, or by those of a range. Null = cross join. */
export interface NestedLoopJoin extends PhysicalBase {
  readonly kind: 'nested-loop-join'
  readonly type: JoinType
  readonly probe: PhysicalPlan
  readonly build: PhysicalPlan
  /** Beside `range`, what it does not say. */
  readonly condition: Expr | null
  readonly range?: KeyRange
  readonly projection: readonly number[]
}

export interface PhysicalAggregateCall {
  readonly name: string
  readonly args: readonly Expr[]
  readonly distinct: boolean
  readonly filter: Expr | null
  readonly type: DataType
}

/** Output: groups, then calls. DISTINCT is an aggregate without calls. */
export interface HashAggregate extends PhysicalBase {
  readonly kind: 'aggregate'
  readonly child: PhysicalPlan
  readonly groups: readonly Expr[]
  readonly calls: readonly PhysicalAggregateCall[]
  readonly groupingSets: readonly (readonly number[])[] | null
}

export interface PhysicalSortKey {
  readonly expr: Expr
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** With a limit: top-n, holding limit + offset rows. */
export interface PhysicalSort extends PhysicalBase {
  readonly kind: 'sort'
  readonly child: PhysicalPlan
  readonly keys: readonly PhysicalSortKey[]
  readonly limit: number | null
  readonly offset: number
}

/**
 * Output: the child's columns, then one a call. The child comes in the order of `partitionBy`, then `orderBy`, from worker 0 alone.
 * Expressions are columns or constants; the first argument of lag, lead and the like is a column.
 */
export interface PhysicalWindow extends PhysicalBase {
  readonly kind: 'window'
  readonly child: PhysicalPlan
  readonly partitionBy: readonly Expr[]
  readonly orderBy: readonly PhysicalSortKey[]
  readonly calls: readonly PhysicalAggregateCall[]
  readonly frame: PhysicalFrame
}

export interface PhysicalFrame {
  readonly unit: 'rows' | 'range' | 'groups'
  readonly start: PhysicalFrameBound
  readonly end: PhysicalFrameBound
  readonly exclude: 'no-others' | 'current-row' | 'group' | 'ties'
}

export interface PhysicalFrameBound {
  readonly kind: 'unbounded-preceding' | 'preceding' | 'current-row' | 'following' | 'unbounded-following'
  /** A constant expression, of `preceding` and `following`. */
  readonly offset: Expr | null
}

export interface PhysicalLimit extends PhysicalBase {
  readonly kind: 'limit'
  readonly child: PhysicalPlan
  readonly limit: number | null
  readonly offset: number
}

export interface UnionAll extends PhysicalBase {
  readonly kind: 'union-all'
  readonly children: readonly PhysicalPlan[]
}

export interface PhysicalUnnest extends PhysicalBase {
  readonly kind: 'unnest'
  readonly child: PhysicalPlan
  readonly lists: readonly Expr[]
  readonly ordinality: boolean
  readonly outer: boolean
}

/** Runs `definition` once, keeps its rows, then runs `child`, whose CteScans read them. Also for uncorrelated scalar subqueries. */
export interface MaterializeCte extends PhysicalBase {
  readonly kind: 'materialize'
  readonly cteId: number
  readonly name: string
  readonly definition: PhysicalPlan
  readonly child: PhysicalPlan
}

export interface CteScan extends PhysicalBase {
  readonly kind: 'cte-scan'
  readonly cteId: number
  readonly name: string
  /** Indexes into the definition's output. */
  readonly projection: readonly number[]
}

export function physicalInputs(plan: PhysicalPlan): readonly PhysicalPlan[] {
  switch (plan.kind) {
    case 'scan':
    case 'values':
    case 'cte-scan':
      return []
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'window':
    case 'limit':
    case 'unnest':
      return [plan.child]
    case 'hash-join':
    case 'nested-loop-join':
      return [plan.probe, plan.build]
    case 'union-all':
      return plan.children
    case 'materialize':
      return [plan.definition, plan.child]
  }
}
