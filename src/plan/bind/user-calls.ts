/**
 * Calls of users' functions. Those in SQL are put in place, like a view:
 *
 *     CREATE FUNCTION net(price numeric, tax numeric) ... RETURN price * (1 + tax)
 *
 *     net(p, 0.07)    ->    body bound over parameters whose values are the bound arguments    ->    p * (1 + 0.07)
 *
 * The arguments are bound first, where the call stands; the body is bound in a scope of its own that sees the parameters alone (of a macro: what
 * the call sees, too). So no name of the body can mean a column of the caller by accident, nor the other way round.
 *
 * An argument with a volatile function must have one value in the whole body: it may be read once, and not in a query. What a statement makes of
 * such functions is bounded: depth, number of calls, size of an expression (54001, 54000).
 */
import { type TextRange, ResourceError, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN, type DataType } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import { type Expr, call, childrenOf, literal } from '../../expr/expr.ts'
import type { ScalarFunction } from '../../expr/functions/function.ts'
import { functionByName } from '../../expr/functions/index.ts'
import type { Expression, FunctionCall, TableFunction } from '../../sql/ast.ts'
import type { LogicalPlan } from '../logical.ts'
import { isVolatile } from '../rules/expr-facts.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { castColumns, renameColumns, settleTypes, toScopeColumn } from './bound-columns.ts'
import { printedType } from './printed-type.ts'
import { hasSubquery } from './repeated.ts'
import { type FromItem, type Scope, type ScopeColumn, makeScope } from './scope.ts'
import { withPlainSequence } from './sequence-calls.ts'
import { unnestInSelectList } from './set-returning.ts'
import { subqueryExpr } from './subqueries.ts'
import { coerce, isUntyped, missingFunction, settle } from './typing.ts'
import { type UserFunction, type UserFunctions, type UserReturns, parameterName } from './user-function.ts'
import { type ChosenFunction, chooseFunction, parameterType } from './user-overloads.ts'

/** Calls within each other. */
const DEPTH_MAX = 64
/** Calls that are put in place in one statement. */
const CALLS_MAX = 10_000
/** Parts of an expression that calls became. */
const PARTS_MAX = 50_000

interface Use {
  depth: number
  calls: number
}

const uses = new WeakMap<Binder, Use>()

/** An argument, converted: `take` gives it for one more place. */
interface Argument {
  readonly expr: Expr
  take(): Expr
}

/** Binds a call in an expression; null when the name is none of `functions`, or none of them takes the arguments and another may. */
export function bindUserCall(binder: Binder, functions: UserFunctions, ast: FunctionCall, scope: Scope): Expr | null {
  const candidates = functions.find(ast.name.parts)
  if (candidates.length === 0) return null
  refusePlainSyntax(ast)
  const chosen = choose(binder, candidates, ast, scope)
  if (chosen === null) return null
  const { definition } = chosen
  const result = within(binder, definition, ast.at, (): Expr => {
    const args = argumentsOf(binder, chosen, scope)
    if (definition.returns.kind !== 'value') return rowsOf(binder, definition, args, ast, scope)
    return valueOf(binder, definition, args, ast, scope)
  })
  if (partsOf(result) > PARTS_MAX) {
    throw new ResourceError(
      '54000',
      `calls of function "${definition.name}" make an expression of more than ${PARTS_MAX} parts`,
    )
  }
  return result
}

/** Binds a call in FROM; null when the name is none of `functions`. */
export function bindUserTable(
  binder: Binder,
  functions: UserFunctions,
  ast: TableFunction,
  scope: Scope,
): FromItem | null {
  const candidates = functions.find(ast.call.name.parts)
  if (candidates.length === 0) return null
  const { alias, at } = ast
  refusePlainSyntax(ast.call)
  const chosen = choose(binder, candidates, ast.call, scope)
  if (chosen === null) throw missingFunction(ast.call.name.parts.at(-1)!.name, [], at, [])
  const { definition } = chosen
  if (ast.ordinality) throw unsupported('WITH ORDINALITY of a user-defined function', { at })
  const { plan, columns } = within(binder, definition, at, () => {
    const args = argumentsOf(binder, chosen, scope)
    if (definition.returns.kind !== 'value') return tableOf(binder, definition, args, at)
    return oneRow(binder, definition, settle(valueOf(binder, definition, args, ast.call, scope)))
  })
  const name = alias?.name.name ?? definition.name
  const own =
    alias === null || columns.length > 1 || definition.returns.kind === 'table' ? columns : [{ ...columns[0]!, name }]
  const renamed = renameColumns(own, alias?.columns ?? [], name, at)
  return { plan, lateral: true, columns: renamed, relations: [{ name, path: [], columns: renamed }] }
}

