/**
 * Values in JSON: the defaults of columns that were added to a table with rows.
 *
 * Spec: Iceberg table spec, Appendix D, "JSON single-value serialization".
 */
import { corrupt } from '../../core/errors.ts'
import { type JsonValue, isJsonObject, writeExactJson } from '../../core/exact-json.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { daysFromCivil } from '../../expr/values/calendar.ts'
import { uuidFromText } from '../../format/avro/logical.ts'
import type { IcebergType, NestedField } from './schema.ts'

/** The field's initial default as an engine value; undefined when it has none, XX001 when it is not of the field's type. */
export function initialDefaultOf({ name, type, initialDefault }: NestedField): LiteralValue | undefined {
  if (initialDefault === undefined || initialDefault === null) return undefined
  const value = valueOf(type, initialDefault)
  if (value === undefined)
    throw corrupt(`column "${name}"`, `malformed default value: ${writeExactJson(initialDefault)}`)
  return value
}

function valueOf(type: IcebergType, json: JsonValue): LiteralValue | undefined {
  if (json === null) return null
  switch (type.kind) {
    case 'boolean':
      return typeof json === 'boolean' ? json : undefined
    case 'int':
      return typeof json === 'number' ? json : undefined
    case 'long':
      return typeof json === 'bigint' || Number.isInteger(json) ? BigInt(json as number | bigint) : undefined
    case 'float':
    case 'double':
      return floatOf(type.kind, json)
    case 'list':
      if (!Array.isArray(json)) return undefined
      return allOrNone((json as readonly JsonValue[]).map((item) => valueOf(type.element.type, item)))
    case 'struct':
      if (!isJsonObject(json)) return undefined
      return allOrNone(
        type.fields.map((field) => valueOf(field.type, json[String(field.id)] ?? field.initialDefault ?? null)),
      )
    case 'map': {
      if (!isJsonObject(json)) return undefined
      const { keys, values } = json
      if (!Array.isArray(keys) || !Array.isArray(values) || keys.length !== values.length) return undefined
      const pairs = (keys as readonly JsonValue[]).map((key, i) =>
        allOrNone([valueOf(type.key.type, key), valueOf(type.value.type, values[i] as JsonValue)]),
      )
      return allOrNone(pairs)
    }
    case 'unknown':
      return null
    case 'unsupported':
      return undefined
    default:
      return typeof json === 'string' ? textValue(type, json) : undefined
  }
}

function floatOf(kind: 'float' | 'double', json: JsonValue): number | undefined {
  const isSpecial = json === 'NaN' || json === 'Infinity' || json === '-Infinity'
  if (typeof json !== 'number' && typeof json !== 'bigint' && !isSpecial) return undefined
  return kind === 'float' ? Math.fround(Number(json)) : Number(json)
}

function textValue(type: IcebergType, text: string): LiteralValue | undefined {
  switch (type.kind) {
    case 'string':
      return text
    case 'uuid':
      return uuidFromText(text)
    case 'binary':
    case 'fixed':
      return /^(?:[0-9a-fA-F]{2})*$/.test(text) ? new Uint8Array(Buffer.from(text, 'hex')) : undefined
    case 'decimal':
      return unscaled(text, type.scale)
    case 'date':
      return daysOf(text)
    case 'time':
      return timeOf(text, 6)
    case 'timestamp':
    case 'timestamptz':
      return timestampOf(text, 6)
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return timestampOf(text, 9)
    default:
      return undefined
  }
}

/** `14.20` with scale 2, also as `1.42E+1`. */
function unscaled(text: string, scale: number): bigint | undefined {
  const match = /^([+-]?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text)
  if (!match) return undefined
  const fraction = match[3] ?? ''
  const shift = scale - fraction.length + Number(match[4] ?? 0)
  const digits = BigInt(match[2]! + fraction)
  const divisor = 10n ** BigInt(Math.max(-shift, 0))
  if (digits % divisor !== 0n) return undefined
  const value = (digits * 10n ** BigInt(Math.max(shift, 0))) / divisor
  return match[1] === '-' ? -value : value
}

function daysOf(text: string): number | undefined {
  const match = /^([+-]?\d{4,6})-(\d{2})-(\d{2})$/.exec(text)
  return match ? daysFromCivil(Number(match[1]), Number(match[2]), Number(match[3])) : undefined
}

/** Micros (6 digits) or nanos (9 digits) of the day. */
function timeOf(text: string, digits: 6 | 9): bigint | undefined {
  const match = /^(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?$/.exec(text)
  if (!match) return undefined
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)
  const fraction = (match[4] ?? '').padEnd(9, '0').slice(0, digits)
  return BigInt(seconds) * 10n ** BigInt(digits) + BigInt(fraction)
}

function timestampOf(text: string, digits: 6 | 9): bigint | undefined {
  const match = /^(.+)T([^Z+-]+)(?:Z|([+-])(\d{2}):(\d{2}))?$/.exec(text)
  const days = match ? daysOf(match[1]!) : undefined
  const time = match ? timeOf(match[2]!, digits) : undefined
  if (!match || days === undefined || time === undefined) return undefined
  const second = 10n ** BigInt(digits)
  const minutes = Number(match[4] ?? 0) * 60 + Number(match[5] ?? 0)
  const offset = BigInt(match[3] === '-' ? -minutes : minutes) * 60n * second
  return BigInt(days) * 86_400n * second + time - offset
}

function allOrNone(values: readonly (LiteralValue | undefined)[]): LiteralValue | undefined {
  return values.some((value) => value === undefined) ? undefined : (values as readonly LiteralValue[])
}
