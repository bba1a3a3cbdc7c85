/** PIVOT and UNPIVOT, loaded with what they need when a query has one. */
import type { PivotTable, UnpivotTable } from '../../sql/ast.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { bindPivot } from './pivot.ts'
import type { CteScope, FromItem, Scope } from './scope.ts'
import { bindUnpivot } from './unpivot.ts'

/** Binds one of them over the rows of its source. */
export function bindPivoted(
  binder: Binder,
  ast: PivotTable | UnpivotTable,
  source: FromItem,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  return ast.kind === 'pivot'
    ? bindPivot(binder, ast, source, parent, ctes)
    : bindUnpivot(binder, ast, source, parent, ctes)
}
