/**
 * What can be said of an expression without running it: may it be NULL, may it raise an error, is it the same every time, what is it
 * when some columns are NULL. Answers are safe: a wrong `true` costs speed only.
 */
import { type DataType, isFloat, isInteger } from '../../core/types.ts'
import { type CallExpr, type Expr, someExpr } from '../../expr/expr.ts'
import { functionOf } from '../../expr/functions/index.ts'
import type { PlanColumn } from '../logical.ts'

/** Functions that give NULL for nothing but NULL arguments. */
const TOTAL: ReadonlySet<string> = new Set([
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'add',
  'subtract',
  'multiply',
  'divide',
  'modulo',
  'negate',
  'not',
  'abs',
  'like',
  'not_like',
  'ilike',
  'not_ilike',
  'substring',
  'upper',
  'lower',
  'length',
  'extract',
  'year',
  'month',
  'day',
])

const NEVER_NULL: ReadonlySet<string> = new Set([
  'is_null',
  'is_not_null',
  'is_distinct_from',
  'is_not_distinct_from',
  'is_true',
  'is_not_true',
  'is_false',
  'is_not_false',
  'is_unknown',
  'is_not_unknown',
])

/** Functions that never raise an error; additions can only overflow, which no rewrite here makes likelier. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...NEVER_NULL,
  'eq',
  'ne',
  'lt',
  'le',
  'gt',
  'ge',
  'add',
  'subtract',
  'multiply',
  'negate',
  'not',
  'coalesce',
  'like',
  'not_like',
  'upper',
  'lower',
  'length',
  'extract',
  'year',
  'month',
  'day',
  'starts_with',
  'concat',
])

/** Can the expression be NULL, given which columns can? Columns not listed can. */
export function mayBeNull(expr: Expr, columns: readonly PlanColumn[]): boolean {
  const notNull = new Set(columns.filter((one) => !one.nullable).map((one) => one.id))
  return mayBeNullGiven(expr, notNull)
}

/** As `mayBeNull`, with the ids that are known not to be NULL. */
function mayBeNullGiven(expr: Expr, notNull: ReadonlySet<number>): boolean {
  switch (expr.kind) {
    case 'column':
      return !notNull.has(expr.id)
    case 'literal':
      return expr.value === null
    case 'call':
      if (NEVER_NULL.has(expr.name)) return false
      if (expr.name === 'coalesce') return expr.args.every((arg) => mayBeNullGiven(arg, notNull))
      return !TOTAL.has(expr.name) || expr.args.some((arg) => mayBeNullGiven(arg, notNull))
    case 'cast':
      return expr.try || mayBeNullGiven(expr.arg, notNull)
    case 'case':
      return [...expr.branches.map(({ then }) => then), expr.else].some((arg) => mayBeNullGiven(arg, notNull))
    case 'and':
    case 'or':
      return expr.args.some((arg) => mayBeNullGiven(arg, notNull))
    case 'in':
      return mayBeNullGiven(expr.arg, notNull) || expr.values.some(({ value }) => value === null)
    case 'input':
    case 'subquery':
      return true
  }
}

/** Does it give another value each time? */
export function isVolatile(expr: Expr): boolean {
  return someExpr(expr, (part) => part.kind === 'call' && functionOf(part)?.volatility === 'volatile')
}

/** May it raise an error for some row? Such expressions must not be moved to where they see more rows. */
export function mayRaise(expr: Expr): boolean {
  return someExpr(expr, (part) => {
    if (part.kind === 'call') return !HARMLESS.has(part.name)
    if (part.kind === 'cast') return !part.try && !isWidening(part.arg.type, part.type)
    return part.kind === 'subquery'
  })
}

function isWidening(from: DataType, to: DataType): boolean {
  if (to.kind === 'varchar' || from.kind === to.kind) return from.kind !== 'decimal' || widensDecimal(from, to)
  if (from.kind === 'date' && to.kind === 'timestamp') return true
  if (isInteger(from)) return isFloat(to) || (isInteger(to) && bitsOf(to) > bitsOf(from)) || integerFits(from, to)
  return isFloat(to)
}

