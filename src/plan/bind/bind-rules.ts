/** Defaults and CHECK constraints, bound to see whether they can be. */
import { unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import type { Expression } from '../../sql/ast.ts'
import { asValueOf } from './assignments.ts'
import { makeBareBinder, makeBinder } from './bind.ts'
import { toScopeColumn } from './bound-columns.ts'
import { bindCondition } from './conditions.ts'
import type { BindContext } from './context.ts'
import { hasSubquery } from './repeated.ts'
import { NO_CLAUSE, inClause, makeScope } from './scope.ts'

/** 42804 and the like when the expression is no default for the column; it names no columns. */
export async function bindColumnDefault(expression: Expression, field: Field, context: BindContext): Promise<void> {
  const binder = await makeBinder(expression, context)
  const scope = makeScope(null, null)
  const bound = inClause(scope, { ...NO_CLAUSE, name: 'DEFAULT expressions' }, () =>
    binder.expression(expression, scope),
  )
  if (hasSubquery(bound)) throw unsupported('a subquery in a DEFAULT expression', { at: expression.at })
  asValueOf(binder, bound, field, expression.at)
}

/** 42804 and the like when the expression is no condition on rows of the table. */
export function bindTableCheck(
  expression: Expression,
  table: string,
  fields: readonly Field[],
  context: BindContext,
): void {
  const binder = makeBareBinder(context)
  const columns = fields.map(({ name, type, nullable }) => toScopeColumn(binder.newColumn(name, type, nullable), true))
  const scope = makeScope(null, null, { relations: [{ name: table, path: [], columns }], columns })
  const bound = inClause(scope, { ...NO_CLAUSE, name: 'check constraints' }, () =>
    bindCondition(binder, expression, scope, 'CHECK'),
  )
  if (hasSubquery(bound)) throw unsupported('a subquery in a CHECK constraint', { at: expression.at })
}
