/**
 * Decimals of more than 38 digits as bytes: what queries compute, no table has them.
 *
 *   u16 big-endian: 0x8000 + n for values from 0, 0x7fff - n for those below | n bytes of the magnitude, big-endian; complemented below 0
 *   NaN: 0xffff, infinity: 0xfffe, -infinity: 0, with no bytes behind
 *
 * n is the least count of bytes that holds the magnitude, so of one scale the bytes are ordered, equal and hashed as the values are.
 */

/** Bytes that 1,000 digits need are 416. */
const BYTES_MAX = 0x7ff0

const NOT_A_NUMBER = 0xffff
const INFINITE = 0xfffe
const MINUS_INFINITE = 0

/** The unscaled value, or NaN or an infinity, as bytes; its magnitude is below 2^262016. */
export function wideDecimalBytes(value: bigint | number): Uint8Array {
  if (typeof value === 'number') {
    const special = Number.isNaN(value) ? NOT_A_NUMBER : value > 0 ? INFINITE : MINUS_INFINITE
    return Uint8Array.of(special >> 8, special & 0xff)
  }
  const isNegative = value < 0n
  const hex = value === 0n ? '' : (isNegative ? -value : value).toString(16)
  const size = (hex.length + 1) >> 1
  if (size > BYTES_MAX) throw new RangeError('a decimal of too many digits')
  const bytes = new Uint8Array(2 + size)
  const head = isNegative ? 0x7fff - size : 0x8000 + size
  bytes[0] = head >> 8
  bytes[1] = head & 0xff
  const even = hex.padStart(2 * size, '0')
  for (let i = 0; i < size; i++) {
    const byte = Number.parseInt(even.slice(2 * i, 2 * i + 2), 16)
    bytes[2 + i] = isNegative ? ~byte : byte
  }
  return bytes
}

/** The unscaled value of the bytes; a number is NaN or an infinity. */
export function wideDecimalValue(bytes: Uint8Array): bigint | number {
  if (bytes.length <= 2) {
    if (bytes[0] === 0xff) return bytes[1] === 0xff ? Number.NaN : Infinity
    return bytes[0] === 0 ? -Infinity : 0n
  }
  const isNegative = bytes[0]! < 0x80
  let hex = ''
  for (let i = 2; i < bytes.length; i++) {
    hex += ((isNegative ? ~bytes[i]! : bytes[i]!) & 0xff).toString(16).padStart(2, '0')
  }
  return isNegative ? -BigInt(`0x${hex}`) : BigInt(`0x${hex}`)
}
