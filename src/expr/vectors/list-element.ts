/** Elements of lists by their place, for whole vectors: row numbers of the element vector, gathered. */
import type { FlatVector } from '../../core/vector.ts'
import { valueAt } from '../../core/vector-values.ts'
import { flattenVector, gatherVector, nullVector } from '../gather.ts'
import type { ScalarFunction } from '../functions/function.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** The element at `place` (from 1, negative from the end); without it the second argument says which, when it is constant. */
export function elementVectors(place?: number): Evaluate {
  return (context, [list, wanted], rowCount, types, validity) => {
    if (list?.encoding !== 'flat') return null
    const at = place ?? (wanted?.encoding === 'constant' ? Number(valueAt(context.memory, wanted, 0)) : null)
    if (at === null) return null
    const { arena, memory } = context
    const elements = list.children[0]!
    if (elements.length === 0) return nullVector(context, types.result, rowCount)
    const { u8, u32 } = memory
    const selection = arena.allocate(rowCount * 4)
    const found = arena.allocate(rowCount)
    for (let row = 0; row < rowCount; row++) {
      const isNull = validity !== 0 && u8[validity + row] === 0
      const size = isNull ? 0 : u32[(list.data >>> 2) + 2 * row + 1]!
      const index = at < 0 ? size + at : at - 1
      const exists = index >= 0 && index < size
      u8[found + row] = exists ? 1 : 0
      u32[(selection >>> 2) + row] = exists ? u32[(list.data >>> 2) + 2 * row]! + index : 0
    }
    const gathered: FlatVector = flattenVector(
      context,
      gatherVector(context, elements, { pointer: selection, count: rowCount }),
    )
    if (gathered.validity !== 0) {
      for (let row = 0; row < rowCount; row++) u8[found + row] = u8[found + row]! & u8[gathered.validity + row]!
    }
    return { ...gathered, validity: found }
  }
}
