/**
 * Types of bound expressions: literals that take the type of their neighbours, implicit casts made explicit, functions resolved.
 *
 * A quoted literal has no type yet, as in PostgreSQL: it is a literal of type `null` whose value is the text. `coerce` gives it
 * its type and reads the text; `settle` makes it a varchar where nothing else decides.
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, JSONB, VARCHAR, isInteger, isNumeric, sameType, typeName } from '../../core/types.ts'
import { canCoerce, commonType, commonValueType } from '../../expr/coerce.ts'
import { type Expr, type LiteralExpr, call, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import { functionByName, functionNames, resolveFunction } from '../../expr/functions/index.ts'
import { parseDecimal } from '../../expr/values/decimal.ts'
import type { Binder } from './binder.ts'
import { nearestName } from './nearest-name.ts'
import { adaptNumber, naturalDecimal } from './number-literals.ts'
import { namedObject, objectText } from './object-casts.ts'
import { printedType } from './printed-type.ts'

/** A quoted literal (or parameter) whose type nothing has decided yet. */
export function isUntypedText(expr: Expr): expr is LiteralExpr & { readonly value: string } {
  return expr.kind === 'literal' && expr.type.kind === 'null' && expr.value !== null
}

/** An untyped text or NULL. */
export function isUntyped(expr: Expr): boolean {
  return expr.kind === 'literal' && expr.type.kind === 'null'
}

/** `expr` as a value of type `to`: a literal of that type, or a cast. Whether the conversion is allowed was asked before. */
export function coerce(binder: Binder, expr: Expr, to: DataType, at: TextRange): Expr {
  if (to.kind === 'null' || sameType(expr.type, to)) return expr
  if (to.kind === 'varchar' && namedObject(expr.type) !== null) return objectText(binder, expr, at)
  if (expr.kind === 'literal') {
    if (expr.value === null) return literal(null, to)
    if (isUntypedText(expr)) return readText(binder, expr.value, to, at)
    const number = adaptNumber(expr, to)
    if (number !== null) return number
  }
  return { kind: 'cast', arg: expr, type: to, try: false }
}

/** As `coerce`, for conversions that SQL makes by itself; null when there is none. */
export function coerceImplicitly(binder: Binder, expr: Expr, to: DataType, at: TextRange): Expr | null {
  if (!isUntyped(expr) && !canCoerce(expr.type, to)) return null
  return coerce(binder, expr, to, at)
}

/** A text literal as a literal of another type; errors (22P02, 22007, ...) have the literal's place. */
function readText(binder: Binder, text: string, to: DataType, at: TextRange): Expr {
  if (to.kind === 'varchar') return literal(text, VARCHAR)
  const cast: Expr = { kind: 'cast', arg: literal(text, VARCHAR), type: to, try: false }
  return binder.locate(at, () => literal(evaluateConstant(cast, binder.context.session), to))
}

/** The expression with a type of its own: untyped texts become varchar. */
export function settle(expr: Expr): Expr {
  return isUntypedText(expr) ? literal(expr.value, VARCHAR) : expr
}

/** Brings expressions to the type they have in common, as values of one place unless `rule` says otherwise; null when they have none. `places` belong to `exprs`. */
export function unify(
  binder: Binder,
  exprs: readonly Expr[],
  places: readonly TextRange[],
  rule: typeof commonType = commonValueType,
): { readonly exprs: readonly Expr[]; readonly type: DataType } | null {
  let type = rule(withNaturalNumbers(exprs).map((expr) => expr.type))
  if (type === null) return null
  if (type.kind === 'null' && exprs.some(isUntypedText)) type = VARCHAR
  const common = type
  return { exprs: exprs.map((expr, i) => coerce(binder, expr, common, places[i]!)), type }
}

/** Untyped texts beside decimals count as the decimals they write: `'1.555'` beside decimal(3,2) loses no digit. */
function withNaturalNumbers(exprs: readonly Expr[]): readonly Expr[] {
  if (!exprs.some((expr) => expr.type.kind === 'decimal')) return exprs
  return exprs.map((expr) => (isUntypedText(expr) ? (decimalOfText(expr.value) ?? expr) : expr))
}

function decimalOfText(text: string): LiteralExpr | null {
  const parsed = parseDecimal(text.trim())
  return parsed && naturalDecimal(parsed.value, parsed.scale)
}

