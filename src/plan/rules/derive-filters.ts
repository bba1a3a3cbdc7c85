/**
 * Derives filters on one side of a join from alternatives that span both, and from equalities.
 *
 *     Join on a = x AND (a2 = 'FR' AND x2 = 'DE' OR a2 = 'DE' AND x2 = 'FR')        left:  a2 IN ('FR', 'DE')
 *       T (a, a2)                                                              ->   right: x2 IN ('DE', 'FR')
 *       U (x, x2)
 *
 *     Join on a = x                    ->   right: x > 5
 *       Filter a > 5
 *
 * The alternatives themselves stay where they are. A derived filter is added only where the plan below lacks it.
 */
import { type Expr, column, columnsOf, conjuncts, rewriteExpr } from '../../expr/expr.ts'
import { type DataType, BOOLEAN, sameType } from '../../core/types.ts'
import { exprKey } from '../bind/expr-key.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import { isVolatile, mayRaise } from './expr-facts.ts'
import { filtered, withInputs } from './plan-build.ts'
import { idsOf, readsOnly, substitute } from './plan-rewrite.ts'
import { simplifyCondition } from './simplify-booleans.ts'
import type { Rule } from './rule.ts'

export const deriveFilters: Rule = {
  name: 'derive-filters',
  apply: (plan) => visit(plan),
}

function visit(plan: LogicalPlan): LogicalPlan {
  const next = withInputs(plan, (input) => visit(input))
  return next.kind === 'join' && next.condition !== null && !next.dependent ? deriveForJoin(next) : next
}

/** Which inputs may be filtered by what the join's condition implies of them: those whose unmatched rows are dropped. */
function filterableSides({ type }: JoinNode): { readonly left: boolean; readonly right: boolean } {
  switch (type) {
    case 'inner':
    case 'semi':
      return { left: true, right: true }
    case 'left':
    case 'single':
    case 'asof':
    case 'anti':
      return { left: false, right: true }
    case 'right':
      return { left: true, right: false }
    case 'full':
    case 'mark':
      return { left: false, right: false }
  }
}

function deriveForJoin(join: JoinNode): LogicalPlan {
  const sides = filterableSides(join)
  if (!sides.left && !sides.right) return join
  const on = conjuncts(join.condition!)
  const left = sides.left
    ? [...fromAlternatives(on, idsOf(join.left)), ...fromEqualities(on, join.right, idsOf(join.left))]
    : []
  const right = sides.right
    ? [...fromAlternatives(on, idsOf(join.right)), ...fromEqualities(on, join.left, idsOf(join.right))]
    : []
  if (left.length === 0 && right.length === 0) return join
  let isLeft = true
  return withInputs(join, (input) => {
    const derived = isLeft ? left : right
    isLeft = false
    return withNew(input, derived)
  })
}

/** `plan` filtered by those of `derived` that are not known to hold. */
function withNew(plan: LogicalPlan, derived: readonly Expr[]): LogicalPlan {
  const known = new Set(knownOf(plan).map(exprKey))
  // In their usual form: else the same filter would be derived again in another one.
  const simple = derived.flatMap((one) => conjuncts(simplifyCondition(one)))
  const added = simple.filter((one) => {
    const key = exprKey(one)
    if (known.has(key)) return false
    known.add(key)
    return true
  })
  return filtered(plan, added)
}

/** For each OR: the alternatives' conjuncts over `ids`, when every alternative has some. */
function fromAlternatives(on: readonly Expr[], ids: ReadonlySet<number>): readonly Expr[] {
  return on.flatMap((part) => {
    if (part.kind !== 'or' || readsOnly(part, ids) || isVolatile(part)) return []
    const parts = part.args.map((arg) => conjuncts(arg).filter((one) => columnsOf(one).size > 0 && readsOnly(one, ids)))
    if (parts.some((one) => one.length === 0)) return []
    const args = parts.map((one): Expr => (one.length === 1 ? one[0]! : { kind: 'and', args: one, type: BOOLEAN }))
    return [{ kind: 'or', args, type: BOOLEAN }]
  })
}

