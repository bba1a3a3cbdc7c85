/** Function calls: aggregates, windows and grouping() go their own ways, everything else to the registry. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { aggregateNames } from '../../expr/aggregates/index.ts'
import { INTEGER, VARCHAR } from '../../core/types.ts'
import { canCast } from '../../expr/coerce.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import { functionByName } from '../../expr/functions/index.ts'
import type { FunctionCall } from '../../sql/ast.ts'
import { bindAggregate, bindGrouping, isAggregateName } from './aggregates.ts'
import type { Binder } from './binder.ts'
import { BUILTIN_SCHEMAS } from './builtin-names.ts'
import { argumentsInOrder, spreadVariadic, wholeRowOf } from './call-arguments.ts'
import { isCollected } from './collected.ts'
import { asBoolean } from './conditions.ts'
import { bindLambdaCall, takesLambda } from './lambdas.ts'
import type { Scope } from './scope.ts'
import { bindVariantGet } from './variant-get.ts'
import { bindInSelectList, isSetReturning, refuseConditional } from './set-returning.ts'
import { simpleTypeByName } from './type-name.ts'
import { asJsonb, callFunction, cannotMatch, coerce, isUntyped, missingFunction, unify } from './typing.ts'
import { bindWindowCall, isWindowName } from './windows.ts'

/** Functions whose arguments are brought to one type, with PostgreSQL's message when that fails. */
const MATCHING: Readonly<Record<string, string>> = {
  coalesce: 'COALESCE',
  greatest: 'GREATEST',
  least: 'LEAST',
}

/** SQL functions that the registry has under another name, because an operator has theirs. */
const RENAMED: Readonly<Record<string, string>> = { concat: 'concat_all', regexp_match: 'regexp_match_array' }

/** The function's name: lower case, schemas that mean nothing taken off. */
export function functionName({ name, at }: FunctionCall): string {
  const { parts } = name
  const last = parts.at(-1)!
  const schema = parts.slice(0, -1).map((part) => part.name)
  if (schema.length > 1 || (schema.length === 1 && !BUILTIN_SCHEMAS.has(schema[0]!.toLowerCase()))) {
    throw new SqlError('42883', `function ${[...schema, last.name].join('.')} does not exist`, {
      at,
    })
  }
  return last.quoted ? last.name : last.name.toLowerCase()
}

export function bindCall(binder: Binder, given: FunctionCall, scope: Scope): Expr {
  const users = binder.tables.users?.bindCall(binder, given, scope) ?? null
  if (users !== null) return users
  const name = functionName(given)
  const ast = isSetReturning(name) ? { ...given, arguments: argumentsInOrder(name, given) } : given
  if (ast.over !== null || name === 'grouping' || isAggregateName(name)) refuseVariadic(ast)
  if (ast.over !== null) return bindWindowCall(binder, name, ast, scope)
  if (name === 'grouping') return bindGrouping(binder, ast, scope)
  if (isAggregateName(name) || isCollected(name, ast)) return bindAggregate(binder, name, ast, scope)
  if (isWindowName(name)) {
    throw new SqlError('42809', `window function ${name} requires an OVER clause`, { at: ast.at })
  }
  refuseAggregateSyntax(name, ast)
  const isScalar = !isSetReturning(name) && !takesLambda(name, ast)
  if (!isScalar) refuseVariadic(ast)
  if (isSetReturning(name)) return bindInSelectList(binder, name, ast, scope)
  if (takesLambda(name, ast)) return bindLambdaCall(binder, name, ast, scope)
  return bindScalar(binder, name, ast, scope)
}

/** What functions that take an argument at least give for an empty array of them. */
const OF_NOTHING: Readonly<Record<string, Expr>> = {
  concat: literal('', VARCHAR),
  num_nonnulls: literal(0, INTEGER),
  num_nulls: literal(0, INTEGER),
}

