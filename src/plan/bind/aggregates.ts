/** Aggregate calls: bound where they stand, gathered at the query level that they belong to. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN, INTEGER, listOf } from '../../core/types.ts'
import { collectedByName } from '../../expr/aggregates/collected.ts'
import { aggregateByName, aggregateNames, resolveAggregate } from '../../expr/aggregates/index.ts'
import { type Expr, call as makeCall, literal } from '../../expr/expr.ts'
import { isByList } from '../../expr/functions/list-aggregates.ts'
import type { Expression, FunctionCall, StarExpression } from '../../sql/ast.ts'
import type { AggregateCall } from '../logical.ts'
import { wholeRowOf } from './call-arguments.ts'
import type { Binder } from './binder.ts'
import { type CollectedCall, bindCollectedCall, isCollected } from './collected.ts'
import { bindCondition } from './conditions.ts'
import { filledOr } from './columns.ts'
import { aggregateKey, exprKey } from './expr-key.ts'
import { columnsRead } from './free-columns.ts'
import { bindSortKeys, sortKey } from './sort-keys.ts'
import { type Clause, type Scope, inClause, outwards } from './scope.ts'
import { callFunction, coerce, missingFunction, settle } from './typing.ts'
import { someSyntax } from './walk-syntax.ts'

/** Whether a function of this name is an aggregate; rank and the like are where WITHIN GROUP says so. */
export function isAggregateName(name: string): boolean {
  const collected = collectedByName(name)
  return (
    name === 'grouping' ||
    aggregateByName(name) !== undefined ||
    Object.hasOwn(REWRITTEN, name) ||
    (collected !== undefined && collected.form !== 'hypothetical')
  )
}

/** Aggregates that are others: the exact count for the approximate one. */
const REWRITTEN: Readonly<Record<string, (ast: FunctionCall) => { name: string; ast: FunctionCall }>> = {
  approx_count_distinct: (ast) => ({ name: 'count', ast: { ...ast, distinct: true } }),
  approx_distinct: (ast) => ({ name: 'count', ast: { ...ast, distinct: true } }),
  count_if: (ast) => ({ name: 'count', ast: { ...ast, star: true, arguments: [], filter: conditionOf(ast) } }),
  countif: (ast) => ({ name: 'count', ast: { ...ast, star: true, arguments: [], filter: conditionOf(ast) } }),
}

function conditionOf({ arguments: args, filter, at }: FunctionCall): Expression {
  const [condition, ...rest] = args
  if (condition === undefined || rest.length > 0) throw new SqlError('42883', 'count_if needs one condition', { at })
  return filter === null ? condition.value : { kind: 'and', operands: [filter, condition.value], at }
}

/** Whether the expression holds aggregate calls of its own query level. */
export function containsAggregate(ast: Expression): boolean {
  return someSyntax(ast, (node) => {
    if (node.kind !== 'function') return false
    const call = node as FunctionCall
    const isAggregate = call.withinGroup.length > 0 || isAggregateName(call.name.parts.at(-1)!.name)
    return call.over === null && isAggregate
  })
}

/** The clause in which an aggregate's arguments are bound. */
function argumentsClause(outer: Clause): Clause {
  return { ...outer, insideAggregate: true, windows: false, aliases: null }
}

/** Binds an aggregate call; the result reads the column that the AggregateNode will give. */
export function bindAggregate(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  if (Object.hasOwn(REWRITTEN, name)) {
    const other = REWRITTEN[name]!(ast)
    return bindAggregate(binder, other.name, other.ast, scope)
  }
  if (isCollected(name, ast)) return bindCollected(binder, name, ast, scope)
  const { call, finish } = inClause(scope, argumentsClause(scope.clause), () =>
    bindAggregateCall(binder, name, ast, scope),
  )
  const level = levelOf(binder, call, scope)
  checkAllowed(level, ast.at)
  return finish(gather(binder, level, call, name))
}

function bindCollected(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  const outer = scope.clause
  const direct = (value: Expression): Expr => inClause(scope, outer, () => binder.expression(value, scope))
  const { call, finish } = inClause(scope, argumentsClause(outer), () =>
    bindCollectedCall(binder, name, ast, scope, direct),
  )
  const level = levelOf(binder, call, scope)
  checkAllowed(level, ast.at)
  return finish(gather(binder, level, call, name))
}

