/** Comparing two items of a SQL/JSON path. */
import { compareText } from '../values/compare.ts'
import { type Json, JsonNumber } from '../values/json.ts'
import { compareExact } from './path-number.ts'
import type { CompareSign } from './syntax.ts'

/** null (unknown) for items that cannot be compared: of different types but JSON's null, arrays and objects. */
export function compareItems(op: CompareSign, a: Json, b: Json): boolean | null {
  const order = orderOf(a, b)
  if (order === null) {
    // A null differs from everything else.
    return (a === null) !== (b === null) ? op === '!=' : null
  }
  switch (op) {
    case '==':
      return order === 0
    case '!=':
      return order !== 0
    case '<':
      return order < 0
    case '<=':
      return order <= 0
    case '>':
      return order > 0
    case '>=':
      return order >= 0
  }
}

function orderOf(a: Json, b: Json): number | null {
  if (a === null && b === null) return 0
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (typeof a === 'string' && typeof b === 'string') return compareText(a, b)
  if (a instanceof JsonNumber && b instanceof JsonNumber) return compareExact(a, b)
  return null
}
