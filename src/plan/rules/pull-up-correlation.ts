/**
 * Takes the correlated predicates out of the right side of a dependent join, where its shape allows that, so that an ordinary join on
 * them is left:
 *
 *     Join single dependent                          Join left on t.k = o.k
 *       O                                              O
 *       Aggregate avg(t.x)                      ->     Aggregate by t.k: avg(t.x)
 *         Filter t.k = o.k                               T
 *           T
 *
 * Above an aggregate only equalities `inner = outer` can be pulled: the inner side becomes a group, so the aggregate is computed for every
 * key of T at once. Joins restrict T to the keys of O afterwards by their dynamic filters.
 *
 * An aggregate without groups gives a row for no rows too: `defaults` are the values of that row (count: 0), which the join above puts
 * where nothing matches.
 *
 * What can't be pulled (correlated limits, inequalities below aggregates, correlated select lists) gives null: decorrelate.ts then
 * joins with the distinct outer values instead, which always works (T. Neumann, A. Kemper: Unnesting Arbitrary Queries, BTW 2015).
 */
import { type Expr, column, columnsOf, conjuncts, literal } from '../../expr/expr.ts'
import { foldConstants } from '../../expr/fold.ts'
import type {
  AggregateCall,
  AggregateNode,
  DistinctNode,
  JoinNode,
  LogicalPlan,
  PlanColumn,
  ProjectNode,
} from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import { mayRaise } from './expr-facts.ts'
import { type Assignment, filtered, joined, markOf, pass, planColumn, projected, withInputs } from './plan-build.ts'
import { freeColumns, readsAny, substitute } from './plan-rewrite.ts'
import type { RuleContext } from './rule.ts'

export interface Pulled {
  /** Reads no outer column. Has the columns of the original and those that `predicates` read. */
  readonly plan: LogicalPlan
  /** Over the plan's and outer columns. */
  readonly predicates: readonly Expr[]
  /** Set when the original gives exactly one row for every outer row: its values, by column id, where no row of `plan` matches. */
  readonly defaults: ReadonlyMap<number, Expr> | null
}

export interface PullOptions {
  readonly outer: ReadonlySet<number>
  /** Rows may come out several times: the join above asks only whether there are any. */
  readonly duplicatesAllowed: boolean
  readonly context: RuleContext
}

export function pullUpCorrelation(plan: LogicalPlan, options: PullOptions): Pulled | null {
  const { outer } = options
  const free = freeColumns(plan)
  if (![...free].some((id) => outer.has(id))) return { plan, predicates: [], defaults: null }
  switch (plan.kind) {
    case 'filter': {
      const child = pullUpCorrelation(plan.child, options)
      if (child === null || child.defaults !== null) return null
      const parts = conjuncts(plan.predicate)
      const correlated = parts.filter((one) => readsAny(one, outer))
      const own = parts.filter((one) => !readsAny(one, outer))
      return {
        plan: filtered(child.plan, own),
        predicates: [...child.predicates, ...correlated],
        defaults: null,
      }
    }
    case 'project':
      return pullFromProject(plan, options)
    case 'aggregate':
      return pullFromAggregate(plan, options)
    case 'distinct':
      return pullFromDistinct(plan, options)
    case 'join':
      return pullFromJoin(plan, options)
    case 'limit': {
      const child = pullUpCorrelation(plan.child, options)
      if (child === null || child.defaults === null) return null
      return plan.offset === 0 && (plan.limit === null || plan.limit >= 1) ? child : null
    }
    case 'sort': {
      if (plan.offset !== 0 || plan.keys.some(({ expr }) => readsAny(expr, outer))) return null
      const child = pullUpCorrelation(plan.child, options)
      if (child === null) return null
      if (plan.limit === null) return child
      return child.defaults !== null && plan.limit >= 1 ? child : null
    }
    case 'window':
      return pullFromWindow(plan, options)
    case 'unnest': {
      if (plan.lists.some((one) => readsAny(one, outer))) return null
      const child = pullUpCorrelation(plan.child, options)
      if (child === null || child.defaults !== null) return null
      return { ...child, plan: withInputs(plan, () => child.plan) }
    }
    case 'with': {
      if ([...freeColumns(plan.definition)].some((id) => outer.has(id))) return null
      const child = pullUpCorrelation(plan.child, options)
      return child === null ? null : { ...child, plan: { ...plan, child: child.plan, columns: child.plan.columns } }
    }
    case 'scan':
    case 'values':
    case 'set-operation':
    case 'cte-reference':
      return null
  }
}

