/** Copies of vectors that point into nothing that goes when a slice or a row group does. */
import type { Arena } from '../../core/arena.ts'
import { storageOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import { type VectorContext, fillFrom, flattenVector, gatherVector } from '../../expr/gather.ts'

/** A flat copy, in the context's arena, with the bytes of strings. */
export function copyVector(own: VectorContext, vector: Vector): FlatVector {
  const isBytes = storageOf(vector.type) === 'bytes'
  if (vector.encoding === 'constant' && isBytes && !vector.isNull) {
    // Its bytes once, for all rows.
    const one = copyBytes(own, { ...vector, encoding: 'flat', length: 1, validity: 0 })
    const data = own.arena.allocate(vector.length * 8)
    fillFrom(own, 'bytes', one.data, vector.length, data)
    return { ...one, length: vector.length, data }
  }
  const flat = flattenVector(own, gatherVector(own, vector, allRows(own, vector.length)))
  return isBytes ? copyBytes(own, flat) : flat
}

/**
 * A copy that outlives a slice: values that lie in the slice's arena are copied, dictionaries and constants that the reader keeps stay where they are.
 * Readers may put strings that they decode into the slice's arena (ORC's direct ones, results of casts), others among the pages that they keep.
 */
export function copyOfSlice(own: VectorContext, slice: Arena, vector: Vector): Vector {
  const kept = vector.encoding === 'dictionary' ? vector.dictionary : vector.encoding === 'constant' ? vector : null
  if (kept !== null && !slice.holds(kept.data)) return gatherVector(own, vector, allRows(own, vector.length))
  return copyVector(own, vector)
}

function allRows({ arena, kernels }: VectorContext, count: number): { pointer: number; count: number } {
  const pointer = arena.allocate(count * 4)
  kernels.table.rowAddresses(count, 0, 1, pointer)
  return { pointer, count }
}

function copyBytes({ arena, kernels }: VectorContext, flat: FlatVector): FlatVector {
  const { store } = kernels
  const { data, validity, length } = flat
  const views = arena.allocate(length * 8)
  const heap = arena.allocate(store.sumLengths(data, validity, length))
  store.copyStrings(data, validity, length, views, heap)
  return { ...flat, data: views }
}
