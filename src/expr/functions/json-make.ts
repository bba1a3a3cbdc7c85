/** Making and changing JSON. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BOOLEAN, INTEGER, JSONB, JSON_TEXT, VARCHAR, listOf } from '../../core/types.ts'
import { canCoerce } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { formatValue } from '../values/format-value.ts'
import { type Json, isArray, isObject, parseJson, prettyJson, writeJson, writeJsonb } from '../values/json.ts'
import { toJsonValue } from '../values/to-json.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { jsonType, ofJson, written } from './json-read.ts'

const TEXTS = listOf(VARCHAR)
type Step = string | number | null

function settled(type: DataType): DataType {
  return type.kind === 'null' ? VARCHAR : type
}

/** Any one value (and, where PostgreSQL has it, whether to write it on several lines). */
function ofAny(result: DataType): ScalarFunction['resolve'] {
  return ([type, pretty, ...rest]) => {
    if (type === undefined || rest.length > 0 || (pretty !== undefined && !canCoerce(pretty, BOOLEAN))) return null
    return { args: [settled(type), ...(pretty === undefined ? [] : [BOOLEAN])], result }
  }
}

function ofMany(result: DataType): ScalarFunction['resolve'] {
  return (args) => ({ args: args.map(settled), result })
}

function converter(name: string, aliases: readonly string[], result: DataType, shown: string): ScalarFunction {
  return define(
    'json',
    name,
    `The value as ${result.kind}.`,
    [`${name}(ARRAY[1, 2])`, shown],
    ofAny(result),
    ([value]: readonly [LiteralValue], { args }, session) =>
      written(toJsonValue(value, args[0]!, session.timeZone), result),
    { aliases, volatility: 'stable' },
  )
}

/** Rows and lists only. */
function rowConverter(name: string, kind: 'list' | 'struct', example: readonly [string, string]): ScalarFunction {
  return define(
    'json',
    name,
    `A ${kind === 'list' ? 'list' : 'row'} as JSON.`,
    example,
    (args) => (args[0]?.kind === kind ? ofAny(JSON_TEXT)(args) : null),
    ([value]: readonly [LiteralValue], { args }, session) => writeJson(toJsonValue(value, args[0]!, session.timeZone)),
    { volatility: 'stable' },
  )
}

function spaced(parts: readonly string[], open: string, close: string, comma: string): string {
  return open + parts.join(comma) + close
}

function buildArray(name: string, result: DataType, shown: string): ScalarFunction {
  return define(
    'json',
    name,
    `A ${result.kind} array of the arguments.`,
    [`${name}(1, 'a', NULL)`, shown],
    ofMany(result),
    (values: readonly LiteralValue[], { args }, session) => {
      const items = values.map((value, i) => toJsonValue(value, args[i]!, session.timeZone))
      return result.kind === 'jsonb' ? writeJsonb(items) : spaced(items.map(writeJson), '[', ']', ', ')
    },
    { nulls: 'custom', volatility: 'stable', aliases: result.kind === 'json' ? ['json_array'] : [] },
  )
}

function buildObject(name: string, result: DataType, shown: string): ScalarFunction {
  return define(
    'json',
    name,
    `A ${result.kind} object of the arguments: keys and values by turns.`,
    [`${name}('a', 1, 'b', true)`, shown],
    ofMany(result),
    (values: readonly LiteralValue[], { args }, session) => {
      if (values.length % 2 === 1) {
        throw new SqlError('22023', 'argument list must have even number of elements', {
          hint: `The arguments of ${name}() must consist of alternating keys and values.`,
        })
      }
      const entries: [string, Json][] = []
      for (let i = 0; i < values.length; i += 2) {
        if (values[i] === null) throw new SqlError('22004', `argument ${i + 1}: key must not be null`)
        entries.push([
          formatValue(values[i]!, args[i]!, session.timeZone),
          toJsonValue(values[i + 1]!, args[i + 1]!, session.timeZone),
        ])
      }
      if (result.kind === 'jsonb') return writeJsonb(new Map(entries))
      return spaced(
        entries.map(([key, value]) => `${JSON.stringify(key)} : ${writeJson(value)}`),
        '{',
        '}',
        ', ',
      )
    },
    { nulls: 'custom', volatility: 'stable' },
  )
}

