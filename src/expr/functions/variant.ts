/** Functions of variants: variant_get schema_of_variant is_variant_null. */
import { BOOLEAN, type DataType, VARCHAR, VARIANT } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { variantFromJson } from '../values/variant/variant-from-json.ts'
import { variantAt } from '../values/variant/variant-path.ts'
import { variantSchema } from '../values/variant/variant-schema.ts'
import { Variant } from '../values/variant/variant.ts'
import type { ScalarFunction } from './function.ts'

function variantFunction(
  name: string,
  description: string,
  example: readonly [string, string],
  result: DataType,
  scalar: (bytes: Uint8Array) => LiteralValue,
): ScalarFunction {
  return {
    name,
    category: 'nested',
    description,
    example: { sql: example[0], result: example[1] },
    resolve: (args) => (args.length === 1 && args[0]!.kind === 'variant' ? { args: [VARIANT], result } : null),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([bytes]) => scalar(bytes as Uint8Array),
  }
}

export const variantFunctions: readonly ScalarFunction[] = [
  {
    name: 'variant_get',
    category: 'nested',
    description:
      'The part of a variant at a path, as a variant; with a third argument as that type. `try_variant_get` gives NULL where the type does not fit.',
    example: { sql: `variant_get(parse_json('{"a":[1,2]}'), '$.a[1]', 'int')`, result: '2' },
    resolve: ([whole, path, ...rest]) =>
      whole?.kind === 'variant' && (path?.kind === 'varchar' || path?.kind === 'null') && rest.length === 0
        ? { args: [VARIANT, VARCHAR], result: VARIANT }
        : null,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([bytes, path]) => variantAt(bytes as Uint8Array, path as string),
  },
  {
    name: 'parse_json',
    category: 'nested',
    description: 'The variant that a JSON text is.',
    example: { sql: `parse_json('{"b": 1, "a": [true, null]}')`, result: '{"a":[true,null],"b":1}' },
    resolve: ([text, ...rest]) =>
      (text?.kind === 'varchar' || text?.kind === 'null') && rest.length === 0
        ? { args: [VARCHAR], result: VARIANT }
        : null,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([text]) => variantFromJson(text as string),
  },
  variantFunction(
    'schema_of_variant',
    'What a variant holds, as a type.',
    [`schema_of_variant(parse_json('{"a": [1, 2.5]}'))`, 'OBJECT<a: ARRAY<DECIMAL(21,1)>>'],
    VARCHAR,
    variantSchema,
  ),
  variantFunction(
    'is_variant_null',
    'Whether a variant holds a variant NULL, which is not an SQL NULL.',
    [`is_variant_null(parse_json('null'))`, 'true'],
    BOOLEAN,
    (bytes) => {
      const variant = new Variant(bytes)
      return variant.node(variant.root).kind === 'null'
    },
  ),
]
