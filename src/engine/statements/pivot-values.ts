/** PIVOT without a list of values: the values are asked of the data before the query is bound. */
import { plainQuery, plainSelect } from '../../sql/make-query.ts'
import type { TextRange } from '../../core/errors.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type { Expression, PivotColumn, PivotItem, PivotTable, Query, Select } from '../../sql/ast.ts'

/** Whether some PIVOT below lacks its values. */
export function hasOpenPivot(node: SyntaxNode): boolean {
  return isOpenPivot(node) || childNodes(node).some(hasOpenPivot)
}

export function isOpenPivot(node: unknown): node is PivotTable {
  const { kind, columns } = node as PivotTable
  return kind === 'pivot' && columns.some(({ values }) => values === null)
}

/** The query for the values of a column: its own, or the distinct texts of its expression, in order. */
export function valuesQuery({ source }: PivotTable, { expression, query, at }: PivotColumn): Query {
  if (query !== null) return query
  const value: Expression = {
    kind: 'cast',
    at,
    operand: expression,
    try: false,
    type: { at, name: 'varchar', modifiers: [], arguments: [], fields: [], interval: null },
  }
  const items: Select['items'] = [{ kind: 'expression', at, expression: value, alias: null }]
  const where: Expression = { kind: 'is', at, test: 'null', negated: true, operand: expression }
  const first: Expression = { kind: 'number', at, text: '1' }
  const orderBy = [{ at, expression: first, descending: false, nulls: null }]
  return plainQuery(plainSelect({ items, from: [source], where, distinct: true }, at), at, { orderBy })
}

/** Texts as values: literals that take the type of what they are compared with. */
export function textValues(texts: readonly (string | null)[], at: TextRange): readonly PivotItem[] {
  return texts.map((text) => {
    const expression: Expression = text === null ? { kind: 'null', at } : { kind: 'string', at, value: text }
    return { at, expression, alias: null }
  })
}
