/** Values that a function of a program gives, as values of the type that it was said to give. Nothing is lost silently. */
import { SqlError } from '../../core/errors.ts'
import {
  BIGINT,
  BOOLEAN,
  BYTEA,
  type DataType,
  DOUBLE,
  TIMESTAMPTZ,
  VARCHAR,
  isFloat,
  isInteger,
  typeName,
} from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { SessionValues } from '../../expr/functions/function.ts'
import { castValue } from '../../expr/values/cast-value.ts'

/** Levels of lists and structs within each other. */
const DEPTH_MAX = 100

/** 42804 for a value of another kind, else the errors of casts: 22003, 22007, 22P02. */
export function fromApiValue(value: unknown, type: DataType, session: SessionValues, depth: number = 0): LiteralValue {
  if (value === null || value === undefined) return null
  if (depth > DEPTH_MAX) throw new SqlError('54001', 'a value is nested too deeply')
  switch (typeof value) {
    case 'string':
      return castValue(value, VARCHAR, type, session)
    case 'boolean':
      if (type.kind === 'boolean') return value
      return type.kind === 'varchar' ? String(value) : castFrom(value, BOOLEAN, type, session)
    case 'number':
      return fromNumber(value, type, session)
    case 'bigint':
      if (type.kind === 'boolean') throw wrongKind('a bigint', type)
      if (type.kind === 'bigint' && BigInt.asIntN(64, value) === value) return value
      if (isFloat(type)) return castValue(Number(value), DOUBLE, type, session)
      return castValue(value.toString(), VARCHAR, type, session)
    case 'object':
      return fromObject(value, type, session, depth)
    default:
      throw wrongKind(`a ${typeof value}`, type)
  }
}

function wrongKind(what: string, type: DataType): SqlError {
  return new SqlError('42804', `${what} is no value of type ${typeName(type)}`)
}

function castFrom(value: LiteralValue, from: DataType, to: DataType, session: SessionValues): LiteralValue {
  if (from.kind === 'boolean' && !isInteger(to)) throw wrongKind('a boolean', to)
  return castValue(value, from, to, session)
}

function fromNumber(value: number, type: DataType, session: SessionValues): LiteralValue {
  if (isFloat(type)) return type.kind === 'double' ? value : castValue(value, DOUBLE, type, session)
  if (isInteger(type)) {
    if (!Number.isInteger(value)) throw wrongKind(`${value}`, type)
    if (Number.isSafeInteger(value)) return castValue(BigInt(value), BIGINT, type, session)
    return castValue(BigInt(value).toString(), VARCHAR, type, session)
  }
  if (type.kind === 'decimal') return castValue(value, DOUBLE, type, session)
  if (type.kind === 'varchar' || type.kind === 'json' || type.kind === 'jsonb') {
    return castValue(String(value), VARCHAR, type, session)
  }
  throw wrongKind('a number', type)
}

function fromObject(value: object, type: DataType, session: SessionValues, depth: number): LiteralValue {
  if (value instanceof Date) {
    if (type.kind !== 'timestamp' && type.kind !== 'date') throw wrongKind('a Date', type)
    if (Number.isNaN(value.getTime())) throw wrongKind('an invalid Date', type)
    return castValue(BigInt(value.getTime()) * 1000n, TIMESTAMPTZ, type, session)
  }
  if (value instanceof Uint8Array) {
    if (type.kind !== 'bytea' && type.kind !== 'uuid') throw wrongKind('a Uint8Array', type)
    return castValue(value.slice(), BYTEA, type, session)
  }
  if (type.kind === 'json' || type.kind === 'jsonb') return castValue(JSON.stringify(value), VARCHAR, type, session)
  if (type.kind === 'list') {
    const items = Array.isArray(value) || ArrayBuffer.isView(value) ? Array.from(value as ArrayLike<unknown>) : null
    if (items === null) throw wrongKind('an object', type)
    return items.map((item) => fromApiValue(item, type.element.type, session, depth + 1))
  }
  if (type.kind === 'map') {
    const entries = value instanceof Map ? [...value] : Object.entries(value)
    return entries.map(([key, item]) => {
      const name = fromApiValue(key, type.key.type, session, depth + 1)
      if (name === null) throw new SqlError('22004', 'map key cannot be null')
      return [name, fromApiValue(item, type.value.type, session, depth + 1)]
    })
  }
  if (type.kind === 'struct' && !Array.isArray(value)) {
    const fields = value as Readonly<Record<string, unknown>>
    return type.fields.map(({ name, type: of }) =>
      fromApiValue(Object.hasOwn(fields, name) ? fields[name] : null, of, session, depth + 1),
    )
  }
  throw wrongKind(Array.isArray(value) ? 'an array' : 'an object', type)
}
