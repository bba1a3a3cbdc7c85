/**
 * UNPIVOT: a row for each of the columns.
 *
 *     t UNPIVOT (v FOR n IN (a, b))   ->   Filter  v IS NOT NULL
 *                                            Unnest  ['a', 'b'] AS n, [t.a, t.b] AS v
 *                                              Scan t
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, BOOLEAN, VARCHAR } from '../../core/types.ts'
import { type Expr, and, call, column, columnsOf } from '../../expr/expr.ts'
import type { Expression, UnpivotColumn, UnpivotTable } from '../../sql/ast.ts'
import type { LogicalPlan } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import { type CteScope, type FromItem, type Scope, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { expandItems } from './select-items.ts'
import { cannotMatch, unify } from './typing.ts'

/** A row that each row becomes. */
interface Turned {
  readonly name: string
  readonly values: readonly Expr[]
  readonly at: TextRange
}

export function bindUnpivot(
  binder: Binder,
  ast: UnpivotTable,
  source: FromItem,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  const scope = makeScope(parent, ctes, source)
  const turned = inClause(scope, { ...NO_CLAUSE, name: 'UNPIVOT' }, () =>
    ast.columns.flatMap((one) => turn(binder, one, ast, scope)),
  )
  if (turned.length === 0) throw new SqlError('42601', 'UNPIVOT needs a column', { at: ast.at })
  const used = new Set(turned.flatMap(({ values }) => values.flatMap((value) => [...columnsOf(value)])))
  const kept = source.columns.filter(({ id, hidden }) => !hidden && !used.has(id))
  const lists = [namesOf(binder, turned, ast.at), ...ast.values.map((_, i) => valuesAt(binder, turned, i, ast))]
  const names = [ast.name, ...ast.values]
  const elements = lists.map((list, i) => {
    const type: DataType = list.type.kind === 'list' ? list.type.element.type : VARCHAR
    return binder.newColumn(names[i]!.name, type, i > 0)
  })
  let plan: LogicalPlan = {
    kind: 'unnest',
    child: source.plan,
    lists,
    ordinality: false,
    outer: false,
    columns: [...source.plan.columns, ...elements],
  }
  if (!ast.includeNulls) plan = withoutNulls(plan, elements.slice(1))
  return { plan, columns: [...kept, ...elements.map((element) => toScopeColumn(element, false))] }
}

/** The rows without NULLs among their values. */
function withoutNulls(child: LogicalPlan, values: LogicalPlan['columns']): LogicalPlan {
  const tests = values.map(({ id, type }) => call('is_not_null', [column(id, type)], BOOLEAN))
  return { kind: 'filter', child, predicate: and(tests), columns: child.columns }
}

function turn(binder: Binder, { items, alias, at }: UnpivotColumn, ast: UnpivotTable, scope: Scope): readonly Turned[] {
  const width = ast.values.length
  const outputs = expandItems(binder, items, scope)
  const [only] = items
  // A star, or COLUMNS(), is many columns of one value each.
  const isMany = items.length === 1 && (only!.kind === 'star' || outputs.length !== 1)
  if (isMany && width === 1) {
    return outputs.map((output) => ({ name: output.name, values: [output.bind()], at }))
  }
  if (outputs.length !== width) {
    throw new SqlError('42601', `UNPIVOT makes ${width} values of each row, not ${outputs.length}`, { at })
  }
  const name = alias?.name ?? outputs.map((output) => output.name).join('_')
  return [{ name, values: outputs.map((output) => output.bind()), at }]
}

function namesOf(binder: Binder, turned: readonly Turned[], at: TextRange): Expr {
  const elements = turned.map(({ name }): Expression => ({ kind: 'string', at, value: name }))
  return binder.expression({ kind: 'array', at, elements }, makeScope(null, null))
}

/** The list of the values that stand in one column; their types must agree. */
function valuesAt(binder: Binder, turned: readonly Turned[], index: number, ast: UnpivotTable): Expr {
  const values = turned.map((one) => one.values[index]!)
  const unified = unify(
    binder,
    values,
    turned.map(({ at }) => at),
  )
  if (unified === null) throw cannotMatch('UNPIVOT', values, ast.at)
  const { exprs, type } = unified
  return call('list', exprs, { kind: 'list', element: { name: 'element', type, nullable: true } })
}
