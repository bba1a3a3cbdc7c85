/** ORDER BY of a SELECT and of set operations: output names, ordinals, then expressions over the input. */
import { SqlError } from '../../core/errors.ts'
import type { Expr } from '../../expr/expr.ts'
import type { Expression, Identifier, OrderItem, Query } from '../../sql/ast.ts'
import type { SortKey } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { aliasedItem, itemAt } from './group-items.ts'
import { hasSubquery } from './repeated.ts'
import { type Scope, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import type { OutputItem } from './select-items.ts'
import { sortKey } from './sort-keys.ts'
import { settle } from './typing.ts'

/** A key as bound: the item that it is, or an expression over the select's input. */
export interface OrderKey {
  readonly order: Pick<OrderItem, 'descending' | 'nulls'>
  readonly item: OutputItem | null
  readonly expr: Expr
  readonly ast: Expression | null
}

export type Ordering = Pick<Query, 'orderBy' | 'orderByAll'>

export const UNORDERED: Ordering = { orderBy: [], orderByAll: null }

/** Binds ORDER BY in `scope`, whose clause the caller has set. */
export function bindOrderBy(
  binder: Binder,
  { orderBy, orderByAll }: Ordering,
  items: readonly OutputItem[],
  scope: Scope,
): readonly OrderKey[] {
  if (orderByAll !== null) {
    return items.map((item) => ({ order: orderByAll, item, expr: settle(item.bind()), ast: null }))
  }
  return orderBy.map((order) => {
    const { expression } = order
    const item = orderItemFor(expression, items)
    const expr = settle(item === null ? binder.expression(expression, scope) : item.bind())
    return { order, item, expr, ast: expression }
  })
}

function orderItemFor(ast: Expression, items: readonly OutputItem[]): OutputItem | null {
  if (ast.kind === 'number' || ast.kind === 'string' || ast.kind === 'null') return itemAt(ast, items, 'ORDER BY')
  if (ast.kind !== 'column' || ast.parts.length !== 1) return null
  return aliasedItem(ast.parts[0]!.name, items, ast.at, 'ORDER BY')
}

/** Finds select-list aliases for names that are no columns. */
export function aliasLookup(items: readonly OutputItem[]): (name: Identifier) => Expr | null {
  const open = new Set<OutputItem>()
  return (name) => {
    const item = aliasedItem(name.name, items, name.at, 'column reference')
    // An alias within its own definition means nothing.
    if (item === null || open.has(item)) return null
    open.add(item)
    try {
      const expr = item.bind()
      return settle(item.ast !== null && hasSubquery(expr) ? item.rebind() : expr)
    } finally {
      open.delete(item)
    }
  }
}

/** Sort keys of a query that is no plain SELECT: over its output columns. */
export function orderOutput(
  binder: Binder,
  ordering: Ordering,
  bound: BoundQuery,
  parent: Scope | null,
): readonly SortKey[] {
  const scope = makeScope(parent, null, { relations: [], columns: bound.columns })
  const items = bound.columns.map((column): OutputItem => {
    const at = ordering.orderBy[0]?.expression.at ?? { start: 0, end: 0 }
    const bind = (): Expr => binder.reference(column, column.name, at)
    return { name: column.name, at, ast: null, bind, rebind: bind }
  })
  const clause = { ...NO_CLAUSE, name: 'ORDER BY of a set operation' }
  const keys = inClause(scope, clause, () => bindOrderBy(binder, ordering, items, scope))
  return keys.map(({ order, expr }) => sortKey(order, expr))
}

/** The error for a key of SELECT DISTINCT that is not in its output. */
export function notInDistinct(ast: Expression | null): SqlError {
  return new SqlError(
    '42P10',
    'for SELECT DISTINCT, ORDER BY expressions must appear in select list',
    ast === null ? {} : { at: ast.at },
  )
}
