/** Parts of lists, maps and structs, and what makes them: field element cardinality list row map. */
import { SqlError } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  BYTEA,
  INTEGER,
  INTERVAL,
  NULL_TYPE,
  UUID,
  VARCHAR,
  isInteger,
  sameType,
} from '../../core/types.ts'
import { canCoerce, commonType } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { splitMicros } from '../values/calendar.ts'
import { compareNullable, compareValues, intervalMicros } from '../values/compare.ts'
import { fieldIndex } from '../values/struct-field.ts'
import { orderKey } from '../values/order-key.ts'
import { valueKey } from '../values/value-key.ts'
import { fieldVectors, rowVectors } from '../vectors/nested.ts'
import { elementVectors, listContainsVectors, listLengthVectors } from '../vectors/list-element.ts'
import { listKeys } from '../vectors/value-key.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { overloads } from './overloads.ts'

type Values = readonly LiteralValue[]

function resolveElement(args: readonly DataType[]): Signature | null {
  const [whole, index] = args
  if (whole === undefined || index === undefined || args.length !== 2) return null
  if (whole.kind === 'list' && (index.kind === 'null' || isInteger(index))) {
    return canCoerce(index, BIGINT) ? { args: [whole, BIGINT], result: whole.element.type } : null
  }
  if (whole.kind === 'map' && canCoerce(index, whole.key.type)) {
    return { args: [whole, whole.key.type], result: whole.value.type }
  }
  return null
}

function elementAt([whole, index]: Values, { args }: Signature): LiteralValue {
  const [type] = args as readonly [DataType]
  if (type.kind === 'map') {
    const key = type.key.type
    const pair = (whole as readonly Values[]).find(([k]) => compareValues(k!, index!, key) === 0)
    return pair?.[1] ?? null
  }
  const place = Number(index as bigint)
  return (whole as Values)[place - 1] ?? null
}

/** field(struct, n): the binder turns names into places, so the type of the result is known from the struct alone. */
function resolveField(args: readonly DataType[]): Signature | null {
  const [whole, place] = args
  if (whole?.kind !== 'struct' || place === undefined || args.length !== 2) return null
  if (!isInteger(place) && place.kind !== 'varchar') return null
  // The type depends on the value of the second argument: see fieldType.
  return { args: [whole, place], result: NULL_TYPE }
}

function structField([whole, place]: Values, { args }: Signature): LiteralValue {
  const [type] = args as readonly [DataType & { kind: 'struct' }]
  const index = typeof place === 'string' ? fieldIndex(type.fields, place) : Number(place)
  return (whole as Values)[index] ?? null
}

const cardinality: ScalarFunction = {
  ...define(
    'nested',
    'cardinality',
    'How many elements a list has, those of the lists in it if there are any; how many entries a map has.',
    ['cardinality(ARRAY[ARRAY[1, 2], ARRAY[3, 4]])', '4'],
    ([whole, ...rest]) =>
      rest.length === 0 && (whole?.kind === 'list' || whole?.kind === 'map')
        ? { args: [whole], result: INTEGER }
        : null,
    ([whole]: readonly [Values], { args }) => countAll(whole, args[0]!),
  ),
  evaluate: listLengthVectors,
}

