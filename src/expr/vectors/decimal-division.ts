/** Quotients and remainders of decimals over vectors, of operands whose values fit 64 bits. */
import type { Pointer } from '../../core/memory.ts'
import { type DataType, DECIMAL_I64_DIGITS, storageOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, Signature } from '../functions/function.ts'
import { powerOfTen } from '../values/decimal.ts'
import { stepOf } from './text-cut.ts'

type Decimal = DataType & { kind: 'decimal' }

/** Values in 64 bits, at most 18 digits; null when they do not fit. */
function narrow(
  { arena, kernels }: EvaluateContext,
  vector: Vector,
  rowCount: number,
  validity: Pointer,
): Pointer | null {
  const [count, valid] = stepOf(vector) === 0 ? [1, 0] : [rowCount, validity]
  if (storageOf(vector.type) === 'i64') return vector.data
  const data = arena.allocate(count * 8)
  if (kernels.vector.narrowI128(vector.data, count, valid, data) >= 0) return null
  return kernels.vector.exceedsI64(data, count, valid, powerOfTen(DECIMAL_I64_DIGITS)) >= 0 ? null : data
}

/** a / b, rounded half away from zero at the scale of the result; null for the reference, which words errors too. */
export function dividedVector(
  context: EvaluateContext,
  [a, b]: readonly [Vector, Vector],
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector | null {
  const [x, y] = types.args as readonly [Decimal, Decimal]
  const result = types.result as Decimal
  const shift = result.scale + y.scale - x.scale
  // 10^19 is the last power below 2^64. A product of 18 and 19 digits is below 10^37, and so is its quotient.
  if (shift < 0 || shift > 19 || storageOf(result) !== 'i128' || result.precision < 38) return null
  const left = narrow(context, a, rowCount, validity)
  const right = narrow(context, b, rowCount, validity)
  if (left === null || right === null) return null
  const { arena, kernels } = context
  const data = arena.allocate(rowCount * 16)
  const power = BigInt.asIntN(64, powerOfTen(shift))
  const bad = kernels.scalar.divideDecimals(left, stepOf(a), right, stepOf(b), power, rowCount, validity, data)
  return bad >= 0 ? null : { encoding: 'flat', type: result, length: rowCount, data, validity, children: [] }
}

/** a % b with the sign of a. */
export function remainderVector(
  context: EvaluateContext,
  [a, b]: readonly [Vector, Vector],
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector | null {
  const [x, y] = types.args as readonly [Decimal, Decimal]
  const result = types.result as Decimal
  const left = scaled(context, a, result.scale - x.scale, rowCount, validity)
  const right = scaled(context, b, result.scale - y.scale, rowCount, validity)
  if (left === null || right === null) return null
  const { arena, kernels } = context
  const data = arena.allocate(rowCount * 8)
  if (kernels.vector.moduloI64(left, stepOf(a), right, stepOf(b), rowCount, validity, data) >= 0) return null
  const isWide = storageOf(result) === 'i128'
  const out = isWide ? arena.allocate(rowCount * 16) : data
  // A remainder is smaller than both, so it has no more digits than the result's type.
  if (isWide) kernels.vector.widenI64(data, rowCount, out)
  return { encoding: 'flat', type: result, length: rowCount, data: out, validity, children: [] }
}

function scaled(
  context: EvaluateContext,
  vector: Vector,
  digits: number,
  rowCount: number,
  validity: Pointer,
): Pointer | null {
  const data = narrow(context, vector, rowCount, validity)
  if (data === null || digits === 0) return data
  if (digits > DECIMAL_I64_DIGITS) return null
  const { arena, memory, kernels } = context
  const [count, valid] = stepOf(vector) === 0 ? [1, 0] : [rowCount, validity]
  const factor = arena.allocate(8)
  memory.i64[factor >>> 3] = powerOfTen(digits)
  const out = arena.allocate(count * 8)
  return kernels.vector.multiplyI64(data, 1, factor, 0, count, valid, out) < 0 ? out : null
}
