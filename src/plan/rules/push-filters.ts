/**
 * Moves every conjunct of every filter as far down as it may go, on its way turning cross products into joins, and into the scan in the
 * end, where it prunes manifests, files, row groups and pages.
 *
 *     Filter a > 5 and a = b and c < 3            Join inner on a = b
 *       Join cross                           ->     Scan t where a > 5
 *         Scan t (a)                                Scan u where c < 3
 *         Scan u (b, c)
 *
 * What stops a conjunct: a limit (it changes which rows the limit keeps), an aggregate unless it is on groups alone, the
 * side of an outer join that may be filled with NULLs, and its own volatility. A conjunct of an outer join's own condition goes into the
 * filled side only.
 */
import { type Expr, and, column, columnsOf, conjuncts } from '../../expr/expr.ts'
import type { AggregateNode, JoinNode, LogicalPlan, SetOperationNode } from '../logical.ts'
import { isVolatile } from './expr-facts.ts'
import { filtered, joined, markOf, withInputs } from './plan-build.ts'
import { idsOf, readsAny, readsOnly, substitute } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const pushFilters: Rule = {
  name: 'push-filters',
  apply: (plan) => push(plan, []),
}

/** `plan` filtered by `predicates`, which are over its columns. */
function push(plan: LogicalPlan, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.some(isVolatile)) {
    const still = push(
      plan,
      predicates.filter((one) => !isVolatile(one)),
    )
    return filtered(still, predicates.filter(isVolatile))
  }
  switch (plan.kind) {
    case 'filter': {
      const own = conjuncts(plan.predicate)
      const next = push(plan.child, [...own, ...predicates])
      // Nothing moved: keep the very object, so that rules that run until nothing changes come to an end.
      const unmoved = next.kind === 'filter' && next.child === plan.child && sameParts(conjuncts(next.predicate), own)
      return unmoved ? plan : next
    }
    case 'scan':
      return pushIntoScan(plan, predicates)
    case 'project': {
      const values = new Map(plan.columns.map(({ id }, i) => [id, plan.expressions[i]!]))
      // Columns of plans around (before decorrelation) are not among the values.
      const moves = (id: number): boolean => !values.has(id) || !isVolatile(values.get(id)!)
      const [movable, rest] = split(predicates, (one) => [...columnsOf(one)].every(moves))
      const below = movable.map((one) => substitute(one, values))
      return filtered(
        withInputs(plan, (child) => push(child, below)),
        rest,
      )
    }
    case 'join':
      return pushIntoJoin(plan, predicates)
    case 'aggregate':
      return pushIntoAggregate(plan, predicates)
    case 'window': {
      const partition = new Set(plan.partitionBy.flatMap((one) => (one.kind === 'column' ? [one.id] : [])))
      return pushSome(plan, predicates, (one) => readsOnly(one, partition))
    }
    case 'sort':
      return pushSome(plan, predicates, () => plan.limit === null && plan.offset === 0)
    case 'limit':
      return pushSome(plan, predicates, () => false)
    case 'distinct': {
      const on = plan.on === null ? null : new Set(plan.on.flatMap((one) => (one.kind === 'column' ? [one.id] : [])))
      return pushSome(plan, predicates, (one) => on === null || readsOnly(one, on))
    }
    case 'unnest': {
      const passed = idsOf(plan.child)
      return pushSome(plan, predicates, (one) => readsOnly(one, passed))
    }
    case 'set-operation':
      return pushIntoSetOperation(plan, predicates)
    case 'with': {
      const definition = push(plan.definition, [])
      const child = push(plan.child, predicates)
      return definition === plan.definition && child === plan.child
        ? plan
        : { ...plan, definition, child, columns: child.columns }
    }
    case 'values':
    case 'cte-reference':
      return filtered(plan, predicates)
  }
}

function sameParts(a: readonly Expr[], b: readonly Expr[]): boolean {
  return a.length === b.length && a.every((one, i) => one === b[i])
}

function split<T>(items: readonly T[], goes: (item: T) => boolean): [T[], T[]] {
  const yes: T[] = []
  const no: T[] = []
  for (const item of items) (goes(item) ? yes : no).push(item)
  return [yes, no]
}

/** Pushes the predicates for which `may` holds into the one input; the others stay above. */
function pushSome(
  plan: Exclude<LogicalPlan, { kind: 'join' | 'set-operation' | 'with' | 'scan' | 'values' | 'cte-reference' }>,
  predicates: readonly Expr[],
  may: (predicate: Expr) => boolean,
): LogicalPlan {
  const [below, above] = split(predicates, may)
  return filtered(
    withInputs(plan, (child) => push(child, below)),
    above,
  )
}

