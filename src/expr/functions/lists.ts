/** Lists (arrays): PostgreSQL's array functions and operators, and DuckDB's list functions. Places count from 1. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BOOLEAN, INTEGER, VARCHAR, listOf } from '../../core/types.ts'
import { canAssign, canCoerce, commonType } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { compareNullable } from '../values/compare.ts'
import { joinLists, joinedLists } from './concat.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { elementOf } from './list-types.ts'

type Values = readonly LiteralValue[]
type Resolve = ScalarFunction['resolve']

/** Elements that array_fill and the like may make. */
const LENGTH_MAX = 10_000_000

/** (list, element): both of their common type. `result` from that list type. */
function listAndElement(
  result: (list: DataType) => DataType,
  elementFirst: boolean = false,
  ...more: DataType[]
): Resolve {
  return (args) => {
    const [first, second, ...rest] = args
    if (first === undefined || second === undefined || rest.length > more.length) return null
    const list = elementFirst ? second : first
    const element = elementFirst ? first : second
    if (list.kind !== 'list' && list.kind !== 'null') return null
    const common = commonType(list.kind === 'list' ? [list.element.type, element] : [element])
    if (common === null || !rest.every((type, i) => canCoerce(type, more[i]!))) return null
    const type = listOf(common.kind === 'null' ? VARCHAR : common)
    const item = elementOf(type)
    return {
      args: [...(elementFirst ? [item, type] : [type, item]), ...more.slice(0, rest.length)],
      result: result(type),
    }
  }
}

/** (list, list) of one type. */
function twoLists(result: (list: DataType) => DataType): Resolve {
  return (args) => {
    const common = args.length === 2 ? commonType(args) : null
    if (common?.kind !== 'list') return null
    return { args: [common, common], result: result(common) }
  }
}

/** One list of any type, and arguments of the types of `more`, the last ones of which may be left out. */
function oneList(
  result: (list: DataType & { kind: 'list' }) => DataType,
  more: readonly DataType[] = [],
  least = 0,
): Resolve {
  return ([list, ...rest]) => {
    if (list?.kind !== 'list' || rest.length < least || rest.length > more.length) return null
    if (!rest.every((type, i) => canCoerce(type, more[i]!))) return null
    return { args: [list, ...more.slice(0, rest.length)], result: result(list) }
  }
}

const same = (list: DataType): DataType => list

function isSame(a: LiteralValue, b: LiteralValue, type: DataType): boolean {
  return a === null || b === null ? a === b : compareNullable(a, b, type) === 0
}

function elementType({ args }: Signature, place: number = 0): DataType {
  return elementOf(args[place]!)
}

/** Lengths by dimension; lists within are taken to be as long as the first. */
function dimensions(list: LiteralValue, type: DataType): number[] {
  const sizes: number[] = []
  let [value, at] = [list, type]
  while (at.kind === 'list' && value !== null) {
    const items = value as Values
    if (items.length === 0) break
    sizes.push(items.length)
    value = items[0]!
    at = at.element.type
  }
  return sizes
}

function depthOf(type: DataType): number {
  return type.kind === 'list' ? 1 + depthOf(type.element.type) : 0
}

function deepText(type: DataType): DataType {
  return type.kind === 'list' ? listOf(deepText(type.element.type)) : VARCHAR
}

function flattened(value: LiteralValue, type: DataType, out: LiteralValue[]): void {
  if (type.kind !== 'list' || value === null) {
    out.push(value)
    return
  }
  for (const item of value as Values) flattened(item, type.element.type, out)
}

function toText(
  [list, separator, nullText]: readonly [LiteralValue, string | null, (string | null)?],
  types: Signature,
): string | null {
  if (list === null || separator === null) return null
  const items: LiteralValue[] = []
  flattened(list, types.args[0]!, items)
  const shown = items.map((item) => item ?? nullText ?? null).filter((item) => item !== null)
  return shown.join(separator)
}

