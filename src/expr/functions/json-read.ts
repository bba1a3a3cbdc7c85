/** Reading JSON: parts by key, place and path, what a value is, its elements and entries. Texts are read as JSON where they stand for it. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, BIGINT, BOOLEAN, INTEGER, JSONB, JSON_TEXT, VARCHAR, listOf } from '../../core/types.ts'
import { canCoerce } from '../coerce.ts'
import type { LiteralValue } from '../expr.ts'
import { jsonPathSteps } from '../values/json-steps.ts'
import {
  type Json,
  containsJson,
  isArray,
  isObject,
  jsonAt,
  jsonKind,
  jsonText,
  parseJson,
  sortedEntries,
  writeJson,
  writeJsonb,
} from '../values/json.ts'
import { memberVectors } from '../vectors/json.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'

const TEXTS = listOf(VARCHAR)
type Step = string | number | null

/** The JSON type in which an argument is read; null when it is none. */
export function jsonType(type: DataType | undefined): DataType | null {
  if (type?.kind === 'json' || type?.kind === 'jsonb') return type
  return type?.kind === 'varchar' || type?.kind === 'null' ? JSON_TEXT : null
}

export function written(json: Json | undefined, type: DataType): string | null {
  if (json === undefined) return null
  return type.kind === 'jsonb' ? writeJsonb(json) : writeJson(json)
}

function isBinary({ args }: Signature): boolean {
  return args[0]!.kind === 'jsonb'
}

/** A JSON value and then arguments of `rest`; the result is `result`, or of the value's own type. */
export function ofJson(rest: readonly DataType[], result?: DataType): ScalarFunction['resolve'] {
  return ([first, ...others]) => {
    const type = jsonType(first)
    if (type === null || others.length !== rest.length) return null
    if (!others.every((other, i) => canCoerce(other, rest[i]!))) return null
    return { args: [type, ...rest], result: result ?? type }
  }
}

/** A key (text) or a place (integer). */
function byStep(result?: DataType): ScalarFunction['resolve'] {
  return (args) => ofJson([INTEGER], result)(args.map(untypedAsText)) ?? ofJson([VARCHAR], result)(args)
}

/** An untyped argument after the first is a key, not a place. */
function untypedAsText(type: DataType, i: number): DataType {
  return i > 0 && type.kind === 'null' ? VARCHAR : type
}

function step(json: string, key: Step): Json | undefined {
  const value = parseJson(json)
  const fits = typeof key === 'number' ? isArray(value) : isObject(value)
  return fits ? jsonAt(value, [key]) : undefined
}

/** `$.a[0]` of DuckDB and others, a JSON pointer (`/a/0`), or a key. */
function pathOf(path: string | number): readonly Step[] {
  return typeof path === 'number' ? [path] : jsonPathSteps(path)
}

/** json_extract_path(j, 'a', 'b'): one argument a step. */
function bySteps(result?: DataType): ScalarFunction['resolve'] {
  return ([first, ...steps]) =>
    ofJson(
      steps.map(() => VARCHAR),
      result,
    )([first!, ...steps])
}

function elements(json: string): readonly Json[] {
  const value = parseJson(json)
  if (!isArray(value))
    throw new SqlError(
      '22023',
      `cannot extract elements from ${jsonKind(value) === 'object' ? 'an object' : 'a scalar'}`,
    )
  return value
}

function entries(json: string, types: Signature): [string, Json][] {
  const value = parseJson(json)
  if (!isObject(value))
    throw new SqlError(
      '22023',
      `cannot deconstruct ${jsonKind(value) === 'array' ? 'an array' : 'a scalar'} as an object`,
    )
  return isBinary(types) ? sortedEntries(value) : [...value]
}

function entryList(value: DataType): DataType {
  const fields = [
    { name: 'key', type: VARCHAR, nullable: false },
    { name: 'value', type: value, nullable: true },
  ]
  return listOf({ kind: 'struct', fields })
}

const OBJECT = '\'{"a": {"b": [1, 2]}, "c": "x"}\'::json'