/** json_object(ARRAY['a','1',...]) or of keys and values. */
function objectOfTexts(name: string, result: DataType, shown: string): ScalarFunction {
  return define(
    'json',
    name,
    `A ${result.kind} object of a list of keys and values by turns, or of two lists; all values are texts.`,
    [`${name}(ARRAY['a', 'b'], ARRAY['1', 'x'])`, shown],
    [
      [[TEXTS], result],
      [[TEXTS, TEXTS], result],
    ],
    ([keys, values]: readonly [readonly (string | null)[], (readonly (string | null)[])?]) => {
      if (values === undefined && keys.length % 2 === 1)
        throw new SqlError('2202E', 'array must have even number of elements')
      if (values !== undefined && keys.length !== values.length)
        throw new SqlError('2202E', 'mismatched array dimensions')
      const pairs =
        values === undefined
          ? keys.filter((_, i) => i % 2 === 0).map((key, i) => [key, keys[i * 2 + 1]!] as const)
          : keys.map((key, i) => [key, values[i]!] as const)
      if (pairs.some(([key]) => key === null)) throw new SqlError('22004', 'null value not allowed for object key')
      const object = new Map(pairs as readonly (readonly [string, string | null])[])
      if (result.kind === 'jsonb') return writeJsonb(object)
      return spaced(
        [...object].map(([key, value]) => `${JSON.stringify(key)} : ${JSON.stringify(value)}`),
        '{',
        '}',
        ', ',
      )
    },
  )
}

function withoutNulls(json: Json): Json {
  if (isArray(json)) return json.map(withoutNulls)
  if (!isObject(json)) return json
  return new Map([...json].filter(([, value]) => value !== null).map(([key, value]) => [key, withoutNulls(value)]))
}

function placeIn(items: readonly Json[], step: Step, depth: number): number {
  if (typeof step === 'string' && !/^[+-]?\d+$/.test(step)) {
    throw new SqlError('22P02', `path element at position ${depth + 1} is not an integer: "${step}"`)
  }
  const place = Number(step)
  return place < 0 ? items.length + place : place
}

/** The value with the part at a path changed by `change` (undefined: taken away); as it is where the path leads nowhere. */
function changed(
  json: Json,
  path: readonly Step[],
  depth: number,
  change: (old: Json | undefined) => Json | undefined,
): Json {
  const step = path[depth]
  if (step === undefined || step === null) return json
  const isLast = depth === path.length - 1
  if (isObject(json)) {
    const key = String(step)
    if (!isLast && !json.has(key)) return json
    const value = isLast ? change(json.get(key)) : changed(json.get(key)!, path, depth + 1, change)
    const copy = new Map(json)
    if (value === undefined) copy.delete(key)
    else copy.set(key, value)
    return copy
  }
  if (!isArray(json)) return json
  const place = placeIn(json, step, depth)
  const exists = place >= 0 && place < json.length
  if (!exists && !isLast) return json
  const value = isLast ? change(exists ? json[place] : undefined) : changed(json[place]!, path, depth + 1, change)
  if (exists) return value === undefined ? json.toSpliced(place, 1) : json.with(place, value)
  if (value === undefined) return json
  return place < 0 ? [value, ...json] : [...json, value]
}

function scalarPath(json: Json): void {
  if (!isArray(json) && !isObject(json)) throw new SqlError('22023', 'cannot set path in scalar')
}