function fill(
  [value, lengths, lowest]: readonly [LiteralValue, Values | null, Values?],
  { result }: Signature,
): LiteralValue {
  if (lengths === null) throw new SqlError('22004', 'dimension array or low bound array cannot be null')
  if (lengths.length > 1 && depthOf(result) !== lengths.length) throw unsupported('array_fill of computed dimensions')
  if (lengths.includes(null)) throw new SqlError('22004', 'dimension values cannot be null')
  if (lowest?.some((bound) => bound !== 1) === true) throw unsupported('an array that does not begin at 1')
  const sizes = lengths as readonly number[]
  if (sizes.reduce((product, size) => product * size, 1) > LENGTH_MAX)
    throw new SqlError('54000', 'array size exceeds the maximum allowed')
  const make = (depth: number): LiteralValue =>
    depth === sizes.length ? value : Array.from({ length: sizes[depth]! }, () => make(depth + 1))
  return sizes.length === 0 || sizes.includes(0) ? [] : make(0)
}

function position(
  [list, wanted, start = 1]: readonly [Values | null, LiteralValue, number?],
  types: Signature,
): number | null {
  if (list === null) return null
  const type = elementType(types)
  const at = list.findIndex((item, i) => i >= start - 1 && isSame(item, wanted, type))
  return at < 0 ? null : at + 1
}

function has(list: Values, value: LiteralValue, type: DataType): boolean {
  return value !== null && list.some((item) => item !== null && compareNullable(item, value, type) === 0)
}

/** A list without repeats, in the order of first occurrences. */
function distinct(list: Values, type: DataType): LiteralValue[] {
  const order = list.map((_, i) => i).sort((a, b) => compareNullable(list[a]!, list[b]!, type) || a - b)
  const kept = order.filter((place, i) => i === 0 || !isSame(list[place]!, list[order[i - 1]!]!, type))
  return kept.sort((a, b) => a - b).map((place) => list[place]!)
}

/** Sorted by direction (`asc`, `desc`) and the place of NULLs (`nulls first`, `nulls last`). */
function sorted(list: Values, type: DataType, direction: string, nulls: string): LiteralValue[] {
  const descending = /^desc$/i.test(direction)
  if (!descending && !/^asc$/i.test(direction)) throw new SqlError('22023', `invalid sort order: "${direction}"`)
  const nullsFirst = /^nulls first$/i.test(nulls)
  return list.toSorted((a, b) => {
    if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1
    const order = compareNullable(a, b, type)
    return descending ? -order : order
  })
}

function shuffled(list: Values): LiteralValue[] {
  const items = [...list]
  for (let i = items.length - 1; i > 0; i--) {
    const other = Math.floor(Math.random() * (i + 1))
    ;[items[i], items[other]] = [items[other]!, items[i]!]
  }
  return items
}

/** Elements from place a to b, both included; missing bounds are the ends, places outside are cut off. */
function slice([list, from, to, step]: readonly [
  Values | null,
  (number | null)?,
  (number | null)?,
  (number | null)?,
]): LiteralValue {
  if (list === null) return null
  const place = (value: number): number => (value < 0 ? list.length + value + 1 : value)
  const [low, high] = [from == null ? 1 : place(from), to == null ? list.length : place(to)]
  const part = list.slice(Math.max(0, low - 1), Math.max(0, high))
  if (step == null || step === 1) return part
  if (step === 0) throw new SqlError('22023', 'slice step cannot be zero')
  return (step > 0 ? part : part.toReversed()).filter((_, i) => i % Math.abs(step) === 0)
}

