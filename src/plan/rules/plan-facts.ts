/**
 * What is certain of a plan's rows whatever the data: how many there can be, and which columns identify a row.
 */
import { type Expr, conjuncts } from '../../expr/expr.ts'
import type { JoinNode, LogicalPlan } from '../logical.ts'
import { idsOf, readsOnly } from './plan-rewrite.ts'

/** At most one row? */
function hasAtMostOneRow(plan: LogicalPlan): boolean {
  return uniqueKeys(plan).some((key) => key.size === 0)
}

export function hasExactlyOneRow(plan: LogicalPlan): boolean {
  switch (plan.kind) {
    case 'aggregate':
      return plan.groups.length === 0 && plan.groupingSets === null
    case 'values':
      return plan.rows.length === 1
    case 'project':
    case 'window':
    case 'distinct':
    case 'with':
      return hasExactlyOneRow(plan.child)
    case 'sort':
    case 'limit':
      return plan.offset === 0 && (plan.limit === null || plan.limit >= 1) && hasExactlyOneRow(plan.child)
    case 'join':
      switch (plan.type) {
        case 'inner':
          return plan.condition === null && hasExactlyOneRow(plan.left) && hasExactlyOneRow(plan.right)
        case 'left':
          return hasExactlyOneRow(plan.left) && hasAtMostOneRow(plan.right)
        case 'single':
        case 'asof':
        case 'mark':
          return hasExactlyOneRow(plan.left)
        default:
          return false
      }
    default:
      return false
  }
}

/** Are there never two rows of `plan` that agree in the columns `ids` (NULLs agreeing too)? */
export function isUniqueOn(plan: LogicalPlan, ids: ReadonlySet<number>): boolean {
  return uniqueKeys(plan).some((key) => [...key].every((id) => ids.has(id)))
}

/** Sets of columns that identify a row; the empty set: there is at most one row. */
function uniqueKeys(plan: LogicalPlan): readonly ReadonlySet<number>[] {
  switch (plan.kind) {
    case 'aggregate':
      if (plan.groupingSets !== null) return []
      return [new Set(plan.columns.slice(0, plan.groups.length).map(({ id }) => id))]
    case 'distinct': {
      const all = plan.on === null ? idsOf(plan) : columnIds(plan.on)
      const own = all === null ? [] : [all]
      return [...own, ...uniqueKeys(plan.child)]
    }
    case 'values':
      return plan.rows.length <= 1 ? [new Set()] : []
    case 'limit':
    case 'sort':
      return plan.limit !== null && plan.limit <= 1 ? [new Set()] : uniqueKeys(plan.child)
    case 'filter':
      return uniqueKeys(plan.child).map((key) => withoutConstants(key, plan.predicate))
    case 'window':
    case 'with':
      return uniqueKeys(plan.child)
    case 'project': {
      // A key stays one as long as all its columns are passed on, whatever they are called.
      const renamed = new Map(
        plan.expressions.flatMap((one, i) => (one.kind === 'column' ? [[one.id, plan.columns[i]!.id]] : [])),
      )
      return uniqueKeys(plan.child).flatMap((key) => {
        const next = [...key].map((id) => renamed.get(id))
        return next.includes(undefined) ? [] : [new Set(next as number[])]
      })
    }
    case 'set-operation':
      return plan.operator === 'union' && plan.all ? [] : plan.all ? [] : [idsOf(plan)]
    case 'join':
      return uniqueKeysOfJoin(plan)
    case 'scan':
      return plan.limit !== null && plan.limit <= 1 ? [new Set()] : []
    case 'unnest':
    case 'cte-reference':
      return []
  }
}

/** Columns that the filter fixes to one constant need not be part of a key. */
function withoutConstants(key: ReadonlySet<number>, predicate: Expr): ReadonlySet<number> {
  const constant = new Set<number>()
  for (const part of conjuncts(predicate)) {
    if (part.kind !== 'call' || part.name !== 'eq') continue
    const [a, b] = part.args as readonly [Expr, Expr]
    if (a.kind === 'column' && b.kind === 'literal') constant.add(a.id)
    if (b.kind === 'column' && a.kind === 'literal') constant.add(b.id)
  }
  return constant.size === 0 ? key : new Set([...key].filter((id) => !constant.has(id)))
}

function columnIds(exprs: readonly Expr[]): Set<number> | null {
  if (!exprs.every((one) => one.kind === 'column')) return null
  return new Set(exprs.map((one) => (one as { id: number }).id))
}

function uniqueKeysOfJoin(plan: JoinNode): readonly ReadonlySet<number>[] {
  const left = uniqueKeys(plan.left)
  switch (plan.type) {
    case 'semi':
    case 'anti':
    case 'mark':
    case 'single':
    case 'asof':
      return left
    case 'inner':
    case 'left':
    case 'right':
    case 'full': {
      const right = uniqueKeys(plan.right)
      const out: ReadonlySet<number>[] = []
      const keptLeft = plan.type === 'inner' || plan.type === 'left'
      const keptRight = plan.type === 'inner' || plan.type === 'right'
      if (keptLeft && isUniqueOn(plan.right, equalityKeys(plan, 'right'))) out.push(...left)
      if (keptRight && isUniqueOn(plan.left, equalityKeys(plan, 'left'))) out.push(...right)
      // Not for full joins: rows filled on the left and on the right may agree in NULL keys.
      if (plan.type !== 'full' && left.length > 0 && right.length > 0) out.push(new Set([...left[0]!, ...right[0]!]))
      return out
    }
  }
}

/** Columns of one side (the right, unless said) that the join's condition equates with something of the other. */
export function equalityKeys(join: JoinNode, side: 'left' | 'right' = 'right'): ReadonlySet<number> {
  const own = idsOf(side === 'left' ? join.left : join.right)
  const others = idsOf(side === 'left' ? join.right : join.left)
  const keys = new Set<number>()
  for (const part of join.condition === null ? [] : conjuncts(join.condition)) {
    if (part.kind !== 'call' || (part.name !== 'eq' && part.name !== 'is_not_distinct_from')) continue
    const [a, b] = part.args as readonly [Expr, Expr]
    if (a.kind === 'column' && own.has(a.id) && readsOnly(b, others)) keys.add(a.id)
    if (b.kind === 'column' && own.has(b.id) && readsOnly(a, others)) keys.add(b.id)
  }
  return keys
}