function pullFromProject(plan: ProjectNode, options: PullOptions): Pulled | null {
  if (plan.expressions.some((one) => readsAny(one, options.outer))) return null
  const child = pullUpCorrelation(plan.child, options)
  if (child === null) return null
  // The join drops the rows after the projection now: it must not fail for rows that it never saw before.
  if (child.predicates.length > 0 && plan.expressions.some(mayRaise)) return null
  const { defaults } = child
  const { session } = options.context
  return {
    plan: projected(child.plan, [
      ...assignmentsOf(plan),
      ...passNeeded(child, new Set(plan.columns.map(({ id }) => id))),
    ]),
    predicates: child.predicates,
    defaults:
      defaults === null
        ? null
        : new Map(
            plan.columns.map(({ id }, i) => [id, foldConstants(substitute(plan.expressions[i]!, defaults), session)]),
          ),
  }
}

function assignmentsOf(plan: ProjectNode): Assignment[] {
  return plan.columns.map((one, i) => ({ column: one, expr: plan.expressions[i]! }))
}

/** Passes on the columns that the pulled predicates read and that `present` lacks. */
function passNeeded({ plan, predicates }: Pulled, present: ReadonlySet<number>): Assignment[] {
  const needed = new Set(predicates.flatMap((one) => [...columnsOf(one)]))
  return plan.columns.filter(({ id }) => needed.has(id) && !present.has(id)).map(pass)
}

/** The inner sides of equalities as columns, and the predicates over them. */
interface Keys {
  /** New columns to make, with their expressions. */
  readonly assignments: readonly Assignment[]
  readonly predicates: readonly Expr[]
}

/** Null unless every predicate is `inner = outer`. */
function keysOf({ plan, predicates }: Pulled, { outer, context }: PullOptions): Keys | null {
  const made: { readonly id: number; readonly assignment: Assignment }[] = []
  const inner = new Set(plan.columns.map(({ id }) => id))
  const out: Expr[] = []
  for (const predicate of predicates) {
    if (predicate.kind !== 'call' || (predicate.name !== 'eq' && predicate.name !== 'is_not_distinct_from')) return null
    const [a, b] = predicate.args as readonly [Expr, Expr]
    const [key, other] = readsAny(a, outer) ? [b, a] : [a, b]
    if (readsAny(key, outer) || readsAny(other, inner) || !readsAny(key, inner)) return null
    const known = key.kind === 'column' ? made.find(({ id }) => id === key.id) : undefined
    const assignment = known?.assignment ?? {
      column: planColumn(context.newId(), key.kind === 'column' ? nameOf(plan, key.id) : 'key', key.type),
      expr: key,
    }
    if (known === undefined) made.push({ id: key.kind === 'column' ? key.id : -1, assignment })
    out.push({ ...predicate, args: [column(assignment.column.id, key.type), other] })
  }
  return { assignments: made.map((one) => one.assignment), predicates: out }
}

function nameOf(plan: LogicalPlan, id: number): string {
  return plan.columns.find((one) => one.id === id)?.name ?? 'key'
}

/** Aggregates that give 0 for no rows; all others give NULL. */
const ZERO_FOR_NONE: ReadonlySet<string> = new Set([
  'count',
  'count_star',
  'count_if',
  'countif',
  'approx_count_distinct',
  'regr_count',
])

