/**
 * Brings conditions to the form in which other rules see their conjuncts.
 *
 *     NOT (a OR b)                               ->  NOT a AND NOT b
 *     (a = b AND c < 5) OR (a = b AND d > 7)     ->  a = b AND (c < 5 OR d > 7)         the join key of TPC-H Q19
 *     a = 1 OR a = 2                             ->  a IN (1, 2)
 *     5 < a                                      ->  a > 5
 *     a AND b AND a                              ->  a AND b
 */
import { BOOLEAN } from '../../core/types.ts'
import {
  type CallExpr,
  type Expr,
  type LiteralExpr,
  type LogicalExpr,
  and,
  call,
  conjuncts,
  rewriteExpr,
} from '../../expr/expr.ts'
import { foldConstants } from '../../expr/fold.ts'
import { exprKey } from '../bind/expr-key.ts'
import { isVolatile } from './expr-facts.ts'
import { mapExpressions } from '../node-expressions.ts'
import { rewriteUp } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const simplifyBooleans: Rule = {
  name: 'simplify-booleans',
  apply: (plan) => rewriteUp(plan, (node) => mapExpressions(node, simplifyCondition)),
}

/** `expr` in its usual form. */
export function simplifyCondition(expr: Expr): Expr {
  return rewriteExpr(expr, simplifyNode)
}

function simplifyNode(expr: Expr): Expr {
  switch (expr.kind) {
    case 'call':
      return expr.name === 'not' ? pushNot(expr) : literalLast(expr)
    case 'and':
      return withoutRepeats(expr)
    case 'or':
      return simplifyOr(expr)
    case 'in':
      return expr.values.length === 1 ? call(expr.negated ? 'ne' : 'eq', [expr.arg, expr.values[0]!], BOOLEAN) : expr
    default:
      return expr
  }
}

const MIRRORED: Readonly<Record<string, string>> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  gt: 'lt',
  le: 'ge',
  ge: 'le',
}

function literalLast(expr: CallExpr): Expr {
  const mirrored = Object.hasOwn(MIRRORED, expr.name) ? MIRRORED[expr.name] : undefined
  const [a, b] = expr.args
  if (mirrored === undefined || a?.kind !== 'literal' || b === undefined || b.kind === 'literal') return expr
  return { ...expr, name: mirrored, args: [b, a] }
}

/** De Morgan's laws hold in three-valued logic too. */
function pushNot(expr: CallExpr): Expr {
  const [arg] = expr.args
  if (arg?.kind !== 'and' && arg?.kind !== 'or') return expr
  const args = arg.args.map((one) => simplifyCondition(negated(one)))
  return simplifyNode({ kind: arg.kind === 'and' ? 'or' : 'and', args, type: BOOLEAN })
}

/** NOT takes no values but its argument's: nothing of a session matters to its folding. */
function negated(expr: Expr): Expr {
  return foldConstants(call('not', [expr], BOOLEAN), { nowMicros: 0n, timeZone: 'UTC' })
}

function withoutRepeats(expr: LogicalExpr): Expr {
  const flat = expr.args.flatMap((arg) => (arg.kind === expr.kind ? arg.args : [arg]))
  const seen = new Set<string>()
  const kept = flat.filter((arg) => {
    const key = exprKey(arg)
    if (seen.has(key) && !isVolatile(arg)) return false
    seen.add(key)
    return true
  })
  if (kept.length === 1) return kept[0]!
  return kept.length === expr.args.length ? expr : { ...expr, args: kept }
}

function simplifyOr(expr: LogicalExpr): Expr {
  const plain = withoutRepeats(expr)
  if (plain.kind !== 'or') return plain
  const factored = takeOutCommon(plain)
  return factored.kind === 'or' ? mergeEqualities(factored) : factored
}

/** Conjuncts that every alternative has stand beside the alternatives. */
function takeOutCommon(expr: LogicalExpr): Expr {
  const alternatives = expr.args.map((arg) => conjuncts(arg))
  const first = alternatives[0]!
  const keySets = alternatives.map((parts) => new Set(parts.map(exprKey)))
  const common = first.filter((part) => !isVolatile(part) && keySets.every((keys) => keys.has(exprKey(part))))
  if (common.length === 0) return expr
  const commonKeys = new Set(common.map(exprKey))
  const rests = alternatives.map((parts) => parts.filter((part) => !commonKeys.has(exprKey(part))))
  // One alternative demands nothing more: the others add nothing.
  if (rests.some((rest) => rest.length === 0)) return and(common)
  const rest = simplifyOr({ ...expr, args: rests.map((parts) => and(parts)) })
  return and([...common, rest])
}

/** Equalities of one expression with literals become one IN list. */
function mergeEqualities(expr: LogicalExpr): Expr {
  const lists = new Map<string, { arg: Expr; values: LiteralExpr[]; count: number }>()
  for (const arg of expr.args) {
    const list = asList(arg)
    if (list === null) continue
    const key = exprKey(list.arg)
    const known = lists.get(key) ?? { arg: list.arg, values: [], count: 0 }
    known.values.push(...list.values)
    known.count++
    lists.set(key, known)
  }
  if (![...lists.values()].some(({ count }) => count > 1)) return expr
  const done = new Set<string>()
  const args = expr.args.flatMap((arg): readonly Expr[] => {
    const list = asList(arg)
    const key = list === null ? '' : exprKey(list.arg)
    const merged = list === null ? undefined : lists.get(key)
    if (merged === undefined || merged.count < 2) return [arg]
    if (done.has(key)) return []
    done.add(key)
    return [
      {
        kind: 'in',
        arg: merged.arg,
        values: withoutRepeatedValues(merged.values),
        negated: false,
        type: BOOLEAN,
      },
    ]
  })
  return args.length === 1 ? args[0]! : { ...expr, args }
}

function withoutRepeatedValues(values: readonly LiteralExpr[]): readonly LiteralExpr[] {
  return [...new Map(values.map((one) => [exprKey(one), one])).values()]
}

function asList(expr: Expr): { readonly arg: Expr; readonly values: readonly LiteralExpr[] } | null {
  if (expr.kind === 'in' && !expr.negated && !isVolatile(expr.arg)) return { arg: expr.arg, values: expr.values }
  if (expr.kind !== 'call' || expr.name !== 'eq') return null
  const [a, b] = expr.args
  if (a === undefined || b?.kind !== 'literal' || a.kind === 'literal' || isVolatile(a)) return null
  return { arg: a, values: [b] }
}
