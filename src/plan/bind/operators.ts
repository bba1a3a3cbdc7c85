/** Operators: arithmetic, comparisons (of rows too), BETWEEN, IS DISTINCT FROM. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN, VARCHAR, isFloat, sameType } from '../../core/types.ts'
import { type CallExpr, type Expr, and, call, literal } from '../../expr/expr.ts'
import type { Between, Binary, Expression, IsDistinct, Unary } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { bindCondition } from './conditions.ts'
import { negateLiteral } from './number-literals.ts'
import { repeated } from './repeated.ts'
import { rowWithQuery } from './row-with-query.ts'
import type { Scope } from './scope.ts'
import { callFunction, callOperator, isUntyped, isUntypedText, tryCall } from './typing.ts'

/** Names of binary operators in the function registry. */
const BINARY: Readonly<Record<string, string>> = {
  '=': 'eq',
  '<>': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
  '<=>': 'is_not_distinct_from',
  '+': 'add',
  '-': 'subtract',
  '*': 'multiply',
  '/': 'divide',
  '//': 'integer_divide',
  '%': 'modulo',
  '^': 'power',
  '**': 'power',
  '||': 'concat',
  '~': 'regexp_match',
  '~*': 'regexp_imatch',
  '!~': 'not_regexp_match',
  '!~*': 'not_regexp_imatch',
  '~~': 'like',
  // As they stand before ANY and ALL.
  like: 'like',
  'not like': 'not_like',
  ilike: 'ilike',
  'not ilike': 'not_ilike',
  '!~~': 'not_like',
  '~~*': 'ilike',
  '!~~*': 'not_ilike',
  '&': 'bit_and',
  '|': 'bit_or',
  '#': 'bit_xor',
  '<<': 'shift_left',
  '>>': 'shift_right',
  '@>': 'list_has_all',
  '<@': 'list_within',
  '&&': 'list_has_any',
  '^@': 'starts_with',
  '<->': 'l2_distance',
  '<#>': 'negative_inner_product',
  '->': 'json_get',
  '->>': 'json_get_text',
  '#>': 'json_get_path',
  '#>>': 'json_get_path_text',
  '#-': 'jsonb_delete_path',
  '?': 'json_has_key',
  '?|': 'json_has_any_key',
  '?&': 'json_has_all_keys',
  '@?': 'jsonb_path_has',
  '@@': 'jsonb_path_holds',
}

/** Operators that mean something else beside a jsonb. */
const JSON_OPERATORS: Readonly<Record<string, string>> = {
  '@>': 'json_contains',
  '<@': 'json_contained',
  '||': 'jsonb_concat',
  '-': 'jsonb_delete',
}

const UNARY: Readonly<Record<string, string>> = {
  '~': 'bit_not',
  '@': 'abs',
  '|/': 'sqrt',
  '||/': 'cbrt',
}

/** The registry's name of a comparison operator; null for other operators. */
export function comparisonName(operator: string): string | null {
  return ['=', '<>', '<', '<=', '>', '>=', '<=>'].includes(operator) ? BINARY[operator]! : null
}

/** The registry's name of a binary operator. */
export function operatorName(operator: string, at: TextRange): string {
  const name = Object.hasOwn(BINARY, operator) ? BINARY[operator] : undefined
  if (name === undefined) throw unsupported(`operator ${operator}`, { at })
  return name
}

export function bindUnary(binder: Binder, { operator, operand, at }: Unary, scope: Scope): Expr {
  if (operator.toLowerCase() === 'not') {
    return call('not', [bindCondition(binder, operand, scope, 'NOT')], BOOLEAN)
  }
  const arg = binder.expression(operand, scope)
  if (operator === '+') {
    return isUntypedText(arg)
      ? callOperator(binder, 'add', '+', [literal(0, { kind: 'integer' }), arg], [at, operand.at], at)
      : arg
  }
  if (operator === '-') {
    const negated = operand.kind === 'number' && arg.kind === 'literal' ? negateLiteral(arg, at) : null
    return negated ?? callOperator(binder, 'negate', '-', [arg], [operand.at], at)
  }
  const name = Object.hasOwn(UNARY, operator) ? UNARY[operator] : undefined
  if (name === undefined) throw unsupported(`operator ${operator}`, { at })
  return callOperator(binder, name, operator, [arg], [operand.at], at)
}

