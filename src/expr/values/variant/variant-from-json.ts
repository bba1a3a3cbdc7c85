/**
 * JSON text to a variant, as Spark's parse_json: integers in the fewest bytes, numbers with a point as decimals where they fit, else doubles.
 *
 * Of keys that occur twice the last one counts.
 */
import { type JsonValue, isJsonObject, parseExactJson } from '../../../core/exact-json.ts'
import { SluiceError, SqlError } from '../../../core/errors.ts'
import { BOOLEAN, type DataType, DOUBLE, VARCHAR, decimal } from '../../../core/types.ts'
import { VARIANT_NULL, variantArray, variantObject, variantScalar } from './variant-build.ts'
import { join } from './variant-cast.ts'

/** Metadata and value of a text; 22032 when it is not JSON. */
export function variantFromJson(text: string): Uint8Array {
  const json = parse(text)
  const names = new Map<string, number>()
  collectNames(json, names)
  return join(metadataOf([...names.keys()]), valueOf(json, names))
}

function parse(text: string): JsonValue {
  try {
    return parseExactJson(text, 'a text', { allowsRepeatedKeys: true })
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error
    throw new SqlError('22032', 'invalid input syntax for JSON', { cause: error })
  }
}

function collectNames(json: JsonValue, names: Map<string, number>): void {
  if (Array.isArray(json)) (json as readonly JsonValue[]).forEach((item) => collectNames(item, names))
  else if (isJsonObject(json)) {
    for (const [name, value] of Object.entries(json)) {
      if (!names.has(name)) names.set(name, names.size)
      if (value !== undefined) collectNames(value, names)
    }
  }
}

function valueOf(json: JsonValue, names: ReadonlyMap<string, number>): Uint8Array {
  if (json === null) return VARIANT_NULL
  if (typeof json === 'boolean') return variantScalar(json, BOOLEAN)
  if (typeof json === 'string') return variantScalar(json, VARCHAR)
  if (typeof json === 'bigint') return integer(json)
  if (typeof json === 'number') return number(json)
  if (Array.isArray(json)) return variantArray((json as readonly JsonValue[]).map((item) => valueOf(item, names)))
  const fields = Object.entries(json as Readonly<Record<string, JsonValue>>)
  return variantObject(fields.map(([name, value]) => ({ name, id: names.get(name)!, value: valueOf(value, names) })))
}

const KINDS: readonly (readonly [bigint, DataType['kind']])[] = [
  [0x7fn, 'tinyint'],
  [0x7fffn, 'smallint'],
  [0x7fff_ffffn, 'integer'],
  [0x7fff_ffff_ffff_ffffn, 'bigint'],
]

function integer(value: bigint): Uint8Array {
  const kind = KINDS.find(([most]) => value <= most && value >= -most - 1n)?.[1]
  if (kind === undefined) {
    const digits = String(value < 0n ? -value : value).length
    return digits > 38 ? variantScalar(Number(value), DOUBLE) : variantScalar(value, decimal(38, 0))
  }
  return variantScalar(kind === 'bigint' ? value : Number(value), { kind } as DataType)
}

function number(value: number): Uint8Array {
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 53 && !Object.is(value, -0)) return integer(BigInt(value))
  const match = /^(-?)(\d+)\.(\d+)$/.exec(String(value))
  if (match === null) return variantScalar(value, DOUBLE)
  const digits = `${match[2]}${match[3]}`.replace(/^0+(?=\d)/, '')
  const scale = match[3]!.length
  return variantScalar(BigInt(match[1]! + digits), decimal(Math.max(digits.length, scale), scale))
}

function metadataOf(names: readonly string[]): Uint8Array {
  const texts = names.map((name) => new TextEncoder().encode(name))
  const total = texts.reduce((sum, text) => sum + text.length, 0)
  const size = Math.max(total, names.length) < 256 ? 1 : 4
  const bytes = new Uint8Array(1 + size * (names.length + 2) + total)
  const view = new DataView(bytes.buffer)
  const write = (at: number, value: number): void => {
    if (size === 1) view.setUint8(at, value)
    else view.setUint32(at, value, true)
  }
  bytes[0] = 1 | ((size - 1) << 6)
  write(1, names.length)
  const start = 1 + size * (names.length + 2)
  let offset = 0
  texts.forEach((text, i) => {
    write(1 + size * (i + 1), offset)
    bytes.set(text, start + offset)
    offset += text.length
  })
  write(1 + size * (names.length + 1), offset)
  return bytes
}
