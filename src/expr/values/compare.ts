/**
 * Order and equality of values, the reference of the comparison kernels.
 *
 * Floats: NaN equals itself and is greater than all others, -0 equals 0. Text and bytea by bytes (UTF-8 order is code point order).
 * Intervals as PostgreSQL: by their length with months of 30 days and days of 24 hours. Lists element by element, then
 * by length; structs field by field; within both, NULL equals NULL and is greater than every value.
 */
import type { DataType } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { compareDecimals } from './special-decimal.ts'

/** Negative, zero or positive as a < b, a = b, a > b. Neither is NULL; both have the type. */
export function compareValues(a: LiteralValue, b: LiteralValue, type: DataType): number {
  switch (type.kind) {
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
      return compareText(a as string, b as string)
    case 'bytea':
    case 'uuid':
    case 'timetz':
    case 'variant':
      return compareBytes(a as Uint8Array, b as Uint8Array)
    case 'interval':
      return compareOrdered(intervalMicros(a as IntervalValue), intervalMicros(b as IntervalValue))
    case 'half':
    case 'real':
    case 'double':
      return compareFloats(a as number, b as number)
    case 'decimal':
      return compareDecimals(a as bigint | number, b as bigint | number)
    case 'list':
      return compareLists(a as LiteralValue[], b as LiteralValue[], () => type.element.type)
    case 'struct':
      return compareLists(a as LiteralValue[], b as LiteralValue[], (i) => type.fields[i]!.type)
    case 'map': {
      const pair: DataType = { kind: 'struct', fields: [type.key, type.value] }
      return compareLists(a as LiteralValue[], b as LiteralValue[], () => pair)
    }
    default:
      return compareOrdered(a as number | bigint | boolean, b as number | bigint | boolean)
  }
}

/** As compareValues, with NULL equal to NULL and greater than every value. */
export function compareNullable(a: LiteralValue, b: LiteralValue, type: DataType): number {
  if (a === null || b === null) return (a === null ? 1 : 0) - (b === null ? 1 : 0)
  return compareValues(a, b, type)
}

function compareOrdered<T extends number | bigint | boolean>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function compareFloats(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (a === b) return 0
  return (Number.isNaN(a) ? 1 : 0) - (Number.isNaN(b) ? 1 : 0)
}

/** By code points: UTF-16 order differs from it where surrogates meet U+E000 to U+FFFF. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return codeUnitRank(x) - codeUnitRank(y)
  }
  return a.length - b.length
}

/** Moves surrogates (code points from U+10000 on) above the rest of the plane. */
function codeUnitRank(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

const MICROS_PER_DAY = 86_400_000_000n

/** Length with months of 30 days and days of 24 hours. */
export function intervalMicros({ months, days, micros }: IntervalValue): bigint {
  return (BigInt(months) * 30n + BigInt(days)) * MICROS_PER_DAY + micros
}

function compareLists(
  a: readonly LiteralValue[],
  b: readonly LiteralValue[],
  typeAt: (index: number) => DataType,
): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = compareNullable(a[i]!, b[i]!, typeAt(i))
    if (difference !== 0) return difference
  }
  return a.length - b.length
}