const COMPARISONS = new Set(['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'is_distinct_from', 'is_not_distinct_from'])
const ARITHMETIC = new Set(['add', 'subtract', 'multiply', 'divide', 'modulo'])

/** A call of the registry's function, arguments converted; null when it takes no arguments of these types. */
export function tryCall(
  binder: Binder,
  name: string,
  args: readonly Expr[],
  places: readonly TextRange[],
): Expr | null {
  const adapted = adaptArguments(name, args)
  const resolved = resolveTypes(name, adapted)
  if (resolved === null) return null
  const values = adapted.map((arg) => (arg.kind === 'literal' ? arg.value : undefined))
  const refine = functionByName(resolved.name)?.refine
  const { args: types, result } = refine === undefined ? resolved.signature : refine(values, resolved.signature)
  const converted = adapted.map((arg, i) => settle(coerce(binder, arg, types[i] ?? arg.type, places[i]!)))
  return call(resolved.name, converted, result)
}

/** Number literals in the type of their neighbour where that changes nothing: plans stay free of casts on columns. */
function adaptArguments(name: string, args: readonly Expr[]): readonly Expr[] {
  if (args.length !== 2) return args
  const natural = withNaturalNumbers(args)
  const [a, b] = natural as readonly [Expr, Expr]
  if (COMPARISONS.has(name)) return [adaptToNeighbour(a, b), adaptToNeighbour(b, a)]
  if (ARITHMETIC.has(name)) return [adaptToDecimal(a, b), adaptToDecimal(b, a)]
  return args
}

function adaptToNeighbour(expr: Expr, other: Expr): Expr {
  if (expr.kind !== 'literal' || expr.value === null || other.kind === 'literal') return expr
  if (!isNumeric(expr.type) || !isNumeric(other.type)) return expr
  return adaptNumber(expr, other.type) ?? expr
}

/** `2 * price`: the integer as a decimal of its own digits, so that the product's precision stays small. */
function adaptToDecimal(expr: Expr, other: Expr): Expr {
  if (expr.kind !== 'literal' || expr.value === null || other.type.kind !== 'decimal') return expr
  return isInteger(expr.type) ? (naturalDecimal(BigInt(expr.value as number | bigint), 0) ?? expr) : expr
}

type Resolved = NonNullable<ReturnType<typeof resolveFunction>>

function resolveTypes(name: string, args: readonly Expr[]): Resolved | null {
  const types = args.map((arg) => arg.type)
  const texts = args.map(isUntypedText)
  if (!texts.includes(true)) return resolveFunction(name, types)
  const asText = types.map((type, i) => (texts[i] ? VARCHAR : type))
  const other = binaryNeighbour(args)
  const attempts = [
    // PostgreSQL: beside an operand with a type, an untyped one has the same type if there is such an operator.
    ...(other === null || !isOperator(name) ? [] : [types.map((type, i) => (texts[i] ? other : type))]),
    ...(args.every(isUntyped) ? [asText] : []),
    types,
    asText,
  ]
  for (const attempt of attempts) {
    const resolved = resolveFunction(name, attempt)
    // A text needs some type to be read as.
    if (resolved !== null && texts.every((isText, i) => !isText || resolved.signature.args[i]?.kind !== 'null')) {
      return resolved
    }
  }
  return null
}

function isOperator(name: string): boolean {
  return ARITHMETIC.has(name) || COMPARISONS.has(name)
}

function binaryNeighbour(args: readonly Expr[]): DataType | null {
  if (args.length !== 2) return null
  const typed = args.filter((arg) => !isUntyped(arg))
  return typed.length === 1 ? typed[0]!.type : null
}

/** As `tryCall`, for an operator: 42883 when there is none. */
export function callOperator(
  binder: Binder,
  name: string,
  symbol: string,
  args: readonly Expr[],
  places: readonly TextRange[],
  at: TextRange,
): Expr {
  const result = binder.locate(at, () => tryCall(binder, name, args, places))
  if (result !== null) return result
  const [a, b] = args.map(printedType)
  const shown = b === undefined ? `${symbol} ${a}` : `${a} ${symbol} ${b}`
  throw new SqlError('42883', `operator does not exist: ${shown}`, {
    at,
    hint: 'No operator matches the given name and argument types. You might need to add explicit type casts.',
  })
}

/** Arguments of `jsonb_...`: an untyped first one is a jsonb. */
export function asJsonb(
  binder: Binder,
  name: string,
  args: readonly Expr[],
  places: readonly TextRange[],
): readonly Expr[] {
  const [first, ...rest] = args
  if (first === undefined || !name.startsWith('jsonb_') || name === 'jsonb_object' || !isUntypedText(first)) return args
  if (name.startsWith('jsonb_build')) return args
  return [coerce(binder, first, JSONB, places[0]!), ...rest]
}

/** As `tryCall`, for a function by its SQL name: 42883 when there is none. */
export function callFunction(
  binder: Binder,
  name: string,
  args: readonly Expr[],
  places: readonly TextRange[],
  at: TextRange,
): Expr {
  const result = binder.locate(at, () => tryCall(binder, name, args, places))
  if (result !== null) return result
  throw missingFunction(name, args, at, [])
}

/** 42883 for a function; `others` are names beyond the registry of scalar functions. */
export function missingFunction(
  name: string,
  args: readonly Expr[],
  at: TextRange,
  others: readonly string[],
): SqlError {
  const names = [...functionNames(), ...others]
  const nearest = names.includes(name) ? undefined : nearestName(name, names)
  const hint =
    nearest === undefined
      ? 'No function matches the given name and argument types. You might need to add explicit type casts.'
      : `Perhaps you meant the function "${nearest}".`
  return new SqlError('42883', `function ${name}(${args.map(printedType).join(', ')}) does not exist`, { at, hint })
}

/** Types that can't be brought together: `CASE types integer and boolean cannot be matched` (42804). */
export function cannotMatch(what: string, exprs: readonly Expr[], at: TextRange): SqlError {
  let first = exprs[0]!.type
  for (const expr of exprs.slice(1)) {
    const common = commonType([first, expr.type])
    if (common === null) {
      return new SqlError('42804', `${what} types ${typeName(first)} and ${printedType(expr)} cannot be matched`, {
        at,
      })
    }
    first = common
  }
  return new SqlError('42804', `${what} types cannot be matched`, { at })
}
