/** Casts by kernel: between numbers, and between dates and timestamps without zone. */
import { numericOverflow, powerOfTen } from '../values/decimal.ts'
import { integerOutOfRange, integerRange } from '../values/integer.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'
import { type DataType, DECIMAL_I64_DIGITS, isWideDecimal, storageOf } from '../../core/types.ts'
import type { Pointer } from '../../core/memory.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { EvaluateContext } from '../functions/function.ts'
import { asDecimal } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { fillRest } from './rest.ts'

/** The vector in another type; null where no kernel does it. `isTry`: only casts that cannot fail. `cast`: its meaning, for rows that are left. */
export function castByKernel(
  context: EvaluateContext,
  vector: FlatVector,
  to: DataType,
  isTry: boolean,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector | null {
  const from = vector.type
  if (isWideDecimal(from) || isWideDecimal(to)) return null
  if (to.kind === 'double') return toDouble(context, vector)
  if (from.kind === 'date' && to.kind === 'timestamp' && !to.zone && to.unit === 'us') {
    return dateToTimestamp(context, vector, to)
  }
  if (from.kind === 'timestamp' && !from.zone && to.kind === 'date') return timestampToDate(context, vector, to)
  if (from.kind === 'double' && to.kind === 'decimal') return doubleToDecimal(context, vector, to, cast)
  if (from.kind === 'double' && (storageOf(to) === 'i32' || to.kind === 'bigint') && to.kind !== 'date') {
    return doubleToInteger(context, vector, to)
  }
  if (from.kind === 'decimal' && (storageOf(to) === 'i32' || to.kind === 'bigint') && to.kind !== 'date') {
    return decimalToInteger(context, vector, to)
  }
  if (isTry) return null
  if (to.kind === 'decimal') return toDecimal(context, vector, to)
  if (storageOf(from) === 'i32' && to.kind === 'bigint' && from.kind !== 'date') {
    return withData(vector, to, widened(context, vector))
  }
  if (from.kind === 'bigint' && storageOf(to) === 'i32' && to.kind !== 'date') return toInteger(context, vector, to)
  return null
}

function withData(vector: FlatVector, type: DataType, data: Pointer): FlatVector {
  return { ...vector, type, data }
}

/** 32-bit integers as 64-bit ones. */
function widened({ arena, kernels }: EvaluateContext, vector: FlatVector): Pointer {
  const data = arena.allocate(vector.length * 8)
  kernels.vector.i32ToI64(vector.data, vector.length, data)
  return data
}

function toDouble({ arena, kernels }: EvaluateContext, vector: FlatVector): FlatVector | null {
  const { type, length, validity } = vector
  const data = arena.allocate(length * 8)
  const to: DataType = { kind: 'double' }
  if (type.kind === 'decimal') {
    // Beyond 22 digits the divisor is not exact, beyond 2^53 the dividend: the reference goes through text then.
    if (storageOf(type) !== 'i64' || type.scale > 22) return null
    const row = kernels.vector.decimalToF64(vector.data, length, validity, 10 ** type.scale, data)
    return row < 0 ? withData(vector, to, data) : null
  }
  switch (type.kind) {
    case 'real':
    case 'half':
      kernels.vector.f32ToF64(vector.data, length, data)
      return withData(vector, to, data)
    case 'bigint':
    case 'uinteger':
      kernels.vector.i64ToF64(vector.data, length, data)
      return withData(vector, to, data)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
      kernels.vector.i32ToF64(vector.data, length, data)
      return withData(vector, to, data)
    default:
      return null
  }
}

function toInteger({ arena, kernels }: EvaluateContext, vector: FlatVector, to: DataType): FlatVector {
  const [least, greatest] = integerRange(to)
  const data = arena.allocate(vector.length * 4)
  const row = kernels.vector.i64ToI32(vector.data, vector.length, vector.validity, least, greatest, data)
  if (row >= 0) throw integerOutOfRange(to)
  return withData(vector, to, data)
}

/** Halves to even; null when a value does not fit, for which the reference has the words. */
function doubleToInteger({ arena, kernels }: EvaluateContext, vector: FlatVector, to: DataType): FlatVector | null {
  const { data, length, validity } = vector
  const out = arena.allocate(length * 8)
  const [least, greatest] = integerRange(to)
  const bad =
    to.kind === 'bigint'
      ? kernels.scalar.f64ToI64(data, length, validity, out)
      : kernels.scalar.f64ToI32(data, length, validity, Number(least), Number(greatest), out)
  return bad < 0 ? withData(vector, to, out) : null
}

/** Halves away from zero; null as in doubleToInteger. */
function decimalToInteger({ arena, kernels }: EvaluateContext, vector: FlatVector, to: DataType): FlatVector | null {
  const { type, data, length, validity } = vector
  if (type.kind !== 'decimal' || storageOf(type) !== 'i64') return null
  let whole = data
  if (type.scale > 0) {
    whole = arena.allocate(length * 8)
    kernels.vector.divideRoundedI64(data, length, powerOfTen(type.scale), whole)
  }
  if (to.kind === 'bigint') return withData(vector, to, whole)
  const [least, greatest] = integerRange(to)
  const out = arena.allocate(length * 4)
  const bad = kernels.vector.i64ToI32(whole, length, validity, least, greatest, out)
  return bad < 0 ? withData(vector, to, out) : null
}

/** The shortest texts of doubles, rounded half away from zero; what is near a half or too large is left to the reference. */
function doubleToDecimal(
  context: EvaluateContext,
  vector: FlatVector,
  to: Decimal,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector | null {
  const { memory, arena, kernels } = context
  const { data, length, validity } = vector
  // Powers of ten are exact up to 22.
  if (to.precision > DECIMAL_I64_DIGITS || to.scale > 22) return null
  const out = arena.allocate(length * 8)
  const rows = arena.allocate(length * 4)
  const [power, limit] = [10 ** to.scale, 10 ** to.precision]
  const count = kernels.scalar.f64ToDecimal(data, length, validity, power, limit, out, rows)
  return fillRest(context, withData(vector, to, out), { rows, count }, (row) => cast(valueAt(memory, vector, row)))
}

type Decimal = DataType & { kind: 'decimal' }

/** Integers and decimals to decimals, as far as 64 bits hold them. */
function toDecimal(context: EvaluateContext, vector: FlatVector, to: Decimal): FlatVector | null {
  const from = asDecimal(vector.type)
  const storage = storageOf(vector.type)
  if (from === null || (storage !== 'i32' && storage !== 'i64')) return null
  const start = storage === 'i32' ? widened(context, vector) : vector.data
  const data =
    to.scale >= from.scale
      ? scaledUp(context, vector, start, to.scale - from.scale)
      : scaledDown(context, vector, start, from.scale - to.scale)
  if (data === 0) return null
  if (to.precision > DECIMAL_I64_DIGITS) {
    const wide = context.arena.allocate(vector.length * 16)
    context.kernels.vector.widenI64(data, vector.length, wide)
    return withData(vector, to, wide)
  }
  const needsCheck = to.precision - to.scale < from.precision - from.scale + (to.scale < from.scale ? 1 : 0)
  if (needsCheck) {
    const row = context.kernels.vector.exceedsI64(data, vector.length, vector.validity, powerOfTen(to.precision))
    if (row >= 0) throw numericOverflow(to.precision, to.scale)
  }
  return withData(vector, to, data)
}

/** 0 when 64 bits do not hold it. */
function scaledUp(
  { arena, memory, kernels }: EvaluateContext,
  vector: FlatVector,
  start: Pointer,
  digits: number,
): Pointer {
  if (digits === 0) return start
  if (digits > DECIMAL_I64_DIGITS) return 0
  const factor = arena.allocate(8)
  memory.i64[factor >>> 3] = powerOfTen(digits)
  const data = arena.allocate(vector.length * 8)
  const row = kernels.vector.multiplyI64(start, 1, factor, 0, vector.length, vector.validity, data)
  return row < 0 ? data : 0
}

function scaledDown({ arena, kernels }: EvaluateContext, vector: FlatVector, start: Pointer, digits: number): Pointer {
  if (digits > DECIMAL_I64_DIGITS) return 0
  const data = arena.allocate(vector.length * 8)
  kernels.vector.divideRoundedI64(start, vector.length, powerOfTen(digits), data)
  return data
}

function dateToTimestamp(context: EvaluateContext, vector: FlatVector, to: DataType): FlatVector | null {
  const { arena, memory, kernels } = context
  const factor = arena.allocate(8)
  memory.i64[factor >>> 3] = MICROS_PER_DAY
  const data = arena.allocate(vector.length * 8)
  const days = widened(context, vector)
  const row = kernels.vector.multiplyI64(days, 1, factor, 0, vector.length, vector.validity, data)
  // Out of range: the reference words the error.
  return row < 0 ? withData(vector, to, data) : null
}

function timestampToDate({ arena, kernels }: EvaluateContext, vector: FlatVector, to: DataType): FlatVector | null {
  const { type, length, validity } = vector
  const perDay = type.kind === 'timestamp' && type.unit === 'ns' ? MICROS_PER_DAY * 1000n : MICROS_PER_DAY
  const data = arena.allocate(length * 4)
  const row = kernels.vector.floorToI32(vector.data, length, validity, perDay, data)
  return row < 0 ? withData(vector, to, data) : null
}
