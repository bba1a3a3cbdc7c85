/** Validity of results: which rows are not NULL. */
import type { Pointer } from '../../core/memory.ts'
import type { Vector } from '../../core/vector.ts'
import { type VectorContext, nullVector } from '../gather.ts'

/** The validity of rows where all of the vectors are not NULL; 0 if there are no NULLs. None of them is a constant NULL. */
export function combinedValidity(context: VectorContext, vectors: readonly Vector[], rowCount: number): Pointer {
  let result: Pointer = 0
  let owned = false
  for (const vector of vectors) {
    if (vector.encoding === 'constant') continue
    const { validity } = vector
    if (validity === 0 || validity === result) continue
    if (result === 0) {
      result = validity
      continue
    }
    const out = owned ? result : context.arena.allocate(rowCount)
    context.kernels.vector.andMask(result, validity, rowCount, out)
    result = out
    owned = true
  }
  return result
}

/** The mask of rows that are true and not NULL, of a boolean vector. Constants are spread out. */
export function trueMask(context: VectorContext, vector: Vector): Pointer {
  const { length } = vector
  if (vector.encoding === 'constant') {
    const isTrue = !vector.isNull && context.memory.u8[vector.data] !== 0
    const mask = context.arena.allocate(length)
    context.kernels.vector.fillI8(isTrue ? 1 : 0, length, mask)
    return mask
  }
  if (vector.encoding === 'dictionary') {
    if (vector.dictionary.length === 0) return nullVector(context, vector.type, length).data
    const values = context.arena.allocate(length)
    context.kernels.vector.lookUpI8(vector.data, vector.dictionary.data, length, values)
    return withValidity(context, values, vector.validity, length)
  }
  return withValidity(context, vector.data, vector.validity, length)
}

function withValidity(context: VectorContext, values: Pointer, validity: Pointer, length: number): Pointer {
  if (validity === 0) return values
  const mask = context.arena.allocate(length)
  context.kernels.vector.andMask(values, validity, length, mask)
  return mask
}