/** Puts a value before (or after) the place; a key that is there already is an error. */
function inserted(json: Json, path: readonly Step[], depth: number, value: Json, after: boolean): Json {
  const step = path[depth]
  if (step === undefined || step === null) return json
  if (depth < path.length - 1) {
    const next = isObject(json)
      ? json.get(String(step))
      : isArray(json)
        ? json.at(placeIn(json, step, depth))
        : undefined
    return next === undefined ? json : changed(json, [step], 0, () => inserted(next, path, depth + 1, value, after))
  }
  if (isObject(json)) {
    if (json.has(String(step)))
      throw new SqlError('22023', 'cannot replace existing key', {
        hint: 'Try using the function jsonb_set to replace key value.',
      })
    return new Map([...json, [String(step), value]])
  }
  if (!isArray(json)) return json
  const place = placeIn(json, step, depth)
  if (place < 0) return [value, ...json]
  return json.toSpliced(Math.min(place + (after ? 1 : 0), json.length), 0, value)
}

function concatenated(a: Json, b: Json): Json {
  if (isObject(a) && isObject(b)) return new Map([...a, ...b])
  const items = (json: Json): readonly Json[] => (isArray(json) ? json : [json])
  return [...items(a), ...items(b)]
}

function without(json: Json, key: Step): Json {
  if (typeof key === 'number') {
    if (!isArray(json))
      throw new SqlError('22023', `cannot delete from ${isObject(json) ? 'object using integer index' : 'scalar'}`)
    const place = key < 0 ? json.length + key : key
    return json.filter((_, i) => i !== place)
  }
  if (isObject(json)) return new Map([...json].filter(([one]) => one !== key))
  if (isArray(json)) return json.filter((item) => item !== key)
  throw new SqlError('22023', 'cannot delete from scalar')
}

/** RFC 7396. */
function merged(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result = new Map(isObject(target) ? target : [])
  for (const [key, value] of patch) {
    if (value === null) result.delete(key)
    else result.set(key, merged(result.get(key) ?? null, value))
  }
  return result
}

/** Of jsonb and what PostgreSQL converts to it. */
function binary(rest: readonly DataType[], least: number = rest.length): ScalarFunction['resolve'] {
  return ([first, ...others]) => {
    if (jsonType(first) === null || others.length < least || others.length > rest.length) return null
    const fits = others.every((other, i) =>
      rest[i]!.kind === 'jsonb' ? jsonType(other) !== null : canCoerce(other, rest[i]!),
    )
    return fits ? { args: [JSONB, ...rest.slice(0, others.length)], result: JSONB } : null
  }
}

function set(json: string, path: readonly Step[], value: Json, creates: boolean): string {
  const whole = parseJson(json)
  scalarPath(whole)
  return writeJsonb(
    path.length === 0 ? whole : changed(whole, path, 0, (old) => (old === undefined && !creates ? undefined : value)),
  )
}

