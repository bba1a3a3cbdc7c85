/** ORDER BY's items, with the place of NULLs that the dialect means. */
import type * as ast from '../ast.ts'
import type { Conversion } from './conversion.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'

export function convertOrder(value: ForeignValue, conversion: Conversion): ast.OrderItem {
  const { at, dialect, plain } = conversion
  const item = new ForeignNode(value, 'ORDER BY')
  const expression = conversion.expression(item.take('expr'))
  const direction = (item.text('type') ?? 'asc').toLowerCase()
  const nulls = item.text('nulls')?.toLowerCase() ?? null
  item.done()
  if (direction !== 'asc' && direction !== 'desc') throw cannotConvert(`ORDER BY ${direction}`)
  const descending = direction === 'desc'
  if (nulls !== null && nulls !== 'nulls first' && nulls !== 'nulls last') throw cannotConvert(nulls)
  if (nulls !== null) return { at, expression, descending, nulls: nulls === 'nulls first' ? 'first' : 'last' }
  if (plain || dialect.nulls === 'high') return { at, expression, descending, nulls: null }
  if (dialect.nulls === 'last') return { at, expression, descending, nulls: 'last' }
  return { at, expression, descending, nulls: descending ? 'last' : 'first' }
}
