/** SQL values as JSON: numbers and booleans as they are, lists as arrays, structs and maps as objects, times in ISO 8601, all else as text. */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { formatValue } from './format-value.ts'
import { type Json, JsonNumber, parseJson } from './json.ts'
import { isSpecialDecimal } from './special-decimal.ts'
import { variantJson } from './variant/variant-json.ts'

export function toJsonValue(value: LiteralValue, type: DataType, timeZone: string): Json {
  if (value === null) return null
  switch (type.kind) {
    case 'boolean':
      return value === true
    case 'json':
    case 'jsonb':
      return parseJson(value as string)
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
      return new JsonNumber(formatValue(value, type, timeZone))
    case 'decimal':
      if (isSpecialDecimal(value)) return formatValue(value, type, timeZone)
      return new JsonNumber(formatValue(value, type, timeZone))
    case 'half':
    case 'real':
    case 'double':
      // JSON has no NaN and no infinity.
      return Number.isFinite(value)
        ? new JsonNumber(formatValue(value, type, timeZone))
        : formatValue(value, type, timeZone)
    case 'timestamp': {
      const text = formatValue(value, type, timeZone).replace(' ', 'T')
      return type.zone ? text.replace(/([+-]\d{2})$/, '$1:00') : text
    }
    case 'variant':
      return parseJson(variantJson(value as Uint8Array))
    case 'list':
      return (value as readonly LiteralValue[]).map((item) => toJsonValue(item, type.element.type, timeZone))
    case 'struct':
      return new Map(
        type.fields.map((field, i) => [
          field.name,
          toJsonValue((value as readonly LiteralValue[])[i]!, field.type, timeZone),
        ]),
      )
    case 'map':
      return new Map(
        (value as readonly (readonly [LiteralValue, LiteralValue])[]).map(([key, item]) => [
          formatValue(key, type.key.type, timeZone),
          toJsonValue(item, type.value.type, timeZone),
        ]),
      )
    default:
      return formatValue(value, type, timeZone)
  }
}
