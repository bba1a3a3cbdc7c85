/** Between UTC and the clocks of a time zone, for whole vectors of micros. */
import type { Pointer } from '../../core/memory.ts'
import type { EvaluateContext } from '../functions/function.ts'
import { isUtc, localToUtc, zoneOffsetSeconds } from '../values/calendar.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'
import { zoneDayOffset } from '../values/zone-days.ts'

/** Local micros of UTC ones; null if one leaves 64 bits. */
export function toLocal(
  context: EvaluateContext,
  micros: Pointer,
  rowCount: number,
  validity: Pointer,
  zone: string,
): Pointer | null {
  if (isUtc(zone)) return micros
  const { i64 } = context.memory
  return shifted(context, micros, rowCount, validity, 1, (row, day) => {
    const offset = zoneDayOffset(day, zone)
    return Number.isNaN(offset) ? zoneOffsetSeconds(i64[(micros >>> 3) + row]!, zone) : offset
  })
}

/** UTC micros of local ones; null if one leaves 64 bits. */
export function toUtc(
  context: EvaluateContext,
  micros: Pointer,
  rowCount: number,
  validity: Pointer,
  zone: string,
): Pointer | null {
  if (isUtc(zone)) return micros
  const { i64 } = context.memory
  return shifted(context, micros, rowCount, validity, -1, (row, day) => {
    // As localToUtc looks a day before and after.
    const before = zoneDayOffset(day - 1, zone)
    if (before === zoneDayOffset(day + 1, zone)) return before
    const local = i64[(micros >>> 3) + row]!
    return Number((local - localToUtc(local, zone)) / 1_000_000n)
  })
}

/** Moved by the seconds that `offsetOf` gives for a row and its day. */
function shifted(
  { memory, arena, kernels }: EvaluateContext,
  micros: Pointer,
  rowCount: number,
  validity: Pointer,
  sign: 1 | -1,
  offsetOf: (row: number, day: number) => number,
): Pointer | null {
  const days = arena.allocate(rowCount * 4)
  kernels.vector.floorToI32(micros, rowCount, validity, MICROS_PER_DAY, days)
  const seconds = arena.allocate(rowCount * 4)
  const { u8, i32 } = memory
  for (let row = 0; row < rowCount; row++) {
    const isNull = validity !== 0 && u8[validity + row] === 0
    i32[(seconds >>> 2) + row] = isNull ? 0 : offsetOf(row, i32[(days >>> 2) + row]!)
  }
  const out = arena.allocate(rowCount * 8)
  return kernels.scalar.addSeconds(micros, seconds, sign, rowCount, validity, out) < 0 ? out : null
}
