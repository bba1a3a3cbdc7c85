/** abs, sign, negate, ceil, floor, round and trunc over vectors of numbers. What overflows is left to the reference, which words the error. */
import type { Pointer } from '../../core/memory.ts'
import { DECIMAL_I64_DIGITS, isWideDecimal, storageOf } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction, Signature } from '../functions/function.ts'
import { powerOfTen } from '../values/decimal.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** As the kernels number them. */
const FLOAT_OPERATIONS = { floor: 0, ceil: 1, trunc: 2, round: 3, abs: 4, negate: 5 } as const
const DECIMAL_OPERATIONS = { floor: 0, ceil: 1, trunc: 2, round: 3 } as const

export type Rounding = keyof typeof DECIMAL_OPERATIONS

function flat({ result }: Signature, length: number, data: Pointer, validity: Pointer): FlatVector {
  return { encoding: 'flat', type: result, length, data, validity, children: [] }
}

/** Digits beyond which a power of ten is no number to round with. */
const DIGITS_MAX = 300

/** `evaluate` of ceil and floor, and of round and trunc with or without a constant number of digits. */
export function roundingVectors(name: Rounding): Evaluate {
  return (context, [value, digits], rowCount, types, validity) => {
    if (value!.encoding === 'constant' || (digits !== undefined && digits.encoding !== 'constant')) return null
    const places = digits === undefined ? 0 : (valueAt(context.memory, digits, 0) as number)
    const [from] = types.args
    if (isWideDecimal(from!)) return null
    if (from!.kind === 'decimal') return roundedDecimals(context, name, value!, places, rowCount, types, validity)
    if (from!.kind !== 'double') return digits === undefined || places >= 0 ? value! : null
    const { arena, kernels } = context
    const data = arena.allocate(rowCount * 8)
    const operation = FLOAT_OPERATIONS[name]
    if (digits === undefined) kernels.scalar.unaryF64(operation, value!.data, rowCount, data)
    else {
      if (Math.abs(places) > DIGITS_MAX) return null
      kernels.scalar.roundF64(operation, value!.data, rowCount, 10 ** Math.abs(places), places < 0 ? 1 : 0, data)
    }
    return flat(types, rowCount, data, validity)
  }
}

function roundedDecimals(
  { arena, kernels }: EvaluateContext,
  name: Rounding,
  value: Vector,
  places: number,
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector | null {
  const [from] = types.args
  const { result } = types
  if (from?.kind !== 'decimal' || result.kind !== 'decimal' || from.precision > DECIMAL_I64_DIGITS) return null
  const drop = from.scale - places
  // As wide before as after: the digits that are kept are all there are.
  const lost = from.scale - result.scale
  if (drop < lost || drop < 0 || drop > DECIMAL_I64_DIGITS) return null
  const data = arena.allocate(rowCount * 8)
  const unit = powerOfTen(drop)
  kernels.scalar.roundI64(DECIMAL_OPERATIONS[name], value.data, rowCount, unit, powerOfTen(drop - lost), data)
  if (storageOf(result) === 'i128') {
    const wide = arena.allocate(rowCount * 16)
    kernels.vector.widenI64(data, rowCount, wide)
    return flat(types, rowCount, wide, validity)
  }
  if (kernels.vector.exceedsI64(data, rowCount, validity, powerOfTen(result.precision)) >= 0) return null
  return flat(types, rowCount, data, validity)
}

/** `evaluate` of abs. */
export const absVectors: Evaluate = ({ arena, kernels }, [value], rowCount, types, validity) => {
  if (value!.encoding === 'constant') return null
  const storage = storageOf(types.result)
  if (storage !== 'i32' && storage !== 'i64' && storage !== 'f64') return null
  const data = arena.allocate(rowCount * 8)
  if (storage === 'f64') kernels.scalar.unaryF64(FLOAT_OPERATIONS.abs, value!.data, rowCount, data)
  else {
    const run = storage === 'i32' ? kernels.scalar.absI32 : kernels.scalar.absI64
    if (run(value!.data, rowCount, validity, data) >= 0) return null
    // -32768 has no positive counterpart of its type, but one of its storage.
    if (types.result.kind === 'smallint') return null
  }
  return flat(types, rowCount, data, validity)
}

/** `evaluate` of sign. */
export const signVectors: Evaluate = ({ arena, kernels }, [value], rowCount, types, validity) => {
  if (value!.encoding === 'constant') return null
  const data = arena.allocate(rowCount * 8)
  const storage = storageOf(types.args[0]!)
  if (storage === 'f64') kernels.scalar.signF64(value!.data, rowCount, data)
  else if (storage === 'i32') kernels.scalar.signI32(value!.data, rowCount, data)
  else if (storage === 'i64')
    kernels.scalar.signI64(value!.data, rowCount, storageOf(types.result) === 'i64' ? 1 : 0, data)
  else return null
  return flat(types, rowCount, data, validity)
}

/** `evaluate` of negate: 0 - x for integers and decimals of 64 bits. */
export const negateVectors: Evaluate = ({ arena, kernels }, [value], rowCount, types, validity) => {
  if (value!.encoding === 'constant') return null
  const { result } = types
  const storage = storageOf(value!.type)
  // A narrow vector of a wide decimal stays narrow.
  const type = result.kind === 'decimal' ? value!.type : result
  const data = arena.allocate(rowCount * 8)
  if (storage === 'f64') kernels.scalar.unaryF64(FLOAT_OPERATIONS.negate, value!.data, rowCount, data)
  else if ((storage === 'i32' && result.kind === 'integer') || storage === 'i64') {
    const zero = arena.allocateZeroed(8)
    const run = storage === 'i32' ? kernels.vector.subtractI32 : kernels.vector.subtractI64
    if (run(zero, 0, value!.data, 1, rowCount, validity, data) >= 0) return null
  } else return null
  return { encoding: 'flat', type, length: rowCount, data, validity, children: [] }
}