function refuseVariadic({ arguments: values }: FunctionCall): void {
  const variadic = values.find((argument) => argument.variadic === true)
  if (variadic !== undefined) throw unsupported('VARIADIC here', { at: variadic.at })
}

function bindScalar(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  const { at } = ast
  const values = argumentsInOrder(name, ast).map(({ value }) => value)
  const before = scope.unnested?.length ?? 0
  const written = values.map((value) => binder.expression(wholeRowOf(value), scope))
  const last = ast.arguments.at(-1)
  const bound = last?.variadic === true ? spreadVariadic(written, last) : written
  // PostgreSQL: what takes an array of NULL gives NULL, but for a pattern that needs none of its elements.
  if (bound === null) return name === 'format' && written.length > 1 ? written[0]! : literal(null, { kind: 'null' })
  if (bound.length === 0 && written.length > 0 && Object.hasOwn(OF_NOTHING, name)) return OF_NOTHING[name]!
  const places = bound.map((_, i) => (values[i] ?? last!).at)
  const args = asJsonb(binder, name, bound, places)
  if (name === 'coalesce') refuseConditional(scope, before, 'COALESCE', at)
  if (name === 'pg_typeof' && args.length === 1 && isUntyped(args[0]!)) return literal('unknown', VARCHAR)
  if (name === 'if' || name === 'iff') return bindIf(binder, name, args, places, at)
  const part = bindVariantGet(binder, name, args, places, at)
  if (part !== null) return part
  const registered = Object.hasOwn(RENAMED, name) ? RENAMED[name]! : name
  if (functionByName(registered) === undefined) {
    const cast = args.length === 1 ? castByName(binder, name, args[0]!, places[0]!, at) : null
    if (cast !== null) return cast
    throw missingFunction(name, args, at, aggregateNames())
  }
  if (Object.hasOwn(MATCHING, name) && args.length > 0) {
    const unified = unify(binder, args, places)
    if (unified === null) throw cannotMatch(MATCHING[name]!, args, at)
    return callFunction(binder, name, unified.exprs, places, at)
  }
  return callFunction(binder, registered, args, places, at)
}

/** `date(x)`, `int4(x)`: names of types are casts too, as in PostgreSQL; null when it is no such name. */
function castByName(binder: Binder, name: string, arg: Expr, place: TextRange, at: TextRange): Expr | null {
  const type = simpleTypeByName(name)
  if (type === null || !(isUntyped(arg) || canCast(arg.type, type))) return null
  return binder.locate(at, () => coerce(binder, arg, type, place))
}

/** `if(condition, a, b)`: CASE, so that only the branch taken is computed. */
function bindIf(
  binder: Binder,
  name: string,
  args: readonly Expr[],
  places: readonly TextRange[],
  at: TextRange,
): Expr {
  const [condition, then] = args
  if (condition === undefined || then === undefined || args.length > 3) throw missingFunction(name, args, at, [])
  const results = [then, args[2] ?? literal(null, { kind: 'null' })]
  const unified = unify(binder, results, [places[1]!, places[2] ?? at])
  if (unified === null) throw cannotMatch('CASE', results, at)
  const when = asBoolean(binder, condition, name.toUpperCase(), places[0]!)
  return {
    kind: 'case',
    branches: [{ when, then: unified.exprs[0]! }],
    else: unified.exprs[1]!,
    type: unified.type,
  }
}

function refuseAggregateSyntax(name: string, ast: FunctionCall): void {
  const used = ast.star
    ? `${name}(*)`
    : ast.distinct
      ? 'DISTINCT'
      : ast.filter !== null
        ? 'FILTER'
        : ast.orderBy.length > 0
          ? 'ORDER BY'
          : ast.withinGroup.length > 0
            ? 'WITHIN GROUP'
            : null
  if (used === null) return
  throw new SqlError('42809', `${used} specified, but ${name} is not an aggregate function`, {
    at: ast.at,
  })
}
