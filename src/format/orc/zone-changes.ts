/** A zone's clock changes as a table, for the kernel that turns seconds into what the writer's clock showed. */
import { corrupt } from '../../core/errors.ts'
import { isTimeZone, isUtc, zoneOffsetSeconds } from '../../expr/values/calendar.ts'

/** Changes are looked for from here on; before, the nearest offset holds. */
const FIRST_SECOND = Date.UTC(1880, 0, 1) / 1000
/** Rules that move with the moon are known until 2087; later ones repeat as the calendar does, after 400 years. */
const RULES_FROM_SECOND = Date.UTC(2090, 0, 1) / 1000
const LAST_SECOND = Date.UTC(2500, 0, 1) / 1000
/** Two changes within a step would be missed: zones change their clocks a month apart at least, later half a year. */
const STEP_SECONDS = 14 * 86_400
const LATER_STEP_SECONDS = 70 * 86_400

/** Seconds since 1970 from which an offset in seconds holds. */
export interface ZoneChange {
  readonly from: bigint
  readonly offset: bigint
}

const known = new Map<string, readonly ZoneChange[]>()
const BEGINNING = -(2n ** 63n)

/** The changes of `zone`, ascending; none for UTC. XX001 naming `url` for a zone that is not known. */
export function zoneChanges(zone: string, url: string): readonly ZoneChange[] {
  const name = zone === 'GMT' || zone === '' ? 'UTC' : zone
  if (isUtc(name)) return []
  let changes = known.get(name)
  if (changes === undefined) {
    if (!isTimeZone(name)) throw corrupt(url, `the writer's time zone "${zone}" is not known`)
    changes = findChanges(name)
    known.set(name, changes)
  }
  return changes
}

/** Seconds since 1970 at which the zone's clocks showed the beginning of 2015, from which timestamps count. */
export function timestampBase(changes: readonly ZoneChange[]): bigint {
  const local = BigInt(Date.UTC(2015, 0, 1) / 1000)
  const offset = changes.findLast(({ from, offset: before }) => from <= local - before)?.offset ?? 0n
  return local - offset
}

function findChanges(zone: string): ZoneChange[] {
  const offsetAt = (second: number): number => zoneOffsetSeconds(BigInt(second) * 1_000_000n, zone)
  let offset = offsetAt(FIRST_SECOND)
  const changes: ZoneChange[] = [{ from: BEGINNING, offset: BigInt(offset) }]
  let step = STEP_SECONDS
  for (let second = FIRST_SECOND; second < LAST_SECOND; second += step) {
    step = second < RULES_FROM_SECOND ? STEP_SECONDS : LATER_STEP_SECONDS
    const next = offsetAt(second + step)
    if (next === offset) continue
    let [low, high] = [second, second + step]
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (offsetAt(middle) === offset) low = middle
      else high = middle
    }
    changes.push({ from: BigInt(high), offset: BigInt(next) })
    offset = next
  }
  return changes
}
