import { BYTEA, storageOf } from '../../core/types.ts'
import { type Expr, call } from '../../expr/expr.ts'
import type { OrderItem } from '../../sql/ast.ts'
import type { SortKey } from '../logical.ts'
import type { Binder } from './binder.ts'
import type { Scope } from './scope.ts'
import { settle } from './typing.ts'

/** ORDER BY within a call or a window: expressions only, no ordinals. */
export function bindSortKeys(binder: Binder, items: readonly OrderItem[], scope: Scope): readonly SortKey[] {
  return items.map((item) => sortKey(item, settle(binder.expression(item.expression, scope))))
}

/** NULLs stand last when ascending and first when descending, unless it says otherwise. */
export function sortKey({ descending, nulls }: Pick<OrderItem, 'descending' | 'nulls'>, expr: Expr): SortKey {
  return { expr: ordered(expr), descending, nullsFirst: nulls === null ? descending : nulls === 'first' }
}

/** Nested values have no order but that of their keys. */
function ordered(expr: Expr): Expr {
  const storage = storageOf(expr.type)
  return storage === 'list' || storage === 'struct' ? call('order_key', [expr], BYTEA) : expr
}