export function bindBinary(binder: Binder, ast: Binary, scope: Scope): Expr {
  const { operator, left, right, operatorAt } = ast
  if (operator === 'at time zone') {
    const args = [binder.expression(right, scope), binder.expression(left, scope)]
    return callOperator(binder, 'timezone', operator, args, [right.at, left.at], operatorAt)
  }
  if (operator === 'overlaps' && left.kind === 'row' && right.kind === 'row') {
    return bindOverlaps(binder, [...left.values, ...right.values], operatorAt, scope)
  }
  const name = operatorName(operator, operatorAt)
  if (left.kind === 'row' && right.kind === 'row' && comparisonName(operator) !== null) {
    return bindRowComparison(binder, ast, left.values, right.values, scope)
  }
  const compared = comparisonName(operator) === null ? null : rowWithQuery(binder, ast, scope)
  if (compared !== null) return binder.expression(compared, scope)
  const args = [binder.expression(left, scope), binder.expression(right, scope)]
  const ofJson = Object.hasOwn(JSON_OPERATORS, operator) ? JSON_OPERATORS[operator]! : null
  if (ofJson !== null && args.some(({ type }) => type.kind === 'jsonb')) {
    return callOperator(binder, ofJson, operator, args, [left.at, right.at], operatorAt)
  }
  const isOfVectors = VECTOR_OPERATORS.has(operator) && args.some(isVector)
  const operands = isOfVectors ? args.map(vectorLiteral) : args
  const isCosine = isOfVectors && operator === '<=>' && args.every((arg) => arg.type.kind === 'list' || isUntyped(arg))
  const called = isCosine ? 'cosine_distance' : name
  return compareOrCall(binder, called, operator, operands, [left.at, right.at], operatorAt)
}

const VECTOR_OPERATORS: ReadonlySet<string> = new Set(['<->', '<=>', '<#>'])

/** Lists of floats: pgvector's `<=>` of them is a distance, not Spark's equality that knows NULL. */
function isVector({ type }: Expr): boolean {
  return type.kind === 'list' && isFloat(type.element.type)
}

