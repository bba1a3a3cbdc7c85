/**
 * Binding: a query's syntax to a logical plan of columns with ids and types, every conversion explicit.
 *
 * First the tables that the text names are opened (resolve-tables.ts), the only part that waits; then one pass over the syntax.
 * Errors are PostgreSQL's, each with its place in the text.
 */
import { ResourceError, unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { TIMESTAMPTZ } from '../../core/types.ts'
import { type Expr, type LiteralExpr, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { Expression, Query } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import type { LogicalQuery } from '../logical.ts'
import { Binder, type BoundQuery, type Recursion } from './binder.ts'
import { settleTypes } from './bound-columns.ts'
import type { BindContext, ResolvedTables } from './context.ts'
import { bindExpressionNode } from './expressions.ts'
import { UNORDERED } from './order-by.ts'
import { bindQueryNode } from './query.ts'
import { hasSubquery } from './repeated.ts'
import { resolveTables } from './resolve-tables.ts'
import { NO_CLAUSE, makeScope } from './scope.ts'
import { bindSelectOver } from './select.ts'
import { coerce } from './typing.ts'
import type { SyntaxNode } from './walk-syntax.ts'

export type { BindContext } from './context.ts'

const RECURSION: Recursion = {
  expression: bindExpressionNode,
  query: bindQueryNode,
  select: (binder, from, select, parent, ctes) => bindSelectOver(binder, from, select, UNORDERED, parent, ctes),
}
const NO_TABLES: ResolvedTables = { tables: new Map(), changes: new Map(), columnNames: new Set() }

/** Binds a query. */
export async function bindQuery(query: Query, context: BindContext): Promise<LogicalQuery> {
  const binder = await makeBinder(query, context)
  return withinStack(query, () => finishQuery(binder, settleTypes(binder, binder.query(query, null, null), query.at)))
}

/** Runs recursive work over syntax: what is nested deeper than the stack holds is an error of the statement. */
export function withinStack<T>({ at }: SyntaxNode, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ResourceError('54001', 'stack depth limit exceeded', { at })
  }
}

/** A binder that knows the tables below `root`. */
export async function makeBinder(root: SyntaxNode, context: BindContext): Promise<Binder> {
  const constant = (ast: Expression): LiteralExpr => bindConstant(ast, context)
  const toInstant = (value: Expr, ast: Expression): LiteralExpr => bindInstant(value, ast, context)
  const tables = await withinStack(root, () => resolveTables(root, context, constant, toInstant))
  return new Binder(context, tables, RECURSION)
}

/** A binder for a statement that changes the table: it knows the functions that the table's defaults call, too. */
export async function makeChangeBinder(root: SyntaxNode, { rules }: Table, context: BindContext): Promise<Binder> {
  const { parseExpression } = context
  const calling = [...(rules?.defaults.values() ?? [])].filter((text) => text.includes('('))
  if (parseExpression === undefined || calling.length === 0) return makeBinder(root, context)
  const withDefaults = { ...root, defaults: calling.map(parseExpression) }
  return makeBinder(withDefaults, context)
}

/** A binder of expressions that name no tables. */
export function makeBareBinder(context: BindContext): Binder {
  return new Binder(context, NO_TABLES, RECURSION)
}

export function finishQuery(binder: Binder, { plan, columns }: BoundQuery): LogicalQuery {
  const output = columns.map(({ name, type, nullable }): Field => ({ name, type, nullable }))
  return { plan, subqueries: binder.subqueries, nextColumnId: binder.nextColumnId, output }
}

/** Binds an expression that reads no columns and no tables: values of settings, of time travel, of LIMIT. */
export function bindExpression(ast: Expression, context: BindContext): Expr {
  const binder = new Binder(context, NO_TABLES, RECURSION)
  const scope = makeScope(null, null)
  scope.clause = NO_CLAUSE
  return binder.expression(ast, scope)
}

/** The value of such an expression; a quoted literal keeps the type `null` (text whose type the reader decides). */
export function bindConstant(ast: Expression, context: BindContext): LiteralExpr {
  const binder = new Binder(context, NO_TABLES, RECURSION)
  return evaluated(binder, binder.expression(ast, makeScope(null, null)), ast)
}

/** A constant as timestamptz. */
export function bindInstant(value: Expr, ast: Expression, context: BindContext): LiteralExpr {
  const binder = new Binder(context, NO_TABLES, RECURSION)
  return evaluated(binder, coerce(binder, value, TIMESTAMPTZ, ast.at), ast)
}

function evaluated(binder: Binder, expr: Expr, ast: Expression): LiteralExpr {
  if (expr.kind === 'literal') return expr
  if (hasSubquery(expr)) throw unsupported('a subquery here', { at: ast.at })
  return binder.locate(ast.at, () => literal(evaluateConstant(expr, binder.context.session), expr.type))
}
