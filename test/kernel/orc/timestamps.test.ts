/** Timestamps and calendars of ORC against TypeScript. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { daysFromCivil } from '../../../src/expr/values/calendar.ts'
import { timestampBase, zoneChanges } from '../../../src/format/orc/zone-changes.ts'
import { createTestEngine } from '../../format/parquet/read-file.ts'

const { memory, kernels } = createTestEngine(64 << 20)
const { orc } = kernels
const SECONDS = 4 << 20
const NANOS = SECONDS + 4096
const ZONE = SECONDS + (1 << 16)
const OUTPUT = SECONDS + (1 << 20)

/** As writers encode nanoseconds: eight zeroes at most are cut off. */
function encodeNanos(nanos: bigint): bigint {
  if (nanos === 0n || nanos % 100n !== 0n) return nanos << 3n
  let zeroes = 1n
  let rest = nanos / 100n
  while (rest % 10n === 0n && zeroes < 7n) {
    rest /= 10n
    zeroes++
  }
  return (rest << 3n) | zeroes
}

test.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe'])('clocks of %s', (zone) => {
  const changes = zoneChanges(zone, 'test')
  const base = timestampBase(changes)
  changes.forEach(({ from, offset }, i) => {
    memory.i64[(ZONE >>> 3) + 2 * i] = from
    memory.i64[(ZONE >>> 3) + 2 * i + 1] = offset
  })
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: -1_000_000_000, max: 9_000_000_000 }), fc.nat(999_999_999)), {
        minLength: 1,
        maxLength: 20,
      }),
      (times) => {
        times.forEach(([second, nanos], i) => {
          memory.i64[(SECONDS >>> 3) + i] = BigInt(second) - base
          memory.i64[(NANOS >>> 3) + i] = encodeNanos(BigInt(nanos))
        })
        const result = orc.orcTimestamps(SECONDS, NANOS, times.length, base, ZONE, changes.length, 1, OUTPUT)
        expect(result).toBe(0)
        const expected = times.map(([second, nanos]) => {
          const parts = Object.fromEntries(format.formatToParts(second * 1000).map(({ type, value }) => [type, value]))
          const days = daysFromCivil(Number(parts['year']), Number(parts['month']), Number(parts['day']))
          const clock = Number(parts['hour']) * 3600 + Number(parts['minute']) * 60 + Number(parts['second'])
          const local = days * 86_400 + clock
          return BigInt(local < 0 && nanos > 999_999 ? local - 1 : local) * 1_000_000_000n + BigInt(nanos)
        })
        expect([...memory.i64.subarray(OUTPUT >>> 3, (OUTPUT >>> 3) + times.length)]).toEqual(expected)
      },
    ),
    { seed: 7, numRuns: 60 },
  )
})

test('a rule holds for ever', () => {
  const changes = zoneChanges('America/Los_Angeles', 'test')
  changes.forEach(({ from, offset }, i) => {
    memory.i64[(ZONE >>> 3) + 2 * i] = from
    memory.i64[(ZONE >>> 3) + 2 * i + 1] = offset
  })
  const summer = BigInt(Date.UTC(9000, 6, 1) / 1000)
  memory.i64[SECONDS >>> 3] = summer
  memory.i64[NANOS >>> 3] = 0n
  orc.orcTimestamps(SECONDS, NANOS, 1, 0n, ZONE, changes.length, 0, OUTPUT)
  expect(memory.i64[OUTPUT >>> 3]).toBe((summer - 7n * 3600n) * 1_000_000n)
})

/** Days since 1970 of a date of the Julian calendar. */
function julianDays(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1
  const months = (month + 9) % 12
  return Math.floor((1461 * shifted) / 4) + Math.floor((153 * months + 2) / 5) + day - 1 - 719_470
}

test('dates of the Julian calendar keep their names', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1581 }),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: 28 }),
      (year, month, day) => {
        memory.i32[OUTPUT >>> 2] = julianDays(year, month, day)
        orc.orcJulianDays(OUTPUT, 1)
        expect(memory.i32[OUTPUT >>> 2]).toBe(daysFromCivil(year, month, day))
        memory.i64[OUTPUT >>> 3] = BigInt(julianDays(year, month, day)) * 86_400_000_000n + 5n
        orc.orcJulianTimestamps(OUTPUT, 1, 86_400_000_000n)
        expect(memory.i64[OUTPUT >>> 3]).toBe(BigInt(daysFromCivil(year, month, day)) * 86_400_000_000n + 5n)
      },
    ),
    { seed: 8 },
  )
  // The last Julian and the first Gregorian day follow each other.
  expect(julianDays(1582, 10, 4) + 1).toBe(daysFromCivil(1582, 10, 15))
})