function pushIntoScan(plan: Extract<LogicalPlan, { kind: 'scan' }>, predicates: readonly Expr[]): LogicalPlan {
  if (predicates.length === 0) return plan
  if (plan.limit !== null) return filtered(plan, predicates)
  const ids = idsOf(plan)
  // Predicates with columns of plans around wait for decorrelation.
  const [own, correlated] = split(predicates, (one) => readsOnly(one, ids))
  if (own.length === 0) return filtered(plan, correlated)
  const filter = plan.filter === null ? own : [...conjuncts(plan.filter), ...own]
  return filtered({ ...plan, filter: and(filter) }, correlated)
}

function pushIntoAggregate(plan: AggregateNode, predicates: readonly Expr[]): LogicalPlan {
  const inAllSets = plan.groups.map((_, i) => plan.groupingSets?.every((set) => set.includes(i)) ?? true)
  const groups = new Map(plan.groups.flatMap((one, i) => (inAllSets[i] ? [[plan.columns[i]!.id, one] as const] : [])))
  const ids = new Set(groups.keys())
  // Without groups a row comes out even for no rows: nothing may be filtered below.
  const may = (one: Expr): boolean => plan.groups.length > 0 && columnsOf(one).size > 0 && readsOnly(one, ids)
  const [below, above] = split(predicates, may)
  const pushed = below.map((one) => substitute(one, groups))
  return filtered(
    withInputs(plan, (child) => push(child, pushed)),
    above,
  )
}

function pushIntoSetOperation(plan: SetOperationNode, predicates: readonly Expr[]): LogicalPlan {
  const children = plan.children.map((child) => {
    const values = new Map(plan.columns.map(({ id }, i) => [id, column(child.columns[i]!.id, child.columns[i]!.type)]))
    return push(
      child,
      predicates.map((one) => substitute(one, values)),
    )
  })
  return children.every((child, i) => child === plan.children[i]) ? plan : { ...plan, children }
}

function pushIntoJoin(plan: JoinNode, predicates: readonly Expr[]): LogicalPlan {
  const left = idsOf(plan.left)
  const right = idsOf(plan.right)
  const own = plan.condition === null ? [] : conjuncts(plan.condition)
  const parts: JoinSplit = { toLeft: [], toRight: [], on: [], above: [] }
  if (plan.type === 'inner') {
    // A constant condition (false, say) stays: it belongs to no side.
    for (const one of [...own, ...predicates]) parts[sideOf(one, plan, left, right)].push(one)
  } else {
    splitOfOuterJoin(plan, { left, right, own, predicates }, parts)
  }
  const nextLeft = push(plan.left, parts.toLeft)
  const nextRight = push(plan.right, parts.toRight)
  const unchanged = nextLeft === plan.left && nextRight === plan.right && sameParts(parts.on, own)
  const mark = markOf(plan)
  const join = unchanged
    ? plan
    : joined({
        type: plan.type,
        dependent: plan.dependent,
        left: nextLeft,
        right: nextRight,
        on: parts.on,
        ...(mark === undefined ? {} : { mark }),
      })
  return filtered(join, parts.above)
}

interface JoinSplit {
  readonly toLeft: Expr[]
  readonly toRight: Expr[]
  readonly on: Expr[]
  readonly above: Expr[]
}

function sideOf(
  predicate: Expr,
  plan: JoinNode,
  left: ReadonlySet<number>,
  right: ReadonlySet<number>,
): 'toLeft' | 'toRight' | 'on' {
  const readsLeft = readsAny(predicate, left)
  const readsRight = readsAny(predicate, right)
  if (readsLeft && !readsRight) return 'toLeft'
  // Into the right side of a dependent join it would go only to come back when that is decorrelated.
  if (readsRight && !readsLeft) return plan.dependent && plan.type !== 'inner' ? 'on' : 'toRight'
  return 'on'
}

interface OuterJoinSides {
  readonly left: ReadonlySet<number>
  readonly right: ReadonlySet<number>
  readonly own: readonly Expr[]
  readonly predicates: readonly Expr[]
}

/** Joins of which a right row that fails a condition is as good as absent. */
const RIGHT_IS_FILTERED: ReadonlySet<JoinNode['type']> = new Set(['left', 'single', 'asof', 'semi', 'anti'])

function splitOfOuterJoin(plan: JoinNode, { left, right, own, predicates }: OuterJoinSides, parts: JoinSplit): void {
  const { type } = plan
  const keepsLeft = type !== 'right' && type !== 'full'
  for (const one of predicates) {
    const readsMark = type === 'mark' && readsAny(one, new Set([markOf(plan)!.id]))
    if (keepsLeft && !readsMark && readsAny(one, left) && !readsAny(one, right)) parts.toLeft.push(one)
    else if (type === 'right' && readsAny(one, right) && !readsAny(one, left)) parts.toRight.push(one)
    else parts.above.push(one)
  }
  for (const one of own) {
    const side = sideOf(one, plan, left, right)
    if (side === 'toRight' && RIGHT_IS_FILTERED.has(type)) {
      parts.toRight.push(one)
    } else if (side === 'toLeft' && (type === 'right' || type === 'semi')) {
      parts.toLeft.push(one)
    } else {
      parts.on.push(one)
    }
  }
}
