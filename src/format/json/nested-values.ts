/** JSON as a value of a type: objects to structs and maps, arrays to lists, the rest as CAST makes values of texts. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, VARCHAR, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { castValue } from '../../expr/values/cast-value.ts'
import { type Json, JsonNumber, isArray, isObject, jsonKind, writeJson, writeJsonb } from '../../expr/values/json.ts'
import type { TextValues } from '../csv/layout.ts'
import { timeReader } from '../text/time-format.ts'

/** 22P02 and others when the JSON is no value of the type. */
export function valueOfJson(json: Json, type: DataType, values: TextValues): LiteralValue {
  if (json === null) return null
  switch (type.kind) {
    case 'json':
      return writeJson(json)
    case 'jsonb':
      return writeJsonb(json)
    case 'varchar':
      return typeof json === 'string' ? json : writeJson(json)
    case 'list':
      if (!isArray(json)) throw mismatch(json, type)
      return json.map((item) => valueOfJson(item, type.element.type, values))
    case 'struct':
      if (!isObject(json)) throw mismatch(json, type)
      return type.fields.map((field) => valueOfJson(json.get(field.name) ?? null, field.type, values))
    case 'map':
      if (!isObject(json)) throw mismatch(json, type)
      return [...json].map(([key, value]) => [
        valueOfJson(key, type.key.type, values),
        valueOfJson(value, type.value.type, values),
      ])
    default:
      return scalarOf(json, type, values)
  }
}

function scalarOf(json: Json, type: DataType, { dateFormat, timestampFormat, timeZone }: TextValues): LiteralValue {
  if (isArray(json) || isObject(json)) throw mismatch(json, type)
  const text = typeof json === 'string' ? json : json instanceof JsonNumber ? json.text : String(json)
  const format = type.kind === 'date' ? dateFormat : type.kind === 'timestamp' ? timestampFormat : undefined
  if (format !== undefined) return timeReader(type, format, timeZone)(text)
  return castValue(text, VARCHAR, type, { nowMicros: 0n, timeZone })
}

function mismatch(json: Json, type: DataType): SqlError {
  return new SqlError('22P02', `a JSON ${jsonKind(json)} is no value of type ${typeName(type)}`)
}
