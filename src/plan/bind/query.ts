/** Queries: WITH, the body, ORDER BY, LIMIT. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, isInteger, isNumeric, typeName } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { Expression, Query, QueryBody, TableQuery } from '../../sql/ast.ts'
import type { LogicalPlan } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { settleTypes } from './bound-columns.ts'
import { bindCteReference, bindWith } from './ctes.ts'
import { scanTable } from './from.ts'
import { keepShare, keepTies, percentage } from './numbered-rows.ts'
import { UNORDERED, orderOutput } from './order-by.ts'
import { hasSubquery } from './repeated.ts'
import { type CteScope, type Scope, NO_CLAUSE, findCte, inClause, makeScope } from './scope.ts'
import { bindSelect } from './select.ts'
import { bindSetOperation } from './set-operations.ts'
import { coerce, isUntyped } from './typing.ts'
import { bindValues } from './values.ts'

/** Binds a query; call it as `binder.query`, which bounds the depth. */
export function bindQueryNode(binder: Binder, query: Query, parent: Scope | null, outer: CteScope | null): BoundQuery {
  const { ctes, wrap } = bindWith(binder, query, parent, outer)
  let bound = bindOrdered(binder, query, parent, ctes)
  if (query.percent !== undefined) bound = limitShare(binder, query, query.percent, bound, parent)
  const limit = query.percent === undefined ? rowCount(binder, query.limit, 'LIMIT', parent) : null
  const offset = query.percent === undefined ? (rowCount(binder, query.offset, 'OFFSET', parent) ?? 0) : 0
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

/** LIMIT n%: with its OFFSET, for the rows skipped count for the share. */
function limitShare(
  binder: Binder,
  query: Query,
  rounding: 'floor' | 'ceiling',
  bound: BoundQuery,
  parent: Scope | null,
): BoundQuery {
  const ast = query.limit!
  const expr = limitValue(binder, ast, 'LIMIT', parent)
  const offset = rowCount(binder, query.offset, 'OFFSET', parent) ?? 0
  const millionths = percentage(binder, expr, 'LIMIT', ast.at)
  const settled = settleTypes(binder, bound, query.at)
  const share = { millionths: millionths ?? 100_000_000n, rounding, withTies: query.withTies }
  return { ...settled, plan: keepShare(binder, settled.plan, share, offset, query.at) }
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
  const expr = limitValue(binder, ast, what, parent)
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

function limitValue(binder: Binder, ast: Expression, what: string, parent: Scope | null): Expr {
  // LIMIT sees no columns, not even those of the queries around.
  const scope = makeScope(null, parent?.ctes ?? null)
  const expr = inClause(scope, { ...NO_CLAUSE, name: what }, () => binder.expression(ast, scope))
  if (!isUntyped(expr) && !isNumeric(expr.type)) {
    throw new SqlError('42804', `argument of ${what} must be type bigint, not type ${typeName(expr.type)}`, {
      at: ast.at,
    })
  }
  if (hasSubquery(expr)) throw unsupported('a subquery here', { at: ast.at })
  return expr
}
