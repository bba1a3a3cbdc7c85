/** Comparisons of vectors: eq ne lt le gt ge. */
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN, storageOf } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { widenDecimal } from './decimal.ts'

/** As the kernels number them: an odd one negates the one before it. */
export const EQ = 0
export const NE = 1
export const LT = 2
export const GE = 3
export const LE = 4
export const GT = 5

/** The operation with its sides exchanged: a < b is b > a. */
const MIRRORED = [EQ, NE, GT, LE, GE, LT]

/** `evaluate` of a comparison function. */
export function compareVectors(op: number): NonNullable<ScalarFunction['evaluate']> {
  return (context, [a, b], rowCount, types, validity) => {
    const storage = storageOf(types.args[0]!)
    if (storage === 'list' || storage === 'struct') return null
    const data = context.arena.allocate(rowCount)
    const isMirrored = a!.encoding === 'constant'
    if (isMirrored) compareToMask(context, MIRRORED[op]!, b!, a!, rowCount, validity, data)
    else compareToMask(context, op, a!, b!, rowCount, validity, data)
    return { encoding: 'flat', type: BOOLEAN, length: rowCount, data, validity, children: [] }
  }
}

/** Writes `a op b` for each row, 0 or 1; `a` is flat, `b` flat or constant. Rows that are NULL by `validity` get anything. */
export function compareToMask(
  context: EvaluateContext,
  op: number,
  a: Vector,
  b: Vector,
  rowCount: number,
  validity: Pointer,
  out: Pointer,
): void {
  const step = b.encoding === 'constant' ? 0 : 1
  const kernels = context.kernels.vector
  let storage = storageOf(a.type)
  let [left, right] = [a, b]
  if (storage !== storageOf(b.type)) {
    // One side is a wide decimal that came narrow.
    left = widenDecimal(context, a, a.type.kind === 'decimal' && storage === 'i64' ? b.type : a.type)
    right = widenDecimal(context, b, left.type)
    storage = 'i128'
  }
  const { data: p } = left
  const { data: q } = right
  switch (storage) {
    case 'i8':
      return kernels.compareI8(op, p, q, step, rowCount, out)
    case 'i32':
      return kernels.compareI32(op, p, q, step, rowCount, out)
    case 'i64':
      return kernels.compareI64(op, p, q, step, rowCount, out)
    case 'i128':
      return kernels.compareI128(op, p, q, step, rowCount, out)
    case 'f32':
      return kernels.compareF32(op, p, q, step, rowCount, out)
    case 'f64':
      return kernels.compareF64(op, p, q, step, rowCount, out)
    case 'bytes':
      return kernels.compareBytes(op, p, q, step, validity, rowCount, out)
    case 'b128':
      return kernels.compareB128(op, p, q, step, rowCount, out)
    case 'interval':
      return kernels.compareInterval(op, p, q, step, rowCount, out)
    case 'list':
    case 'struct':
      throw new TypeError('nested values are compared one by one')
  }
}
