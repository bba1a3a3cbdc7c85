/** A short way to write functions whose types are a list of overloads. */
import type { LiteralValue } from '../expr.ts'
import type { ScalarFunction, SessionValues, Signature } from './function.ts'
import { overloads } from './overloads.ts'
import type { Overloads } from './text-function.ts'

/** What most functions leave out: `nulls` strict, `volatility` immutable. */
export interface DefineOptions {
  readonly aliases?: readonly string[]
  readonly nulls?: ScalarFunction['nulls']
  readonly volatility?: ScalarFunction['volatility']
}

/** `Args`: the values as `types` promise them. `example`: SQL and the text of its value. */
export function define<Args extends readonly unknown[]>(
  category: ScalarFunction['category'],
  name: string,
  description: string,
  example: readonly [string, string],
  types: Overloads | ScalarFunction['resolve'],
  scalar: (args: Args, types: Signature, session: SessionValues) => LiteralValue,
  { aliases = [], nulls = 'strict', volatility = 'immutable' }: DefineOptions = {},
): ScalarFunction {
  return {
    name,
    aliases,
    category,
    description,
    example: { sql: example[0], result: example[1] },
    resolve: typeof types === 'function' ? types : overloads(...types),
    nulls,
    volatility,
    scalar: scalar as unknown as ScalarFunction['scalar'],
  }
}