function widensDecimal(from: DataType, to: DataType): boolean {
  if (from.kind !== 'decimal' || to.kind !== 'decimal') return true
  return to.scale >= from.scale && to.precision - to.scale >= from.precision - from.scale
}

const BITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 7,
  utinyint: 8,
  smallint: 15,
  usmallint: 16,
  integer: 31,
  uinteger: 32,
  bigint: 63,
  ubigint: 64,
}

function bitsOf(type: DataType): number {
  return BITS[type.kind] ?? 64
}

function integerFits(from: DataType, to: DataType): boolean {
  // A k-bit integer has at most ceil(k * log10 2) digits.
  return to.kind === 'decimal' && to.precision - to.scale >= Math.ceil(bitsOf(from) * Math.log10(2))
}

/** What a condition is when every column of `ids` is NULL. */
type NullOutcome = 'null' | 'false' | 'true' | 'unknown'

/** Does a condition reject every row in which all columns of `ids` are NULL? */
export function rejectsNulls(condition: Expr, ids: ReadonlySet<number>): boolean {
  const outcome = outcomeForNulls(condition, ids)
  return outcome === 'null' || outcome === 'false'
}

function outcomeForNulls(expr: Expr, ids: ReadonlySet<number>): NullOutcome {
  switch (expr.kind) {
    case 'column':
      return ids.has(expr.id) ? 'null' : 'unknown'
    case 'literal':
      return expr.value === null ? 'null' : expr.value === true ? 'true' : expr.value === false ? 'false' : 'unknown'
    case 'cast':
      return outcomeForNulls(expr.arg, ids) === 'null' ? 'null' : 'unknown'
    case 'in':
      return outcomeForNulls(expr.arg, ids) === 'null' ? 'null' : 'unknown'
    case 'call':
      return outcomeOfCall(expr, ids)
    case 'and': {
      // Rejecting is enough for a conjunction: NULL and FALSE are alike to a filter, and `not` asks below for more.
      const outcomes = expr.args.map((arg) => outcomeForNulls(arg, ids))
      if (outcomes.includes('false')) return 'false'
      if (outcomes.every((one) => one === 'true')) return 'true'
      return outcomes.every((one) => one === 'null' || one === 'true') ? 'null' : andOfUnknown(outcomes)
    }
    case 'or': {
      const outcomes = expr.args.map((arg) => outcomeForNulls(arg, ids))
      if (outcomes.includes('true')) return 'true'
      if (outcomes.includes('unknown')) return 'unknown'
      return outcomes.includes('null') ? 'null' : 'false'
    }
    case 'case':
    case 'input':
    case 'subquery':
      return 'unknown'
  }
}

/** NULL AND x is NULL or FALSE: both reject, and to a surrounding strict function neither is certain. */
function andOfUnknown(outcomes: readonly NullOutcome[]): NullOutcome {
  return outcomes.includes('null') ? 'false' : 'unknown'
}

function outcomeOfCall(expr: CallExpr, ids: ReadonlySet<number>): NullOutcome {
  const { name, args } = expr
  const [first] = args
  if (first !== undefined && name === 'is_null') return outcomeForNulls(first, ids) === 'null' ? 'true' : 'unknown'
  if (first !== undefined && (name === 'is_not_null' || name === 'is_true')) {
    return outcomeForNulls(first, ids) === 'null' ? 'false' : 'unknown'
  }
  if (first !== undefined && name === 'not' && first.kind === 'and') {
    // `andOfUnknown` says FALSE for what may be NULL or FALSE: its negation is not known.
    return first.args.every((arg) => outcomeForNulls(arg, ids) === 'null') ? 'null' : 'unknown'
  }
  if (functionOf(expr)?.nulls !== 'strict') return 'unknown'
  if (args.some((arg) => outcomeForNulls(arg, ids) === 'null')) return 'null'
  return 'unknown'
}
