/** Whether an expression can be NULL: a promise when it says no, nothing when it says yes. */
import { type Expr, childrenOf } from '../../expr/expr.ts'
import type { Binder } from './binder.ts'

/** Functions that give NULL for NULL arguments only. */
const STRICT = new Set(
  ('eq ne lt le gt ge add subtract multiply divide modulo negate not ' + 'concat like not_like ilike not_ilike').split(
    ' ',
  ),
)

/** Functions that never give NULL. */
const NEVER = new Set(
  (
    'is_null is_not_null is_true is_not_true is_false is_not_false is_unknown is_not_unknown ' +
    'is_distinct_from is_not_distinct_from'
  ).split(' '),
)

export function isNullable(binder: Binder, expr: Expr): boolean {
  const any = (): boolean => childrenOf(expr).some((part) => isNullable(binder, part))
  switch (expr.kind) {
    case 'column':
      return binder.isNullableColumn(expr.id)
    case 'input':
      return true
    case 'literal':
      return expr.value === null
    case 'call':
      return NEVER.has(expr.name) ? false : STRICT.has(expr.name) ? any() : true
    case 'cast':
      return expr.try || any()
    case 'case':
      return expr.branches.some(({ then }) => isNullable(binder, then)) || isNullable(binder, expr.else)
    case 'and':
    case 'or':
      return any()
    case 'in':
      return any() || expr.values.some(({ value }) => value === null)
    case 'subquery':
      return expr.form !== 'exists' && expr.form !== 'array'
  }
}