export const listFunctions: readonly ScalarFunction[] = [
  define(
    'nested',
    'array_append',
    'The list with a value at its end.',
    ['array_append(ARRAY[1, 2], 3)', '{1,2,3}'],
    listAndElement(same),
    ([list, value]: readonly [Values | null, LiteralValue]) => [...(list ?? []), value],
    { nulls: 'custom', aliases: ['list_append', 'array_push_back'] },
  ),
  define(
    'nested',
    'array_prepend',
    'The list with a value at its start.',
    ['array_prepend(1, ARRAY[2, 3])', '{1,2,3}'],
    listAndElement(same, true),
    ([value, list]: readonly [LiteralValue, Values | null]) => [value, ...(list ?? [])],
    { nulls: 'custom', aliases: ['list_prepend', 'array_push_front'] },
  ),
  define(
    'nested',
    'array_cat',
    'Two lists as one; NULL counts as empty.',
    ['array_cat(ARRAY[1, 2], ARRAY[3])', '{1,2,3}'],
    ([a, b, ...more]) => {
      const isList = a?.kind === 'list' || b?.kind === 'list'
      return isList && a !== undefined && b !== undefined && more.length === 0 ? joinedLists(a, b) : null
    },
    ([a, b]: readonly [LiteralValue, LiteralValue], types) =>
      a === null && b === null ? null : joinLists([a, b], types),
    { nulls: 'custom', aliases: ['list_concat', 'list_cat', 'array_concat'] },
  ),
  define(
    'nested',
    'array_dims',
    'The bounds of the dimensions, as text.',
    ['array_dims(ARRAY[ARRAY[1, 2, 3], ARRAY[4, 5, 6]])', '[1:2][1:3]'],
    oneList(() => VARCHAR),
    ([list]: readonly [Values], { args }) =>
      dimensions(list, args[0]!)
        .map((size) => `[1:${size}]`)
        .join('') || null,
  ),
  define(
    'nested',
    'array_ndims',
    'How many dimensions the list has; NULL when it is empty.',
    ['array_ndims(ARRAY[ARRAY[1, 2], ARRAY[3, 4]])', '2'],
    oneList(() => INTEGER),
    ([list]: readonly [Values], { args }) => dimensions(list, args[0]!).length || null,
  ),
  define(
    'nested',
    'array_lower',
    'The first place of a dimension: 1; NULL when there is none.',
    ['array_lower(ARRAY[7, 8], 1)', '1'],
    oneList(() => INTEGER, [INTEGER], 1),
    ([list, n]: readonly [Values, number], { args }) => (n >= 1 && n <= dimensions(list, args[0]!).length ? 1 : null),
  ),
  define(
    'nested',
    'array_upper',
    'The last place of a dimension; NULL when there is none.',
    ['array_upper(ARRAY[7, 8], 1)', '2'],
    oneList(() => INTEGER, [INTEGER], 1),
    ([list, n]: readonly [Values, number], { args }) => dimensions(list, args[0]!)[n - 1] ?? null,
  ),
  {
    ...define(
      'nested',
      'array_fill',
      'A list of a value, of the given lengths.',
      ['array_fill(7, ARRAY[2, 3])', '{{7,7,7},{7,7,7}}'],
      ([type, lengths, lowest]) => {
        if (type === undefined || lengths?.kind !== 'list' || !canCoerce(lengths.element.type, INTEGER)) return null
        const sizes = listOf(INTEGER)
        return {
          args: [type, sizes, ...(lowest === undefined ? [] : [sizes])],
          result: listOf(type.kind === 'null' ? VARCHAR : type),
        }
      },
      fill,
      { nulls: 'custom' },
    ),
    // As many lists within lists as there are lengths.
    refine: (values, signature) => {
      const [element, lengths] = [signature.args[0]!, values[1]]
      if (!Array.isArray(lengths) || lengths.length === 0) return signature
      const type = element.kind === 'null' ? VARCHAR : element
      return { ...signature, result: (lengths as Values).reduce<DataType>((inner) => listOf(inner), type) }
    },
  },
  define(
    'nested',
    'array_position',
    'The first place of a value, from a place on; NULL if there is none.',
    ["array_position(ARRAY['sun', 'mon', 'tue'], 'mon')", '2'],
    listAndElement(() => INTEGER, false, INTEGER),
    position,
    { nulls: 'custom', aliases: ['list_position', 'list_indexof', 'array_indexof'] },
  ),
  define(
    'nested',
    'array_positions',
    'All places of a value.',
    ["array_positions(ARRAY['A', 'B', 'A'], 'A')", '{1,3}'],
    listAndElement(() => listOf(INTEGER)),
    ([list, wanted]: readonly [Values | null, LiteralValue], types) =>
      list?.flatMap((item, i) => (isSame(item, wanted, elementType(types)) ? [i + 1] : [])) ?? null,
    { nulls: 'custom' },
  ),
  define(
    'nested',
    'array_remove',
    'The list without a value.',
    ['array_remove(ARRAY[1, 2, 3, 2], 2)', '{1,3}'],
    listAndElement(same),
    ([list, wanted]: readonly [Values | null, LiteralValue], types) =>
      list?.filter((item) => !isSame(item, wanted, elementType(types))) ?? null,
    { nulls: 'custom' },
  ),
  define(
    'nested',
    'array_replace',
    'The list with one value replaced by another.',
    ['array_replace(ARRAY[1, 2, 5, 4], 5, 3)', '{1,2,3,4}'],
    ([list, from, to, ...rest]) => {
      if (list?.kind !== 'list' || from === undefined || to === undefined || rest.length > 0) return null
      const common = commonType([list.element.type, from, to])
      return common && { args: [listOf(common), common, common], result: listOf(common) }
    },
    ([list, from, to]: readonly [Values | null, LiteralValue, LiteralValue], types) =>
      list?.map((item) => (isSame(item, from, elementType(types)) ? to : item)) ?? null,
    { nulls: 'custom' },
  ),
  define(
    'nested',
    'array_to_string',
    'The elements as text with a separator between them; NULLs are left out unless a third argument stands for them.',
    ["array_to_string(ARRAY[1, 2, NULL, 5], ',', '*')", '1,2,*,5'],
    ([list, ...rest]) => {
      if (
        list?.kind !== 'list' ||
        rest.length < 1 ||
        rest.length > 2 ||
        !rest.every((type) => canCoerce(type, VARCHAR))
      )
        return null
      return canAssign(list, deepText(list))
        ? { args: [deepText(list), ...rest.map(() => VARCHAR)], result: VARCHAR }
        : null
    },
    toText,
    { nulls: 'custom', aliases: ['array_join', 'list_to_string'] },
  ),
  define(
    'nested',
    'trim_array',
    'The list without its last n elements.',
    ['trim_array(ARRAY[1, 2, 3, 4], 2)', '{1,2}'],
    oneList(same, [INTEGER], 1),
    ([list, n]: readonly [Values, number]) => {
      if (n < 0 || n > list.length)
        throw new SqlError('2202E', `number of elements to trim must be between 0 and ${list.length}`)
      return list.slice(0, list.length - n)
    },
  ),
  define(
    'nested',
    'array_reverse',
    'The elements from last to first.',
    ['array_reverse(ARRAY[1, 2, 3])', '{3,2,1}'],
    oneList(same),
    ([list]: readonly [Values]) => list.toReversed(),
    { aliases: ['list_reverse'] },
  ),
  define(
    'nested',
    'array_sort',
    'The elements in order; further arguments: `asc` or `desc`, `nulls first` or `nulls last`.',
    ["list_sort(ARRAY[3, NULL, 1], 'desc', 'nulls first')", '{NULL,3,1}'],
    oneList(same, [VARCHAR, VARCHAR]),
    ([list, direction = 'asc', nulls = 'nulls last']: readonly [Values, string?, string?], types) =>
      sorted(list, elementType(types), direction, nulls),
    { aliases: ['list_sort', 'sort_array'] },
  ),
  define(
    'nested',
    'list_reverse_sort',
    'The elements in falling order.',
    ['list_reverse_sort(ARRAY[1, 3, 2])', '{3,2,1}'],
    oneList(same),
    ([list]: readonly [Values], types) => sorted(list, elementType(types), 'desc', 'nulls last'),
    { aliases: ['array_reverse_sort'] },
  ),
  define(
    'nested',
    'array_shuffle',
    'The elements in random order.',
    ['cardinality(array_shuffle(ARRAY[1, 2, 3]))', '3'],
    oneList(same),
    ([list]: readonly [Values]) => shuffled(list),
    { volatility: 'volatile' },
  ),
  define(
    'nested',
    'array_sample',
    'n random elements.',
    ['cardinality(array_sample(ARRAY[1, 2, 3], 2))', '2'],
    oneList(same, [INTEGER], 1),
    ([list, n]: readonly [Values, number]) => {
      if (n < 0 || n > list.length) throw new SqlError('22023', `sample size must be between 0 and ${list.length}`)
      return shuffled(list).slice(0, n)
    },
    { volatility: 'volatile' },
  ),
  define(
    'nested',
    'list_distinct',
    'The elements without repeats and NULLs.',
    ['list_distinct(ARRAY[1, 1, 2, NULL])', '{1,2}'],
    oneList(same),
    ([list]: readonly [Values], types) =>
      distinct(
        list.filter((item) => item !== null),
        elementType(types),
      ),
    { aliases: ['array_distinct'] },
  ),
  define(
    'nested',
    'list_unrepeated',
    'The elements but those that equal the one before them: what DISTINCT makes of an ordered aggregate.',
    ['list_unrepeated(ARRAY[1, 1, 2])', '{1,2}'],
    oneList(same),
    ([list]: readonly [Values], types) =>
      list.filter((item, i) => i === 0 || !isSame(item, list[i - 1]!, elementType(types))),
  ),
  define(
    'nested',
    'list_unique',
    'How many different elements the list has, NULLs aside.',
    ['list_unique(ARRAY[1, 1, 2, NULL])', '2'],
    oneList(() => ({ kind: 'bigint' })),
    ([list]: readonly [Values], types) =>
      BigInt(
        distinct(
          list.filter((item) => item !== null),
          elementType(types),
        ).length,
      ),
    { aliases: ['array_unique'] },
  ),
  define(
    'nested',
    'list_has_all',
    '`a @> b`: whether list a has every element of b.',
    ['ARRAY[1, 4, 3] @> ARRAY[3, 1, 3]', 'true'],
    twoLists(() => BOOLEAN),
    ([a, b]: readonly [Values, Values], types) => b.every((item) => has(a, item, elementType(types))),
    { aliases: ['array_has_all'] },
  ),
  define(
    'nested',
    'list_within',
    '`a <@ b`: whether list b has every element of a.',
    ['ARRAY[2, 2, 7] <@ ARRAY[1, 7, 4, 2, 6]', 'true'],
    twoLists(() => BOOLEAN),
    ([a, b]: readonly [Values, Values], types) => a.every((item) => has(b, item, elementType(types))),
  ),
  define(
    'nested',
    'list_has_any',
    '`a && b`: whether two lists have an element in common.',
    ['ARRAY[1, 4, 3] && ARRAY[2, 1]', 'true'],
    twoLists(() => BOOLEAN),
    ([a, b]: readonly [Values, Values], types) => b.some((item) => has(a, item, elementType(types))),
    { aliases: ['array_has_any', 'arrays_overlap'] },
  ),
  define(
    'nested',
    'list_has',
    'Whether a list holds a value.',
    ['list_has(ARRAY[1, 2], 2)', 'true'],
    listAndElement(() => BOOLEAN),
    ([list, value]: readonly [Values, LiteralValue], types) => has(list, value, elementType(types)),
    { aliases: ['array_has'] },
  ),
  define(
    'nested',
    'list_intersect',
    'Elements that both lists have, without repeats.',
    ['list_intersect(ARRAY[1, 2, 3], ARRAY[2, 3, 4])', '{2,3}'],
    twoLists(same),
    ([a, b]: readonly [Values, Values], types) =>
      distinct(
        a.filter((item) => has(b, item, elementType(types))),
        elementType(types),
      ),
    { aliases: ['array_intersect'] },
  ),
  define(
    'nested',
    'array_except',
    'Elements of the first list that the second has not, without repeats.',
    ['array_except(ARRAY[1, 2, 3], ARRAY[2])', '{1,3}'],
    twoLists(same),
    ([a, b]: readonly [Values, Values], types) =>
      distinct(
        a.filter((item) => (item === null ? !b.includes(null) : !has(b, item, elementType(types)))),
        elementType(types),
      ),
    { aliases: ['list_except'] },
  ),
  define(
    'nested',
    'list_slice',
    '`l[a:b]`: the elements from place a to b, counted from 1 or, negative, from the end.',
    ['list_slice(ARRAY[5, 6, 7, 8], 2, 3)', '{6,7}'],
    oneList(same, [INTEGER, INTEGER, INTEGER], 2),
    slice,
    { aliases: ['array_slice'], nulls: 'custom' },
  ),
  define(
    'nested',
    'flatten',
    'The lists within a list as one.',
    ['flatten(ARRAY[ARRAY[1, 2], ARRAY[3]])', '{1,2,3}'],
    ([list, ...rest]) =>
      list?.kind === 'list' && list.element.type.kind === 'list' && rest.length === 0
        ? { args: [list], result: list.element.type }
        : null,
    ([list]: readonly [readonly (Values | null)[]]) => list.flatMap((part) => part ?? []),
    { aliases: ['list_flatten'] },
  ),
  define(
    'nested',
    'list_part',
    '`l[a:b]`: the elements from place a to b; a bound that is not given (false) is the end, one that is NULL gives NULL.',
    ['(ARRAY[5, 6, 7, 8])[2:3]', '{6,7}'],
    oneList(same, [INTEGER, INTEGER, BOOLEAN, BOOLEAN], 4),
    ([list, from, to, hasFrom, hasTo]: readonly [Values | null, number | null, number | null, boolean, boolean]) => {
      if (list === null || (hasFrom && from === null) || (hasTo && to === null)) return null
      return list.slice(Math.max(0, (from ?? 1) - 1), Math.max(0, to ?? list.length))
    },
    { nulls: 'custom' },
  ),
]
