/**
 * Which types convert to which, by PostgreSQL's rules.
 *
 *   implicit    tinyint -> smallint -> integer -> bigint -> decimal -> real -> double, date -> timestamp -> timestamptz
 *   assignment  also back again (with a range check), and everything -> varchar
 *   explicit    also varchar -> everything, boolean <-> integers
 *
 * What is not in PostgreSQL (unsigned integers, tinyint, half, nanoseconds, struct, map) follows the same idea: implicit
 * only where no value is lost.
 */
import {
  type DataType,
  type Field,
  type TimeUnit,
  DOUBLE,
  INTERVAL,
  NULL_TYPE,
  TIMETZ,
  decimal,
  decimalRoom,
  isFloat,
  isInteger,
  isNumeric,
  sameType,
} from '../core/types.ts'

/** Decimal digits that the values of an integer type need. */
const INTEGER_DIGITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 3,
  utinyint: 3,
  smallint: 5,
  usmallint: 5,
  integer: 10,
  uinteger: 10,
  bigint: 19,
  ubigint: 20,
}

const SIGNED = ['tinyint', 'smallint', 'integer', 'bigint'] as const
const UNSIGNED = ['utinyint', 'usmallint', 'uinteger', 'ubigint'] as const
const FLOATS = ['half', 'real', 'double'] as const

/** The decimal that holds every value of an integer or decimal type; null for other types. */
export function asDecimal(type: DataType): (DataType & { kind: 'decimal' }) | null {
  if (type.kind === 'decimal') return type
  const digits = INTEGER_DIGITS[type.kind]
  return digits === undefined ? null : { kind: 'decimal', precision: digits, scale: 0 }
}

/**
 * The type to which values of all `types` convert implicitly, as UNION, CASE and comparisons need it; null if there is none.
 * Untyped NULLs fit everything; only untyped NULLs give the type `null`.
 */
export function commonType(types: readonly DataType[]): DataType | null {
  let common: DataType = NULL_TYPE
  for (const type of types) {
    const next = commonOfTwo(common, type)
    if (next === null) return null
    common = next
  }
  return common
}

function commonOfTwo(a: DataType, b: DataType): DataType | null {
  if (a.kind === 'null') return b
  if (b.kind === 'null' || sameType(a, b)) return a
  if (isNumeric(a) && isNumeric(b)) return commonNumeric(a, b)
  if (isTimeOfDay(a) && isTimeOfDay(b)) return TIMETZ
  if ((a.kind === 'time' && b.kind === 'interval') || (a.kind === 'interval' && b.kind === 'time')) return INTERVAL
  if (isDateOrTimestamp(a) && isDateOrTimestamp(b)) {
    const unit: TimeUnit = unitOf(a) === 'ns' || unitOf(b) === 'ns' ? 'ns' : 'us'
    return { kind: 'timestamp', unit, zone: hasZone(a) || hasZone(b) }
  }
  if (a.kind === 'list' && b.kind === 'list') {
    const element = commonField(a.element, b.element)
    return element && { kind: 'list', element }
  }
  if (a.kind === 'map' && b.kind === 'map') {
    const key = commonField(a.key, b.key)
    const value = commonField(a.value, b.value)
    return key && value && { kind: 'map', key, value }
  }
  if (a.kind === 'struct' && b.kind === 'struct') return commonStruct(a.fields, b.fields)
  return null
}

function commonNumeric(a: DataType, b: DataType): DataType {
  if (isFloat(a) && isFloat(b)) return widest(FLOATS, a, b)
  // PostgreSQL: real with an integer or numeric computes in double precision.
  if (isFloat(a) || isFloat(b)) return DOUBLE
  if (isInteger(a) && isInteger(b)) return commonInteger(a, b)
  const x = asDecimal(a)!
  const y = asDecimal(b)!
  const scale = Math.max(x.scale, y.scale)
  const digits = Math.max(x.precision - x.scale, y.precision - y.scale)
  return decimal(Math.min(decimalRoom(x.precision, y.precision), digits + scale), scale)
}

function commonInteger(a: DataType, b: DataType): DataType {
  const aSigned = rank(SIGNED, a)
  const bSigned = rank(SIGNED, b)
  if (aSigned >= 0 && bSigned >= 0) return widest(SIGNED, a, b)
  if (aSigned < 0 && bSigned < 0) return widest(UNSIGNED, a, b)
  // The next signed type above the unsigned one holds it.
  const needed = Math.max(aSigned, bSigned, rank(UNSIGNED, aSigned < 0 ? a : b) + 1)
  const kind = SIGNED[needed]
  return kind === undefined ? decimal(20, 0) : { kind }
}