function refusePlainSyntax({ over, distinct, star, filter, orderBy, withinGroup, name, at }: FunctionCall): void {
  const used =
    over !== null
      ? 'OVER'
      : distinct
        ? 'DISTINCT'
        : star
          ? `${name.parts.at(-1)!.name}(*)`
          : filter !== null
            ? 'FILTER'
            : orderBy.length > 0
              ? 'ORDER BY'
              : withinGroup.length > 0
                ? 'WITHIN GROUP'
                : null
  if (used === null) return
  throw new SqlError('42809', `${used} specified, but ${name.parts.at(-1)!.name} is not an aggregate function`, { at })
}

function choose(
  binder: Binder,
  candidates: readonly UserFunction[],
  ast: FunctionCall,
  scope: Scope,
): ChosenFunction | null {
  const { name, arguments: given, at } = withPlainSequence(ast)
  const args = given.map((ast) => ({ ast, expr: binder.expression(ast.value, scope) }))
  const chosen = chooseFunction(candidates, args, at)
  const last = name.parts.at(-1)!.name
  if (chosen !== null || (name.parts.length === 1 && functionByName(last) !== undefined)) return chosen
  throw missingFunction(
    last,
    args.map(({ expr }) => expr),
    at,
    [],
  )
}

/** Runs `work` over a body: its errors are the call's, for their places are in another text. */
function within<T>(binder: Binder, { name }: UserFunction, at: TextRange, work: () => T): T {
  let use = uses.get(binder)
  if (use === undefined) uses.set(binder, (use = { depth: 0, calls: 0 }))
  if (use.depth >= DEPTH_MAX || ++use.calls > CALLS_MAX) {
    throw new ResourceError('54001', 'stack depth limit exceeded', {
      at,
      hint: `Functions in SQL are put in place of their calls: they cannot call themselves, and a statement may have ${CALLS_MAX} calls.`,
    })
  }
  use.depth++
  try {
    return work()
  } catch (error) {
    if (!(error instanceof SqlError)) throw error
    const { sqlstate, message, hint, detail } = error
    throw new SqlError(sqlstate, message, {
      at,
      cause: error,
      ...(hint === undefined ? {} : { hint }),
      detail: detail ?? `in function "${name}"`,
    })
  } finally {
    use.depth--
  }
}

function argumentsOf(binder: Binder, { definition, slots }: ChosenFunction, scope: Scope): readonly Argument[] {
  const { parameters, body } = definition
  return slots.map((slot, i): Argument => {
    const parameter = parameters[i]!
    const bind = (): Expr => {
      const [ast, within_] = slot === null ? [parameter.default!, makeScope(null, null)] : [slot.ast.value, scope]
      return convert(binder, binder.expression(ast, within_), parameter, ast.at)
    }
    const expr = slot === null ? bind() : convert(binder, slot.expr, parameter, slot.ast.at)
    const isOnce = isVolatile(expr)
    const isPlan = hasSubquery(expr)
    let count = 0
    return {
      expr,
      take() {
        count++
        // A value for a query is computed for each of its rows.
        if (isOnce && (count > 1 || body.kind === 'query')) throw notOnce(definition)
        // The plan of a subquery can stand in one place only.
        return isPlan && count > 1 ? bind() : expr
      },
    }
  })
}

function notOnce({ name }: UserFunction): SqlError {
  return unsupported(`a volatile argument of function "${name}", which reads it more than once,`, {
    hint: 'Compute the argument in a subquery in FROM, and pass its column.',
  })
}

function convert(binder: Binder, expr: Expr, parameter: Parameters<typeof parameterType>[0], at: TextRange): Expr {
  const type = parameterType(parameter, expr.type)
  return type === null ? expr : coerce(binder, expr, type, at)
}

/** The value of a function that gives one. */
function valueOf(
  binder: Binder,
  definition: UserFunction,
  args: readonly Argument[],
  ast: FunctionCall,
  scope: Scope,
): Expr {
  const { body, strict } = definition
  const returns = definition.returns as UserReturns & { kind: 'value' }
  if (body.kind === 'code') return codeCall(definition, body.entry(ast.at), returns.type!, args)
  if (strict && args.some(({ expr }) => expr.kind === 'literal' && expr.value === null)) {
    return literal(null, returns.type ?? { kind: 'null' })
  }
  const value =
    body.kind === 'expression'
      ? boundExpression(binder, definition, body.expression, args, body.seesCaller ? scope : null)
      : firstValue(binder, definition, args, ast.at)
  const result = returned(binder, definition, value, returns, ast.at)
  return strict ? nullForNull(args, result) : result
}

