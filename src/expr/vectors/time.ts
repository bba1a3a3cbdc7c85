/** Fields of dates, times and timestamps over vectors, and the starts of units that timestamps lie in. */
import type { Pointer } from '../../core/memory.ts'
import { type DataType, DOUBLE, INTEGER, decimal } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { MICROS_PER_DAY, timeUnitOf } from '../values/interval.ts'
import { type TimeField, clockStepOf, isFraction, isWithinHour, timeFieldOf } from '../values/time-fields.ts'
import { zoneByName } from '../values/zone-by-name.ts'
import { toLocal, toUtc } from './zone.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** Fields of days as the kernel `dateField` numbers them, and those of `dayFields`. */
const DATE_FIELDS: Partial<Record<TimeField, number>> = { year: 0, month: 1, day: 2, quarter: 3, dow: 5 }
const DAY_FIELDS: Partial<Record<TimeField, number>> = {
  isodow: 0,
  doy: 1,
  week: 2,
  isoyear: 3,
  decade: 4,
  century: 5,
  millennium: 6,
  julian: 7,
}
const CLOCK_FIELDS: Partial<Record<TimeField, number>> = { hour: 0, minute: 1, microsecond: 2 }

/** Micros of the values, in the session's zone unless `inUtc`; null where there are none. */
function microsOf(
  context: EvaluateContext,
  value: Vector,
  type: DataType,
  rowCount: number,
  validity: Pointer,
  inUtc: boolean,
): Pointer | null {
  if (type.kind === 'time') return value.data
  if (type.kind !== 'timestamp') return null
  const { arena, kernels, session } = context
  let micros = value.data
  if (type.unit === 'ns') {
    micros = arena.allocate(rowCount * 8)
    kernels.scalar.floorDivideI64(value.data, rowCount, 1000n, micros)
  }
  return type.zone && !inUtc ? toLocal(context, micros, rowCount, validity, session.timeZone) : micros
}

function daysOf(
  context: EvaluateContext,
  value: Vector,
  type: DataType,
  rowCount: number,
  validity: Pointer,
): Pointer | null {
  if (type.kind === 'date') return value.data
  if (type.kind === 'time') return null
  const micros = microsOf(context, value, type, rowCount, validity, false)
  if (micros === null) return null
  const days = context.arena.allocate(rowCount * 4)
  context.kernels.vector.floorToI32(micros, rowCount, validity, MICROS_PER_DAY, days)
  return days
}

/** A field as EXTRACT gives it; null for what has no kernel. */
function fieldVector(
  context: EvaluateContext,
  field: TimeField,
  value: Vector,
  type: DataType,
  rowCount: number,
  validity: Pointer,
): FlatVector | null {
  if (value.encoding === 'constant') return null
  const { arena, kernels } = context
  const whole = (data: Pointer): FlatVector => ({
    ...{ encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] },
  })
  const [dateField, dayField, clockField] = [DATE_FIELDS[field], DAY_FIELDS[field], CLOCK_FIELDS[field]]
  if (dateField !== undefined || dayField !== undefined) {
    const days = daysOf(context, value, type, rowCount, validity)
    if (days === null) return null
    const data = arena.allocate(rowCount * 4)
    if (dateField !== undefined) kernels.vector.dateField(dateField, days, rowCount, data)
    else if (kernels.scalar.dayFields(dayField!, days, rowCount, validity, data) >= 0) return null
    return whole(data)
  }
  if (clockField === undefined && !isFraction(field)) return null
  const micros = microsOf(context, value, type, rowCount, validity, field === 'epoch')
  if (micros === null) return null
  if (clockField !== undefined) {
    const data = arena.allocate(rowCount * 4)
    kernels.scalar.clockFields(clockField, micros, type.kind === 'time' ? 1 : 0, rowCount, data)
    return whole(data)
  }
  if (field === 'epoch') return { ...whole(micros), type: decimal(18, 6) }
  const data = arena.allocate(rowCount * 8)
  kernels.scalar.microsOfMinute(micros, rowCount, data)
  return { ...whole(data), type: field === 'second' ? decimal(8, 6) : decimal(8, 3) }
}

/** `evaluate` of year, month, ... */
export function extractVectors(field: TimeField): Evaluate {
  return (context, [value], rowCount, types, validity) =>
    fieldVector(context, field, value!, types.args[0]!, rowCount, validity)
}

/** `evaluate` of date_part with a constant field. */
export const datePartVectors: Evaluate = (context, [word, value], rowCount, types, validity) => {
  if (word!.encoding !== 'constant') return null
  const field = timeFieldOf(valueAt(context.memory, word!, 0) as string)
  const vector = field && fieldVector(context, field, value!, types.args[1]!, rowCount, validity)
  if (vector === null) return null
  const { arena, kernels } = context
  const data = arena.allocate(rowCount * 8)
  if (vector.type.kind === 'decimal') {
    const divisor = 10 ** vector.type.scale
    if (kernels.vector.decimalToF64(vector.data, rowCount, validity, divisor, data) >= 0) return null
  } else {
    kernels.vector.i32ToF64(vector.data, rowCount, data)
  }
  return { ...vector, type: DOUBLE, data }
}

/** Units of whole days as the kernel `truncateDays` numbers them. */
const DAY_UNITS: Record<string, number | undefined> = {
  week: 0,
  month: 1,
  quarter: 2,
  year: 3,
  decade: 4,
  century: 5,
  millennium: 6,
}

/** `evaluate` of date_trunc with a constant unit, and zone if there is one. */
export const truncateVectors: Evaluate = (context, [word, value, zone], rowCount, types, validity) => {
  const type = types.args[1]!
  const { memory, arena, kernels, session } = context
  if (type.kind !== 'timestamp' || type.unit !== 'us') return null
  if (word!.encoding !== 'constant' || value!.encoding === 'constant') return null
  if (zone !== undefined && zone.encoding !== 'constant') return null
  const unit = timeUnitOf(valueAt(memory, word!, 0) as string)
  const step = unit === null ? undefined : clockStepOf(unit)
  const dayUnit = unit === null ? undefined : DAY_UNITS[unit]
  if (step === undefined && dayUnit === undefined) return null
  const timeZone = zone === undefined ? session.timeZone : zoneByName(valueAt(memory, zone, 0) as string)
  const local = type.zone ? toLocal(context, value!.data, rowCount, validity, timeZone) : value!.data
  if (local === null) return null
  const data = arena.allocate(rowCount * 8)
  if (step !== undefined) {
    if (kernels.scalar.truncateToStep(local, rowCount, validity, step, data) >= 0) return null
  } else {
    const days = arena.allocate(rowCount * 4)
    kernels.vector.floorToI32(local, rowCount, validity, MICROS_PER_DAY, days)
    if (kernels.scalar.truncateDays(dayUnit!, days, rowCount, validity, data) >= 0) return null
  }
  if (type.zone && isWithinHour(unit!)) {
    // The same hour may come twice where clocks are set back: what is cut off is taken from the time itself.
    const cut = arena.allocate(rowCount * 8)
    if (kernels.vector.subtractI64(local, 8, data, 8, rowCount, validity, cut) >= 0) return null
    if (kernels.vector.subtractI64(value!.data, 8, cut, 8, rowCount, validity, data) >= 0) return null
    return { encoding: 'flat', type: types.result, length: rowCount, data, validity, children: [] }
  }
  const out = type.zone ? toUtc(context, data, rowCount, validity, timeZone) : data
  if (out === null) return null
  return { encoding: 'flat', type: types.result, length: rowCount, data: out, validity, children: [] }
}
