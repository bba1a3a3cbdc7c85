/**
 * Decimals of more than 38 digits as bytes: what queries compute, no table has them.
 *
 *   u16 big-endian: 0x8000 + n for values from 0, 0x7fff - n for those below | n bytes of the magnitude, big-endian; complemented below 0
 *
 * n is the least count of bytes that holds the magnitude, so of one scale the bytes are ordered, equal and hashed as the values are.
 */

/** Bytes that 1,000 digits need are 416. */
const BYTES_MAX = 0x7fff

/** The unscaled value as bytes; its magnitude is below 2^262136. */
export function wideDecimalBytes(value: bigint): Uint8Array {
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

/** The unscaled value of the bytes. */
export function wideDecimalValue(bytes: Uint8Array): bigint {
  if (bytes.length <= 2) return 0n
  const isNegative = bytes[0]! < 0x80
  let hex = ''
  for (let i = 2; i < bytes.length; i++) {
    hex += ((isNegative ? ~bytes[i]! : bytes[i]!) & 0xff).toString(16).padStart(2, '0')
  }
  return isNegative ? -BigInt(`0x${hex}`) : BigInt(`0x${hex}`)
}
