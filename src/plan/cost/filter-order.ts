/** The order in which to evaluate conjuncts: those first that drop most rows for their work. */
import { storageOf } from '../../core/types.ts'
import { type Expr, walkExpr } from '../../expr/expr.ts'
import { cannotFail } from '../../expr/failure.ts'
import { type StatsOf, selectivityOf } from './selectivity.ts'

/**
 * Sorted by (kept fraction - 1) / cost, which is best for independent conjuncts (J. Hellerstein, Predicate Migration, 1993). Those that can
 * raise an error come last, as they are written: in `a <> 0 AND b / a > 1` the first guards the second.
 */
export function orderFilters(predicates: readonly Expr[], statsOf: StatsOf): readonly Expr[] {
  if (predicates.length < 2) return predicates
  const sure = predicates.filter((expr) => cannotFail(expr))
  return [...byRank(sure, statsOf), ...predicates.filter((expr) => !sure.includes(expr))]
}

function byRank(predicates: readonly Expr[], statsOf: StatsOf): readonly Expr[] {
  return predicates
    .map((expr) => ({ expr, rank: (selectivityOf([expr], statsOf) - 1) / costOf(expr) }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ expr }) => expr)
}

/** Work a row, in comparisons of integers. */
function costOf(expr: Expr): number {
  let cost = 0
  for (const part of walkExpr(expr)) {
    if (part.kind === 'column' || part.kind === 'input' || part.kind === 'literal') continue
    if (part.kind === 'call') cost += costOfCall(part.name, part.args)
    else cost += part.kind === 'in' ? 2 + part.values.length / 8 : 2
  }
  return Math.max(1, cost)
}

function costOfCall(name: string, args: readonly Expr[]): number {
  if (name.includes('like') || name.startsWith('regexp')) return 20
  const onText = args.some(({ type }) => storageOf(type) === 'bytes')
  return onText ? 4 : 1
}
