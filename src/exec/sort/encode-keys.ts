/** Sort keys of a batch as bytes: one string of `keyBytes` bytes a row, in the context's arena. */
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type Storage, typeName } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { type VectorContext, flatten } from '../rows/vectors.ts'
import type { SortShape } from './sort-shape.ts'

export function encodeKeys(
  context: OperatorContext,
  shape: SortShape,
  values: readonly Vector[],
  rowCount: number,
): Pointer {
  const keys = context.arena.allocateZeroed(rowCount * shape.keyBytes)
  shape.keys.forEach((key, i) => {
    const mark = context.arena.mark()
    const { data, validity, type } = flatten(context, values[i]!)
    const kernel = encoderOf(context, key.storage)
    if (kernel === null) throw unsupported(`sorting by ${typeName(type)}`)
    const [valid, missing] = key.nullsFirst ? [1, 0] : [0, 1]
    const descending = key.descending ? 1 : 0
    kernel(rowCount, 0, data, validity, keys + key.offset, shape.keyBytes, descending, valid, missing)
    context.arena.release(mark)
  })
  return keys
}

type Encoder = VectorContext['kernels']['sort']['encodeI64']

/** The kernel that writes values of a storage as bytes that compare like them; null for nested values, which have no order. */
export function encoderOf({ kernels: { sort } }: VectorContext, storage: Storage): Encoder | null {
  switch (storage) {
    case 'i8':
      return sort.encodeI8
    case 'i32':
      return sort.encodeI32
    case 'i64':
      return sort.encodeI64
    case 'f32':
      return sort.encodeF32
    case 'f64':
      return sort.encodeF64
    case 'i128':
      return sort.encodeI128
    case 'b128':
      return sort.encodeB128
    case 'interval':
      return sort.encodeInterval
    case 'bytes':
      return sort.encodeViews
    case 'list':
    case 'struct':
      return null
  }
}
