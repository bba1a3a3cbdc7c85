/**
 * Decimal arithmetic over vectors.
 *
 * The type of l_extendedprice * (1 - l_discount) * (1 + l_tax) has 38 digits, its values have 12. So operands of 64 bits are
 * computed in 64 bits with overflow detection, whatever the result's type; the result is then a vector of type decimal(18, s) ("narrow").
 * Only when a batch has a value that does not fit, or an operand is wide already, it is computed in 128 bits.
 * Where a parent takes no narrow vectors, widenDecimal makes 128 bits of them.
 */
import type { Pointer } from '../../core/memory.ts'
import { DECIMAL_DIGITS_MAX, DECIMAL_I64_DIGITS, type DataType, decimal, storageOf } from '../../core/types.ts'
import { writeInt128 } from '../../core/vector-values.ts'
import type { ConstantVector, FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, Signature } from '../functions/function.ts'
import { type VectorContext, flattenVector } from '../gather.ts'
import { numericOverflow, powerOfTen } from '../values/decimal.ts'

type Decimal = DataType & { kind: 'decimal' }

/** The vector in the storage of `type`: narrow values of a wide decimal type get 128 bits. */
export function widenDecimal(context: VectorContext, vector: Vector, type: DataType): Vector {
  if (type.kind !== 'decimal' || storageOf(vector.type) === storageOf(type)) return vector
  const { arena, kernels } = context
  switch (vector.encoding) {
    case 'constant': {
      const data = arena.allocate(16)
      if (!vector.isNull) kernels.vector.widenI64(vector.data, 1, data)
      return { ...vector, type, data } satisfies ConstantVector
    }
    case 'flat': {
      const data = arena.allocate(vector.length * 16)
      kernels.vector.widenI64(vector.data, vector.length, data)
      return { ...vector, type, data } satisfies FlatVector
    }
    case 'dictionary':
      return widenDecimal(context, flattenVector(context, vector), type)
  }
}

/** A constant of a wide decimal type as a narrow one, if it fits; other vectors as they are. */
export function narrowConstant(context: VectorContext, vector: Vector): Vector {
  const { type } = vector
  if (vector.encoding !== 'constant' || type.kind !== 'decimal' || storageOf(type) !== 'i128') return vector
  const narrowType = decimal(DECIMAL_I64_DIGITS, type.scale)
  if (type.scale > DECIMAL_I64_DIGITS) return vector
  const data = context.arena.allocate(8)
  if (vector.isNull) return { ...vector, type: narrowType, data }
  return context.kernels.vector.narrowI128(vector.data, 1, 0, data) < 0 ? { ...vector, type: narrowType, data } : vector
}

/** Values as a kernel takes them. */
interface Operand {
  readonly isWide: boolean
  readonly data: Pointer
  /** 0: one value for all rows. */
  readonly step: number
}

function operandOf(vector: Vector): Operand {
  return {
    isWide: storageOf(vector.type) === 'i128',
    data: vector.data,
    step: vector.encoding === 'constant' ? 0 : 1,
  }
}

function widen(context: EvaluateContext, operand: Operand, rowCount: number): Operand {
  if (operand.isWide) return operand
  const count = operand.step === 0 ? 1 : rowCount
  const data = context.arena.allocate(count * 16)
  context.kernels.vector.widenI64(operand.data, count, data)
  return { isWide: true, data, step: operand.step }
}

/** Multiplies by 10^digits, in 64 bits if that holds the result. */
function scaleUp(
  context: EvaluateContext,
  operand: Operand,
  digits: number,
  rowCount: number,
  validity: Pointer,
  result: Decimal,
): Operand {
  if (digits === 0) return operand
  const { arena, memory, kernels } = context
  const count = operand.step === 0 ? 1 : rowCount
  const valid = operand.step === 0 ? 0 : validity
  if (!operand.isWide && digits <= DECIMAL_I64_DIGITS) {
    const factor = arena.allocate(8)
    memory.i64[factor >>> 3] = powerOfTen(digits)
    const data = arena.allocate(count * 8)
    if (kernels.vector.multiplyI64(operand.data, 1, factor, 0, count, valid, data) < 0) {
      return { isWide: false, data, step: operand.step }
    }
  }
  const wide = widen(context, operand, rowCount)
  const factor = arena.allocate(16)
  writeInt128(memory, factor, powerOfTen(digits))
  const data = arena.allocate(count * 16)
  const overflow = kernels.vector.multiplyI128(wide.data, 1, factor, 0, count, valid, data)
  if (overflow >= 0) throw numericOverflow(result.precision, result.scale)
  return { isWide: true, data, step: operand.step }
}

