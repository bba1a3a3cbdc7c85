/**
 * Times of day with an offset (`timetz`), as 16 bytes that are ordered as PostgreSQL orders them: by the moment in UTC, then by the offset, east first.
 *
 *   i64 big-endian, its sign bit turned: micros of the day less the offset | i32 the same way: seconds west of Greenwich | 4 zeroes
 */
import { SqlError } from '../../core/errors.ts'
import { TIMESTAMPTZ, TIMETZ } from '../../core/types.ts'
import { isTimeZone, zoneOffsetSeconds } from './calendar.ts'
import { MICROS_PER_SECOND, formatTimeParts } from './interval.ts'
import { formatOffset, invalidTime, parseTimestamp, readClock } from './time-text.ts'

export interface ZonedTime {
  /** Of the local day; 24:00:00 is allowed. */
  readonly micros: bigint
  /** Seconds east of Greenwich. */
  readonly offset: number
}

export function zonedTimeBytes({ micros, offset }: ZonedTime): Uint8Array {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  view.setBigInt64(0, micros - BigInt(offset) * MICROS_PER_SECOND)
  view.setInt32(8, -offset)
  bytes[0]! ^= 0x80
  bytes[8]! ^= 0x80
  return bytes
}

export function zonedTimeOf(bytes: Uint8Array): ZonedTime {
  const copy = Uint8Array.from(bytes)
  copy[0]! ^= 0x80
  copy[8]! ^= 0x80
  const view = new DataView(copy.buffer)
  const west = view.getInt32(8)
  return { micros: view.getBigInt64(0) - BigInt(west) * MICROS_PER_SECOND, offset: west === 0 ? 0 : -west }
}

/** `02:30:00+04:30`. */
export function formatZonedTime(bytes: Uint8Array): string {
  const { micros, offset } = zonedTimeOf(bytes)
  return formatTimeParts(micros) + formatOffset(offset)
}

/** Offsets that PostgreSQL takes are less than 16 hours. */
const OFFSET_MAX = 16 * 3600

/**
 * The value of a text. One without an offset has that of its zone, or of `timeZone`, on its date or at `nowMicros`. 22007, 22008, 22009.
 */
export function parseZonedTime(text: string, timeZone: string, nowMicros: bigint): Uint8Array {
  const trimmed = text.trim()
  const dated = /^\d{4,6}-\d{1,2}-\d{1,2}[\sT]+(?=\d)/i.exec(trimmed)
  const clock = readClock(dated === null ? trimmed : trimmed.slice(dated[0].length), text)
  if (clock === null) throw invalidTime(TIMETZ, text)
  const zone = clock.rest.trim()
  const named = zone === '' ? timeZone : zone
  // A zone's offset hangs on the day; PostgreSQL wants one with a zone that has a name.
  if (dated === null && zone.includes('/')) throw invalidTime(TIMETZ, text)
  const moment = dated === null ? nowMicros : parseTimestamp(trimmed, TIMESTAMPTZ, timeZone)
  return zonedTimeBytes({ micros: clock.micros, offset: offsetOf(named, moment, text) })
}

function offsetOf(zone: string, moment: bigint, text: string): number {
  const written = /^([+-])(\d{1,2}):?(\d{2})?(?::?(\d{2}))?$/.exec(zone)
  if (written === null) {
    if (!isTimeZone(zone)) throw invalidTime(TIMETZ, text)
    return zoneOffsetSeconds(moment, zone)
  }
  const [, sign, hours, minutes = '0', seconds = '0'] = written
  const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)
  if (offset >= OFFSET_MAX || Number(minutes) > 59 || Number(seconds) > 59) {
    throw new SqlError('22009', `time zone displacement out of range: "${text}"`)
  }
  return sign === '-' && offset > 0 ? -offset : offset
}

const DAY = 86_400_000_000n

/** The same moment of the day at another offset. */
export function atOffset(bytes: Uint8Array, offset: number): Uint8Array {
  const time = zonedTimeOf(bytes)
  const moved = time.micros + BigInt(offset - time.offset) * MICROS_PER_SECOND
  return zonedTimeBytes({ micros: ((moved % DAY) + DAY) % DAY, offset })
}

/** Moved by micros, within the day. */
export function moveZonedTime(bytes: Uint8Array, micros: bigint): Uint8Array {
  const { micros: before, offset } = zonedTimeOf(bytes)
  const moved = before + micros
  return zonedTimeBytes({ micros: ((moved % DAY) + DAY) % DAY, offset })
}
