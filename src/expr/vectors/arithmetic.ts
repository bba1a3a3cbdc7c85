/** + - * / % over vectors of integers, floats, decimals and dates. */
import { type DataType, isWideDecimal, storageOf } from '../../core/types.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { VectorKernels } from '../../kernel/generated/vector.ts'
import type { EvaluateContext, ScalarFunction, Signature } from '../functions/function.ts'
import { type ArithmeticName, computeNumbers, divisionByZero } from '../functions/number-arithmetic.ts'
import type { IntervalValue } from '../expr.ts'
import { isUtc } from '../values/calendar.ts'
import { integerOutOfRange } from '../values/integer.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'
import { SqlError } from '../../core/errors.ts'
import { valueAt } from '../../core/vector-values.ts'
import { dividedVector, remainderVector } from './decimal-division.ts'
import { computeDecimalVectors } from './decimal.ts'
import { scaledIntervals, shiftedVector } from './interval.ts'
import { doubleVectors } from './math.ts'
import type { Reference } from './rest.ts'

type IntegerKernel = VectorKernels['addI32']

/** `evaluate` of an arithmetic operator. */
export function computeVectors(name: ArithmeticName, reference: Reference): NonNullable<ScalarFunction['evaluate']> {
  const floatModulo = doubleVectors('modulo', reference)!
  return (context, args, rowCount, types, validity) => {
    const [a, b] = args as readonly [Vector, Vector]
    if (isWideDecimal(types.result) || types.args.some(isWideDecimal)) return null
    const kind = types.args.map((type) => type.kind).join()
    switch (types.result.kind) {
      case 'integer':
      case 'bigint':
        if (kind === 'date,date') return integers(context, name, a, b, rowCount, types, validity)
        return types.args[0]!.kind === types.result.kind && types.args[1]!.kind === types.result.kind
          ? integers(context, name, a, b, rowCount, types, validity)
          : null
      case 'date':
        return name === 'add' || name === 'subtract' ? integers(context, name, a, b, rowCount, types, validity) : null
      case 'real':
      case 'double':
        return name === 'modulo'
          ? floatModulo(context, args, rowCount, types, validity)
          : floats(context, name, a, b, rowCount, types, validity)
      case 'decimal':
        if (name === 'divide') return dividedVector(context, [a, b], rowCount, types, validity)
        if (name === 'modulo') return remainderVector(context, [a, b], rowCount, types, validity)
        return computeDecimalVectors(context, name, [a, b], rowCount, types, validity)
      case 'timestamp':
        return (
          shifted(context, name, a, b, rowCount, types, validity) ??
          shiftedVector(context, name === 'add' ? 1 : -1, args, rowCount, types, validity, reference)
        )
      case 'interval':
        return name === 'multiply' ? scaledIntervals(context, args, rowCount, types, validity, reference) : null
      default:
        return null
    }
  }
}

/** Timestamps moved by a constant interval without months, which is a number of ticks unless a day may have 23 hours. */
function shifted(
  context: EvaluateContext,
  name: ArithmeticName,
  a: Vector,
  b: Vector,
  rowCount: number,
  { args: [type, by], result }: Signature,
  validity: Pointer,
): FlatVector | null {
  const { memory, arena, kernels, session } = context
  if (type?.kind !== 'timestamp' || by?.kind !== 'interval' || b.encoding !== 'constant') return null
  const { months, days, micros } = valueAt(memory, b, 0) as IntervalValue
  const isPlain = !type.zone || days === 0 || isUtc(session.timeZone)
  if (months !== 0 || !isPlain) return null
  const ticks = (BigInt(days) * MICROS_PER_DAY + micros) * (type.unit === 'ns' ? 1000n : 1n)
  if (BigInt.asIntN(64, ticks) !== ticks) return null
  const step = arena.allocate(8)
  memory.i64[step >>> 3] = ticks
  const data = arena.allocate(rowCount * 8)
  const compute = name === 'add' ? kernels.vector.addI64 : kernels.vector.subtractI64
  // Out of range: the reference words the error.
  if (compute(a.data, stepOf(a), step, 0, rowCount, validity, data) >= 0) return null
  return flat(result, rowCount, data, validity)
}

function stepOf(vector: Vector): number {
  return vector.encoding === 'constant' ? 0 : 1
}

function flat(type: DataType, length: number, data: Pointer, validity: Pointer): FlatVector {
  return { encoding: 'flat', type, length, data, validity, children: [] }
}

function integers(
  context: EvaluateContext,
  name: ArithmeticName,
  a: Vector,
  b: Vector,
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector {
  const isNarrow = storageOf(types.result) === 'i32'
  const compute = integerKernel(context.kernels.vector, name, isNarrow)
  const data = context.arena.allocate(rowCount * (isNarrow ? 4 : 8))
  const failed = compute(a.data, stepOf(a), b.data, stepOf(b), rowCount, validity, data)
  if (failed >= 0) throw integerError(context, name, b, failed, types.result)
  return flat(types.result, rowCount, data, validity)
}

function integerKernel(kernels: VectorKernels, name: ArithmeticName, isNarrow: boolean): IntegerKernel {
  switch (name) {
    case 'add':
      return isNarrow ? kernels.addI32 : kernels.addI64
    case 'subtract':
      return isNarrow ? kernels.subtractI32 : kernels.subtractI64
    case 'multiply':
      return isNarrow ? kernels.multiplyI32 : kernels.multiplyI64
    case 'divide':
      return isNarrow ? kernels.divideI32 : kernels.divideI64
    case 'modulo':
      return isNarrow ? kernels.moduloI32 : kernels.moduloI64
  }
}

function integerError(
  { memory }: EvaluateContext,
  name: ArithmeticName,
  b: Vector,
  row: number,
  type: DataType,
): SqlError {
  const divisor = valueAt(memory, b, row)
  if ((name === 'divide' || name === 'modulo') && Number(divisor) === 0) return divisionByZero()
  return type.kind === 'date' ? new SqlError('22008', 'date out of range') : integerOutOfRange(type)
}

const FLOAT_OPERATIONS: Partial<Record<ArithmeticName, number>> = {
  add: 0,
  subtract: 1,
  multiply: 2,
  divide: 3,
}

function floats(
  context: EvaluateContext,
  name: ArithmeticName,
  a: Vector,
  b: Vector,
  rowCount: number,
  types: Signature,
  validity: Pointer,
): FlatVector {
  const { arena, memory, kernels } = context
  const isDouble = types.result.kind === 'double'
  const compute = isDouble ? kernels.vector.arithmeticF64 : kernels.vector.arithmeticF32
  const data = arena.allocate(rowCount * (isDouble ? 8 : 4))
  const row = compute(FLOAT_OPERATIONS[name]!, a.data, stepOf(a), b.data, stepOf(b), rowCount, validity, data)
  // The reference says which error it is, if any.
  if (row >= 0) computeNumbers(name, valueAt(memory, a, row), valueAt(memory, b, row), types)
  return flat(types.result, rowCount, data, validity)
}
