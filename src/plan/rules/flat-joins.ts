/**
 * A tree of inner joins, with the filters and the mere renamings between them, as a list of relations and a list of conditions.
 *
 *     Filter s > 1                             relations    t, u, v
 *       Join on t.a = u.x            ->        conditions   t.a = u.x, u.y = v.k, s > 1
 *         t
 *         Join on u.y = v.k
 *           u, v
 */
import { type Expr, conjuncts } from '../../expr/expr.ts'
import type { JoinNode, LogicalPlan, ProjectNode } from '../logical.ts'
import { isVolatile } from './expr-facts.ts'
import { substitute } from './plan-rewrite.ts'

/** A join that may be done in any order with its neighbours. */
export function isOrderable(plan: LogicalPlan): plan is JoinNode {
  return plan.kind === 'join' && plan.type === 'inner' && !plan.dependent
}

export interface FlatJoins {
  readonly relations: LogicalPlan[]
  readonly conditions: Expr[]
  /** Columns that projections between the joins renamed. */
  readonly renamed: Map<number, Expr>
}

/** At most `relationsMax` relations: what lies deeper is one relation. */
export function flattenJoins(root: LogicalPlan, relationsMax: number): FlatJoins {
  const relations: LogicalPlan[] = []
  const conditions: Expr[] = []
  const renamed = new Map<number, Expr>()
  // Relations still to come when a subtree is looked at: the graph must have bits for all of them.
  let expected = 1
  const collect = (plan: LogicalPlan): void => {
    if (isOrderable(plan) && expected < relationsMax) {
      expected++
      collect(plan.left)
      collect(plan.right)
      if (plan.condition !== null) conditions.push(...conjuncts(plan.condition))
    } else if (plan.kind === 'filter' && leadsToJoin(plan.child) && !isVolatile(plan.predicate)) {
      collect(plan.child)
      conditions.push(...conjuncts(plan.predicate))
    } else if (plan.kind === 'project' && isRenaming(plan) && leadsToJoin(plan.child)) {
      collect(plan.child)
      plan.columns.forEach(({ id }, i) => {
        const expr = plan.expressions[i]!
        if (expr.kind === 'column' && expr.id !== id) renamed.set(id, expr)
      })
    } else {
      relations.push(plan)
    }
  }
  collect(root)
  const resolve = (expr: Expr): Expr => {
    let current = substitute(expr, renamed)
    // A renaming of a renaming; ids are made once, so this ends.
    for (let next = substitute(current, renamed); next !== current; next = substitute(next, renamed)) current = next
    return current
  }
  for (const [id, expr] of renamed) renamed.set(id, resolve(expr))
  return { relations, conditions: conditions.map(resolve), renamed }
}

function leadsToJoin(plan: LogicalPlan): boolean {
  if (plan.kind === 'filter') return leadsToJoin(plan.child)
  if (plan.kind === 'project') return isRenaming(plan) && leadsToJoin(plan.child)
  return isOrderable(plan)
}

function isRenaming(plan: ProjectNode): boolean {
  return plan.expressions.every(({ kind }) => kind === 'column')
}
