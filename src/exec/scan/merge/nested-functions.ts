/**
 * Functions of fields that hold rows: lists of rows with keys of their own, maps whose entries have times.
 *
 *   nested_update           rows of a key: the newest one             nested_partial_update    each of its values that is not NULL
 *   merge_map_with_keytime  entries of a key: that of the latest time, none where the newest is NULL
 *
 * Spec: Apache Paimon documentation, "Aggregation".
 */
import { SqlError, unsupported } from '../../../core/errors.ts'
import { type DataType, typeName } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { compareNullable } from '../../../expr/values/compare.ts'
import type { FieldMerge } from '../../../table/merge.ts'
import type { ValueFunction } from './field-functions.ts'

type Items = readonly LiteralValue[]
type Struct = DataType & { readonly kind: 'struct' }

export function nestedUpdate(type: DataType, field: FieldMerge): ValueFunction {
  if (type.kind !== 'struct') throw unsupported(`nested_update of elements of type ${typeName(type)}`)
  const { countLimit = Infinity, nestedSequence = [] } = field
  const { places, same, rowsOf } = keyedRows(type, field)
  const sequence = placesOf(nestedSequence, type)
  const isOlder = (row: Items, other: Items): boolean => {
    const at = sequence.find((i) => compareNullable(row[i]!, other[i]!, type.fields[i]!.type) !== 0)
    if (at === undefined) return false
    if (row[at] === null || other[at] === null) return row[at] === null
    return compareNullable(row[at]!, other[at]!, type.fields[at]!.type) < 0
  }
  const update = (rows: Items[], more: readonly Items[]): Items[] => {
    for (const row of more) {
      const at = places.length === 0 ? -1 : rows.findIndex((other) => same(other, row))
      if (at < 0) {
        if (rows.length < countLimit) rows.push(row)
      } else if (!isOlder(row, rows[at]!)) rows[at] = row
    }
    return rows
  }
  return {
    merge: (a, b) => (b === null ? a : update(update([], rowsOf(a)), rowsOf(b))),
    retract: (a, b) =>
      a === null || b === null ? a : rowsOf(a).filter((row) => !rowsOf(b).some((other) => same(row, other))),
  }
}

export function nestedPartialUpdate(type: DataType, field: FieldMerge): ValueFunction {
  if (type.kind !== 'struct') throw unsupported(`nested_partial_update of elements of type ${typeName(type)}`)
  const { places, same, rowsOf } = keyedRows(type, field)
  if (places.length === 0) throw unsupported('nested_partial_update without a nested key')
  return {
    merge(a, b) {
      if (b === null) return a
      const rows: Items[] = []
      for (const row of [...rowsOf(a), ...rowsOf(b)]) {
        const at = rows.findIndex((other) => same(other, row))
        if (at < 0) rows.push(row)
        else rows[at] = row.map((value, i) => value ?? rows[at]![i]!)
      }
      return rows
    },
  }
}

/** Rows in lists, told apart by their keys: as wholes where there is no key. */
function keyedRows(type: Struct, { nestedKey = [], nullKeys = 'merge' }: FieldMerge) {
  const places = placesOf(nestedKey, type)
  const same = (a: Items, b: Items): boolean =>
    places.length === 0 ? areEqual(a, b, type) : places.every((i) => areEqual(a[i]!, b[i]!, type.fields[i]!.type))
  const hasKey = (row: Items): boolean => {
    if (nullKeys === 'merge' || places.every((i) => row[i] !== null)) return true
    if (nullKeys === 'ignore') return false
    throw new SqlError('22004', `a nested key is NULL, which "nested-key-null-strategy" = "error" forbids`)
  }
  const rowsOf = (value: LiteralValue): Items[] =>
    ((value as readonly (Items | null)[] | null) ?? []).filter((row) => row !== null && hasKey(row)) as Items[]
  return { places, same, rowsOf }
}

function placesOf(names: readonly string[], type: Struct): number[] {
  const places = names.map((name) => type.fields.findIndex((field) => field.name === name))
  if (places.includes(-1)) throw unsupported(`an aggregate by an unknown field of ${typeName(type)}`)
  return places
}

export function mergeMapByTime(type: DataType, timestampField: string | undefined): ValueFunction {
  const value = type.kind === 'map' ? type.value.type : undefined
  if (type.kind !== 'map' || value?.kind !== 'struct') throw unsupported(`merging maps of type ${typeName(type)}`)
  const [time] = timestampField === undefined ? [value.fields.length - 1] : placesOf([timestampField], value)
  // The reference compares them as texts.
  if (value.fields[time!]?.type.kind !== 'varchar')
    throw unsupported('merge_map_with_keytime with times that are no texts')
  const keyType = type.key.type
  const timeOf = (row: LiteralValue): string | null => (row === null ? null : ((row as Items)[time!] as string | null))
  return {
    merge(a, b) {
      if (a === null || b === null) return a ?? b
      const pairs = [...(a as readonly Items[])]
      for (const pair of b as readonly Items[]) {
        const at = pairs.findIndex((other) => areEqual(other[0]!, pair[0]!, keyType))
        const [known, now] = [at < 0 ? null : timeOf(pairs[at]![1]!), timeOf(pair[1]!)]
        if (pair[1] === null) {
          if (at >= 0) pairs.splice(at, 1)
        } else if (now !== null && at < 0) pairs.push(pair)
        // By UTF-16 units, as Java compares texts.
        else if (now !== null && (known === null || now > known)) pairs[at] = pair
      }
      return pairs
    },
  }
}

/** NULL equals NULL. */
export function areEqual(a: LiteralValue, b: LiteralValue, type: DataType): boolean {
  if (a === null || b === null) return a === b
  if (type.kind === 'struct') {
    return type.fields.every((field, i) => areEqual((a as Items)[i]!, (b as Items)[i]!, field.type))
  }
  if (type.kind === 'list') {
    const [x, y] = [a as Items, b as Items]
    return x.length === y.length && x.every((item, i) => areEqual(item, y[i]!, type.element.type))
  }
  if (type.kind === 'map') {
    const pair: DataType = { kind: 'struct', fields: [type.key, type.value] }
    const [x, y] = [a as Items, b as Items]
    return x.length === y.length && x.every((item) => y.some((other) => areEqual(item, other, pair)))
  }
  return compareNullable(a, b, type) === 0
}
