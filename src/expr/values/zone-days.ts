/**
 * Offsets of time zones by whole UTC days: asking the zone's rules costs microseconds, and on nearly all days its clocks are not changed. No zone changes its
 * clocks and takes that back within a day.
 */
import { zoneOffsetSeconds } from './calendar.ts'
import { MICROS_PER_DAY } from './interval.ts'

const known = new Map<string, Map<number, number>>()

/** Zones that are kept, and days of each: names and times come from users. */
const ZONES_MAX = 16
const DAYS_MAX = 50_000

/** Seconds that the zone's clocks are ahead of UTC through the UTC day; NaN for a day on which that changes. 22023 for unknown zones. */
export function zoneDayOffset(day: number, zone: string): number {
  let days = known.get(zone)
  if (days === undefined) {
    if (known.size >= ZONES_MAX) known.clear()
    days = new Map()
    known.set(zone, days)
  }
  let offset = days.get(day)
  if (offset === undefined) {
    const start = BigInt(day) * MICROS_PER_DAY
    const first = zoneOffsetSeconds(start, zone)
    offset = first === zoneOffsetSeconds(start + MICROS_PER_DAY - 1n, zone) ? first : Number.NaN
    if (days.size >= DAYS_MAX) days.clear()
    days.set(day, offset)
  }
  return offset
}
