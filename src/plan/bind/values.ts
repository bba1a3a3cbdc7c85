/** VALUES: rows of expressions, one type a column. */
import { SqlError } from '../../core/errors.ts'
import { VARCHAR } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import type { ValuesList } from '../../sql/ast.ts'
import type { PlanColumn } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import { isNullable } from './nullability.ts'
import { type CteScope, type Scope, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { cannotMatch, coerce, unify } from './typing.ts'

export function bindValues(
  binder: Binder,
  { rows, at }: ValuesList,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  const width = rows[0]?.length ?? 0
  for (const row of rows) {
    if (row.length !== width)
      throw new SqlError('42601', 'VALUES lists must all be the same length', {
        at: row[0]?.at ?? at,
      })
  }
  const scope = makeScope(parent, ctes)
  const bound = inClause(scope, { ...NO_CLAUSE, name: 'VALUES' }, () =>
    rows.map((row) => row.map((value) => binder.expression(value, scope))),
  )
  const columns: PlanColumn[] = []
  const typed: Expr[][] = bound.map(() => [])
  for (let i = 0; i < width; i++) {
    const values = bound.map((row) => row[i]!)
    const unified = unify(
      binder,
      values,
      rows.map((row) => row[i]!.at),
    )
    if (unified === null) throw cannotMatch('VALUES', values, rows[0]![i]!.at)
    const type = unified.type.kind === 'null' ? VARCHAR : unified.type
    const exprs = unified.exprs.map((expr) => coerce(binder, expr, type, at))
    exprs.forEach((expr, row) => typed[row]!.push(expr))
    columns.push(
      binder.newColumn(
        `column${i + 1}`,
        type,
        exprs.some((expr) => isNullable(binder, expr)),
      ),
    )
  }
  return {
    plan: { kind: 'values', rows: typed, columns },
    columns: columns.map((column) => toScopeColumn(column, false)),
  }
}
