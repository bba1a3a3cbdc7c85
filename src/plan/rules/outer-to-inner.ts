/**
 * Turns outer joins into inner ones (or full into left and right) where a filter above drops the rows that were filled with NULLs, and
 * single joins into left or inner ones where a second match is impossible.
 *
 *     Filter u.b > 3                 Filter u.b > 3
 *       Join left on a = x     ->      Join inner on a = x
 *         Scan t (a)                     Scan t (a)
 *         Scan u (x, b)                  Scan u (x, b)
 *
 * Conditions are collected on the way down: a filter rejects NULLs of its columns for all joins below it, an inner join's condition does
 * for the joins in its inputs.
 */
import { type Expr, column, columnsOf, conjuncts, literal } from '../../expr/expr.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import { copyPlan } from './copy-plan.ts'
import { rejectsNulls } from './expr-facts.ts'
import { joined, markOf, oneRow, pass, projected, withInputs } from './plan-build.ts'
import { equalityKeys, hasExactlyOneRow, isUniqueOn } from './plan-facts.ts'
import { idsOf, readsAny, readsOnly, substitute } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

export const outerToInner: Rule = {
  name: 'outer-to-inner',
  apply: (plan, context) => visit(plan, [], context),
}

/** `conditions` hold for every row of `plan` that anybody above wants. */
function visit(plan: LogicalPlan, conditions: readonly Expr[], context: RuleContext): LogicalPlan {
  switch (plan.kind) {
    case 'filter':
      return withInputs(plan, (child) => visit(child, [...conditions, ...conjuncts(plan.predicate)], context))
    case 'project': {
      const values = new Map(plan.columns.map(({ id }, i) => [id, plan.expressions[i]!]))
      return withInputs(plan, (child) =>
        visit(
          child,
          conditions.map((one) => substitute(one, values)),
          context,
        ),
      )
    }
    case 'join':
      return visitJoin(plan, conditions, context)
    case 'sort': {
      const passes = plan.limit === null && plan.offset === 0
      return withInputs(plan, (child) => visit(child, passes ? conditions : [], context))
    }
    case 'with': {
      const definition = visit(plan.definition, [], context)
      const child = visit(plan.child, conditions, context)
      return definition === plan.definition && child === plan.child
        ? plan
        : { ...plan, definition, child, columns: child.columns }
    }
    case 'aggregate': {
      const groups = new Map(plan.groups.map((one, i) => [plan.columns[i]!.id, one]))
      const ids = new Set(plan.groupingSets === null ? groups.keys() : [])
      const below = conditions.filter((one) => columnsOf(one).size > 0 && readsOnly(one, ids))
      return withInputs(plan, (child) =>
        visit(
          child,
          below.map((one) => substitute(one, groups)),
          context,
        ),
      )
    }
    default:
      return withInputs(plan, (child) => visit(child, [], context))
  }
}

function visitJoin(plan: JoinNode, conditions: readonly Expr[], context: RuleContext): LogicalPlan {
  if (wantsUnmatched(plan, conditions)) return unmatchedRows(plan, conditions, context)
  const join = simplify(plan, conditions)
  const own = join.condition === null ? [] : conjuncts(join.condition)
  const leftIds = idsOf(join.left)
  const rightIds = idsOf(join.right)
  const toLeft: Expr[] = []
  const toRight: Expr[] = []
  if (join.type !== 'right' && join.type !== 'full') toLeft.push(...conditions)
  if (join.type === 'inner' || join.type === 'right') toRight.push(...conditions)
  if (join.type === 'inner' || join.type === 'semi') toLeft.push(...own)
  // A right row that matches nothing never comes out of these.
  if (join.type !== 'right' && join.type !== 'full' && join.type !== 'mark') toRight.push(...own)
  if (join.type === 'right') toLeft.push(...own)
  let first = true
  return withInputs(join, (input) => {
    const isLeft = first
    first = false
    const ids = isLeft ? leftIds : rightIds
    return visit(
      input,
      (isLeft ? toLeft : toRight).filter((one) => readsAny(one, ids)),
      context,
    )
  })
}

/** Is there a condition that a column of the right side be NULL which is not NULL in any match? */
function wantsUnmatched({ type, right, condition, dependent }: JoinNode, conditions: readonly Expr[]): boolean {
  if (type !== 'left' || dependent || condition === null) return false
  const own = conjuncts(condition)
  return conditions.some((one) => {
    const [arg] = one.kind === 'call' && one.name === 'is_null' ? one.args : []
    const tested = arg?.kind === 'column' ? right.columns.find(({ id }) => id === arg.id) : undefined
    if (tested === undefined) return false
    const ids = new Set([tested.id])
    return !tested.nullable || own.some((part) => rejectsNulls(part, ids))
  })
}

function unmatchedRows(plan: JoinNode, conditions: readonly Expr[], context: RuleContext): LogicalPlan {
  const { left, columns } = plan
  const kept = idsOf(left)
  // What the right side makes has new ids: the old ones are NULLs from here on.
  const { plan: right, ids } = copyPlan(plan.right, context)
  const renamed = new Map(plan.right.columns.map(({ id, type }) => [id, column(ids.get(id) ?? id, type)] as const))
  const on = conjuncts(plan.condition!).map((one) => substitute(one, renamed))
  const child = visit(
    joined({ type: 'anti', left, right, on }),
    conditions.filter((one) => readsOnly(one, kept)),
    context,
  )
  return projected(
    child,
    columns.map((one) => (kept.has(one.id) ? pass(one) : { column: one, expr: literal(null, one.type) })),
  )
}

function simplify(plan: JoinNode, conditions: readonly Expr[]): JoinNode {
  const { type, left, right } = plan
  const rejects = (side: LogicalPlan): boolean => {
    const ids = idsOf(side)
    return conditions.some((one) => rejectsNulls(one, ids))
  }
  const as = (next: JoinNode['type']): JoinNode => {
    const mark = markOf(plan)
    const on = plan.condition === null ? [] : conjuncts(plan.condition)
    return joined({
      type: next,
      left,
      right,
      on,
      dependent: plan.dependent,
      ...(mark === undefined ? {} : { mark }),
    })
  }
  switch (type) {
    case 'left':
      return rejects(right) || matchesAlways(plan) ? as('inner') : plan
    case 'right':
      return rejects(left) ? as('inner') : plan
    case 'full': {
      const rightRejected = rejects(right)
      const leftRejected = rejects(left)
      if (rightRejected && leftRejected) return as('inner')
      // Rows filled on the right are dropped: what stays are right rows, with or without a left one.
      if (rightRejected) return as('right')
      return leftRejected ? as('left') : plan
    }
    case 'single': {
      if (plan.dependent) return plan
      if (!isUniqueOn(right, equalityKeys(plan))) return withCheckedRight(plan, conditions)
      return rejects(right) || matchesAlways(plan) ? as('inner') : as('left')
    }
    default:
      return plan
  }
}

/** A single join without a condition as an inner one, if conditions above read what it adds. */
function withCheckedRight(plan: JoinNode, conditions: readonly Expr[]): JoinNode {
  const { left, right, condition } = plan
  const ids = idsOf(right)
  if (condition !== null || hasExactlyOneRow(left) || !conditions.some((one) => readsAny(one, ids))) return plan
  const checked = joined({ type: 'single', left: oneRow(), right, on: [] })
  return joined({ type: 'inner', left, right: checked, on: [] })
}

function matchesAlways({ condition, right, dependent }: JoinNode): boolean {
  return !dependent && condition === null && hasExactlyOneRow(right)
}