const arrayLength: ScalarFunction = {
  name: 'array_length',
  aliases: ['map_size', 'len', 'size'],
  category: 'nested',
  description: 'How many elements a list or entries a map has; `array_length(list, 1)` is NULL for an empty list.',
  example: { sql: 'array_length(ARRAY[1, 2, 3])', result: '3' },
  resolve: (args) => {
    const [whole, dimension] = args
    if (whole?.kind !== 'list' && whole?.kind !== 'map') return null
    if (args.length === 1) return { args: [whole], result: INTEGER }
    if (args.length !== 2 || whole.kind !== 'list' || !canCoerce(dimension!, INTEGER)) return null
    return { args: [whole, INTEGER], result: INTEGER }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([whole, dimension], { args }) => {
    if (dimension === undefined || args.length === 1) return (whole as Values).length
    const count = lengthAt(whole!, Number(dimension), args[0]!)
    return count === 0 ? null : count
  },
  evaluate: listLengthVectors,
}

/** Of lists of lists the innermost elements, as PostgreSQL counts arrays of several dimensions. */
function countAll(whole: Values, type: DataType): number {
  if (type.kind !== 'list' || type.element.type.kind !== 'list') return whole.length
  const { type: inner } = type.element
  return whole.reduce<number>((sum, part) => sum + (part === null ? 0 : countAll(part as Values, inner)), 0)
}

function lengthAt(whole: LiteralValue, dimension: number, type: DataType): number | null {
  if (type.kind !== 'list' || dimension < 1 || whole === null) return null
  if (dimension === 1) return (whole as Values).length
  return lengthAt((whole as Values)[0] ?? null, dimension - 1, type.element.type)
}

function listType(element: DataType): DataType {
  return { kind: 'list', element: { name: 'element', type: element, nullable: true } }
}

const list: ScalarFunction = {
  name: 'list',
  aliases: ['list_value', 'array'],
  category: 'nested',
  description: '`ARRAY[a, b]`: a list of the arguments.',
  example: { sql: 'ARRAY[1, 2]', result: '{1,2}' },
  resolve: (args) => {
    const common = commonType(args)
    if (common === null) return null
    const element = common.kind === 'null' ? VARCHAR : common
    return { args: args.map(() => element), result: listType(element) }
  },
  nulls: 'custom',
  volatility: 'immutable',
  scalar: (args) => [...args],
}

const row: ScalarFunction = {
  name: 'row',
  evaluate: rowVectors,
  category: 'nested',
  description: '`(a, b)`: a row of the arguments, with fields f1, f2, ...',
  example: { sql: "ROW(1, 'a')", result: '(1,a)' },
  resolve: (args) => {
    const types = args.map((type) => (type.kind === 'null' ? VARCHAR : type))
    const fields = types.map((type, i) => ({ name: `f${i + 1}`, type, nullable: true }))
    return { args: types, result: { kind: 'struct', fields } }
  },
  nulls: 'custom',
  volatility: 'immutable',
  scalar: (args) => [...args],
}

const map: ScalarFunction = {
  name: 'map',
  category: 'nested',
  description: 'A map from a list of keys and a list of values.',
  example: { sql: "map(ARRAY['a', 'b'], ARRAY[1, 2])", result: '{a=1,b=2}' },
  resolve: ([keys, values, ...rest]) => {
    if (keys?.kind !== 'list' || values?.kind !== 'list' || rest.length > 0) return null
    const key = { ...keys.element, name: 'key', nullable: false }
    return {
      args: [keys, values],
      result: { kind: 'map', key, value: { ...values.element, name: 'value' } },
    }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([keys, values], { args }) => makeMap(keys as Values, values as Values, args[0]!),
}

function makeMap(keys: Values, values: Values, type: DataType): LiteralValue {
  if (keys.length !== values.length) throw new SqlError('22023', 'a map needs as many keys as values')
  const key = type.kind === 'list' ? type.element.type : type
  for (const [i, item] of keys.entries()) {
    if (item === null) throw new SqlError('22004', 'a map key is NULL')
    if (keys.slice(0, i).some((other) => compareNullable(other, item, key) === 0)) {
      throw new SqlError('22023', 'a map key occurs twice')
    }
  }
  return keys.map((item, i) => [item, values[i]!])
}

const valueKeyFunction: ScalarFunction = {
  name: 'value_key',
  category: 'nested',
  description: 'Any value as bytes that only equal values share.',
  example: { sql: "encode(value_key(ARRAY['a', NULL]), 'hex')", result: '0200000001000100000061' },
  resolve: (args) => (args.length === 1 ? { args, result: BYTEA } : null),
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([value], { args }) => valueKey(value!, args[0]!),
  evaluate: (context, args, rowCount, _, validity) => listKeys(context, args, rowCount, validity),
}

const intervalKeyFunction: ScalarFunction = {
  name: 'interval_key',
  category: 'nested',
  description:
    'Sixteen bytes that only intervals of one length share: whole days (of 30 a month), then the micros of the rest.',
  example: { sql: "interval_key(INTERVAL '1 month') = interval_key(INTERVAL '30 days')", result: 'true' },
  resolve: overloads([[INTERVAL], UUID]),
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([value]) => intervalKey(value as IntervalValue),
  evaluate: ({ arena, kernels }, [interval], rowCount, _, validity) => {
    if (interval!.encoding !== 'flat') return null
    const data = arena.allocate(rowCount * 16)
    kernels.vector.intervalKeys(interval!.data, rowCount, data)
    return { encoding: 'flat', type: UUID, length: rowCount, data, validity, children: [] }
  },
}

function intervalKey(interval: IntervalValue): Uint8Array {
  const { days, time } = splitMicros(intervalMicros(interval))
  const view = new DataView(new ArrayBuffer(16))
  view.setBigInt64(0, BigInt(days), true)
  view.setBigInt64(8, time, true)
  return new Uint8Array(view.buffer)
}

const orderKeyFunction: ScalarFunction = {
  name: 'order_key',
  category: 'nested',
  description: 'Any value as bytes that compare like it.',
  example: { sql: 'order_key(ARRAY[1, 2]) < order_key(ARRAY[1, 3])', result: 'true' },
  resolve: (args) => (args.length === 1 ? { args, result: BYTEA } : null),
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([value], { args }) => orderKey(value!, args[0]!),
}

const contains: ScalarFunction = {
  name: 'list_contains',
  aliases: ['array_contains'],
  category: 'nested',
  description: 'Whether a list holds a value; NULL elements match nothing.',
  example: { sql: 'list_contains(ARRAY[1, 2], 2)', result: 'true' },
  resolve: ([whole, value, ...rest]) => {
    if (whole?.kind !== 'list' || value === undefined || rest.length > 0) return null
    const common = commonType([whole.element.type, value])
    if (common === null) return null
    const type = sameType(common, whole.element.type) ? whole : listType(common)
    return { args: [type, common], result: BOOLEAN }
  },
  nulls: 'strict',
  volatility: 'immutable',
  scalar: ([whole, value], { args }) =>
    (whole as Values).some((item) => item !== null && compareValues(item, value!, args[1]!) === 0),
  evaluate: listContainsVectors,
}

function mapParts(name: string, place: 0 | 1, result: string): ScalarFunction {
  return {
    name,
    category: 'nested',
    description: `The ${place === 0 ? 'keys' : 'values'} of a map, as a list.`,
    example: { sql: `${name}(map(ARRAY['a', 'b'], ARRAY[1, 2]))`, result },
    resolve: ([whole, ...rest]) => {
      if (whole?.kind !== 'map' || rest.length > 0) return null
      return { args: [whole], result: listType(place === 0 ? whole.key.type : whole.value.type) }
    },
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([whole]) => (whole as readonly Values[]).map((pair) => pair[place]!),
  }
}

export const nestedFunctions: readonly ScalarFunction[] = [
  {
    name: 'field',
    category: 'nested',
    description: '`(struct).name`: a field of a struct, by its place from 0 or its name.',
    example: { sql: "(ROW(1, 'a')).f2", result: 'a' },
    resolve: resolveField,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: structField,
    evaluate: fieldVectors,
  },
  {
    name: 'element',
    aliases: ['element_at', 'list_element'],
    category: 'nested',
    description: '`list[n]` counted from 1, `map[key]`: NULL where there is none.',
    example: { sql: '(ARRAY[7, 8])[2]', result: '8' },
    resolve: resolveElement,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: elementAt,
    evaluate: elementVectors('from the start'),
  },
  cardinality,
  arrayLength,
  list,
  row,
  map,
  mapParts('map_keys', 0, '{a,b}'),
  mapParts('map_values', 1, '{1,2}'),
  contains,
  valueKeyFunction,
  intervalKeyFunction,
  orderKeyFunction,
]
