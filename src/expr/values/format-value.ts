/** Any value as the text that CAST(... AS varchar) gives: PostgreSQL's output functions. */
import { unreachable } from '../../core/assert.ts'
import type { DataType } from '../../core/types.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { formatDecimal } from './decimal.ts'
import { formatInterval, formatTimeParts } from './interval.ts'
import { formatBytea, formatFloat, formatUuid } from './number-text.ts'
import { formatDate, formatTimestamp } from './time-text.ts'
import { formatZonedTime } from './zoned-time.ts'
import { variantJson } from './variant/variant-json.ts'

/** `value` is not NULL (within nested values NULLs are written as PostgreSQL does). */
export function formatValue(value: LiteralValue, type: DataType, timeZone: string): string {
  switch (type.kind) {
    case 'null':
      return ''
    case 'boolean':
      return value === true ? 'true' : 'false'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'bigint':
    case 'ubigint':
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
      return String(value)
    case 'decimal':
      return formatDecimal(value as bigint, type.scale)
    case 'half':
    case 'real':
    case 'double':
      return formatFloat(value as number, type)
    case 'date':
      return formatDate(value as number)
    case 'time':
      return formatTimeParts(value as bigint)
    case 'timetz':
      return formatZonedTime(value as Uint8Array)
    case 'timestamp':
      return formatTimestamp(value as bigint, type, timeZone)
    case 'bytea':
      return formatBytea(value as Uint8Array)
    case 'uuid':
      return formatUuid(value as Uint8Array)
    case 'interval':
      return formatInterval(value as IntervalValue)
    case 'variant':
      return variantJson(value as Uint8Array)
    case 'list':
      return formatList(value as readonly LiteralValue[], type.element.type, timeZone)
    case 'struct':
      return formatRow(
        value as readonly LiteralValue[],
        type.fields.map((field) => field.type),
        timeZone,
      )
    case 'map':
      return formatMap(value as readonly LiteralValue[], type.key.type, type.value.type, timeZone)
    default:
      return unreachable(type)
  }
}

/** A part of an array or a row: booleans have one letter there. */
function formatPart(value: Exclude<LiteralValue, null>, type: DataType, timeZone: string): string {
  if (type.kind === 'boolean') return value === true ? 't' : 'f'
  return formatValue(value, type, timeZone)
}

/** `{1,NULL,"a b"}`; lists within lists without quotes, as PostgreSQL's arrays. */
function formatList(values: readonly LiteralValue[], type: DataType, timeZone: string): string {
  const parts = values.map((value) => {
    if (value === null) return 'NULL'
    const text = formatPart(value, type, timeZone)
    return type.kind === 'list' ? text : quoteElement(text)
  })
  return `{${parts.join(',')}}`
}

function quoteElement(text: string): string {
  if (text !== '' && !/[\s{}",\\]/.test(text) && text.toUpperCase() !== 'NULL') return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** `(1,,"a b")`: NULL is nothing at all. */
function formatRow(values: readonly LiteralValue[], types: readonly DataType[], timeZone: string): string {
  const parts = values.map((value, i) => {
    if (value === null) return ''
    const text = formatPart(value, types[i]!, timeZone)
    return text !== '' && !/[\s(),"\\]/.test(text) ? text : `"${text.replace(/["\\]/g, '$&$&')}"`
  })
  return `(${parts.join(',')})`
}

/** `{a=1,b=NULL}`: PostgreSQL has no maps. */
function formatMap(pairs: readonly LiteralValue[], key: DataType, value: DataType, timeZone: string): string {
  const parts = pairs.map((pair) => {
    const [k, v] = pair as readonly [LiteralValue, LiteralValue]
    const text = v === null ? 'NULL' : quoteElement(formatValue(v, value, timeZone))
    return `${quoteElement(formatValue(k, key, timeZone))}=${text}`
  })
  return `{${parts.join(',')}}`
}
