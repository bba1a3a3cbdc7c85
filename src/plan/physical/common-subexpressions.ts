/**
 * Finds calls that several expressions of one node have in common, so that they are computed once in a projection below:
 *
 *     sum(p * (1 - d)), sum(p * (1 - d) * (1 + t))       sum($0), sum($0 * (1 + t))
 *       Scan (p, d, t)                              ->     Project p * (1 - d), t
 *                                                            Scan (p, d, t)
 *
 * Only calls and casts that cannot fail where they were not evaluated before: what stands in a CASE stays there.
 */
import { type Expr, column, mapChildren } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'
import { isVolatile } from '../rules/expr-facts.ts'

export interface SharedExpressions {
  /** Computed below, each under a new id. */
  readonly shared: readonly { readonly id: number; readonly expr: Expr }[]
  /** The given expressions, reading them. */
  readonly exprs: readonly Expr[]
}

/** Null when nothing is worth sharing. */
export function shareExpressions(
  exprs: readonly Expr[],
  newId: () => number,
): SharedExpressions | null {
  const counts = new Map<string, { count: number; readonly expr: Expr }>()
  for (const expr of exprs) countCalls(expr, counts)
  const chosen = new Map<string, { readonly id: number; readonly expr: Expr }>()
  for (const expr of exprs) choose(expr, counts, chosen, newId)
  if (chosen.size === 0) return null
  const replace = (expr: Expr): Expr => {
    if (expr.kind === 'column' || expr.kind === 'literal') return expr
    const found = isShareable(expr) ? chosen.get(exprKey(expr)) : undefined
    return found === undefined ? mapChildren(expr, replace) : column(found.id, expr.type)
  }
  return { shared: [...chosen.values()], exprs: exprs.map(replace) }
}

function isShareable(expr: Expr): boolean {
  return (expr.kind === 'call' && expr.args.length > 0) || expr.kind === 'cast'
}

/** Counts each call as often as it is evaluated; below a repeated call nothing counts again. */
function countCalls(expr: Expr, counts: Map<string, { count: number; readonly expr: Expr }>): void {
  if (expr.kind === 'case' || expr.kind === 'and' || expr.kind === 'or') return
  if (isShareable(expr)) {
    const key = exprKey(expr)
    const known = counts.get(key)
    if (known !== undefined) {
      known.count++
      return
    }
    counts.set(key, { count: 1, expr })
  }
  mapChildren(expr, (child) => {
    countCalls(child, counts)
    return child
  })
}

/** Takes the largest repeated calls; their parts are computed within them. */
function choose(
  expr: Expr,
  counts: ReadonlyMap<string, { readonly count: number }>,
  chosen: Map<string, { readonly id: number; readonly expr: Expr }>,
  newId: () => number,
): void {
  if (expr.kind === 'case' || expr.kind === 'and' || expr.kind === 'or') return
  if (isShareable(expr)) {
    const key = exprKey(expr)
    if ((counts.get(key)?.count ?? 0) > 1 && !isVolatile(expr)) {
      if (!chosen.has(key)) chosen.set(key, { id: newId(), expr })
      return
    }
  }
  mapChildren(expr, (child) => {
    choose(child, counts, chosen, newId)
    return child
  })
}
