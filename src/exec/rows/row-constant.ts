/** One row of a vector as a constant: the value is not copied. */
import type { ConstantVector, Vector } from '../../core/vector.ts'
import { storageOf, widthOf } from '../../core/types.ts'
import { gatherVector } from '../../expr/gather.ts'
import { type VectorContext, nullVector } from './vectors.ts'

type GatherContext = VectorContext & Parameters<typeof gatherVector>[0]

/** `length` times the value of `row`. Valid as long as the vector. */
export function rowAsConstant(context: GatherContext, vector: Vector, row: number, length: number): ConstantVector {
  const { type } = vector
  if (vector.encoding === 'constant') return { ...vector, length }
  const { u8, i32 } = context.memory
  if (vector.validity !== 0 && u8[vector.validity + row] === 0) return nullVector(type, length)
  if (vector.encoding === 'dictionary') {
    return rowAsConstant(context, vector.dictionary, i32[(vector.data >>> 2) + row]!, length)
  }
  const storage = storageOf(type)
  const data = vector.data + row * widthOf(storage)
  if (storage !== 'struct')
    return { encoding: 'constant', type, length, data, isNull: false, children: vector.children }
  const pointer = context.arena.allocate(4)
  i32[pointer >>> 2] = row
  const children = vector.children.map((child) => gatherVector(context, child, { pointer, count: 1 }))
  return { encoding: 'constant', type, length, data, isNull: false, children }
}