/** a + b, a - b, a * b. The operands' vectors may be narrow; so may the result (see above). */
export function computeDecimalVectors(
  context: EvaluateContext,
  name: 'add' | 'subtract' | 'multiply',
  [a, b]: readonly [Vector, Vector],
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector {
  const result = types.result as Decimal
  const x = types.args[0] as Decimal
  const y = types.args[1] as Decimal
  let left = operandOf(a)
  let right = operandOf(b)
  if (name !== 'multiply') {
    left = scaleUp(context, left, result.scale - x.scale, rowCount, validity, result)
    right = scaleUp(context, right, result.scale - y.scale, rowCount, validity, result)
  }
  const narrow = narrowResult(context, name, left, right, rowCount, validity)
  if (narrow === 0) return wideResult(context, name, left, right, rowCount, result, validity)
  return settle(context, narrow, rowCount, result, validity)
}

/** The result in 64 bits; 0 when it does not fit. */
function narrowResult(
  { arena, kernels }: EvaluateContext,
  name: 'add' | 'subtract' | 'multiply',
  a: Operand,
  b: Operand,
  rowCount: number,
  validity: Pointer,
): Pointer {
  if (a.isWide || b.isWide) return 0
  const data = arena.allocate(rowCount * 8)
  const { addI64, subtractI64, multiplyI64 } = kernels.vector
  const compute = { add: addI64, subtract: subtractI64, multiply: multiplyI64 }[name]
  return compute(a.data, a.step, b.data, b.step, rowCount, validity, data) < 0 ? data : 0
}

/** A 64-bit result as a vector of its type, or narrow. */
function settle(
  context: EvaluateContext,
  data: Pointer,
  rowCount: number,
  type: Decimal,
  validity: Pointer,
): FlatVector {
  const isNarrow = type.precision > DECIMAL_I64_DIGITS
  // decimal(18, s) needs s <= 18; beyond that values are given wide at once.
  const own = !isNarrow || type.scale <= DECIMAL_I64_DIGITS
  const vector: FlatVector = {
    encoding: 'flat',
    type: isNarrow ? decimal(DECIMAL_I64_DIGITS, Math.min(type.scale, DECIMAL_I64_DIGITS)) : type,
    length: rowCount,
    data,
    validity,
    children: [],
  }
  return own ? vector : (widenDecimal(context, vector, type) as FlatVector)
}

function wideResult(
  context: EvaluateContext,
  name: 'add' | 'subtract' | 'multiply',
  left: Operand,
  right: Operand,
  rowCount: number,
  type: Decimal,
  validity: Pointer,
): FlatVector {
  const { arena, kernels } = context
  const wide = arena.allocate(rowCount * 16)
  if (name === 'multiply' && !left.isWide && !right.isWide) {
    kernels.vector.multiplyWideI64(left.data, left.step, right.data, right.step, rowCount, wide)
  } else {
    const a = widen(context, left, rowCount)
    const b = widen(context, right, rowCount)
    if (name === 'multiply') {
      const row = kernels.vector.multiplyI128(a.data, a.step, b.data, b.step, rowCount, validity, wide)
      if (row >= 0) throw numericOverflow(type.precision, type.scale)
    } else {
      const compute = name === 'add' ? kernels.vector.addI128 : kernels.vector.subtractI128
      compute(a.data, a.step, b.data, b.step, rowCount, wide)
    }
  }
  return checked(context, wide, rowCount, type, validity)
}

/** 128-bit results as a vector of the type; 22003 for those with too many digits. */
function checked(
  { arena, memory, kernels }: EvaluateContext,
  wide: Pointer,
  rowCount: number,
  type: Decimal,
  validity: Pointer,
): FlatVector {
  const limit = arena.allocate(16)
  writeInt128(memory, limit, powerOfTen(Math.min(type.precision, DECIMAL_DIGITS_MAX)))
  if (kernels.vector.exceedsI128(wide, rowCount, validity, limit) >= 0) {
    throw numericOverflow(type.precision, type.scale)
  }
  const base = { encoding: 'flat', type, length: rowCount, validity, children: [] } as const
  if (type.precision > DECIMAL_I64_DIGITS) return { ...base, data: wide }
  const data = arena.allocate(rowCount * 8)
  kernels.vector.narrowI128(wide, rowCount, validity, data)
  return { ...base, data }
}