function pullFromAggregate(plan: AggregateNode, options: PullOptions): Pulled | null {
  if (plan.groupingSets !== null || expressionsOf(plan).some((one) => readsAny(one, options.outer))) return null
  if (expressionsOf(plan).some(mayRaise)) return null
  const child = pullUpCorrelation(plan.child, { ...options, duplicatesAllowed: false })
  if (child === null || child.defaults !== null) return null
  const keys = keysOf(child, options)
  if (keys === null) return null
  const { groups, calls } = plan
  const node: AggregateNode = {
    ...plan,
    child: child.plan,
    groups: [...groups, ...keys.assignments.map(({ expr }) => expr)],
    columns: [
      ...plan.columns.slice(0, groups.length),
      ...keys.assignments.map((one) => one.column),
      ...plan.columns.slice(groups.length),
    ],
  }
  const defaults = groups.length > 0 ? null : new Map(plan.columns.map(({ id }, i) => [id, valueForNoRows(calls[i]!)]))
  return { plan: node, predicates: keys.predicates, defaults }
}

/** What an aggregate without groups gives where there are no rows. */
export function valueForNoRows(call: AggregateCall): Expr {
  if (!ZERO_FOR_NONE.has(call.name)) return literal(null, call.type)
  return literal(0n, call.type)
}

function pullFromDistinct(plan: DistinctNode, options: PullOptions): Pulled | null {
  if (plan.on !== null) return null
  const child = pullUpCorrelation(plan.child, options)
  if (child === null || child.defaults !== null) return child
  if (options.duplicatesAllowed) return child
  const keys = keysOf(child, options)
  if (keys === null) return null
  const columns = projected(child.plan, [...plan.child.columns.map(pass), ...keys.assignments])
  return {
    plan: { ...plan, child: columns, columns: columns.columns },
    predicates: keys.predicates,
    defaults: null,
  }
}

function pullFromWindow(plan: Extract<LogicalPlan, { kind: 'window' }>, options: PullOptions): Pulled | null {
  if (expressionsOf(plan).some((one) => readsAny(one, options.outer) || mayRaise(one))) return null
  const child = pullUpCorrelation(plan.child, { ...options, duplicatesAllowed: false })
  if (child === null || child.defaults !== null) return null
  const keys = keysOf(child, options)
  if (keys === null) return null
  const partitionBy = [...plan.partitionBy, ...keys.assignments.map(({ expr }) => expr)]
  const own = plan.columns.slice(plan.child.columns.length)
  const window = {
    ...plan,
    partitionBy,
    child: child.plan,
    columns: [...child.plan.columns, ...own],
  }
  return { plan: window, predicates: child.predicates, defaults: null }
}

function pullFromJoin(plan: JoinNode, options: PullOptions): Pulled | null {
  // Where repeated rows do no harm, rows with a match are as good as pairs.
  const type = plan.type === 'semi' && options.duplicatesAllowed ? 'inner' : plan.type
  if (plan.dependent || type === 'right' || type === 'full') return null
  const on = plan.condition === null ? [] : conjuncts(plan.condition)
  const correlated = on.filter((one) => readsAny(one, options.outer))
  const left = pullUpCorrelation(plan.left, options)
  if (left === null || left.defaults !== null) return null
  if (type === 'inner') {
    const right = pullUpCorrelation(plan.right, options)
    if (right === null || right.defaults !== null) return null
    const own = on.filter((one) => !readsAny(one, options.outer))
    const join = joined({ type, left: left.plan, right: right.plan, on: own })
    return {
      plan: join,
      predicates: [...left.predicates, ...right.predicates, ...correlated],
      defaults: null,
    }
  }
  const rightFree = [...freeColumns(plan.right)].some((id) => options.outer.has(id))
  if (rightFree || correlated.length > 0) return null
  const mark: PlanColumn | undefined = markOf(plan)
  const join = joined({
    type,
    left: left.plan,
    right: plan.right,
    on,
    ...(mark === undefined ? {} : { mark }),
  })
  return { plan: join, predicates: left.predicates, defaults: null }
}
