// Timestamps by a pattern (to_char), taken apart by the caller into parts.
import { civil, civilDay, civilMonth, civilYear, DAY_MICROS, daysOf, isoDayOfWeek } from './calendar'
import { putDigits, storeView } from './print'
import { isNullRow, leave } from '../row-state'

let hour: u32 = 0
let minute: u32 = 0
let second: u32 = 0
let micro: u32 = 0
let dayNumber: i32 = 0

/** The number of a field: 1 YYYY, 2 YY, 3 MM, 4 DD, 5 HH24, 6 HH12, 7 MI, 8 SS, 9 MS, 10 US, 11 DDD, 12 Q, 13 D (Sunday 1), 14 ID (Monday 1). */
function numberOf(field: u32): u32 {
  switch (field) {
    case 1:
      return civilYear
    case 2:
      return civilYear % 100
    case 3:
      return civilMonth
    case 4:
      return civilDay
    case 5:
      return hour
    case 6:
      return hour % 12 == 0 ? 12 : hour % 12
    case 7:
      return minute
    case 8:
      return second
    case 9:
      return micro / 1000
    case 10:
      return micro
    case 11:
      return dayNumber - daysOf(civilYear, 1, 1) + 1
    case 12:
      return (civilMonth + 2) / 3
    case 13:
      return (isoDayOfWeek(dayNumber) % 7) + 1
    default:
      return isoDayOfWeek(dayNumber)
  }
}

/**
 * Local micros of the years 1 to 9999; others are in `slow`, their number is the result. `parts`: u32 triples. [0, address, length]: these bytes; [field, digits, 0]: a
 * number with zeroes before it; [field + 100, views, least]: the text in the place (number - least) of the views.
 */
export function printTemplate(
  micros: usize,
  validity: usize,
  n: i32,
  parts: usize,
  partCount: i32,
  bytes: usize,
  out: usize,
  slow: usize,
): i32 {
  let left = 0
  let next = bytes
  for (let i = 0; i < n; i++) {
    const start = next
    if (!isNullRow(validity, i)) {
      const value = load<i64>(micros + (<usize>i << 3))
      let day = value / DAY_MICROS
      if (day * DAY_MICROS > value) day--
      dayNumber = <i32>day
      civil(dayNumber)
      if (civilYear < 1 || civilYear > 9999) left = leave(slow, left, i)
      else {
        const time = value - day * DAY_MICROS
        const seconds = <u32>(time / 1_000_000)
        micro = <u32>(time - <i64>seconds * 1_000_000)
        hour = seconds / 3600
        minute = (seconds / 60) % 60
        second = seconds % 60
        for (let k = 0; k < partCount; k++) {
          const part = parts + <usize>k * 12
          const kind = load<u32>(part)
          if (kind == 0) {
            memory.copy(next, load<u32>(part, 4), load<u32>(part, 8))
            next += load<u32>(part, 8)
          } else if (kind < 100) {
            putDigits(next, numberOf(kind), load<u32>(part, 4))
            next += load<u32>(part, 4)
          } else {
            const view = load<u32>(part, 4) + ((numberOf(kind - 100) - load<u32>(part, 8)) << 3)
            memory.copy(next, load<u32>(view), load<u32>(view, 4))
            next += load<u32>(view, 4)
          }
        }
      }
    }
    storeView(out, i, start, next)
  }
  return left
}
