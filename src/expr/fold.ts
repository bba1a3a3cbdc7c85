/**
 * Constant folding: expressions without columns become literals, and logic around literals gets simpler.
 *
 * Errors (1/0) are not raised here: such an expression stays as it is and raises when, and only if, it is executed.
 */
import { type DataType, BOOLEAN } from '../core/types.ts'
import { castValue } from './values/cast-value.ts'
import { cannotFail } from './failure.ts'
import { evaluateIn, evaluateValue } from './evaluate-value.ts'
import {
  type CallExpr,
  type CaseExpr,
  type CastExpr,
  type Expr,
  type InListExpr,
  type LiteralExpr,
  type LiteralValue,
  type LogicalExpr,
  literal,
  rewriteExpr,
} from './expr.ts'
import type { SessionValues } from './functions/function.ts'
import { functionOf } from './functions/index.ts'

/** The same values with less to evaluate; `expr` itself when there is nothing to do. Never throws. */
export function foldConstants(expr: Expr, session: SessionValues): Expr {
  return rewriteExpr(expr, (node) => foldNode(node, session))
}

/**
 * The value of an expression without columns. Throws what its functions throw.
 */
export function evaluateConstant(expr: Expr, session: SessionValues): LiteralValue {
  return evaluateValue(expr, [], session)
}

function foldNode(expr: Expr, session: SessionValues): Expr {
  switch (expr.kind) {
    case 'call':
      return foldCall(expr, session)
    case 'cast':
      return foldCast(expr, session)
    case 'and':
    case 'or':
      return foldLogical(expr)
    case 'case':
      return foldCase(expr)
    case 'in':
      return foldIn(expr)
    case 'column':
    case 'input':
    case 'literal':
    case 'subquery':
      return expr
  }
}

function isLiteral(expr: Expr): expr is LiteralExpr {
  return expr.kind === 'literal'
}

/** The literal of what `compute` gives; `expr` when it throws. */
function attempt(expr: Expr, type: DataType, compute: () => LiteralValue): Expr {
  try {
    return literal(compute(), type)
  } catch {
    // Whatever it is: it is raised when the expression runs.
    return expr
  }
}

function foldCall(expr: CallExpr, session: SessionValues): Expr {
  const entry = functionOf(expr)
  if (entry === undefined || entry.volatility === 'volatile') return expr
  if (expr.name === 'coalesce') return foldCoalesce(expr)
  if (entry.nulls === 'strict' && expr.args.some((arg) => isLiteral(arg) && arg.value === null)) {
    // The other arguments may raise errors, which a NULL result would hide: only when they cannot.
    if (expr.args.every((arg) => isLiteral(arg) || arg.kind === 'column' || arg.kind === 'input')) {
      return literal(null, expr.type)
    }
  }
  if (expr.name === 'not') return foldNot(expr)
  if (!expr.args.every(isLiteral)) return expr
  return attempt(expr, expr.type, () => evaluateValue(expr, [], session))
}

function foldCoalesce(expr: CallExpr): Expr {
  const args: Expr[] = []
  for (const arg of expr.args) {
    if (isLiteral(arg) && arg.value === null) continue
    args.push(arg)
    if (isLiteral(arg)) break
  }
  if (args.length === 0) return literal(null, expr.type)
  if (args.length === 1) return args[0]!
  return args.length === expr.args.length ? expr : { ...expr, args }
}

/** Comparisons and their negations, right also for NULL (both are NULL) and NaN (it has its place in the order). */
const OPPOSITES: Record<string, string> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  ge: 'lt',
  gt: 'le',
  le: 'gt',
  is_null: 'is_not_null',
  is_not_null: 'is_null',
  is_distinct_from: 'is_not_distinct_from',
  is_not_distinct_from: 'is_distinct_from',
  is_true: 'is_not_true',
  is_not_true: 'is_true',
  is_false: 'is_not_false',
  is_not_false: 'is_false',
  is_unknown: 'is_not_unknown',
  is_not_unknown: 'is_unknown',
  like: 'not_like',
  not_like: 'like',
  ilike: 'not_ilike',
  not_ilike: 'ilike',
}

function foldNot(expr: CallExpr): Expr {
  const arg = expr.args[0]!
  if (isLiteral(arg)) return literal(arg.value === null ? null : arg.value === false, BOOLEAN)
  if (arg.kind === 'call') {
    if (arg.name === 'not') return arg.args[0]!
    const opposite = Object.hasOwn(OPPOSITES, arg.name) ? OPPOSITES[arg.name] : undefined
    return opposite === undefined ? expr : { ...arg, name: opposite }
  }
  if (arg.kind === 'in') return { ...arg, negated: !arg.negated }
  return expr
}

function foldCast(expr: CastExpr, session: SessionValues): Expr {
  const { arg, type } = expr
  if (!isLiteral(arg)) return expr
  if (arg.value === null) return literal(null, type)
  const folded = attempt(expr, type, () => castValue(arg.value, arg.type, type, session))
  if (folded === expr && expr.try) return attempt(expr, type, () => evaluateValue(expr, [], session))
  return folded
}

/** Takes out what decides nothing; what decides everything ends the list, as it ends its evaluation. */
function foldLogical(expr: LogicalExpr): Expr {
  const decisive = expr.kind === 'or'
  const args: Expr[] = []
  let changed = false
  for (const arg of expr.args) {
    if (isLiteral(arg) && arg.value === !decisive) {
      changed = true
      continue
    }
    if (arg.kind === expr.kind) {
      args.push(...arg.args)
      changed = true
      continue
    }
    args.push(arg)
    if (isLiteral(arg) && arg.value === decisive) {
      // Columns raise no errors, so false AND x is false whatever x; parts before it may.
      return args.slice(0, -1).every(cannotFail) ? arg : finish(expr, args)
    }
  }
  if (!changed) return expr
  return finish(expr, args)
}

function finish(expr: LogicalExpr, args: readonly Expr[]): Expr {
  if (args.length === 0) return literal(expr.kind === 'and', BOOLEAN)
  return args.length === 1 ? args[0]! : { ...expr, args }
}

function foldCase(expr: CaseExpr): Expr {
  const branches: { readonly when: Expr; readonly then: Expr }[] = []
  let other = expr.else
  for (const branch of expr.branches) {
    if (isLiteral(branch.when)) {
      if (branch.when.value !== true) continue
      other = branch.then
      break
    }
    branches.push(branch)
  }
  if (branches.length === 0) return other
  return branches.length === expr.branches.length ? expr : { ...expr, branches, else: other }
}

function foldIn(expr: InListExpr): Expr {
  const { arg } = expr
  return isLiteral(arg) ? literal(evaluateIn(expr, arg.value), BOOLEAN) : expr
}