function nullForNull(args: readonly Argument[], value: Expr): Expr {
  const tests = args.filter(({ expr }) => expr.kind !== 'literal').map((arg) => call('is_null', [arg.take()], BOOLEAN))
  const [first, ...rest] = tests
  if (first === undefined) return value
  const when: Expr = rest.length === 0 ? first : { kind: 'or', args: tests, type: BOOLEAN }
  return {
    kind: 'case',
    branches: [{ when, then: literal(null, value.type) }],
    else: settle(value),
    type: settle(value).type,
  }
}

/** Converted to the type that the function says to return; 42P13 when it can't be. */
function returned(
  binder: Binder,
  { name }: UserFunction,
  value: Expr,
  { type, keepsDigits }: UserReturns & { kind: 'value' | 'set' },
  at: TextRange,
): Expr {
  if (type === null) return value
  const to = parameterType({ type, keepsDigits }, value.type)!
  if (!isUntyped(value) && !canAssign(value.type, to)) throw mismatch(name, to, printedType(value))
  return coerce(binder, value, to, at)
}

function mismatch(name: string, to: DataType, actual: string): SqlError {
  return new SqlError('42P13', `return type mismatch in function declared to return ${to.kind}`, {
    detail: `Function "${name}" gives ${actual}.`,
  })
}

function boundExpression(
  binder: Binder,
  definition: UserFunction,
  expression: Expression,
  args: readonly Argument[],
  caller: Scope | null,
): Expr {
  if (caller === null) {
    const columns = parameterColumns(binder, definition, args)
    const scope = makeScope(null, null, { columns, relations: [{ name: definition.name, path: [], columns }] })
    return binder.expression(expression, scope)
  }
  // The caller's own scope, where aggregates and windows gather, with the parameters before what it sees.
  const { columns: before, relations, groupSyntax } = caller
  const saved = { columns: before, relations, groupSyntax }
  const own: Pick<Scope, keyof typeof saved> = { ...saved, groupSyntax: null }
  const outside = args.map((arg): Argument => ({
    ...arg,
    take() {
      Object.assign(caller, saved)
      try {
        return arg.take()
      } finally {
        Object.assign(caller, own)
      }
    },
  }))
  const columns = parameterColumns(binder, definition, outside)
  const hidden = new Set(columns.map(({ name }) => name.toLowerCase()))
  own.columns = [...columns, ...before.filter(({ name }) => !hidden.has(name.toLowerCase()))]
  own.relations = [{ name: definition.name, path: [], columns }, ...relations]
  Object.assign(caller, own)
  try {
    return binder.expression(expression, caller)
  } finally {
    Object.assign(caller, saved)
  }
}

/** What names in the body mean: parameters by their names and by `$1`, `$2`, ... */
function parameterColumns(
  binder: Binder,
  { parameters }: UserFunction,
  args: readonly Argument[],
): readonly ScopeColumn[] {
  return args.flatMap((arg, i) => {
    const names = [parameterName(i + 1), ...(parameters[i]!.name === null ? [] : [parameters[i]!.name])]
    return names.map((name): ScopeColumn => {
      const column = toScopeColumn(binder.newColumn(name, arg.expr.type, true), false)
      return { ...column, value: () => arg.take() }
    })
  })
}

/** The call of a function in another language. */
function codeCall({ parameters }: UserFunction, own: ScalarFunction, type: DataType, args: readonly Argument[]): Expr {
  const values = args.map((arg, i) => (parameters[i]!.type === null ? settle(arg.take()) : arg.take()))
  return { kind: 'call', name: own.name, args: values, type, own }
}

function boundQuery(binder: Binder, definition: UserFunction, args: readonly Argument[], at: TextRange): BoundQuery {
  const { body } = definition
  if (body.kind !== 'query') throw unsupported(`function "${definition.name}", which is no query, in FROM`, { at })
  const columns = parameterColumns(binder, definition, args)
  const scope = makeScope(null, null, { columns, relations: [{ name: definition.name, path: [], columns }] })
  return settleTypes(binder, binder.query(body.query, scope, null), at)
}

