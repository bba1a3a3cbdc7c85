/** jsonb_path_query and its kin, and the operators @? and @@: SQL/JSON paths over jsonb (../jsonpath). */
import { SluiceError, SqlError } from '../../core/errors.ts'
import { type DataType, BOOLEAN, JSONB, VARCHAR, listOf } from '../../core/types.ts'
import { canCoerce } from '../coerce.ts'
import { PathEvaluation, isPathError } from '../jsonpath/evaluate-path.ts'
import type { JsonPath } from '../jsonpath/syntax.ts'
import { readJsonPath } from '../jsonpath/read-path.ts'
import type { LiteralValue } from '../expr.ts'
import { type Json, isObject, parseJson, writeJsonb } from '../values/json.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'

type PathArgs = readonly [string, string, string?, boolean?]

/** (jsonb, path [, variables [, silent]]). */
function ofPath(result: DataType): ScalarFunction['resolve'] {
  const types = [JSONB, VARCHAR, JSONB, BOOLEAN]
  return (args) => {
    if (args.length < 2 || args.length > 4) return null
    const first = args[0]!.kind
    if (first !== 'jsonb' && first !== 'varchar' && first !== 'null') return null
    if (!args.slice(1).every((arg, i) => arg.kind === 'varchar' || canCoerce(arg, types[i + 1]!))) return null
    return { args: types.slice(0, args.length), result }
  }
}

interface Asked {
  readonly evaluation: PathEvaluation
  readonly path: JsonPath
}

function asked([json, path, variables = '{}']: PathArgs): Asked {
  const parsed = readJsonPath(path)
  const given = parseJson(variables)
  if (!isObject(given)) throw new SqlError('22023', '"vars" argument is not an object')
  return { evaluation: new PathEvaluation(parsed, parseJson(json), given), path: parsed }
}

/** The items; with `silent` those before an error of the data. */
function itemsOf(args: PathArgs): readonly Json[] {
  const items: Json[] = []
  const { evaluation, path } = asked(args)
  quietly(args[3] === true, undefined, () => evaluation.each(path, (item) => items.push(item) > 0))
  return items
}

/** `silent`: errors of the data give `otherwise`. */
function quietly<Value>(silent: boolean, otherwise: Value, compute: () => Value): Value {
  if (!silent) return compute()
  try {
    return compute()
  } catch (error) {
    if (error instanceof SluiceError && isPathError(error)) return otherwise
    throw error
  }
}

function exists(args: PathArgs): boolean {
  const { evaluation, path } = asked(args)
  return evaluation.exists(path)
}

/** All items, or the error that comes before them all are there. */
function truthOf([json, path, variables = '{}']: PathArgs): boolean | null {
  return singleTruth(itemsOf([json, path, variables]))
}

function singleTruth(items: readonly Json[]): boolean | null {
  const [truth] = items
  if (items.length === 1 && (truth === null || typeof truth === 'boolean')) return truth
  throw new SqlError('22038', 'single boolean result is expected')
}

function pathFunction(
  name: string,
  description: string,
  example: readonly [string, string],
  result: DataType,
  compute: (args: PathArgs) => LiteralValue,
  aliases: readonly string[] = [`${name}_tz`],
): ScalarFunction {
  return define('json', name, description, example, ofPath(result), compute, { aliases })
}

const EXAMPLE = '\'{"a": [1, 2, 3]}\''

export const jsonPathFunctions: readonly ScalarFunction[] = [
  pathFunction(
    'jsonb_path_exists',
    'Whether the SQL/JSON path gives an item; then come variables of the path as an object, and whether errors of the data give NULL.',
    [`jsonb_path_exists(${EXAMPLE}, '$.a[*] ? (@ > 2)')`, 'true'],
    BOOLEAN,
    (args) => quietly(args[3] === true, null, () => exists(args)),
  ),
  pathFunction(
    'jsonb_path_match',
    'What the test that the path is gives; NULL where it is unknown.',
    [`jsonb_path_match(${EXAMPLE}, 'exists($.a[*] ? (@ > 2))')`, 'true'],
    BOOLEAN,
    (args) => quietly(args[3] === true, null, () => truthOf(args)),
  ),
  pathFunction(
    'jsonb_path_query_array',
    'The items that the path gives, as an array.',
    [`jsonb_path_query_array(${EXAMPLE}, '$.a[*] ? (@ > $x)', '{"x": 1}')`, '[2, 3]'],
    JSONB,
    (args) => writeJsonb([...itemsOf(args)]),
  ),
  pathFunction(
    'jsonb_path_query_first',
    'The first item that the path gives.',
    [`jsonb_path_query_first(${EXAMPLE}, '$.a[last]')`, '3'],
    JSONB,
    (args) => {
      const [item] = itemsOf(args)
      return item === undefined ? null : writeJsonb(item)
    },
  ),
  pathFunction(
    'jsonb_path_items',
    'What `jsonb_path_query(json, path)` gives as rows: the items, as a list.',
    [`jsonb_path_items(${EXAMPLE}, '$.a[0 to 1]')`, '{1,2}'],
    listOf(JSONB),
    (args) => itemsOf(args).map((item) => writeJsonb(item)),
    [],
  ),
  define(
    'operator',
    'jsonb_path_has',
    '`json @? path`: whether the path gives an item; NULL on errors of the data.',
    [`'{"a": [1]}'::jsonb @? '$.a[*] ? (@ > 2)'`, 'false'],
    [[[JSONB, VARCHAR], BOOLEAN]],
    ([json, path]: readonly [string, string]) => quietly(true, null, () => exists([json, path])),
  ),
  define(
    'operator',
    'jsonb_path_holds',
    '`json @@ path`: what the test that the path is gives; NULL for anything else.',
    [`'{"a": [1]}'::jsonb @@ '$.a[0] == 1'`, 'true'],
    [[[JSONB, VARCHAR], BOOLEAN]],
    ([json, path]: readonly [string, string]) => quietly(true, null, () => truthOf([json, path])),
  ),
]
