/** Maps: made of entries, taken apart, joined and asked. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BOOLEAN, listOf } from '../../core/types.ts'
import { canCoerce, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { compareNullable } from '../values/compare.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'

type Pair = readonly [LiteralValue, LiteralValue]
type Pairs = readonly Pair[]

const A_MAP = "map(ARRAY['a', 'b'], ARRAY[1, 2])"

function entryType(map: DataType & { kind: 'map' }): DataType {
  return {
    kind: 'struct',
    fields: [
      { ...map.key, name: 'key' },
      { ...map.value, name: 'value' },
    ],
  }
}

/** Keys as they are added: 22004 for NULL, 22023 for a second one of a value. */
function checkKeys(pairs: Pairs, key: DataType): Pairs {
  const sorted = pairs.map(([one]) => one).toSorted((a, b) => compareNullable(a, b, key))
  if (sorted.includes(null)) throw new SqlError('22004', 'a map key is NULL')
  const isTwice = sorted.some((one, i) => i > 0 && compareNullable(one, sorted[i - 1]!, key) === 0)
  if (isTwice) throw new SqlError('22023', 'a map key occurs twice')
  return pairs
}

function keyType(type: DataType): DataType {
  return type.kind === 'map' ? type.key.type : type
}

export const mapFunctions: readonly ScalarFunction[] = [
  define(
    'nested',
    'map_from_entries',
    'A map of a list of rows: keys and values.',
    ["map_from_entries(ARRAY[('a', 1), ('b', 2)])", '{a=1,b=2}'],
    ([list, ...rest]) => {
      if (list?.kind !== 'list' || list.element.type.kind !== 'struct' || rest.length > 0) return null
      const [key, value, ...more] = list.element.type.fields
      if (key === undefined || value === undefined || more.length > 0) return null
      const result: DataType = {
        kind: 'map',
        key: { ...key, name: 'key', nullable: false },
        value: { ...value, name: 'value' },
      }
      return { args: [list], result }
    },
    ([list]: readonly [readonly (Pair | null)[]], { result }) =>
      checkKeys(
        list.filter((pair) => pair !== null),
        keyType(result),
      ),
  ),
  define(
    'nested',
    'map_entries',
    'The keys and values of a map, as a list of rows.',
    [`map_entries(${A_MAP})`, '{"(a,1)","(b,2)"}'],
    ([map, ...rest]) =>
      map?.kind === 'map' && rest.length === 0 ? { args: [map], result: listOf(entryType(map)) } : null,
    ([map]: readonly [Pairs]) => map,
  ),
  define(
    'nested',
    'map_concat',
    'The entries of several maps; of a key that several have, the last value.',
    [`map_concat(${A_MAP}, map(ARRAY['b'], ARRAY[3]))`, '{a=1,b=3}'],
    (args) => {
      const common = args.length > 0 ? commonType(args) : null
      return common?.kind === 'map' ? { args: args.map(() => common), result: common } : null
    },
    (maps: readonly Pairs[], { result }) => {
      const out: Pair[] = []
      for (const pair of maps.flat()) {
        const at = out.findIndex(([key]) => compareNullable(key, pair[0], keyType(result)) === 0)
        if (at < 0) out.push(pair)
        else out[at] = pair
      }
      return out
    },
  ),
  define(
    'nested',
    'map_contains_key',
    'Whether a map has a key.',
    [`map_contains_key(${A_MAP}, 'a')`, 'true'],
    ([map, key, ...rest]) =>
      map?.kind === 'map' && key !== undefined && canCoerce(key, map.key.type) && rest.length === 0
        ? { args: [map, map.key.type], result: BOOLEAN }
        : null,
    ([map, key]: readonly [Pairs, LiteralValue], { args }) =>
      map.some(([one]) => compareNullable(one, key, keyType(args[0]!)) === 0),
    { aliases: ['map_contains'] },
  ),
  define(
    'nested',
    'map_extract',
    "A list of a key's value; empty when the map has no such key.",
    [`map_extract(${A_MAP}, 'b')`, '{2}'],
    ([map, key, ...rest]) =>
      map?.kind === 'map' && key !== undefined && canCoerce(key, map.key.type) && rest.length === 0
        ? { args: [map, map.key.type], result: listOf(map.value.type) }
        : null,
    ([map, key]: readonly [Pairs, LiteralValue], { args }) =>
      map.filter(([one]) => compareNullable(one, key, keyType(args[0]!)) === 0).map(([, value]) => value),
  ),
]
