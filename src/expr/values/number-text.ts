/** Numbers, booleans, bytes and uuids as text, as PostgreSQL reads and writes them. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'
import { integerRange, integerOfType } from './integer.ts'

/** 22P02 `invalid input syntax for type integer: "x"`. */
export function invalidText(type: DataType, text: string): SqlError {
  const name = type.kind === 'decimal' ? 'numeric' : typeName(type)
  return new SqlError('22P02', `invalid input syntax for type ${name}: "${text}"`)
}

export function parseInteger(text: string, type: DataType): number | bigint {
  const trimmed = text.trim()
  if (!/^[+-]?\d+$/.test(trimmed)) throw invalidText(type, text)
  const [least, greatest] = integerRange(type)
  const value = trimmed.length > 80 ? null : BigInt(trimmed.replace(/^\+/, ''))
  if (value === null || value < least || value > greatest) {
    throw new SqlError('22003', `value "${text}" is out of range for type ${typeName(type)}`)
  }
  return integerOfType(value, type)
}

const FLOAT_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const FLOAT_WORDS: Record<string, number> = {
  nan: Number.NaN,
  '-nan': Number.NaN,
  '+nan': Number.NaN,
  infinity: Number.POSITIVE_INFINITY,
  '+infinity': Number.POSITIVE_INFINITY,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-infinity': Number.NEGATIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

export function parseFloatText(text: string, type: DataType): number {
  const trimmed = text.trim()
  const word = trimmed.toLowerCase()
  if (Object.hasOwn(FLOAT_WORDS, word)) return FLOAT_WORDS[word]!
  if (!FLOAT_TEXT.test(trimmed)) throw invalidText(type, text)
  const exact = Number(trimmed)
  const value = type.kind === 'double' ? exact : Math.fround(exact)
  if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(trimmed.split(/e/i)[0]!))) {
    throw new SqlError('22003', `"${text}" is out of range for type ${typeName(type)}`)
  }
  return value
}

/** Shortest digits that read back as the same value; exponents as PostgreSQL (`1e+15`, `1e-05`). */
export function formatFloat(value: number, type: DataType): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  const isDouble = type.kind === 'double'
  // In this range JavaScript writes a double as PostgreSQL does, and twice as fast.
  if (isDouble && Math.abs(value) >= 1e-4 && Math.abs(value) < 1e15) return String(value)
  const text = isDouble ? value.toExponential() : shortestReal(value)
  const [mantissa, power] = text.split('e') as [string, string]
  const exponent = Number(power)
  if (exponent < -4 || exponent >= (isDouble ? 15 : 6)) {
    const size = Math.abs(exponent).toString().padStart(2, '0')
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size}`
  }
  return placePoint(mantissa, exponent)
}

/** The smallest real with all its bits: below it there are fewer digits. */
const REAL_NORMAL_MIN = 2 ** -126

function shortestReal(value: number): string {
  // Six digits are always right for a real that six or fewer digits write, with zeroes at their end.
  const fewest = Math.abs(value) < REAL_NORMAL_MIN ? 0 : 5
  for (let digits = fewest; digits < 8; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text.replace(/\.?0+e/, 'e')
  }
  return value.toExponential(8)
}

function placePoint(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (exponent >= digits.length - 1) return sign + digits + '0'.repeat(exponent - digits.length + 1)
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

const BOOLEANS: readonly (readonly [string, number, boolean])[] = [
  ['true', 1, true],
  ['yes', 1, true],
  ['on', 2, true],
  ['1', 1, true],
  ['false', 1, false],
  ['no', 1, false],
  ['off', 2, false],
  ['0', 1, false],
]

/** true, yes, on, 1 and their opposites, and unique beginnings of them. */
export function parseBoolean(text: string): boolean {
  const word = text.trim().toLowerCase()
  for (const [name, least, value] of BOOLEANS) {
    if (word.length >= least && name.startsWith(word)) return value
  }
  throw invalidText({ kind: 'boolean' }, text)
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** The bytes of hexadecimal digits; null when they are none. */
export function fromHex(text: string): Uint8Array | null {
  const digits = text.replace(/\s+/g, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-f]*$/i.test(digits)) return null
  return new Uint8Array(Buffer.from(digits, 'hex'))
}

/** `\xdeadbeef`. */
export function formatBytea(bytes: Uint8Array): string {
  return `\\x${toHex(bytes)}`
}

/** PostgreSQL's hex form, or its escape form (`\\` and `\377`). */
export function parseBytea(text: string): Uint8Array {
  if (/^\\x/i.test(text)) {
    const bytes = fromHex(text.slice(2))
    if (bytes === null) throw new SqlError('22023', `invalid hexadecimal data: "${text.slice(0, 40)}"`)
    return bytes
  }
  if (!text.includes('\\')) return new Uint8Array(Buffer.from(text, 'utf8'))
  const bytes: number[] = []
  const source = Buffer.from(text, 'utf8').toString('latin1')
  for (const [part, octal, plain] of source.matchAll(/\\([0-3][0-7]{2})|\\\\|([^\\])|\\/g)) {
    if (part === '\\') throw new SqlError('22P02', 'invalid input syntax for type bytea')
    bytes.push(octal !== undefined ? Number.parseInt(octal, 8) : plain !== undefined ? plain.charCodeAt(0) : 92)
  }
  return Uint8Array.from(bytes)
}

/** `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`. */
export function formatUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export function parseUuid(text: string): Uint8Array {
  const inner = text.trim().replace(/^\{(.*)\}$/, '$1')
  const bytes = /^[0-9a-f]{4}(?:-?[0-9a-f]{4}){7}$/i.test(inner) ? fromHex(inner.replaceAll('-', '')) : null
  if (bytes === null || bytes.length !== 16) throw invalidText({ kind: 'uuid' }, text)
  return bytes
}
