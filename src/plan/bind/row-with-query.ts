/** Rows compared with the rows of a subquery other than by `=`: the comparison goes into the subquery, where it is one of two written rows. */
import { SqlError, type TextRange } from '../../core/errors.ts'
import { plainQuery, plainSelect } from '../../sql/make-query.ts'
import type { Binary, Expression, Identifier, Quantified, Query, RowConstructor, Select } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { countColumns } from './ctes.ts'
import type { Scope } from './scope.ts'

/** `(a, b) < (SELECT c, d ...)` as `(SELECT (a, b) < (c, d) FROM (SELECT c, d ...))`; null for other operands. */
export function rowWithQuery(binder: Binder, ast: Binary, scope: Scope): Expression | null {
  const { left, right, at } = ast
  const [row, query] = left.kind === 'row' ? [left, right] : [right, left]
  if (row.kind !== 'row' || query.kind !== 'scalar-query' || row.values.length < 2) return null
  const fields = fieldsOf(binder, row, query.query, query.at, scope)
  // The written row stays on its side.
  const compared: Binary = left.kind === 'row' ? { ...ast, right: fields } : { ...ast, left: fields }
  return { kind: 'scalar-query', at, query: overRows(compared, row, query.query, at) }
}

/** `(a, b) < ANY (SELECT c, d ...)` as `true = ANY (SELECT (a, b) < (c, d) FROM (SELECT c, d ...))`; the same for ALL. */
export function quantifiedRow(
  binder: Binder,
  ast: Quantified,
  row: RowConstructor,
  query: Query,
  scope: Scope,
): Quantified {
  const { operator, at } = ast
  const fields = fieldsOf(binder, row, query, at, scope)
  const compared: Expression = { kind: 'binary', operator, left: row, right: fields, operatorAt: at, at }
  return {
    ...ast,
    operator: '=',
    operand: { kind: 'boolean', value: true, at },
    source: overRows(compared, row, query, at),
  }
}

/** Names that no SQL can write: nothing of the row is taken for a column of the subquery. */
function namesOf(row: RowConstructor, at: TextRange): readonly Identifier[] {
  return row.values.map((_, i): Identifier => ({ at, name: ` ${i + 1}`, quoted: true }))
}

/** The columns of the subquery as a row; 42601 when they are not as many as the row has fields. */
function fieldsOf(binder: Binder, row: RowConstructor, query: Query, at: TextRange, scope: Scope): RowConstructor {
  const width = countColumns(binder, query, scope)
  if (width !== row.values.length) {
    throw new SqlError('42601', `subquery has too ${width > row.values.length ? 'many' : 'few'} columns`, { at })
  }
  return { kind: 'row', at, values: namesOf(row, at).map((name) => ({ kind: 'column', at, parts: [name] })) }
}

function overRows(expression: Expression, row: RowConstructor, query: Query, at: TextRange): Query {
  const alias = { at, name: { at, name: ' row', quoted: true }, columns: namesOf(row, at) }
  const items: Select['items'] = [{ kind: 'expression', at, alias: null, expression }]
  const from: Select['from'] = [{ kind: 'derived-table', at, lateral: false, query, alias }]
  return plainQuery(plainSelect({ items, from }, at), at)
}