function rank(order: readonly DataType['kind'][], type: DataType): number {
  return order.indexOf(type.kind)
}

function widest(order: readonly DataType['kind'][], a: DataType, b: DataType): DataType {
  return rank(order, a) >= rank(order, b) ? a : b
}

function commonField(a: Field, b: Field): Field | null {
  const type = commonOfTwo(a.type, b.type)
  return type && { name: a.name, type, nullable: a.nullable || b.nullable }
}

function commonStruct(a: readonly Field[], b: readonly Field[]): DataType | null {
  if (a.length !== b.length) return null
  const fields: Field[] = []
  for (const [i, field] of a.entries()) {
    const common = commonField(field, b[i]!)
    if (common === null) return null
    fields.push(common)
  }
  return { kind: 'struct', fields }
}

function isTimeOfDay({ kind }: DataType): boolean {
  return kind === 'time' || kind === 'timetz'
}

function isDateOrTimestamp(type: DataType): boolean {
  return type.kind === 'date' || type.kind === 'timestamp'
}

function unitOf(type: DataType): TimeUnit {
  return type.kind === 'timestamp' ? type.unit : 'us'
}

function hasZone(type: DataType): boolean {
  return type.kind === 'timestamp' && type.zone
}

/** Whether `from` converts to `to` without being asked: arguments of functions and operators. */
export function canCoerce(from: DataType, to: DataType): boolean {
  if (from.kind === 'null' || sameType(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return canWidenNumber(from, to)
  if (from.kind === 'date') return to.kind === 'timestamp'
  if (from.kind === 'time') return to.kind === 'timetz' || to.kind === 'interval'
  if (from.kind === 'timestamp' && to.kind === 'timestamp') {
    return (!from.zone || to.zone) && (from.unit === 'us' || to.unit === 'ns')
  }
  return everyPart(from, to, canCoerce)
}

function canWidenNumber(from: DataType, to: DataType): boolean {
  if (isFloat(to)) return !isFloat(from) || rank(FLOATS, from) <= rank(FLOATS, to)
  if (isFloat(from)) return false
  if (to.kind === 'decimal') return true // PostgreSQL: numeric takes every integer; digits are checked at run time
  if (from.kind === 'decimal') return false
  const common = commonInteger(from, to)
  return common.kind === to.kind
}

/** Whether a value of `from` may be stored in a column of `to` (INSERT): implicit conversions and those that may fail by range. */
export function canAssign(from: DataType, to: DataType): boolean {
  if (canCoerce(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return true
  if (from.kind === 'timestamp') {
    if (to.kind === 'timetz') return from.zone
    return to.kind === 'timestamp' || to.kind === 'date' || to.kind === 'time' || to.kind === 'varchar'
  }
  if (from.kind === 'timetz' && to.kind === 'time') return true
  if (to.kind === 'varchar') return true
  if (from.kind === 'interval' && to.kind === 'time') return true
  if (isJson(from) && isJson(to)) return true
  return everyPart(from, to, canAssign)
}

function isJson({ kind }: DataType): boolean {
  return kind === 'json' || kind === 'jsonb'
}

/** Whether CAST(from AS to) exists. */
export function canCast(from: DataType, to: DataType): boolean {
  if (canAssign(from, to)) return true
  if (isJson(from)) return isNumeric(to) || to.kind === 'boolean'
  if (from.kind === 'variant') return to.kind !== 'interval' && to.kind !== 'json' && to.kind !== 'jsonb'
  switch (from.kind) {
    case 'varchar':
      return to.kind !== 'map' && to.kind !== 'struct' && to.kind !== 'null'
    case 'boolean':
      return isInteger(to)
    case 'bit':
      return to.kind === 'integer' || to.kind === 'bigint'
    case 'time':
      return to.kind === 'interval'
    case 'bytea':
      return to.kind === 'uuid'
    case 'uuid':
      return to.kind === 'bytea'
    default:
      if (to.kind === 'boolean') return isInteger(from)
      if (to.kind === 'bit') return from.kind === 'integer' || from.kind === 'bigint'
      return everyPart(from, to, canCast)
  }
}

/** For nested types: each part by `rule`, fields by position; false for all other types. */
function everyPart(from: DataType, to: DataType, rule: (from: DataType, to: DataType) => boolean): boolean {
  if (from.kind === 'list' && to.kind === 'list') return rule(from.element.type, to.element.type)
  if (from.kind === 'map' && to.kind === 'map') {
    return rule(from.key.type, to.key.type) && rule(from.value.type, to.value.type)
  }
  if (from.kind === 'struct' && to.kind === 'struct') {
    return (
      from.fields.length === to.fields.length && from.fields.every((field, i) => rule(field.type, to.fields[i]!.type))
    )
  }
  return false
}
