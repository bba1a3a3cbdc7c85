/**
 * Replaces references to a common table expression by its definition where computing it again is no more work than keeping its rows.
 *
 *     With w                          Join
 *       Aggregate ...                   Aggregate ...
 *       Join                     ->     Scan t
 *         Cte w
 *         Scan t
 *
 * One reference: always, so that filters and projections reach into the definition. No reference: the definition is dropped. Several:
 * only a definition that is itself a scan, filter or projection; anything with a join or an aggregate is computed once.
 */
import { column } from '../../expr/expr.ts'
import type { LogicalPlan, WithNode } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import { copyPlan } from './copy-plan.ts'
import { isVolatile } from './expr-facts.ts'
import { projected } from './plan-build.ts'
import { rewriteUp, walkPlan } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

export const inlineCheapCtes: Rule = {
  name: 'inline-ctes',
  apply: (plan, context) =>
    rewriteUp(plan, (node) => (node.kind === 'with' && isWorthInlining(node) ? inlineCtes(node, context) : node)),
}

function isWorthInlining(node: WithNode): boolean {
  let references = 0
  for (const part of walkPlan(node.child)) {
    if (part.kind === 'cte-reference' && part.cteId === node.cteId) references++
  }
  if (references <= 1) return true
  for (const part of walkPlan(node.definition)) {
    if (!['scan', 'values', 'filter', 'project', 'cte-reference'].includes(part.kind)) return false
    if (part.kind === 'scan' && part.limit !== null) return false
    if (expressionsOf(part).some(isVolatile)) return false
  }
  return true
}

/** The child of `node` with its own copy of the definition at every reference. */
export function inlineCtes(node: WithNode, context: RuleContext): LogicalPlan {
  return rewriteUp(node.child, (part) => {
    if (part.kind !== 'cte-reference' || part.cteId !== node.cteId) return part
    const { plan, ids } = copyPlan(node.definition, context)
    return projected(
      plan,
      part.columns.map((one, i) => {
        const id = part.definitionColumns[i]!
        return { column: one, expr: column(ids.get(id) ?? id, one.type) }
      }),
    )
  })
}