/** What holds of a column of `source` holds of the column of `ids` that equals it. */
function fromEqualities(on: readonly Expr[], source: LogicalPlan, ids: ReadonlySet<number>): readonly Expr[] {
  const out: Expr[] = []
  let known: readonly Expr[] | undefined
  for (const part of on) {
    if (part.kind !== 'call' || part.name !== 'eq') continue
    const [a, b] = part.args as readonly [Expr, Expr]
    if (a.kind !== 'column' || b.kind !== 'column' || !sameType(a.type, b.type) || !isExact(a.type)) continue
    const [from, to] = ids.has(a.id) ? [b, a] : [a, b]
    if (!ids.has(to.id) || ids.has(from.id)) continue
    known ??= knownOf(source)
    for (const one of known) {
      const read = columnsOf(one)
      if (read.size !== 1 || !read.has(from.id) || mayRaise(one) || isVolatile(one)) continue
      out.push(substitute(one, new Map([[from.id, column(to.id, to.type)]])))
    }
  }
  return out
}

/** Equal values are alike to every function: 0 and -0, or one month and 30 days, are not. */
function isExact(type: DataType): boolean {
  switch (type.kind) {
    case 'half':
    case 'real':
    case 'double':
    case 'interval':
    case 'list':
    case 'map':
    case 'struct':
      return false
    default:
      return true
  }
}

/** Conjuncts that hold for every row of `plan`, over its columns. */
function knownOf(plan: LogicalPlan): readonly Expr[] {
  switch (plan.kind) {
    case 'scan':
      return plan.filter === null ? [] : conjuncts(plan.filter)
    case 'filter':
      return [...conjuncts(plan.predicate), ...knownOf(plan.child)]
    case 'sort':
    case 'limit':
    case 'distinct':
    case 'window':
      return knownOf(plan.child)
    case 'project': {
      const renamed = new Map(plan.columns.flatMap(({ id, type }, i) => renaming(plan.expressions[i]!, id, type)))
      return knownOf(plan.child).flatMap((one) => rename(one, renamed))
    }
    case 'aggregate': {
      if (plan.groupingSets !== null || plan.groups.length === 0) return []
      const renamed = new Map(
        plan.groups.flatMap((one, i) => renaming(one, plan.columns[i]!.id, plan.columns[i]!.type)),
      )
      return knownOf(plan.child).flatMap((one) => rename(one, renamed))
    }
    case 'join':
      return knownOfJoin(plan)
    case 'values':
    case 'unnest':
    case 'set-operation':
    case 'with':
    case 'cte-reference':
      return []
  }
}

function knownOfJoin(plan: JoinNode): readonly Expr[] {
  switch (plan.type) {
    case 'inner':
      return [...knownOf(plan.left), ...knownOf(plan.right), ...conjuncts(plan.condition ?? TRUE)]
    case 'left':
    case 'semi':
    case 'anti':
    case 'mark':
    case 'single':
    case 'asof':
      return knownOf(plan.left)
    case 'right':
      return knownOf(plan.right)
    case 'full':
      return []
  }
}

const TRUE: Expr = { kind: 'literal', value: true, type: BOOLEAN }

function renaming(expr: Expr, id: number, type: Expr['type']): readonly (readonly [number, Expr])[] {
  return expr.kind === 'column' ? [[expr.id, column(id, type)]] : []
}

/** `expr` over the renamed columns; none when it reads others. */
function rename(expr: Expr, renamed: ReadonlyMap<number, Expr>): readonly Expr[] {
  let isComplete = true
  const next = rewriteExpr(expr, (part) => {
    if (part.kind !== 'column') return part
    const to = renamed.get(part.id)
    if (to === undefined) isComplete = false
    return to ?? part
  })
  return isComplete ? [next] : []
}