const DEFINITIONS: readonly ScalarFunction[] = [
  define(
    'json',
    'json_get',
    '`j -> key`: the field of an object or, by an integer, the element of an array from place 0.',
    [`${OBJECT} -> 'c'`, '"x"'],
    byStep(),
    ([json, key]: readonly [string, Step], { result }) => written(step(json, key), result),
  ),
  define(
    'json',
    'json_get_text',
    '`j ->> key`: as `->`, as text.',
    [`${OBJECT} ->> 'c'`, 'x'],
    byStep(VARCHAR),
    ([json, key]: readonly [string, Step], types) => jsonText(step(json, key), isBinary(types)),
  ),
  define(
    'json',
    'json_get_path',
    '`j #> path`: the part at a list of keys and places.',
    [`${OBJECT} #> '{a,b,1}'`, '2'],
    ofJson([TEXTS]),
    ([json, path]: readonly [string, readonly Step[]], { result }) => written(jsonAt(parseJson(json), path), result),
  ),
  define(
    'json',
    'json_get_path_text',
    '`j #>> path`: as `#>`, as text.',
    [`${OBJECT} #>> '{a,b,1}'`, '2'],
    ofJson([TEXTS], VARCHAR),
    ([json, path]: readonly [string, readonly Step[]], types) =>
      jsonText(jsonAt(parseJson(json), path), isBinary(types)),
  ),
  define(
    'json',
    'json_extract_path',
    'The part at a path, one argument a step.',
    [`json_extract_path(${OBJECT}, 'a', 'b')`, '[1,2]'],
    bySteps(),
    ([json, ...path]: readonly [string, ...Step[]], { result }) => written(jsonAt(parseJson(json), path), result),
    { aliases: ['jsonb_extract_path'] },
  ),
  define(
    'json',
    'json_extract_path_text',
    'The part at a path as text, one argument a step.',
    [`json_extract_path_text(${OBJECT}, 'a', 'b', '0')`, '1'],
    bySteps(VARCHAR),
    ([json, ...path]: readonly [string, ...Step[]], types) => jsonText(jsonAt(parseJson(json), path), isBinary(types)),
    { aliases: ['jsonb_extract_path_text'] },
  ),
  define(
    'json',
    'json_extract',
    'The part at a path such as `$.a.b[0]`, `/a/b/0` or a key.',
    [`json_extract(${OBJECT}, '$.a.b[0]')`, '1'],
    byStep(),
    ([json, path]: readonly [string, string | number], { result }) =>
      written(jsonAt(parseJson(json), pathOf(path)), result),
  ),
  define(
    'json',
    'json_extract_string',
    'The part at a path as text.',
    [`json_extract_string(${OBJECT}, '$.c')`, 'x'],
    byStep(VARCHAR),
    ([json, path]: readonly [string, string | number], types) =>
      jsonText(jsonAt(parseJson(json), pathOf(path)), isBinary(types)),
    { aliases: ['json_extract_scalar', 'get_json_object'] },
  ),
  define(
    'json',
    'json_typeof',
    'What a JSON value is: object, array, string, number, boolean or null.',
    ["json_typeof('-123.4'::json)", 'number'],
    ofJson([], VARCHAR),
    ([json]: readonly [string]) => jsonKind(parseJson(json)),
    { aliases: ['jsonb_typeof', 'json_type'] },
  ),
  define(
    'json',
    'json_array_length',
    'How many elements an array has.',
    ["json_array_length('[1, 2, [3]]'::json)", '3'],
    ofJson([], INTEGER),
    ([json]: readonly [string]) => {
      const value = parseJson(json)
      if (isArray(value)) return value.length
      throw new SqlError('22023', `cannot get array length of a ${isObject(value) ? 'non-array' : 'scalar'}`)
    },
    { aliases: ['jsonb_array_length'] },
  ),
  define(
    'json',
    'json_valid',
    'Whether a text is JSON.',
    ["json_valid('{}')", 'true'],
    [[[VARCHAR], BOOLEAN]],
    ([text]: readonly [string]) => {
      try {
        parseJson(text)
        return true
      } catch {
        return false
      }
    },
  ),
  define(
    'json',
    'json_keys',
    'The keys of an object, as a list.',
    [`json_keys(${OBJECT})`, '{a,c}'],
    ofJson([], TEXTS),
    ([json]: readonly [string], types) => entries(json, types).map(([key]) => key),
  ),
  define(
    'json',
    'json_elements',
    'The elements of an array, as a list.',
    ["json_elements('[1, true]'::json)", '{1,true}'],
    ofJson([], listOf(JSON_TEXT)),
    ([json]: readonly [string]) => elements(json).map(writeJson),
  ),
  define(
    'json',
    'jsonb_elements',
    'The elements of an array, as a list of jsonb.',
    ["jsonb_elements('[1, true]'::jsonb)", '{1,true}'],
    ofJson([], listOf(JSONB)),
    ([json]: readonly [string]) => elements(json).map(writeJsonb),
  ),
  define(
    'json',
    'json_element_texts',
    'The elements of an array as text, as a list.',
    ['json_element_texts(\'[1, "a"]\'::json)', '{1,a}'],
    ofJson([], TEXTS),
    ([json]: readonly [string], types) => elements(json).map((item) => jsonText(item, isBinary(types))),
  ),
  define(
    'json',
    'json_entries',
    'The keys and values of an object, as a list of rows.',
    ['json_entries(\'{"a": 1}\'::json)', '{"(a,1)"}'],
    ofJson([], entryList(JSON_TEXT)),
    ([json]: readonly [string], types) => entries(json, types).map(([key, value]) => [key, writeJson(value)]),
  ),
  define(
    'json',
    'jsonb_entries',
    'The keys and values of an object, as a list of rows with jsonb.',
    ['jsonb_entries(\'{"a": 1}\'::jsonb)', '{"(a,1)"}'],
    ofJson([], entryList(JSONB)),
    ([json]: readonly [string], types) => entries(json, types).map(([key, value]) => [key, writeJsonb(value)]),
  ),
  define(
    'json',
    'json_entry_texts',
    'The keys and values of an object as text, as a list of rows.',
    ['json_entry_texts(\'{"a": "x"}\'::json)', '{"(a,x)"}'],
    ofJson([], entryList(VARCHAR)),
    ([json]: readonly [string], types) =>
      entries(json, types).map(([key, value]) => [key, jsonText(value, isBinary(types))]),
  ),
  define(
    'json',
    'json_contains',
    '`a @> b`: whether jsonb a has all of b.',
    ['\'{"a": 1, "b": 2}\'::jsonb @> \'{"b": 2}\'', 'true'],
    ([a, b, ...rest]) =>
      jsonType(a) === null || jsonType(b) === null || rest.length > 0
        ? null
        : { args: [JSONB, JSONB], result: BOOLEAN },
    ([a, b]: readonly [string, string]) => containsJson(parseJson(a), parseJson(b)),
    { aliases: ['jsonb_contains'] },
  ),
  define(
    'json',
    'json_contained',
    '`a <@ b`: whether jsonb b has all of a.',
    ["'1'::jsonb <@ '[1, 2]'", 'true'],
    ([a, b, ...rest]) =>
      jsonType(a) === null || jsonType(b) === null || rest.length > 0
        ? null
        : { args: [JSONB, JSONB], result: BOOLEAN },
    ([a, b]: readonly [string, string]) => containsJson(parseJson(b), parseJson(a)),
    { aliases: ['jsonb_contained'] },
  ),
  define(
    'json',
    'json_has_key',
    '`j ? key`: whether an object has the key, or an array the text.',
    ["json_has_key('{\"a\": 1}'::jsonb, 'a')", 'true'],
    ofJson([VARCHAR], BOOLEAN),
    ([json, key]: readonly [string, string]) => hasKey(parseJson(json), key),
    { aliases: ['json_exists', 'jsonb_exists'] },
  ),
  define(
    'json',
    'json_has_any_key',
    '`j ?| keys`: whether an object has one of the keys.',
    ["json_has_any_key('{\"a\": 1}'::jsonb, ARRAY['b', 'a'])", 'true'],
    ofJson([TEXTS], BOOLEAN),
    ([json, keys]: readonly [string, readonly LiteralValue[]]) =>
      keys.some((key) => key !== null && hasKey(parseJson(json), key as string)),
    { aliases: ['jsonb_exists_any'] },
  ),
  define(
    'json',
    'json_has_all_keys',
    '`j ?& keys`: whether an object has all of the keys.',
    ["json_has_all_keys('{\"a\": 1}'::jsonb, ARRAY['b', 'a'])", 'false'],
    ofJson([TEXTS], BOOLEAN),
    ([json, keys]: readonly [string, readonly LiteralValue[]]) =>
      keys.every((key) => key === null || hasKey(parseJson(json), key as string)),
    { aliases: ['jsonb_exists_all'] },
  ),
  define(
    'json',
    'json_size',
    'How many fields or elements a value has; 0 for others.',
    ["json_size('[1, 2]'::json)", '2'],
    ofJson([], BIGINT),
    ([json]: readonly [string]) => {
      const value = parseJson(json)
      return BigInt(isArray(value) ? value.length : isObject(value) ? value.size : 0)
    },
  ),
]

function hasKey(json: Json, key: string): boolean {
  if (isObject(json)) return json.has(key)
  return isArray(json) ? json.includes(key) : json === key
}

export const jsonReadFunctions: readonly ScalarFunction[] = DEFINITIONS.map((entry) => {
  if (entry.name === 'json_get') return { ...entry, evaluate: memberVectors('json', entry) }
  return entry.name === 'json_get_text' ? { ...entry, evaluate: memberVectors('text', entry) } : entry
})
