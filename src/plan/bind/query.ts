/** Queries: WITH, the body, ORDER BY, LIMIT. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, isInteger, isNumeric, typeName } from '../../core/types.ts'
import { type Expr, and, call, column, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { Expression, Query, QueryBody, TableQuery } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { settleTypes } from './bound-columns.ts'
import { bindCteReference, bindWith } from './ctes.ts'
import { scanTable } from './from.ts'
import { type Ordering, orderOutput } from './order-by.ts'
import { hasSubquery } from './repeated.ts'
import { type CteScope, type Scope, NO_CLAUSE, findCte, inClause, makeScope } from './scope.ts'
import { bindSelect } from './select.ts'
import { bindSetOperation } from './set-operations.ts'
import { coerce, isUntyped } from './typing.ts'
import { bindValues } from './values.ts'

const UNORDERED: Ordering = { orderBy: [], orderByAll: null }

/** Binds a query; call it as `binder.query`, which bounds the depth. */
export function bindQueryNode(binder: Binder, query: Query, parent: Scope | null, outer: CteScope | null): BoundQuery {
  const { ctes, wrap } = bindWith(binder, query, parent, outer)
  let bound = bindOrdered(binder, query, parent, ctes)
  const limit = rowCount(binder, query.limit, 'LIMIT', parent)
  const offset = rowCount(binder, query.offset, 'OFFSET', parent) ?? 0
  if (query.withTies && limit !== null && limit > 0) {
    const settled = settleTypes(binder, bound, query.at)
    bound = { ...settled, plan: keepTies(binder, settled.plan, limit, offset, query.at) }
  } else if (limit !== null || offset > 0) {
    bound = settleTypes(binder, bound, query.at)
    const { plan } = bound
    bound = { ...bound, plan: { kind: 'limit', child: plan, limit, offset, columns: plan.columns } }
  }
  if (query.with === null) return bound
  const settled = settleTypes(binder, bound, query.at)
  return { ...settled, plan: wrap(settled.plan) }
}

/** FETCH FIRST n ROWS WITH TIES: rows up to n, and those that are equal in the order to the last of them. */
function keepTies(binder: Binder, plan: LogicalPlan, limit: number, offset: number, at: TextRange): LogicalPlan {
  if (plan.kind === 'project') return { ...plan, child: keepTies(binder, plan.child, limit, offset, at) }
  if (plan.kind !== 'sort') {
    throw new SqlError('42601', 'WITH TIES cannot be specified without ORDER BY clause', { at })
  }
  const { child, keys } = plan
  const [rank, number] = ['rank', 'row_number'].map((name) => binder.newColumn(name, BIGINT, false)) as [
    PlanColumn,
    PlanColumn,
  ]
  const calls = [rank, number].map(({ name }) => ({
    name,
    args: [],
    distinct: false,
    filter: null,
    orderBy: [],
    type: BIGINT,
  }))
  const window: LogicalPlan = {
    kind: 'window',
    child,
    partitionBy: [],
    orderBy: keys,
    calls,
    frame: null,
    columns: [...child.columns, rank, number],
  }
  const compare = (name: string, of: PlanColumn, to: number): Expr =>
    call(name, [column(of.id, BIGINT), literal(BigInt(to), BIGINT)], BOOLEAN)
  const filter: LogicalPlan = {
    kind: 'filter',
    child: window,
    predicate: and([compare('le', rank, limit + offset), compare('gt', number, offset)]),
    columns: window.columns,
  }
  const expressions = child.columns.map(({ id, type }) => column(id, type))
  return { ...plan, child: { kind: 'project', child: filter, expressions, columns: child.columns } }
}

function bindOrdered(binder: Binder, query: Query, parent: Scope | null, ctes: CteScope | null): BoundQuery {
  const { body } = query
  if (body.kind === 'select') return bindSelect(binder, body, query, parent, ctes)
  const bound = bindBody(binder, body, parent, ctes)
  if (query.orderBy.length === 0 && query.orderByAll === null) return bound
  const settled = settleTypes(binder, bound, query.at)
  const keys = orderOutput(binder, query, settled, parent).filter(({ expr }) => expr.kind !== 'literal')
  if (keys.length === 0) return settled
  const { plan } = settled
  const sorted: LogicalPlan = {
    kind: 'sort',
    child: plan,
    keys,
    limit: null,
    offset: 0,
    columns: plan.columns,
  }
  return { ...settled, plan: sorted }
}

function bindBody(binder: Binder, body: QueryBody, parent: Scope | null, ctes: CteScope | null): BoundQuery {
  switch (body.kind) {
    case 'select':
      return bindSelect(binder, body, UNORDERED, parent, ctes)
    case 'set-operation':
      return bindSetOperation(binder, body, (side) => bindBody(binder, side, parent, ctes))
    case 'values':
      return bindValues(binder, body, parent, ctes)
    case 'table':
      return bindTableQuery(binder, body, ctes)
    case 'subquery':
      return binder.query(body.query, parent, ctes)
  }
}

function bindTableQuery(binder: Binder, ast: TableQuery, ctes: CteScope | null): BoundQuery {
  const { parts } = ast.name
  const name = parts.at(-1)!
  const cte = parts.length === 1 ? findCte(ctes, name) : null
  if (cte !== null) return bindCteReference(binder, cte)
  const table = binder.tables.tables.get(ast)
  if (table === undefined) throw new SqlError('42P01', `relation "${name.name}" does not exist`, { at: ast.name.at })
  // Hidden columns are no part of `TABLE t`, and nothing can name them here.
  const { plan, columns } = scanTable(binder, table, name.name, [], null, new Set())
  return { plan, columns }
}

/** The number of LIMIT or OFFSET; null for none. */
function rowCount(
  binder: Binder,
  ast: Expression | null,
  what: 'LIMIT' | 'OFFSET',
  parent: Scope | null,
): number | null {
  if (ast === null) return null
  // LIMIT sees no columns, not even those of the queries around.
  const scope = makeScope(null, parent?.ctes ?? null)
  const expr = inClause(scope, { ...NO_CLAUSE, name: what }, () => binder.expression(ast, scope))
  if (!isUntyped(expr) && !isNumeric(expr.type)) {
    throw new SqlError('42804', `argument of ${what} must be type bigint, not type ${typeName(expr.type)}`, {
      at: ast.at,
    })
  }
  if (hasSubquery(expr)) throw unsupported('a subquery here', { at: ast.at })
  const count = coerce(binder, isInteger(expr.type) ? expr : coerce(binder, expr, BIGINT, ast.at), BIGINT, ast.at)
  const value = binder.locate(ast.at, () => evaluateConstant(count, binder.context.session))
  if (value === null) return null
  const rows = BigInt(value as bigint | number)
  if (rows < 0n) {
    throw new SqlError(what === 'LIMIT' ? '2201W' : '2201X', `${what} must not be negative`, {
      at: ast.at,
    })
  }
  return rows > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(rows)
}
