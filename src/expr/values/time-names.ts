/** `now`, `today`, `tomorrow` and `yesterday` as dates and timestamps: those of the statement, in the session's time zone. */
import type { SessionValues } from '../functions/function.ts'
import type { DataType } from '../../core/types.ts'
import { localToUtc, splitMicros, utcToLocal } from './calendar.ts'
import { MICROS_PER_DAY } from './interval.ts'

const DAYS: ReadonlyMap<string, number> = new Map([
  ['now', 0],
  ['today', 0],
  ['tomorrow', 1],
  ['yesterday', -1],
])

/** Days since 1970; undefined for other texts. */
export function dateByName(text: string, session: SessionValues): number | undefined {
  const shift = shiftOf(text)
  if (shift === undefined) return undefined
  // Not before it is needed: what has read the clock is not kept for later.
  return splitMicros(utcToLocal(session.nowMicros, session.timeZone)).days + shift
}

/** In the type's unit; undefined for other texts. */
export function timestampByName(
  text: string,
  type: DataType & { kind: 'timestamp' },
  session: SessionValues,
): bigint | undefined {
  const days = dateByName(text, session)
  if (days === undefined) return undefined
  const isNow = text.trim().toLowerCase() === 'now'
  const local = isNow ? utcToLocal(session.nowMicros, session.timeZone) : BigInt(days) * MICROS_PER_DAY
  const utc = isNow ? session.nowMicros : localToUtc(local, session.timeZone)
  return (type.zone ? utc : local) * (type.unit === 'ns' ? 1000n : 1n)
}

/** Most texts are told by their length. */
function shiftOf(text: string): number | undefined {
  const trimmed = text.length > 16 ? '' : text.trim()
  return trimmed.length < 3 || trimmed.length > 9 ? undefined : DAYS.get(trimmed.toLowerCase())
}