/** The only column of the query's first row. */
function firstValue(binder: Binder, definition: UserFunction, args: readonly Argument[], at: TextRange): Expr {
  const bound = boundQuery(binder, definition, args, at)
  const { plan, columns } = bound
  if (columns.length !== 1) {
    throw new SqlError('42P13', 'return type mismatch in function declared to return a value', {
      detail: 'Final statement must return exactly one column.',
    })
  }
  const isOneRow = (plan.kind === 'limit' && plan.limit === 1) || isWholeAggregate(plan)
  const first: LogicalPlan = isOneRow
    ? plan
    : { kind: 'limit', child: plan, limit: 1, offset: 0, columns: plan.columns }
  return subqueryExpr(binder, 'scalar', { plan: first, columns }, (type) => type)
}

/** Whether the plan gives one row whatever it reads. */
function isWholeAggregate(plan: LogicalPlan): boolean {
  if (plan.kind === 'project') return isWholeAggregate(plan.child)
  return plan.kind === 'aggregate' && plan.groups.length === 0 && plan.groupingSets === null
}

/** The rows of a function that gives several, with the names and types that it declares. */
function tableOf(binder: Binder, definition: UserFunction, args: readonly Argument[], at: TextRange): BoundQuery {
  const { returns, strict, name } = definition
  const query = boundQuery(binder, definition, args, at)
  const bound = strict ? { ...query, plan: withoutNulls(args, query.plan) } : query
  const wanted =
    returns.kind === 'table' ? returns.columns : returns.type === null ? null : [{ name, type: returns.type }]
  if (wanted === null) return bound
  const plain = bound.columns.filter(({ hidden }) => !hidden)
  if (plain.length !== wanted.length) {
    throw new SqlError(
      '42P13',
      `return type mismatch in function declared to return ${wanted.length === 1 ? wanted[0]!.type.kind : 'record'}`,
      {
        detail: `Final statement returns ${plain.length} columns instead of ${wanted.length}.`,
      },
    )
  }
  const types = wanted.map(({ type }, i) => {
    const given = plain[i]!.type
    const keeps = type.kind === 'decimal' && given.kind === 'decimal' && returns.kind !== 'table' && returns.keepsDigits
    if (!keeps && !canAssign(given, type)) throw mismatch(name, type, given.kind)
    return keeps ? given : type
  })
  const cast = castColumns(binder, { ...bound, columns: plain }, types, at)
  return { ...cast, columns: cast.columns.map((column, i) => ({ ...column, name: wanted[i]!.name })) }
}

function withoutNulls(args: readonly Argument[], plan: LogicalPlan): LogicalPlan {
  const tests = args.map((arg) => call('is_not_null', [settle(arg.take())], BOOLEAN))
  const [first, ...rest] = tests
  if (first === undefined) return plan
  const predicate: Expr = rest.length === 0 ? first : { kind: 'and', args: tests, type: BOOLEAN }
  return { kind: 'filter', child: plan, predicate, columns: plan.columns }
}

/** A function of several rows in the select list: its rows as a list, unnested. */
function rowsOf(
  binder: Binder,
  definition: UserFunction,
  args: readonly Argument[],
  ast: FunctionCall,
  scope: Scope,
): Expr {
  const bound = tableOf(binder, definition, args, ast.at)
  if (bound.columns.length !== 1) {
    throw unsupported(`function "${definition.name}", which returns several columns, outside of FROM`)
  }
  const list = subqueryExpr(binder, 'array', bound, (type) => ({
    kind: 'list',
    element: { name: 'element', type, nullable: true },
  }))
  return unnestInSelectList(binder, definition.name, list, scope, ast.at)
}

function oneRow(binder: Binder, { name }: UserFunction, value: Expr): BoundQuery {
  const made = binder.newColumn(name, value.type, true)
  const nothing: LogicalPlan = { kind: 'values', rows: [[]], columns: [] }
  return {
    plan: { kind: 'project', child: nothing, expressions: [value], columns: [made] },
    columns: [toScopeColumn(made, false)],
  }
}

const sizes = new WeakMap<Expr, number>()

/** Nodes of the expression written out, those that it shares counted each time. */
function partsOf(expr: Expr): number {
  let size = sizes.get(expr)
  if (size === undefined) {
    size = childrenOf(expr).reduce((sum, child) => sum + partsOf(child), 1)
    sizes.set(expr, size)
  }
  return size
}