/** A text like pgvector's `[1, 2]` as one of an array; others as they are. */
function vectorLiteral(arg: Expr): Expr {
  if (arg.kind !== 'literal' || typeof arg.value !== 'string' || !isUntyped(arg)) return arg
  const items = /^\s*\[([^[\]{}"]*)\]\s*$/.exec(arg.value)
  return items === null ? arg : { ...arg, value: `{${items[1]}}` }
}

/** `(a, b) OVERLAPS (c, d)`: an end may be given as an interval from the start. */
function bindOverlaps(binder: Binder, values: readonly Expression[], at: TextRange, scope: Scope): Expr {
  if (values.length !== 4) {
    throw new SqlError('42601', 'wrong number of parameters on the sides of OVERLAPS expression', { at })
  }
  const places = values.map((value) => value.at)
  const args = values.map((value) => binder.expression(value, scope))
  const ends = args.map((arg, i) =>
    i % 2 === 1 && arg.type.kind === 'interval'
      ? callOperator(binder, 'add', '+', [args[i - 1]!, arg], [places[i - 1]!, places[i]!], at)
      : arg,
  )
  return callFunction(binder, 'periods_overlap', ends, places, at)
}

function compareOrCall(
  binder: Binder,
  name: string,
  operator: string,
  args: readonly Expr[],
  places: readonly TextRange[],
  at: TextRange,
): Expr {
  if (name === 'concat') return bindConcat(binder, args, places, at)
  return callOperator(binder, name, operator, args, places, at)
}

/** `||`: text with anything is text, as PostgreSQL's anynonarray || text. */
function bindConcat(binder: Binder, args: readonly Expr[], places: readonly TextRange[], at: TextRange): Expr {
  const direct = binder.locate(at, () => tryCall(binder, 'concat', args, places))
  if (direct !== null) return direct.kind === 'call' && direct.type.kind === 'list' ? joinOfLists(direct) : direct
  const texts = args.some((arg) => arg.type.kind === 'varchar' || isUntypedText(arg))
  const scalar = args.every(({ type }) => type.kind !== 'list' && type.kind !== 'struct' && type.kind !== 'map')
  if (!texts || !scalar) return callOperator(binder, 'concat', '||', args, places, at)
  const converted = args.map((arg): Expr =>
    arg.type.kind === 'varchar' || arg.type.kind === 'null' ? arg : { kind: 'cast', arg, type: VARCHAR, try: false },
  )
  return callOperator(binder, 'concat', '||', converted, places, at)
}

/** A NULL is an element of the list, or a list of nothing: unlike that of texts, the result is not NULL. */
function joinOfLists(direct: CallExpr): Expr {
  const [left, right] = direct.args.map(({ type }) => sameType(type, direct.type))
  return { ...direct, name: left === right ? 'array_cat' : left === true ? 'array_append' : 'array_prepend' }
}

/** `(a, b) = (c, d)` is a = c and b = d; `<` and its kin compare by the first pair that differs. */
function bindRowComparison(
  binder: Binder,
  { operator, operatorAt, at }: Binary,
  left: readonly Expression[],
  right: readonly Expression[],
  scope: Scope,
): Expr {
  if (left.length !== right.length) {
    throw new SqlError('42601', 'unequal number of entries in row expressions', { at })
  }
  const pairs = left.map((value, i) => ({
    a: repeated(binder, value, scope),
    b: repeated(binder, right[i]!, scope),
    places: [value.at, right[i]!.at] as const,
  }))
  const compare = (symbol: string, i: number): Expr => {
    const { a, b, places } = pairs[i]!
    return callOperator(binder, operatorName(symbol, at), symbol, [a(), b()], places, operatorAt)
  }
  if (operator === '=' || operator === '<=>') return and(pairs.map((_, i) => compare(operator, i)))
  if (operator === '<>') return or(pairs.map((_, i) => compare('<>', i)))
  const strict = operator.startsWith('<') ? '<' : '>'
  let result = compare(operator, pairs.length - 1)
  for (let i = pairs.length - 2; i >= 0; i--) {
    result = or([compare(strict, i), and([compare('=', i), result])])
  }
  return result
}

/** The disjunction of `args`, flattened; at least one. */
export function or(args: readonly Expr[]): Expr {
  const flat = args.flatMap((arg) => (arg.kind === 'or' ? arg.args : [arg]))
  return flat.length === 1 ? flat[0]! : { kind: 'or', args: flat, type: BOOLEAN }
}

export function bindBetween(binder: Binder, ast: Between, scope: Scope): Expr {
  const { operand, low, high, at } = ast
  const value = repeated(binder, operand, scope)
  const bounds = [repeated(binder, low, scope), repeated(binder, high, scope)] as const
  const compare = (symbol: '<' | '<=' | '>' | '>=', bound: 0 | 1): Expr =>
    callOperator(
      binder,
      BINARY[symbol]!,
      symbol,
      [value(), bounds[bound]()],
      [operand.at, bound === 0 ? low.at : high.at],
      at,
    )
  const inside = (): Expr => and([compare('>=', 0), compare('<=', 1)])
  const outside = (): Expr => or([compare('<', 0), compare('>', 1)])
  if (!ast.symmetric) return ast.negated ? outside() : inside()
  const swapped = and([compare('>=', 1), compare('<=', 0)])
  const either = or([inside(), swapped])
  return ast.negated ? call('not', [either], BOOLEAN) : either
}

export function bindDistinctness(binder: Binder, ast: IsDistinct, scope: Scope): Expr {
  const { left, right, negated, at } = ast
  const name = negated ? 'is_not_distinct_from' : 'is_distinct_from'
  const args = [binder.expression(left, scope), binder.expression(right, scope)]
  return callOperator(
    binder,
    name,
    negated ? 'IS NOT DISTINCT FROM' : 'IS DISTINCT FROM',
    args,
    [left.at, right.at],
    at,
  )
}
