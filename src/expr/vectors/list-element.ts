/** Elements of lists by their place, sizes of lists and what they hold, over vectors: row numbers of the element vector, gathered. */
import { BOOLEAN, INTEGER, storageOf } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { ScalarFunction } from '../functions/function.ts'
import { flattenVector, gatherVector, nullVector } from '../gather.ts'
import { EQ, compareToMask } from './compare.ts'
import { stepOf } from './text-cut.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/**
 * The element at `place` (from 1, negative from the end); without it the second argument says which. `ends`: whether negative places of that count from the
 * end, or have no element.
 */
export function elementVectors(ends: 'from both ends' | 'from the start', place?: number): Evaluate {
  return (context, [list, wanted], rowCount, types, validity) => {
    if (list?.encoding !== 'flat' || list.type.kind !== 'list') return null
    const { arena, memory, kernels } = context
    const elements = list.children[0]!
    if (elements.length === 0) return nullVector(context, types.result, rowCount)
    let [places, step] = [wanted?.data ?? 0, wanted === undefined ? 0 : stepOf(wanted)]
    if (place !== undefined) {
      places = arena.allocate(8)
      step = 0
      memory.i64[places >>> 3] = BigInt(place)
    }
    const selection = arena.allocate(rowCount * 4)
    const found = arena.allocate(rowCount)
    const fromEnd = ends === 'from both ends' ? 1 : 0
    kernels.scalar.elementRows(list.data, validity, places, step, fromEnd, rowCount, selection, found)
    const gathered: FlatVector = flattenVector(
      context,
      gatherVector(context, elements, { pointer: selection, count: rowCount }),
    )
    if (gathered.validity !== 0) kernels.vector.andMask(found, gathered.validity, rowCount, found)
    return { ...gathered, validity: found }
  }
}

/** `evaluate` of cardinality and array_length: entries of lists and maps, but not those of lists of lists. */
export const listLengthVectors: Evaluate = ({ arena, kernels }, args, rowCount, types, validity) => {
  const [list] = args
  if (list?.encoding !== 'flat' || args.length > 1) return null
  const [type] = types.args
  if (type!.kind === 'list' && type!.element.type.kind === 'list') return null
  const data = arena.allocate(rowCount * 4)
  kernels.scalar.listCounts(list.data, rowCount, data)
  return { encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] }
}

/** `evaluate` of list_contains with a constant value. */
export const listContainsVectors: Evaluate = (context, [list, value], rowCount, types, validity) => {
  if (list?.encoding !== 'flat' || value?.encoding !== 'constant') return null
  const storage = storageOf(types.args[1]!)
  if (storage === 'list' || storage === 'struct') return null
  const { arena, kernels } = context
  const elements = flattenVector(context, list.children[0]!)
  const mask = arena.allocate(elements.length)
  compareToMask(context, EQ, elements, value, elements.length, elements.validity, mask)
  if (elements.validity !== 0) kernels.vector.andMask(mask, elements.validity, elements.length, mask)
  const data = arena.allocate(rowCount)
  kernels.scalar.anyElement(list.data, validity, mask, rowCount, data)
  return { encoding: 'flat', type: BOOLEAN, length: rowCount, data, validity, children: [] }
}