export const jsonMakeFunctions: readonly ScalarFunction[] = [
  converter('to_json', [], JSON_TEXT, '[1,2]'),
  converter('to_jsonb', [], JSONB, '[1, 2]'),
  rowConverter('array_to_json', 'list', ['array_to_json(ARRAY[1, 2])', '[1,2]']),
  rowConverter('row_to_json', 'struct', ["row_to_json(ROW(1, 'a'))", '{"f1":1,"f2":"a"}']),
  buildArray('json_build_array', JSON_TEXT, '[1, "a", null]'),
  buildArray('jsonb_build_array', JSONB, '[1, "a", null]'),
  buildObject('json_build_object', JSON_TEXT, '{"a" : 1, "b" : true}'),
  buildObject('jsonb_build_object', JSONB, '{"a": 1, "b": true}'),
  objectOfTexts('json_object', JSON_TEXT, '{"a" : "1", "b" : "x"}'),
  objectOfTexts('jsonb_object', JSONB, '{"a": "1", "b": "x"}'),
  define(
    'json',
    'json_strip_nulls',
    'The value without object fields that are null.',
    ['json_strip_nulls(\'[{"a": 1, "b": null}, null]\'::json)', '[{"a":1},null]'],
    ofJson([]),
    ([json]: readonly [string], { result }) => written(withoutNulls(parseJson(json)), result),
    { aliases: ['jsonb_strip_nulls'] },
  ),
  define(
    'json',
    'jsonb_pretty',
    'The value on several lines.',
    ["jsonb_pretty('[1]'::jsonb)", '[\n    1\n]'],
    binaryText(),
    ([json]: readonly [string]) => prettyJson(parseJson(json)),
  ),
  define(
    'json',
    'jsonb_set',
    'The value with the part at a path replaced (or added, unless the last argument is false).',
    ["jsonb_set('[{\"f1\": 1}, 2]'::jsonb, '{0,f1}', '[2, 3]')", '[{"f1": [2, 3]}, 2]'],
    binary([TEXTS, JSONB, BOOLEAN], 2),
    ([json, path, value, creates = true]: readonly [string, readonly Step[], string, boolean?]) =>
      set(json, path, parseJson(value), creates),
  ),
  define(
    'json',
    'jsonb_set_lax',
    'As jsonb_set; a NULL value is used, deletes the key, is an error or changes nothing, as the last argument says.',
    ["jsonb_set_lax('{\"a\": 1}'::jsonb, '{a}', NULL)", '{"a": null}'],
    binary([TEXTS, JSONB, BOOLEAN, VARCHAR], 2),
    setLax,
    { nulls: 'custom' },
  ),
  define(
    'json',
    'jsonb_insert',
    'The value with another put at a path, before what is there (after it, if the last argument is true).',
    ["jsonb_insert('{\"a\": [0, 1]}'::jsonb, '{a,1}', '\"new\"')", '{"a": [0, "new", 1]}'],
    binary([TEXTS, JSONB, BOOLEAN], 2),
    ([json, path, value, after = false]: readonly [string, readonly Step[], string, boolean?]) => {
      const whole = parseJson(json)
      scalarPath(whole)
      return writeJsonb(inserted(whole, path, 0, parseJson(value), after))
    },
  ),
  define(
    'json',
    'jsonb_concat',
    '`a || b`: the fields or elements of both.',
    ['\'{"a": 1}\'::jsonb || \'{"b": 2}\'', '{"a": 1, "b": 2}'],
    binary([JSONB]),
    ([a, b]: readonly [string, string]) => writeJsonb(concatenated(parseJson(a), parseJson(b))),
  ),
  define(
    'json',
    'jsonb_delete',
    '`j - key`: the value without a key, several keys, or an element by its place.',
    ['\'{"a": 1, "b": 2}\'::jsonb - \'a\'', '{"b": 2}'],
    (args) =>
      (args[1]?.kind === 'null' ? null : binary([INTEGER])(args)) ?? binary([VARCHAR])(args) ?? binary([TEXTS])(args),
    ([json, key]: readonly [string, Step | readonly Step[]]) => {
      const keys = Array.isArray(key) ? (key as readonly Step[]) : [key as Step]
      return writeJsonb(
        keys.reduce<Json>((value, one) => (one === null ? value : without(value, one)), parseJson(json)),
      )
    },
  ),
  define(
    'json',
    'jsonb_delete_path',
    '`j #- path`: the value without the part at a path.',
    ['\'["a", {"b": 1}]\'::jsonb #- \'{1,b}\'', '["a", {}]'],
    binary([TEXTS]),
    ([json, path]: readonly [string, readonly Step[]]) => {
      const whole = parseJson(json)
      if (!isArray(whole) && !isObject(whole)) throw new SqlError('22023', 'cannot delete path in scalar')
      return writeJsonb(path.length === 0 ? whole : changed(whole, path, 0, () => undefined))
    },
  ),
  define(
    'json',
    'json_merge_patch',
    'Objects merged, later ones over earlier ones; null deletes (RFC 7396).',
    ['json_merge_patch(\'{"a": 1, "b": 2}\'::json, \'{"b": null}\'::json)', '{"a":1}'],
    ([a, b, ...rest]) =>
      jsonType(a) === null || jsonType(b) === null || rest.length > 0
        ? null
        : { args: [JSON_TEXT, JSON_TEXT], result: JSON_TEXT },
    ([a, b]: readonly [string, string]) => writeJson(merged(parseJson(a), parseJson(b))),
  ),
  define(
    'json',
    'json_list',
    'A list as a JSON array: what json_agg makes of the values it collected.',
    ['json_list(ARRAY[1, 2])', '[1, 2]'],
    ([list, ...rest]) => (list?.kind === 'list' && rest.length === 0 ? { args: [list], result: JSON_TEXT } : null),
    ([list]: readonly [LiteralValue], { args }, session) =>
      spaced((toJsonValue(list, args[0]!, session.timeZone) as readonly Json[]).map(writeJson), '[', ']', ', '),
    { volatility: 'stable' },
  ),
  define(
    'json',
    'json_pairs',
    'A list of rows of two as a JSON object: what json_object_agg makes of the pairs it collected.',
    ["json_pairs(ARRAY[('a', 1), ('b', 2)])", '{ "a" : 1, "b" : 2 }'],
    pairList(JSON_TEXT),
    ([pairs]: readonly [readonly (readonly LiteralValue[])[]], types, session) =>
      spaced(
        entriesOf(pairs, types, session.timeZone).map(([key, value]) => `${JSON.stringify(key)} : ${writeJson(value)}`),
        '{ ',
        ' }',
        ', ',
      ),
    { volatility: 'stable' },
  ),
  define(
    'json',
    'jsonb_pairs',
    'A list of rows of two as a jsonb object: what jsonb_object_agg makes of the pairs it collected.',
    ["jsonb_pairs(ARRAY[('a', 1), ('b', 2)])", '{"a": 1, "b": 2}'],
    pairList(JSONB),
    ([pairs]: readonly [readonly (readonly LiteralValue[])[]], types, session) =>
      writeJsonb(new Map(entriesOf(pairs, types, session.timeZone))),
    { volatility: 'stable' },
  ),
]

