// The proleptic Gregorian calendar, years astronomical, days since 1970-01-01 within +-1.4e9: H. Hinnant's civil_from_days and days_from_civil.

/** What `civil` found last. */
export let civilYear: i32 = 0
export let civilMonth: i32 = 0
export let civilDay: i32 = 0

export const DAYS_MOST: i32 = 1_400_000_000
export const DAY_MICROS: i64 = 86_400_000_000

// @ts-ignore: decorator
@inline
export function civil(days: i32): void {
  // Shifting by whole eras (146097 days, 400 years) makes day numbers positive.
  const z = <u32>(days + 719_468 + 1_460_970_000)
  const era = z / 146_097
  const dayOfEra = z - era * 146_097
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
  const shifted = (5 * dayOfYear + 2) / 153
  civilMonth = <i32>shifted + (shifted < 10 ? 3 : -9)
  civilYear = <i32>(yearOfEra + era * 400) - 4_000_000 + (civilMonth <= 2 ? 1 : 0)
  civilDay = <i32>(dayOfYear - (153 * shifted + 2) / 5) + 1
}

/** Years within +-4,000,000. */
// @ts-ignore: decorator
@inline
export function daysOf(year: i32, month: i32, day: i32): i32 {
  const y = <u32>(year + 4_000_000 - (month <= 2 ? 1 : 0))
  const era = y / 400
  const yearOfEra = y - era * 400
  const dayOfYear = <u32>((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1)
  const dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return <i32>(era * 146_097 + dayOfEra) - 719_468 - 1_460_970_000
}

// @ts-ignore: decorator
@inline
export function daysInMonth(year: i32, month: i32): i32 {
  if (month == 2) return (year & 3) == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  return 30 + ((month + (month >> 3)) & 1)
}

// @ts-ignore: decorator
@inline
export function floorDivide(a: i32, b: i32): i32 {
  const quotient = a / b
  return quotient * b > a ? quotient - 1 : quotient
}

/** Monday is 1. */
// @ts-ignore: decorator
@inline
export function isoDayOfWeek(days: i32): i32 {
  const rest = (days + 3) % 7
  return (rest < 0 ? rest + 7 : rest) + 1
}

// @ts-ignore: decorator
@inline
export function floorModulo64(a: i64, b: i64): i64 {
  const rest = a % b
  return rest < 0 ? rest + b : rest
}
