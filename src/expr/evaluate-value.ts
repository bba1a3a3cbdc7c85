/**
 * Evaluates an expression for one row, in plain JavaScript: constant folding runs it, and tests take it as the reference of the
 * vectorised evaluator.
 */
import { InternalError } from '../core/errors.ts'
import type { DataType } from '../core/types.ts'
import type { CallExpr, CaseExpr, Expr, InListExpr, LiteralValue, LogicalExpr } from './expr.ts'
import type { SessionValues, Signature } from './functions/function.ts'
import { functionOf } from './functions/index.ts'
import { castValue, tryCastValue } from './values/cast-value.ts'
import { compareValues } from './values/compare.ts'

/** `row`: values of the `input` expressions by index. Throws what the functions throw. */
export function evaluateValue(expr: Expr, row: readonly LiteralValue[], session: SessionValues): LiteralValue {
  switch (expr.kind) {
    case 'literal':
      return expr.value
    case 'input': {
      const value = row[expr.index]
      if (value === undefined) throw new InternalError(`no input ${expr.index}`)
      return value
    }
    case 'call':
      return evaluateCall(expr, row, session)
    case 'cast': {
      const cast = expr.try ? tryCastValue : castValue
      return cast(evaluateValue(expr.arg, row, session), expr.arg.type, expr.type, session)
    }
    case 'case':
      return evaluateCase(expr, row, session)
    case 'and':
    case 'or':
      return evaluateLogical(expr, row, session)
    case 'in':
      return evaluateIn(expr, evaluateValue(expr.arg, row, session))
    case 'column':
    case 'subquery':
      throw new InternalError(`cannot evaluate a ${expr.kind} expression`)
  }
}

function evaluateCall(expr: CallExpr, row: readonly LiteralValue[], session: SessionValues): LiteralValue {
  if (expr.name === 'coalesce') {
    for (const arg of expr.args) {
      const value = evaluateValue(arg, row, session)
      if (value !== null) return value
    }
    return null
  }
  const entry = functionOf(expr)
  if (entry === undefined) throw new InternalError(`no function ${expr.name}`)
  const args = expr.args.map((arg) => evaluateValue(arg, row, session))
  if (entry.nulls === 'strict' && args.includes(null)) return null
  return entry.scalar(args, signatureOf(expr, session), session)
}

/** The types of a call as it was bound. */
export function signatureOf({ args, type, lambda }: CallExpr, session: SessionValues): Signature {
  const signature = { args: args.map((arg) => arg.type), result: type }
  return lambda === undefined ? signature : { ...signature, lambda: (values) => evaluateValue(lambda, values, session) }
}

function evaluateCase(expr: CaseExpr, row: readonly LiteralValue[], session: SessionValues): LiteralValue {
  for (const { when, then } of expr.branches) {
    if (evaluateValue(when, row, session) === true) return evaluateValue(then, row, session)
  }
  return evaluateValue(expr.else, row, session)
}

function evaluateLogical(expr: LogicalExpr, row: readonly LiteralValue[], session: SessionValues): LiteralValue {
  const decisive = expr.kind === 'or'
  let unknown = false
  for (const arg of expr.args) {
    const value = evaluateValue(arg, row, session)
    if (value === decisive) return decisive
    unknown ||= value === null
  }
  return unknown ? null : !decisive
}

/** `value IN (literals)`, three-valued. */
export function evaluateIn(expr: InListExpr, value: LiteralValue): LiteralValue {
  if (value === null) return expr.values.length === 0 ? expr.negated : null
  let unknown = false
  const type: DataType = expr.arg.type
  for (const item of expr.values) {
    if (item.value === null) unknown = true
    else if (compareValues(value, item.value, type) === 0) return !expr.negated
  }
  return unknown ? null : expr.negated
}
