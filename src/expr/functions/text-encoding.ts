/** Hashes and codes of text and bytea: md5 sha256 to_hex encode decode. */
import { createHash } from 'node:crypto'
import { SqlError } from '../../core/errors.ts'
import { BIGINT, BYTEA, INTEGER, VARCHAR } from '../../core/types.ts'
import { fromHex, toHex } from '../values/number-text.ts'
import { md5Vectors } from '../vectors/text-make.ts'
import type { ScalarFunction } from './function.ts'
import { type Overloads, bytesOf, text } from './text-function.ts'

const hashTypes: Overloads = [
  [[VARCHAR], VARCHAR],
  [[BYTEA], VARCHAR],
]

function encode(bytes: Uint8Array, format: string): string {
  const buffer = Buffer.from(bytes)
  switch (format.toLowerCase()) {
    case 'hex':
      return toHex(bytes)
    case 'base64':
      // PostgreSQL breaks lines after 76 characters.
      return buffer.toString('base64').replace(/.{76}(?=.)/g, '$&\n')
    case 'escape':
      return [...buffer].map(escapeByte).join('')
    default:
      throw new SqlError('22023', `unrecognized encoding: "${format}"`)
  }
}

function escapeByte(byte: number): string {
  if (byte === 92) return '\\\\'
  return byte === 0 || byte > 127 ? `\\${byte.toString(8).padStart(3, '0')}` : String.fromCharCode(byte)
}

function decode(value: string, format: string): Uint8Array {
  switch (format.toLowerCase()) {
    case 'hex': {
      const bytes = fromHex(value)
      if (bytes === null) throw new SqlError('22023', 'invalid hexadecimal digit')
      return bytes
    }
    case 'base64': {
      const digits = value.replace(/\s+/g, '')
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(digits) || digits.length % 4 !== 0) {
        throw new SqlError('22023', 'invalid base64 end sequence')
      }
      return new Uint8Array(Buffer.from(digits, 'base64'))
    }
    case 'escape':
      return unescapeBytes(value)
    default:
      throw new SqlError('22023', `unrecognized encoding: "${format}"`)
  }
}

/** `\\` is a backslash, `\ooo` the byte of that octal number; all else are the bytes of UTF-8. */
function unescapeBytes(value: string): Uint8Array {
  const parts: Uint8Array[] = []
  for (const [piece] of value.matchAll(/\\\\|\\[0-3][0-7]{2}|\\|[^\\]+/g)) {
    if (piece === '\\') throw new SqlError('22P02', 'invalid input syntax for type bytea')
    if (!piece.startsWith('\\')) parts.push(Buffer.from(piece, 'utf8'))
    else parts.push(Uint8Array.of(piece === '\\\\' ? 92 : Number.parseInt(piece.slice(1), 8)))
  }
  return new Uint8Array(Buffer.concat(parts))
}

export const encodingFunctions: readonly ScalarFunction[] = [
  {
    ...text(
      'md5',
      [],
      'MD5 as hexadecimal text.',
      ["md5('abc')", '900150983cd24fb0d6963f7d28e17f72'],
      hashTypes,
      ([v]: readonly [string | Uint8Array]) => createHash('md5').update(bytesOf(v)).digest('hex'),
    ),
    evaluate: md5Vectors,
  },
  text(
    'sha256',
    [],
    'SHA-256 as bytea.',
    ["encode(sha256('abc'::bytea), 'hex')", 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      [[VARCHAR], BYTEA],
      [[BYTEA], BYTEA],
    ],
    ([v]: readonly [string | Uint8Array]) => new Uint8Array(createHash('sha256').update(bytesOf(v)).digest()),
  ),
  text(
    'to_hex',
    [],
    'The integer in hexadecimal.',
    ['to_hex(255)', 'ff'],
    [
      [[INTEGER], VARCHAR],
      [[BIGINT], VARCHAR],
    ],
    ([v]: readonly [number | bigint], { args }) =>
      BigInt.asUintN(args[0]!.kind === 'bigint' ? 64 : 32, BigInt(v)).toString(16),
  ),
  text(
    'encode',
    [],
    'Bytes as text: `hex`, `base64` or `escape`.',
    ["encode('abc'::bytea, 'hex')", '616263'],
    [[[BYTEA, VARCHAR], VARCHAR]],
    ([v, format]: readonly [Uint8Array, string]) => encode(v, format),
  ),
  text(
    'decode',
    [],
    'Text as bytes: `hex` or `base64`.',
    ["decode('616263', 'hex')", '\\x616263'],
    [[[VARCHAR, VARCHAR], BYTEA]],
    ([v, format]: readonly [string, string]) => decode(v, format),
  ),
]
