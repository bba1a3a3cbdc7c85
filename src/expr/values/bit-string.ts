/** Bit strings: texts of the digits 0 and 1, which are ordered, equal and hashed as PostgreSQL's bit strings are. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'

/** Bits of a string at most, as PostgreSQL has them (10 MiB of text). */
const BITS_MAX = 83_886_080

/** The bits that a text writes: `101`, `b101`, `x1f`. 22P02. */
export function parseBits(text: string): string {
  const [, prefix = '', digits = ''] = /^([bBxX]?)(.*)$/s.exec(text)!
  const isHex = prefix === 'x' || prefix === 'X'
  const wrong = (isHex ? /[^\da-f]/iu : /[^01]/u).exec(digits)
  if (wrong !== null) {
    throw new SqlError('22P02', `"${wrong[0]}" is not a valid ${isHex ? 'hexadecimal' : 'binary'} digit`)
  }
  checkLength(digits.length * (isHex ? 4 : 1))
  return isHex ? digits.replace(/./g, (digit) => Number.parseInt(digit, 16).toString(2).padStart(4, '0')) : digits
}

function checkLength(length: number): void {
  if (length > BITS_MAX) throw new SqlError('54000', `bit string length exceeds the maximum allowed (${BITS_MAX})`)
}

/** All bits of an integer of a type: 64 of a bigint, 32 of the others. */
export function bitsOfInteger(value: number | bigint, { kind }: DataType): string {
  const width = kind === 'bigint' ? 64 : 32
  return BigInt.asUintN(width, BigInt(value)).toString(2).padStart(width, '0')
}

/** 22003 where there are more bits than the type has. */
export function integerOfBits(bits: string, to: DataType): bigint {
  const width = to.kind === 'bigint' ? 64 : 32
  if (bits.length > width) throw new SqlError('22003', `${typeName(to)} out of range`)
  return BigInt.asIntN(width, bits === '' ? 0n : BigInt(`0b${bits}`))
}

/** Cut or filled with zeroes at the end. */
export function fittedLeft(bits: string, length: number): string {
  checkLength(length)
  return bits.length >= length ? bits.slice(0, length) : bits.padEnd(length, '0')
}

/** The last bits, filled with the sign at the front: integers of another width. */
export function fittedRight(bits: string, length: number): string {
  checkLength(length)
  return bits.length >= length ? bits.slice(bits.length - length) : bits.padStart(length, bits[0] ?? '0')
}

/** Each pair of bits by a rule. 22026 for strings of two lengths. */
export function combinedBits(a: string, b: string, what: string, rule: (x: boolean, y: boolean) => boolean): string {
  if (a.length !== b.length) throw new SqlError('22026', `cannot ${what} bit strings of different sizes`)
  let bits = ''
  for (let i = 0; i < a.length; i++) bits += rule(a[i] === '1', b[i] === '1') ? '1' : '0'
  return bits
}

/** Moved to the left by `count` places, to the right where it is negative; zeroes come in. */
export function shiftedBits(bits: string, count: number): string {
  const { length } = bits
  if (Math.abs(count) >= length) return '0'.repeat(length)
  return count >= 0 ? bits.slice(count).padEnd(length, '0') : bits.slice(0, length + count).padStart(length, '0')
}
