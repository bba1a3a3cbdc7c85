/**
 * Values as the JavaScript API gives and takes them: nothing loses digits.
 *
 * int64 -> bigint, decimal -> string with its full scale, date -> 'YYYY-MM-DD', timestamp -> ISO string with all its digits, bytea ->
 * Uint8Array, uuid and interval -> string, variant -> its JSON text, list -> array, struct -> object, map -> Map, NULL -> null.
 */
import { SqlError } from '../core/errors.ts'
import { BIGINT, BOOLEAN, BYTEA, type DataType, DOUBLE, INTEGER, NULL_TYPE, TIMESTAMPTZ } from '../core/types.ts'
import { type LiteralExpr, type LiteralValue, literal } from '../expr/expr.ts'
import { formatText, toJson } from './format-value.ts'

export type ApiValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly ApiValue[]
  | ReadonlyMap<ApiValue, ApiValue>
  | { readonly [field: string]: ApiValue }

/** A value that may stand for a parameter. */
export type ParameterValue = null | boolean | number | bigint | string | Date | Uint8Array

export function toApiValue(value: LiteralValue, type: DataType): ApiValue {
  if (value === null) return null
  switch (type.kind) {
    case 'date':
    case 'time':
    case 'timestamp':
      return toJson(value, type) as string
    case 'decimal':
    case 'timetz':
    case 'uuid':
    case 'interval':
    case 'variant':
      return formatText(value, type)
    case 'list':
      return (value as LiteralValue[]).map((item) => toApiValue(item, type.element.type))
    case 'map':
      return new Map(
        (value as LiteralValue[][]).map(([k, v]) => [toApiValue(k!, type.key.type), toApiValue(v!, type.value.type)]),
      )
    case 'struct': {
      const values = value as LiteralValue[]
      return Object.fromEntries(type.fields.map((field, i) => [field.name, toApiValue(values[i] ?? null, field.type)]))
    }
    default:
      return value as ApiValue
  }
}

const INT32_MAX = 2_147_483_647
const INT64_MAX = (1n << 63n) - 1n

/**
 * The literal that a parameter is bound as. Strings have no type of their own: like a quoted literal they take the type that the
 * query wants (`d >= $1` with '2024-01-01'), so dates and decimals are given as strings.
 */
export function toParameter(value: ParameterValue, index: number): LiteralExpr {
  if (value === null) return literal(null, NULL_TYPE)
  switch (typeof value) {
    case 'boolean':
      return literal(value, BOOLEAN)
    case 'string':
      return literal(value, NULL_TYPE)
    case 'bigint':
      if (value > INT64_MAX || value < -INT64_MAX - 1n)
        throw new SqlError('22003', `parameter $${index} is out of range for bigint`)
      return literal(value, BIGINT)
    case 'number':
      if (!Number.isInteger(value) || Object.is(value, -0)) return literal(value, DOUBLE)
      if (Math.abs(value) <= INT32_MAX) return literal(value, INTEGER)
      return Number.isSafeInteger(value) ? literal(BigInt(value), BIGINT) : literal(value, DOUBLE)
    default:
      if (value instanceof Date) return literal(BigInt(value.getTime()) * 1000n, TIMESTAMPTZ)
      if (value instanceof Uint8Array) return literal(value, BYTEA)
      throw new SqlError('22023', `parameter $${index} has a type that SQL does not know`, {
        hint: 'Parameters are null, boolean, number, bigint, string, Date or Uint8Array.',
      })
  }
}
