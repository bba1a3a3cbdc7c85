/** Parts of texts over vectors, which are views of the same bytes, and the places of texts in others. */
import { BOOLEAN, INTEGER, VARCHAR } from '../../core/types.ts'
import type { Pointer } from '../../core/memory.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { ScalarFunction } from '../functions/function.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** 1: a value a row; 0: one for all. */
export function stepOf(vector: Vector): 0 | 1 {
  return vector.encoding === 'constant' ? 0 : 1
}

export function viewsOf(data: Pointer, length: number, validity: Pointer): FlatVector {
  return { encoding: 'flat', type: VARCHAR, length, data, validity, children: [] }
}

/** `evaluate` of substring(text, from, count) whose positions are columns. */
export const substringRowVectors: Evaluate = ({ arena, kernels }, [text, from, count], rowCount, types, validity) => {
  if (types.args[0]!.kind !== 'varchar' || types.args[1]!.kind !== 'integer') return null
  if (text!.encoding === 'constant') return null
  const data = arena.allocate(rowCount * 8)
  const bad = kernels.string.substringRows(
    text!.data,
    validity,
    rowCount,
    from!.data,
    stepOf(from!),
    count?.data ?? 0,
    count === undefined ? 0 : stepOf(count),
    data,
  )
  // A negative length: the reference words the error.
  return bad >= 0 ? null : viewsOf(data, rowCount, validity)
}

/** `evaluate` of left and right. */
export function endVectors(side: 'left' | 'right'): Evaluate {
  return ({ arena, kernels }, [text, count], rowCount, _types, validity) => {
    const data = arena.allocate(rowCount * 8)
    kernels.string.endRows(
      text!.data,
      stepOf(text!),
      validity,
      rowCount,
      side === 'right' ? 1 : 0,
      count!.data,
      stepOf(count!),
      data,
    )
    return viewsOf(data, rowCount, validity)
  }
}

/** `evaluate` of btrim (`sides` 3), ltrim (1) and rtrim (2) of a constant set of ASCII characters. */
export function trimVectors(sides: 1 | 2 | 3): Evaluate {
  return ({ memory, arena, kernels }, [text, set], rowCount, types, validity) => {
    if (types.args[0]!.kind !== 'varchar' || text!.encoding === 'constant') return null
    if (set !== undefined && set.encoding !== 'constant') return null
    const characters = set === undefined ? ' ' : (valueAt(memory, set, 0) as string)
    const isIn = arena.allocateZeroed(256)
    for (let i = 0; i < characters.length; i++) {
      const code = characters.charCodeAt(i)
      if (code >= 0x80) return null
      memory.u8[isIn + code] = 1
    }
    const data = arena.allocate(rowCount * 8)
    kernels.string.trimRows(text!.data, validity, rowCount, isIn, sides, data)
    return viewsOf(data, rowCount, validity)
  }
}

/** `evaluate` of split_part. */
export const splitPartVectors: Evaluate = (
  { arena, kernels },
  [text, separator, place],
  rowCount,
  _types,
  validity,
) => {
  const data = arena.allocate(rowCount * 8)
  const bad = kernels.string.splitPartRows(
    text!.data,
    stepOf(text!),
    validity,
    rowCount,
    separator!.data,
    stepOf(separator!),
    place!.data,
    stepOf(place!),
    data,
  )
  // Place 0: the reference words the error.
  return bad >= 0 ? null : viewsOf(data, rowCount, validity)
}

/** `evaluate` of strpos, and of position, whose arguments are the other way round. */
export function placeVectors(order: 'text first' | 'part first'): Evaluate {
  return ({ arena, kernels }, [first, second], rowCount, _types, validity) => {
    const [text, part] = order === 'text first' ? [first!, second!] : [second!, first!]
    const data = arena.allocate(rowCount * 4)
    kernels.string.findRows(text.data, stepOf(text), part.data, stepOf(part), validity, rowCount, data)
    return { encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] }
  }
}

/** `evaluate` of contains (`where` 0), starts_with (1) and ends_with (2). */
export function hasPartVectors(where: 0 | 1 | 2): Evaluate {
  return ({ arena, kernels }, [text, part], rowCount, _types, validity) => {
    const data = arena.allocate(rowCount)
    const { hasPartRows } = kernels.string
    hasPartRows(where, text!.data, stepOf(text!), part!.data, stepOf(part!), validity, rowCount, data)
    return { encoding: 'flat', type: BOOLEAN, length: rowCount, data, validity, children: [] }
  }
}

/** `evaluate` of ascii. */
export const firstCodeVectors: Evaluate = ({ arena, kernels }, [text], rowCount, _types, validity) => {
  if (text!.encoding === 'constant') return null
  const data = arena.allocate(rowCount * 4)
  kernels.string.firstCodes(text!.data, validity, rowCount, data)
  return { encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] }
}

/** Parts of one batch beyond which the reference says what is too many. */
const PARTS_MAX = 8_000_000

/** `evaluate` of string_split with a constant separator that is not empty. */
export const splitVectors: Evaluate = ({ memory, arena, kernels }, [text, separator], rowCount, types, validity) => {
  if (text!.encoding === 'constant' || separator!.encoding !== 'constant') return null
  const [at, length] = [memory.u32[separator!.data >>> 2]!, memory.u32[(separator!.data >>> 2) + 1]!]
  if (length === 0) return null
  const data = arena.allocate(rowCount * 8)
  const { splitRows } = kernels.string
  const count = splitRows(text!.data, validity, rowCount, at, length, data, 0)
  if (count > PARTS_MAX) return null
  const parts = arena.allocate(count * 8)
  splitRows(text!.data, validity, rowCount, at, length, data, parts)
  const children = [viewsOf(parts, count, 0)]
  return { encoding: 'flat', type: types.result, length: rowCount, data, validity, children }
}
