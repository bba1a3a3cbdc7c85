/** Expressions that are kept as text: defaults, constraints. */
import { SqlError } from '../core/errors.ts'
import type { Expression } from './ast.ts'
import { parse } from './parse.ts'

/** The expression in a text; 42601 when it is none. */
export function parseExpression(text: string): Expression {
  const [statement] = parse(`select ${text}`)
  const body = statement?.kind === 'query' ? statement.query.body : undefined
  const item = body?.kind === 'select' && body.items.length === 1 && body.from.length === 0 ? body.items[0]! : undefined
  if (item?.kind !== 'expression') throw new SqlError('42601', `not an expression: ${text}`)
  return item.expression
}
