/** Keys of lists of values of one width, straight from the vectors' memory (values/value-key.ts has their form). */
import { BYTEA, storageOf, widthOf } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { EvaluateContext } from '../functions/function.ts'
import { flattenVector } from '../gather.ts'
import { isFixedWidth } from '../values/value-key.ts'

/** Null for vectors whose keys are made one by one. */
export function listKeys(
  context: EvaluateContext,
  [list]: readonly Vector[],
  rowCount: number,
  validity: number,
): Vector | null {
  if (list?.encoding !== 'flat' || list.type.kind !== 'list') return null
  const storage = storageOf(list.type.element.type)
  if (!isFixedWidth(storage)) return null
  const { memory, arena } = context
  const child = flattenVector(context, list.children[0]!)
  const width = widthOf(storage)
  const { u8, u32 } = memory
  const data = arena.allocate(rowCount * 8)
  for (let row = 0; row < rowCount; row++) {
    const isNull = validity !== 0 && u8[validity + row] === 0
    const start = isNull ? 0 : u32[(list.data >>> 2) + 2 * row]!
    const count = isNull ? 0 : u32[(list.data >>> 2) + 2 * row + 1]!
    const byteCount = 4 + count * (1 + width)
    const at = arena.allocate(byteCount)
    for (let byte = 0; byte < 4; byte++) u8[at + byte] = (count >>> (8 * byte)) & 0xff
    const values = at + 4 + count
    memory.bulk.copyWithin(values, child.data + start * width, child.data + (start + count) * width)
    for (let i = 0; i < count; i++) {
      const isThere = child.validity === 0 || u8[child.validity + start + i] === 1
      u8[at + 4 + i] = isThere ? 1 : 0
      // What lies under a NULL is anything.
      if (!isThere) u8.fill(0, values + i * width, values + (i + 1) * width)
    }
    u32[(data >>> 2) + 2 * row] = at
    u32[(data >>> 2) + 2 * row + 1] = byteCount
  }
  return { encoding: 'flat', type: BYTEA, length: rowCount, data, validity, children: [] }
}
