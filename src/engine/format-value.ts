/**
 * Values as text: PostgreSQL's output forms for tables and CSV, the documented JSON forms for `--format jsonl`.
 *
 * Input are LiteralValues (expr/expr.ts): numbers, bigints (decimals unscaled), strings, bytes, arrays.
 */
import { DATE_INFINITY, DATE_MINUS_INFINITY, infinitySign, infinityText } from '../core/infinity.ts'
import { type DataType, typeName } from '../core/types.ts'
import { unreachable } from '../core/assert.ts'
import type { IntervalValue, LiteralValue } from '../expr/expr.ts'
import { civilFromDays } from '../expr/values/calendar.ts'
import { formatDecimal } from '../expr/values/decimal.ts'
import { MICROS_PER_DAY, formatInterval } from '../expr/values/interval.ts'
import { formatBytea, formatFloat, formatUuid, toHex } from '../expr/values/number-text.ts'
import { formatZonedTime } from '../expr/values/zoned-time.ts'
import { variantJson } from '../expr/values/variant/variant-json.ts'

const two = (value: number): string => String(value).padStart(2, '0')

/** `2024-02-29`; the JSON style writes years outside 0..9999 as `+012345` / `-000001`, else they are PostgreSQL's `0002-01-01 BC`. */
function formatDate(days: number, style: Style): string {
  if (days === DATE_INFINITY || days === DATE_MINUS_INFINITY) return infinityText(days > 0 ? 1 : -1)
  const { year, month, day } = civilFromDays(days)
  const rest = `-${two(month)}-${two(day)}`
  if (style === 'json') {
    if (year >= 0 && year <= 9999) return `${String(year).padStart(4, '0')}${rest}`
    return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}${rest}`
  }
  if (year > 0) return `${String(year).padStart(4, '0')}${rest}`
  return `${String(1 - year).padStart(4, '0')}${rest} BC`
}

type Style = 'text' | 'json'

/** `hh:mm:ss.ffffff`; in the text style without trailing zeroes. */
function formatTime(micros: bigint, fractionDigits: number, style: Style): string {
  const perSecond = 10n ** BigInt(fractionDigits)
  const seconds = Number(micros / perSecond)
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  const fraction = String(micros % perSecond).padStart(fractionDigits, '0')
  if (style === 'json') return `${clock}.${fraction}`
  const trimmed = fraction.replace(/0+$/, '')
  return trimmed === '' ? clock : `${clock}.${trimmed}`
}

function formatTimestamp(value: bigint, type: Extract<DataType, { kind: 'timestamp' }>, style: Style): string {
  const sign = infinitySign(value, type)
  if (sign !== 0) return infinityText(sign)
  const digits = type.unit === 'ns' ? 9 : 6
  const perDay = type.unit === 'ns' ? MICROS_PER_DAY * 1000n : MICROS_PER_DAY
  let days = value / perDay
  let rest = value % perDay
  if (rest < 0n) {
    days -= 1n
    rest += perDay
  }
  const date = formatDate(Number(days), style)
  const time = formatTime(rest, digits, style)
  if (style === 'json') return `${date}T${time}${type.zone ? 'Z' : ''}`
  const zone = type.zone ? '+00' : ''
  return date.endsWith(' BC') ? `${date.slice(0, -3)} ${time}${zone} BC` : `${date} ${time}${zone}`
}

/** PostgreSQL's text form of a value that is not NULL. */
export function formatText(value: LiteralValue, type: DataType): string {
  switch (type.kind) {
    case 'null':
      return ''
    case 'boolean':
      return value === true ? 't' : 'f'
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'half':
    case 'real':
    case 'double':
      return formatFloat(value as number, type)
    case 'date':
      return formatDate(value as number, 'text')
    case 'time':
      return formatTime(value as bigint, 6, 'text')
    case 'timetz':
      return formatZonedTime(value as Uint8Array)
    case 'timestamp':
      return formatTimestamp(value as bigint, type, 'text')
    case 'bytea':
      return formatBytea(value as Uint8Array)
    case 'uuid':
      return formatUuid(value as Uint8Array)
    case 'interval':
      return formatInterval(value as IntervalValue)
    case 'variant':
      return variantJson(value as Uint8Array)
    case 'list':
      return `{${(value as LiteralValue[]).map((v) => arrayItem(v, type.element.type)).join(',')}}`
    case 'struct':
    case 'map':
      return JSON.stringify(toJson(value, type))
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
      return String(value)
    default:
      return unreachable(type)
  }
}

function arrayItem(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  const text = formatText(value, type)
  if (type.kind === 'list') return text
  return text === '' || /[\s{}",\\]|^null$/i.test(text) ? `"${text.replaceAll(/["\\]/g, '\\$&')}"` : text
}

/** What `JSON.stringify` can take: docs/cli.md has the forms. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** A number whose text JSON.stringify would change (`-0`, shortest float32). */
function jsonFloat(value: number, type: DataType): JsonValue {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity'
  return type.kind === 'double' ? value : Number(formatFloat(value, type))
}

export function toJson(value: LiteralValue, type: DataType): JsonValue {
  if (value === null) return null
  switch (type.kind) {
    case 'boolean':
      return value as boolean
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
      return value as number
    case 'uinteger':
      return Number(value as bigint)
    case 'half':
    case 'real':
    case 'double':
      return jsonFloat(value as number, type)
    case 'date':
      return formatDate(value as number, 'json')
    case 'time':
      return formatTime(value as bigint, 6, 'json')
    case 'timestamp':
      return formatTimestamp(value as bigint, type, 'json')
    case 'bytea':
      return toHex(value as Uint8Array)
    case 'list':
      return (value as LiteralValue[]).map((item) => toJson(item, type.element.type))
    case 'map':
      return (value as LiteralValue[][]).map(([k, v]) => [toJson(k!, type.key.type), toJson(v!, type.value.type)])
    case 'struct': {
      const values = value as LiteralValue[]
      return Object.fromEntries(type.fields.map((field, i) => [field.name, toJson(values[i] ?? null, field.type)]))
    }
    default:
      return formatText(value, type)
  }
}

/** JSON text of a value: as JSON.stringify(toJson(...)), but -0 keeps its sign. */
export function jsonText(value: JsonValue): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => jsonText(item)).join(',')}]`
  if (value !== null && typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([k, v]) => `${JSON.stringify(k)}:${jsonText(v as JsonValue)}`)
      .join(',')}}`
  }
  return JSON.stringify(value)
}

export { typeName }
