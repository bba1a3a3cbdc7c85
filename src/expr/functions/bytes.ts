/** Functions of bytea: bits and bytes by place, hashes, checksums, character sets. */
import { createHash } from 'node:crypto'
import { SqlError, unsupported } from '../../core/errors.ts'
import { crc32OfBytes } from '../../core/crc32.ts'
import { BIGINT, BYTEA, INTEGER, VARCHAR } from '../../core/types.ts'
import { crc32c } from '../values/crc32c.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'
import { type Overloads, bytesOf } from './text-function.ts'

function checkIndex(index: number | bigint, length: number): number {
  const place = Number(index)
  if (place < 0 || place >= length) {
    throw new SqlError('2202E', `index ${index} out of valid range, 0..${length - 1}`)
  }
  return place
}

function changed(bytes: Uint8Array, place: number, value: number): Uint8Array {
  const copy = bytes.slice()
  copy[place] = value
  return copy
}

function setBit(bytes: Uint8Array, index: number | bigint, bit: number): Uint8Array {
  if (bit !== 0 && bit !== 1) throw new SqlError('22023', 'new bit must be 0 or 1')
  const place = checkIndex(index, bytes.length * 8)
  const mask = 1 << (place & 7)
  const old = bytes[place >> 3]!
  return changed(bytes, place >> 3, bit === 1 ? old | mask : old & ~mask)
}

function countBits(bytes: Uint8Array): bigint {
  let count = 0
  for (let byte of bytes) for (; byte !== 0; byte &= byte - 1) count++
  return BigInt(count)
}

function hash(name: string, algorithm: string, start: string): ScalarFunction {
  return define(
    'binary',
    name,
    `${algorithm.toUpperCase()} of a text or bytea, as bytea.`,
    [`left(encode(${name}('abc'::bytea), 'hex'), 8)`, start],
    [
      [[BYTEA], BYTEA],
      [[VARCHAR], BYTEA],
    ],
    ([v]: readonly [string | Uint8Array]) => new Uint8Array(createHash(algorithm).update(bytesOf(v)).digest()),
  )
}

function isUtf8(name: string): boolean {
  return /^utf-?8$/i.test(name)
}

function isLatin1(name: string): boolean {
  return /^(latin-?1|iso-?8859-?1)$/i.test(name)
}

function toText(bytes: Uint8Array, encoding: string): string {
  if (isLatin1(encoding)) return Buffer.from(bytes).toString('latin1')
  if (!isUtf8(encoding) && !/^sql_ascii$/i.test(encoding)) throw unsupported(`the encoding ${encoding}`)
  if (bytes.includes(0)) throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8": 0x00')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new SqlError('22021', 'invalid byte sequence for encoding "UTF8"')
  }
}

function toBytes(text: string, encoding: string): Uint8Array {
  if (isUtf8(encoding)) return new Uint8Array(Buffer.from(text, 'utf8'))
  if (!isLatin1(encoding)) throw unsupported(`the encoding ${encoding}`)
  const odd = [...text].find((char) => char.codePointAt(0)! > 0xff)
  if (odd !== undefined) {
    throw new SqlError('22P05', `character "${odd}" in encoding "UTF8" has no equivalent in encoding "LATIN1"`)
  }
  return new Uint8Array(Buffer.from(text, 'latin1'))
}

const OF_BYTES: Overloads = [[[BYTEA], BIGINT]]

export const byteFunctions: readonly ScalarFunction[] = [
  define(
    'binary',
    'get_byte',
    'The byte at a place, counted from 0.',
    ["get_byte('\\x1234567890'::bytea, 4)", '144'],
    [[[BYTEA, INTEGER], INTEGER]],
    ([bytes, index]: readonly [Uint8Array, number]) => bytes[checkIndex(index, bytes.length)]!,
  ),
  define(
    'binary',
    'set_byte',
    'The bytes with one changed, at a place counted from 0.',
    ["set_byte('\\x1234567890'::bytea, 4, 64)", '\\x1234567840'],
    [[[BYTEA, INTEGER, INTEGER], BYTEA]],
    ([bytes, index, value]: readonly [Uint8Array, number, number]) =>
      changed(bytes, checkIndex(index, bytes.length), value & 0xff),
  ),
  define(
    'binary',
    'get_bit',
    'The bit at a place, counted from 0 and from the lowest bit of each byte.',
    ["get_bit('\\x1234567890'::bytea, 30)", '1'],
    [[[BYTEA, BIGINT], INTEGER]],
    ([bytes, index]: readonly [Uint8Array, bigint]) => {
      const place = checkIndex(index, bytes.length * 8)
      return (bytes[place >> 3]! >> (place & 7)) & 1
    },
  ),
  define(
    'binary',
    'set_bit',
    'The bytes with one bit changed.',
    ["set_bit('\\x1234567890'::bytea, 30, 0)", '\\x1234563890'],
    [[[BYTEA, BIGINT, INTEGER], BYTEA]],
    ([bytes, index, bit]: readonly [Uint8Array, bigint, number]) => setBit(bytes, index, bit),
  ),
  define(
    'binary',
    'bit_count',
    'How many bits are set, of bytes or an integer.',
    ["bit_count('\\x1234567890'::bytea)", '15'],
    [...OF_BYTES, [[INTEGER], BIGINT], [[BIGINT], BIGINT]],
    ([v]: readonly [Uint8Array | number | bigint], { args }) => {
      if (typeof v === 'object') return countBits(v)
      const bits = BigInt.asUintN(args[0]!.kind === 'bigint' ? 64 : 32, BigInt(v))
      return BigInt(bits.toString(2).replaceAll('0', '').length)
    },
  ),
  hash('sha224', 'sha224', '23097d22'),
  hash('sha384', 'sha384', 'cb00753f'),
  hash('sha512', 'sha512', 'ddaf35a1'),
  define(
    'binary',
    'crc32',
    'CRC-32 of the bytes.',
    ["crc32('123456789'::bytea)", '3421780262'],
    OF_BYTES,
    ([v]: readonly [Uint8Array]) => BigInt(crc32OfBytes(v)),
  ),
  define(
    'binary',
    'crc32c',
    'CRC-32C of the bytes.',
    ["crc32c('123456789'::bytea)", '3808858755'],
    OF_BYTES,
    ([v]: readonly [Uint8Array]) => BigInt(crc32c(v)),
  ),
  define(
    'binary',
    'convert_from',
    'Bytes of a character set (UTF8, LATIN1) as text.',
    ["convert_from('\\xc3a9'::bytea, 'UTF8')", 'é'],
    [[[BYTEA, VARCHAR], VARCHAR]],
    ([bytes, encoding]: readonly [Uint8Array, string]) => toText(bytes, encoding),
  ),
  define(
    'binary',
    'convert_to',
    'Text as the bytes of a character set (UTF8, LATIN1).',
    ["convert_to('é', 'LATIN1')", '\\xe9'],
    [[[VARCHAR, VARCHAR], BYTEA]],
    ([text, encoding]: readonly [string, string]) => toBytes(text, encoding),
  ),
  define(
    'binary',
    'convert',
    'Bytes of one character set as those of another.',
    ["convert('\\xc3a9'::bytea, 'UTF8', 'LATIN1')", '\\xe9'],
    [[[BYTEA, VARCHAR, VARCHAR], BYTEA]],
    ([bytes, from, to]: readonly [Uint8Array, string, string]) => toBytes(toText(bytes, from), to),
  ),
]
