/** A short way to write strict functions of text. */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { overloads } from './overloads.ts'

/** Types of arguments and result, one entry an overload. */
export type Overloads = readonly (readonly [readonly DataType[], DataType])[]

/** `Args`: the values as `types` promise them. */
export function text<Args extends readonly unknown[]>(
  name: string,
  aliases: readonly string[],
  description: string,
  example: readonly [string, string],
  types: Overloads,
  scalar: (args: Args, types: Signature) => LiteralValue,
): ScalarFunction {
  return {
    name,
    aliases,
    category: 'text',
    description,
    example: { sql: example[0], result: example[1] },
    resolve: overloads(...types),
    nulls: 'strict',
    volatility: 'immutable',
    scalar: scalar as unknown as ScalarFunction['scalar'],
  }
}

/** Text as its UTF-8 bytes; bytea as it is. */
export function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'utf8') : value
}
