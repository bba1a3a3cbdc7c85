/** Type names as SQL writes them, PostgreSQL's and those of Spark, Flink, Trino and DuckDB, to types. */
import { SqlError, unsupported } from '../../core/errors.ts'
import {
  type DataType,
  type Field,
  type SimpleKind,
  type TimeUnit,
  DECIMAL_DIGITS_MAX,
  WIDE_DECIMAL_DIGITS_MAX,
  decimal,
} from '../../core/types.ts'
import type { TypeName } from '../../sql/ast.ts'
import { nearestName } from './nearest-name.ts'
import { objectType } from './object-casts.ts'

const SIMPLE: Readonly<Record<string, SimpleKind>> = {
  boolean: 'boolean',
  bool: 'boolean',
  tinyint: 'tinyint',
  int1: 'tinyint',
  byte: 'tinyint',
  smallint: 'smallint',
  int2: 'smallint',
  short: 'smallint',
  integer: 'integer',
  int: 'integer',
  int4: 'integer',
  signed: 'integer',
  bigint: 'bigint',
  int8: 'bigint',
  long: 'bigint',
  utinyint: 'utinyint',
  uint8: 'utinyint',
  usmallint: 'usmallint',
  uint16: 'usmallint',
  uinteger: 'uinteger',
  uint32: 'uinteger',
  ubigint: 'ubigint',
  uint64: 'ubigint',
  half: 'half',
  float16: 'half',
  real: 'real',
  float4: 'real',
  'double precision': 'double',
  double: 'double',
  float8: 'double',
  date: 'date',
  varchar: 'varchar',
  'character varying': 'varchar',
  char: 'varchar',
  character: 'varchar',
  nchar: 'varchar',
  'national character': 'varchar',
  'national character varying': 'varchar',
  nvarchar: 'varchar',
  bpchar: 'varchar',
  text: 'varchar',
  string: 'varchar',
  name: 'varchar',
  bytea: 'bytea',
  binary: 'bytea',
  varbinary: 'bytea',
  'binary varying': 'bytea',
  bytes: 'bytea',
  blob: 'bytea',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'jsonb',
  bit: 'bit',
  'bit varying': 'bit',
  varbit: 'bit',
  interval: 'interval',
  variant: 'variant',
}

const TIMESTAMPS: Readonly<Record<string, { readonly zone: boolean; readonly unit?: TimeUnit }>> = {
  timestamp: { zone: false },
  'timestamp without time zone': { zone: false },
  datetime: { zone: false },
  timestamp_ntz: { zone: false },
  timestamp_ns: { zone: false, unit: 'ns' },
  'timestamp with time zone': { zone: true },
  'timestamp with local time zone': { zone: true },
  timestamptz: { zone: true },
  timestamp_ltz: { zone: true },
  timestamptz_ns: { zone: true, unit: 'ns' },
}

const TIMES = new Set(['time', 'time without time zone'])
const ZONED_TIMES = new Set(['timetz', 'time with time zone'])
const DECIMALS = new Set(['decimal', 'numeric', 'dec'])
const LISTS = new Set(['array', 'list'])
const STRUCTS = new Set(['struct', 'row'])
/** Lengths count characters. */
const SIZED_TEXTS = new Set([
  'varchar',
  'character varying',
  'char',
  'character',
  'nchar',
  'national character',
  'national character varying',
  'nvarchar',
  'bpchar',
])
/** Known elsewhere, not here yet. */
const REFUSED = new Set(['xml', 'money', 'geometry', 'geography', 'vector'])

/** DECIMAL without digits where the value gives none: room for 20 digits on either side of the point. */
const DECIMAL_DEFAULT: DataType = decimal(DECIMAL_DIGITS_MAX, 18)

/** Depth of nested types that is still read. */
const DEPTH_MAX = 100

/** The type of a type name: 42704 when there is none, 0A000 when it is not supported. */
export function resolveTypeName(name: TypeName): DataType {
  return resolve(name, 0)
}

/** The type of a name without modifiers, of those that PostgreSQL has a cast function for; null for other names. */
export function simpleTypeByName(name: string): DataType | null {
  const timestamp = Object.hasOwn(TIMESTAMPS, name) ? TIMESTAMPS[name] : undefined
  if (timestamp !== undefined) return { kind: 'timestamp', unit: timestamp.unit ?? 'us', zone: timestamp.zone }
  if (name === 'time' || name === 'timetz') return { kind: name }
  const kind = Object.hasOwn(SIMPLE, name) ? SIMPLE[name] : undefined
  return kind === undefined ? null : { kind }
}

/** n of `varchar(n)` and `char(n)`: a cast cuts longer texts off. Null for all other types. */
export function textLengthOf(name: TypeName): number | null {
  if (!SIZED_TEXTS.has(name.name)) return null
  const [length] = name.modifiers
  // PostgreSQL: char is char(1); but `char` in a lake's table means text of any length (Hive's needs its length).
  if (length === undefined) return name.name === 'char' || name.name === 'character' ? 1 : null
  if (length < 1) throw new SqlError('22023', `length for type ${name.name} must be at least 1`, { at: name.at })
  return length
}

