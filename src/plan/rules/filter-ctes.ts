/**
 * Filters the definition of a common table expression by what all references to it ask.
 *
 *     With w                                     With w
 *       Aggregate by year, kind                    Aggregate by year, kind
 *         Scan t                                     Scan t where year in (1, 2) and kind = 'a'
 *       Join                              ->       Join
 *         Filter year = 1 and kind = 'a'             Filter year = 1 and kind = 'a'
 *           Cte w                                      Cte w
 *         Filter year = 2 and kind = 'a'             Filter year = 2 and kind = 'a'
 *           Cte w                                      Cte w
 *
 * A row that no reference keeps need not be computed. The alternatives are one condition; beside them stand those that they imply of
 * single columns, which can go further down: through aggregates, and into scans. The filters of the references stay.
 */
import { type Expr, and, column, columnsOf, conjuncts } from '../../expr/expr.ts'
import { BOOLEAN } from '../../core/types.ts'
import { exprKey } from '../bind/expr-key.ts'
import type { CteReferenceNode, LogicalPlan, WithNode } from '../logical.ts'
import { isVolatile, mayRaise } from './expr-facts.ts'
import { foldExpressions } from './fold-constants.ts'
import { filtered } from './plan-build.ts'
import { idsOf, readsOnly, rewriteUp, substitute, walkPlan } from './plan-rewrite.ts'
import { pushFilters } from './push-filters.ts'
import { removeRedundant } from './remove-redundant.ts'
import type { Rule, RuleContext } from './rule.ts'
import { simplifyBooleans, simplifyCondition } from './simplify-booleans.ts'

export const filterCtes: Rule = {
  name: 'filter-ctes',
  // Inner ones first: what is pushed into their definitions filters references to the outer ones.
  apply: (plan, context) => rewriteUp(plan, (node) => (node.kind === 'with' ? filterDefinition(node, context) : node)),
}

function filterDefinition(node: WithNode, context: RuleContext): LogicalPlan {
  const alternatives = filtersOfReferences(node.child, node.cteId)
  if (alternatives === null || alternatives.length === 0) return node
  const wanted = conditionsOf(alternatives)
  const passed = filtered(node.definition, wanted)
  // What holds for one alternative only is often a constant in the parts of a union.
  const rules = [pushFilters, foldExpressions, simplifyBooleans, pushFilters, removeRedundant]
  const definition = rules.reduce((plan, rule) => rule.apply(plan, context), passed)
  return { ...node, definition }
}

/** The filter of each reference, over the definition's columns; null when one wants all rows. */
function filtersOfReferences(plan: LogicalPlan, cteId: number): (readonly Expr[])[] | null {
  const found: (readonly Expr[])[] = []
  let references = 0
  for (const part of walkPlan(plan)) {
    if (part.kind === 'cte-reference' && part.cteId === cteId) references++
    if (part.kind !== 'filter' || part.child.kind !== 'cte-reference' || part.child.cteId !== cteId) continue
    const over = overDefinition(conjuncts(part.predicate), part.child)
    if (over.length > 0) found.push(over)
  }
  return found.length === references ? found : null
}

function overDefinition(predicates: readonly Expr[], reference: CteReferenceNode): readonly Expr[] {
  const own = idsOf(reference)
  const names = new Map(
    reference.columns.map(({ id, type }, i) => [id, column(reference.definitionColumns[i]!, type)] as const),
  )
  return predicates
    .filter((one) => columnsOf(one).size > 0 && readsOnly(one, own) && !isVolatile(one) && !mayRaise(one))
    .map((one) => substitute(one, names))
}

/** What holds for a row that one of `alternatives` keeps. */
function conditionsOf(alternatives: readonly (readonly Expr[])[]): readonly Expr[] {
  const ofColumns = columnsInAll(alternatives).map((id) => {
    const ids = new Set([id])
    return either(alternatives.map((parts) => parts.filter((one) => readsOnly(one, ids))))
  })
  const all = [...ofColumns, either(alternatives)].flatMap((one) => conjuncts(simplifyCondition(one)))
  const known = new Set<string>()
  return all.filter((one) => {
    const key = exprKey(one)
    return !known.has(key) && known.add(key) !== undefined
  })
}

/** Columns of which every alternative says something that reads no other. */
function columnsInAll(alternatives: readonly (readonly Expr[])[]): readonly number[] {
  const columns = alternatives.map((parts) => {
    const read = parts.map((one) => [...columnsOf(one)])
    return new Set(read.flatMap((ids) => (ids.length === 1 ? ids : [])))
  })
  return [...columns[0]!].filter((id) => columns.every((one) => one.has(id)))
}

function either(alternatives: readonly (readonly Expr[])[]): Expr {
  const args = alternatives.map((parts) => and(parts))
  return args.length === 1 ? args[0]! : { kind: 'or', args, type: BOOLEAN }
}
