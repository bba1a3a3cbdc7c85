/** PostgreSQL's numbers and names of types, and how columns of tables say theirs. */
import type { DataType } from '../../core/types.ts'
import { PG_TYPES, TYPE_FUNCTIONS } from './pg-types.ts'

export interface PgType {
  readonly oid: number
  /** `int4`. */
  readonly name: string
  /** `integer`. */
  readonly sqlName: string
  readonly length: number
  readonly byValue: boolean
  readonly kind: string
  readonly category: string
  readonly isPreferred: boolean
  /** 0: it has no elements. */
  readonly element: number
  readonly array: number
  readonly align: string
  readonly storage: string
  readonly collation: number
  /** in, out, recv, send; `-` for none. */
  readonly functions: readonly string[]
}

let all: readonly PgType[] | undefined

export function pgTypes(): readonly PgType[] {
  all ??= PG_TYPES.trim()
    .split('\n')
    .map((line): PgType => {
      const [
        oid,
        name,
        sqlName,
        length,
        byValue,
        kind,
        category,
        preferred,
        element,
        array,
        align,
        storage,
        collation,
      ] = line.split(' ') as string[]
      return {
        oid: Number(oid),
        name: name!,
        sqlName: sqlName!.replaceAll('_', ' ').trim(),
        length: Number(length),
        byValue: byValue === 't',
        kind: kind!,
        category: category!,
        isPreferred: preferred === 't',
        element: Number(element),
        array: Number(array),
        align: align!,
        storage: storage!,
        collation: Number(collation),
        functions: line.split(' ').slice(13),
      }
    })
  return all
}

let byOid: ReadonlyMap<number, PgType> | undefined
let byName: ReadonlyMap<string, PgType> | undefined

export function pgTypeByOid(oid: number): PgType | undefined {
  byOid ??= new Map(pgTypes().map((type) => [type.oid, type]))
  return byOid.get(oid)
}

/** By its name in the catalog or in SQL. */
export function pgTypeByName(name: string): PgType | undefined {
  byName ??= new Map(
    pgTypes()
      .toReversed()
      .flatMap((type) => [[type.sqlName, type] as const, [type.name, type] as const]),
  )
  return byName.get(name)
}

/** Numbers of the functions that read and write values of types. */
export function typeFunctionOids(): ReadonlyMap<string, number> {
  functionOids ??= new Map(
    TYPE_FUNCTIONS.trim()
      .split(/,\s+/)
      .map((pair) => {
        const [oid, name] = pair.split(/\s+/) as [string, string]
        return [name, Number(oid)]
      }),
  )
  return functionOids
}

let functionOids: ReadonlyMap<string, number> | undefined

/** Kinds whose name in PostgreSQL is another, or that it has only wider. */
const NAMES: Partial<Record<DataType['kind'], string>> = {
  null: 'unknown',
  boolean: 'bool',
  tinyint: 'int2',
  smallint: 'int2',
  integer: 'int4',
  bigint: 'int8',
  utinyint: 'int2',
  usmallint: 'int4',
  uinteger: 'int8',
  ubigint: 'numeric',
  half: 'float4',
  real: 'float4',
  double: 'float8',
  decimal: 'numeric',
  varchar: 'varchar',
  struct: 'record',
  map: 'jsonb',
  variant: 'jsonb',
}

/** The name of the type in PostgreSQL, as `pg_type.typname` has it: `int4`, `_text`, `timestamptz`. */
export function pgTypeName(type: DataType): string {
  if (type.kind === 'list') {
    const element = pgTypeName(type.element.type)
    return element.startsWith('_') ? element : `_${element}`
  }
  if (type.kind === 'timestamp') return type.zone ? 'timestamptz' : 'timestamp'
  if ('as' in type && type.as !== undefined) return type.as
  return NAMES[type.kind] ?? type.kind
}

export function pgTypeOf(type: DataType): PgType {
  return pgTypeByName(pgTypeName(type)) ?? pgTypeByName('text')!
}

/** `atttypmod`: digits of decimals; -1 where the type says all. */
export function typeModifier(type: DataType): number {
  const inner = type.kind === 'list' ? type.element.type : type
  return inner.kind === 'decimal' ? ((inner.precision << 16) | inner.scale) + 4 : -1
}

const WITH_LENGTH = new Set(['bpchar', 'varchar'])
const WITH_DIGITS = new Set(['time', 'timetz', 'timestamp', 'timestamptz'])
const WITH_BITS = new Set(['bit', 'varbit'])

/** `format_type`: the type as SQL writes it, with its modifier; `???` for a number that is no type's. */
export function formatType(oid: number, modifier: number | null): string {
  if (oid === 0) return '-'
  const type = pgTypeByOid(oid)
  if (type === undefined) return '???'
  if (type.category === 'A' && type.element !== 0 && type.name.startsWith('_')) {
    return `${formatType(type.element, modifier)}[]`
  }
  const hasModifier = modifier !== null && modifier >= 0
  if (!hasModifier) return type.name === 'bpchar' && modifier !== null ? 'bpchar' : type.sqlName
  if (WITH_LENGTH.has(type.name) && modifier > 4) return `${type.sqlName}(${modifier - 4})`
  if (WITH_BITS.has(type.name)) return `${type.sqlName}(${modifier})`
  if (type.name === 'numeric' && modifier > 4) {
    const digits = modifier - 4
    const scale = ((digits & 0x7ff) ^ 1024) - 1024
    return `numeric(${(digits >> 16) & 0xffff},${scale})`
  }
  if (WITH_DIGITS.has(type.name)) return type.sqlName.replace(/^\w+/, (word) => `${word}(${modifier})`)
  return type.sqlName
}