/** The call with its arguments, wherever it will be computed (a GROUP BY or a window). */
export function bindAggregateCall(binder: Binder, name: string, ast: FunctionCall, scope: Scope): CollectedCall {
  const { at } = ast
  if (ast.withinGroup.length > 0) throw unsupported('WITHIN GROUP', { at })
  if (ast.nullTreatment !== null) throw unsupported('IGNORE NULLS of an aggregate', { at })
  const named = ast.arguments.find((argument) => argument.name !== null)
  if (named !== undefined) throw unsupported('a named argument of an aggregate', { at: named.at })
  if (ast.star && name !== 'count') {
    throw new SqlError('42883', `function ${name}(*) does not exist`, { at })
  }
  // count(t.*) counts rows: a row as a whole is NULL only where an outer join found none.
  const star = name === 'count' && ast.arguments.length === 1 ? ast.arguments[0]!.value : null
  const filled = star?.kind === 'star' ? filledRow(star, scope) : null
  const rows = ast.star || (star?.kind === 'star' && filled === null)
  const values = rows ? [] : ast.arguments.map(({ value }) => wholeRowOf(value))
  const args = filled === null ? values.map((value) => settle(binder.expression(value, scope))) : [filled]
  if (args.length === 1 && isByList(name, args[0]!.type)) return bindByList(binder, name, args[0]!, ast, scope)
  const resolved = resolveAggregate(
    name,
    args.map(({ type }) => type),
    rows,
  )
  if (resolved === null) throw missingFunction(name, args, at, aggregateNames())
  if (resolved.args.length === 0 && ast.distinct) {
    throw new SqlError('42601', 'DISTINCT is not allowed with count(*)', { at })
  }
  const call: AggregateCall = {
    name: resolved.name,
    args: args.map((arg, i) => coerce(binder, arg, resolved.args[i]!, values[i]!.at)),
    distinct: ast.distinct,
    filter: ast.filter === null ? null : bindCondition(binder, ast.filter, scope, 'FILTER'),
    orderBy: bindSortKeys(binder, ast.orderBy, scope),
    type: resolved.result,
  }
  return { call, finish: (value) => value }
}

/** For rows that an outer join may have filled with NULLs: something that is NULL for those. Null: there are none. */
function filledRow({ operand }: StarExpression, scope: Scope): Expr | null {
  const name = operand?.kind === 'column' ? operand.parts.at(-1)?.name : undefined
  const relation = name === undefined ? undefined : scope.relations.find((one) => one.name === name)
  return relation?.isFilled === true ? filledOr(literal(true, BOOLEAN), relation) : null
}

/** min of lists and the like: the function of the list of all values. */
function bindByList(binder: Binder, name: string, arg: Expr, ast: FunctionCall, scope: Scope): CollectedCall {
  const call: AggregateCall = {
    name: 'array_agg',
    args: [arg],
    distinct: ast.distinct,
    filter: ast.filter === null ? null : bindCondition(binder, ast.filter, scope, 'FILTER'),
    // In order, what is equal stands side by side.
    orderBy: ast.distinct ? [sortKey({ descending: false, nulls: null }, arg)] : [],
    type: listOf(arg.type),
  }
  const finish = (list: Expr): Expr => {
    const values = ast.distinct ? makeCall('list_unrepeated', [list], list.type) : list
    return callFunction(binder, `list_${name}`, [values], [ast.at], ast.at)
  }
  return { call, finish }
}

/** An aggregate belongs to the innermost query whose columns it (or a subquery in it) reads; to its own when it reads none. */
function levelOf(binder: Binder, call: AggregateCall, scope: Scope): Scope {
  const ids = new Set<number>()
  const sortedBy = call.orderBy.map(({ expr }) => expr)
  for (const expr of [...call.args, ...sortedBy, ...(call.filter === null ? [] : [call.filter])]) {
    for (const id of columnsRead(expr, binder.subqueries)) ids.add(id)
  }
  if (ids.size === 0) return scope
  for (const level of outwards(scope)) {
    const mine = (columns: readonly { readonly id: number }[]): boolean => columns.some(({ id }) => ids.has(id))
    if (mine(level.columns) || level.relations.some(({ columns }) => mine(columns))) return level
  }
  return scope
}

function checkAllowed(level: Scope, at: TextRange): void {
  if (level.clause.insideAggregate) {
    throw new SqlError('42803', 'aggregate function calls cannot be nested', { at })
  }
  if (!level.clause.aggregates || level.grouping === null) {
    throw new SqlError('42803', `aggregate functions are not allowed in ${level.clause.name}`, {
      at,
    })
  }
}

function gather(binder: Binder, level: Scope, call: AggregateCall, name: string): Expr {
  const key = aggregateKey(call)
  const calls = level.grouping!.calls
  let found = calls.find((entry) => entry.key === key)
  if (found === undefined) {
    const nullable = call.name !== 'count' && call.name !== 'count_star'
    found = { key, call, column: binder.newColumn(name, call.type, nullable) }
    calls.push(found)
  }
  return { kind: 'column', id: found.column.id, type: call.type }
}

/** `grouping(a, b)`: for each argument, a bit that says that the row's grouping set leaves it out. */
export function bindGrouping(binder: Binder, ast: FunctionCall, scope: Scope): Expr {
  const { at } = ast
  checkAllowed(scope, at)
  if (ast.arguments.length === 0 || ast.arguments.length > 31) {
    throw new SqlError('54023', 'GROUPING must have between 1 and 31 arguments', { at })
  }
  const args = ast.arguments.map(({ value }) => {
    const expr = settle(binder.expression(value, scope))
    if (!scope.grouping!.keys.has(exprKey(expr))) {
      throw new SqlError('42803', 'arguments to GROUPING must be grouping expressions of the associated query level', {
        at: value.at,
      })
    }
    return expr
  })
  const call: AggregateCall = {
    name: 'grouping',
    args,
    distinct: false,
    filter: null,
    orderBy: [],
    type: INTEGER,
  }
  return gather(binder, scope, call, 'grouping')
}