function binaryText(): ScalarFunction['resolve'] {
  return ([first, ...rest]) => (jsonType(first) === null || rest.length > 0 ? null : { args: [JSONB], result: VARCHAR })
}

function pairList(result: DataType): ScalarFunction['resolve'] {
  return ([list, ...rest]) => {
    const isPairs =
      list?.kind === 'list' && list.element.type.kind === 'struct' && list.element.type.fields.length === 2
    return isPairs && rest.length === 0 ? { args: [list], result } : null
  }
}

function entriesOf(
  pairs: readonly (readonly LiteralValue[])[],
  { args }: Signature,
  timeZone: string,
): [string, Json][] {
  const [list] = args
  const fields = list?.kind === 'list' && list.element.type.kind === 'struct' ? list.element.type.fields : []
  return pairs.map(([key, value]) => {
    if (key === null || key === undefined) throw new SqlError('22004', 'field name must not be null')
    return [formatValue(key, fields[0]!.type, timeZone), toJsonValue(value ?? null, fields[1]!.type, timeZone)]
  })
}

type LaxArgs = readonly [string | null, readonly Step[] | null, string | null, (boolean | null)?, (string | null)?]

function setLax([json, path, value, creates = true, treatment = 'use_json_null']: LaxArgs): string | null {
  if (json === null || path === null || creates === null) return null
  if (value !== null) return set(json, path, parseJson(value), creates)
  switch (treatment) {
    case 'use_json_null':
      return set(json, path, null, creates)
    case 'return_target':
      return json
    case 'delete_key':
      return writeJsonb(changed(parseJson(json), path, 0, () => undefined))
    case 'raise_exception':
      throw new SqlError('22004', 'JSON value must not be null')
    default:
      throw new SqlError(
        '22023',
        'null_value_treatment must be "delete_key", "return_target", "use_json_null", or "raise_exception"',
      )
  }
}