/** Bits that a cast to the type leaves (`bit` is `bit(1)`), and whether fewer are filled up; null: all of them. */
export function bitLengthOf({
  name,
  modifiers,
  at,
}: TypeName): { readonly length: number; readonly fills: boolean } | null {
  if (!Object.hasOwn(SIMPLE, name) || SIMPLE[name] !== 'bit') return null
  const fills = name === 'bit'
  const length = modifiers[0] ?? (fills ? 1 : undefined)
  if (length === undefined) return null
  if (length < 1) throw new SqlError('22023', `length for type ${fills ? 'bit' : 'varbit'} must be at least 1`, { at })
  return { length, fills }
}

/** Whether the name is DECIMAL without digits: a cast then keeps what its operand has. */
export function isPlainDecimal(name: TypeName): boolean {
  return DECIMALS.has(name.name) && name.modifiers.length === 0
}

function resolve(name: TypeName, depth: number): DataType {
  if (depth > DEPTH_MAX) throw new SqlError('54001', 'type is nested too deeply', { at: name.at })
  const nested = (part: TypeName): DataType => resolve(part, depth + 1)
  if (LISTS.has(name.name) && name.arguments.length === 1) {
    return { kind: 'list', element: field('element', nested(name.arguments[0]!)) }
  }
  if (name.name === 'map' && name.arguments.length === 2) {
    const key: Field = { ...field('key', nested(name.arguments[0]!)), nullable: false }
    return { kind: 'map', key, value: field('value', nested(name.arguments[1]!)) }
  }
  if (STRUCTS.has(name.name) && name.fields.length > 0) {
    return {
      kind: 'struct',
      fields: name.fields.map((part) => field(part.name.name, nested(part.type))),
    }
  }
  return resolveScalar(name)
}

function field(name: string, type: DataType): Field {
  return { name, type, nullable: true }
}

function resolveScalar(name: TypeName): DataType {
  const { modifiers, at } = name
  if (DECIMALS.has(name.name)) return resolveDecimal(name)
  const timestamp = Object.hasOwn(TIMESTAMPS, name.name) ? TIMESTAMPS[name.name] : undefined
  if (timestamp !== undefined) {
    return {
      kind: 'timestamp',
      unit: timestamp.unit ?? fractionUnit(name, 9),
      zone: timestamp.zone,
    }
  }
  if (TIMES.has(name.name)) {
    fractionUnit(name, 6)
    return { kind: 'time' }
  }
  if (ZONED_TIMES.has(name.name)) {
    fractionUnit(name, 6)
    return { kind: 'timetz' }
  }
  if (name.name === 'float') return resolveFloat(name)
  const object = objectType(name)
  if (object !== null) return object
  const kind = Object.hasOwn(SIMPLE, name.name) ? SIMPLE[name.name] : undefined
  if (kind === undefined || name.arguments.length > 0 || name.fields.length > 0) throw unknownType(name)
  const takesLength = kind === 'varchar' || kind === 'bytea' || kind === 'interval' || kind === 'bit'
  if (modifiers.length > (takesLength ? 1 : 0)) {
    throw new SqlError('42601', `type modifier is not allowed for type "${name.name}"`, { at })
  }
  return { kind }
}

function resolveDecimal({ modifiers, at }: TypeName): DataType {
  const [precision, scale = 0] = modifiers
  if (precision === undefined) return DECIMAL_DEFAULT
  if (modifiers.length > 2) throw new SqlError('22023', 'invalid NUMERIC type modifier', { at })
  if (precision < 1 || precision > WIDE_DECIMAL_DIGITS_MAX) {
    throw new SqlError('22023', `NUMERIC precision ${precision} must be between 1 and ${WIDE_DECIMAL_DIGITS_MAX}`, {
      at,
    })
  }
  if (scale < 0 || scale > precision) {
    throw new SqlError('22023', `NUMERIC scale ${scale} must be between 0 and precision ${precision}`, { at })
  }
  return decimal(precision, scale)
}

/** `timestamp(p)`: micros up to 6 digits, nanos up to 9. */
function fractionUnit({ name, modifiers, at }: TypeName, digitsMax: number): TimeUnit {
  const [digits] = modifiers
  if (digits === undefined) return 'us'
  if (digits < 0) {
    throw new SqlError('22023', `${name.toUpperCase()}(${digits}) precision must not be negative`, {
      at,
    })
  }
  if (digits > digitsMax) throw unsupported(`${name}(${digits})`, { at, hint: `At most ${digitsMax} digits are kept.` })
  return digits > 6 ? 'ns' : 'us'
}

/** PostgreSQL: float is float(53), float(1) to float(24) are real. */
function resolveFloat({ modifiers, at }: TypeName): DataType {
  const [bits = 53] = modifiers
  if (bits < 1) throw new SqlError('22023', 'precision for type float must be at least 1 bit', { at })
  if (bits > 53) throw new SqlError('22023', 'precision for type float must be less than 54 bits', { at })
  return { kind: bits <= 24 ? 'real' : 'double' }
}

function unknownType({ name, at }: TypeName): SqlError {
  if (REFUSED.has(name)) return unsupported(`type ${name}`, { at })
  const known = [...Object.keys(SIMPLE), ...Object.keys(TIMESTAMPS), ...DECIMALS, 'time', 'float']
  const nearest = nearestName(name, known)
  return new SqlError('42704', `type "${name}" does not exist`, {
    at,
    ...(nearest === undefined ? {} : { hint: `Perhaps you meant the type "${nearest}".` }),
  })
}
