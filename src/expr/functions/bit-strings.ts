/** What operators and functions do with bit strings: those of the registry that have a form for them, and the two that casts use. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BIGINT, BIT, INTEGER } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { combinedBits, fittedLeft, fittedRight, shiftedBits } from '../values/bit-string.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import { overloads } from './overloads.ts'
import type { Overloads } from './text-function.ts'

type Compute = (args: never) => LiteralValue

/** The function, also for bit strings. */
export function knowingBits(entry: ScalarFunction): ScalarFunction {
  const form = Object.hasOwn(FORMS, entry.name) ? FORMS[entry.name]! : null
  if (form === null) return entry
  const [types, compute] = form
  const resolve = overloads(...types)
  const isOfBits = (args: readonly DataType[]): boolean => args.some(({ kind }) => kind === 'bit')
  return {
    ...entry,
    resolve: (args) => (isOfBits(args) ? resolve(args) : entry.resolve(args)),
    scalar: (args, signature, session) =>
      isOfBits(signature.args) ? compute(args as never) : entry.scalar(args, signature, session),
    ...(entry.evaluate === undefined
      ? {}
      : {
          evaluate: (context, args, rowCount, signature, validity) =>
            isOfBits(signature.args) ? null : entry.evaluate!(context, args, rowCount, signature, validity),
        }),
  }
}

/** From `start`, counted from 1, `length` bits. 22011. */
function part(bits: string, start: number, length: number): string {
  if (length < 0) throw new SqlError('22011', 'negative substring length not allowed')
  const end = Math.max(0, Math.min(bits.length, start - 1 + length))
  return bits.slice(Math.max(0, Math.min(bits.length, start - 1)), end)
}

function overlaid(bits: string, other: string, start: number, length: number): string {
  if (start <= 0) throw new SqlError('22011', 'negative substring length not allowed')
  return bits.slice(0, start - 1) + other + bits.slice(Math.max(0, start - 1 + length))
}

function placeOf(bits: string, index: number | bigint): number {
  const place = Number(index)
  if (place >= 0 && place < bits.length) return place
  throw new SqlError('2202E', `bit index ${index} out of valid range (0..${bits.length - 1})`)
}

const TWO: Overloads = [[[BIT, BIT], BIT]]
const SHIFT: Overloads = [[[BIT, INTEGER], BIT]]

const FORMS: Readonly<Record<string, readonly [Overloads, Compute]>> = {
  bit_and: [TWO, ([a, b]: readonly string[]) => combinedBits(a!, b!, 'AND', (x, y) => x && y)],
  bit_or: [TWO, ([a, b]: readonly string[]) => combinedBits(a!, b!, 'OR', (x, y) => x || y)],
  bit_xor: [TWO, ([a, b]: readonly string[]) => combinedBits(a!, b!, 'XOR', (x, y) => x !== y)],
  bit_not: [[[[BIT], BIT]], ([bits]: readonly string[]) => bits!.replace(/./g, (bit) => (bit === '0' ? '1' : '0'))],
  shift_left: [SHIFT, ([bits, count]: readonly [string, number]) => shiftedBits(bits, count)],
  shift_right: [SHIFT, ([bits, count]: readonly [string, number]) => shiftedBits(bits, -count)],
  concat: [TWO, ([a, b]: readonly string[]) => a! + b!],
  length: [[[[BIT], INTEGER]], ([bits]: readonly string[]) => bits!.length],
  bit_length: [[[[BIT], INTEGER]], ([bits]: readonly string[]) => bits!.length],
  octet_length: [[[[BIT], INTEGER]], ([bits]: readonly string[]) => Math.ceil(bits!.length / 8)],
  bit_count: [[[[BIT], BIGINT]], ([bits]: readonly string[]) => BigInt(bits!.replaceAll('0', '').length)],
  get_bit: [
    [[[BIT, INTEGER], INTEGER]],
    ([bits, index]: readonly [string, number]) => Number(bits[placeOf(bits, index)]),
  ],
  set_bit: [
    [[[BIT, INTEGER, INTEGER], BIT]],
    ([bits, index, bit]: readonly [string, number, number]) => {
      const place = placeOf(bits, index)
      if (bit !== 0 && bit !== 1) throw new SqlError('22023', 'new bit must be 0 or 1')
      return `${bits.slice(0, place)}${bit}${bits.slice(place + 1)}`
    },
  ],
  substring: [
    [
      [[BIT, INTEGER], BIT],
      [[BIT, INTEGER, INTEGER], BIT],
    ],
    ([bits, start, length]: readonly [string, number, number?]) =>
      length === undefined ? bits.slice(Math.max(0, start - 1)) : part(bits, start, length),
  ],
  overlay: [
    [
      [[BIT, BIT, INTEGER], BIT],
      [[BIT, BIT, INTEGER, INTEGER], BIT],
    ],
    ([bits, other, start, length]: readonly [string, string, number, number?]) =>
      overlaid(bits, other, start, length ?? other.length),
  ],
  strpos: [[[[BIT, BIT], INTEGER]], ([bits, other]: readonly [string, string]) => bits.indexOf(other) + 1],
}

export const bitStringFunctions: readonly ScalarFunction[] = [
  define(
    'binary',
    'bits_left',
    'The bit string cut to a length, or filled with zeroes at its end: what a cast to `bit(n)` does.',
    ["bits_left(B'101', 5)", '10100'],
    SHIFT,
    ([bits, length]: readonly [string, number]) => fittedLeft(bits, length),
  ),
  define(
    'binary',
    'bits_right',
    'The last bits of a bit string, filled with its first bit at the front: what a cast of an integer to `bit(n)` does.',
    ["bits_right(B'0101', 3)", '101'],
    SHIFT,
    ([bits, length]: readonly [string, number]) => fittedRight(bits, length),
  ),
]
