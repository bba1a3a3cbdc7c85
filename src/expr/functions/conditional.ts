/** coalesce, nullif, greatest, least. */
import { type DataType, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { compareValues } from '../values/compare.ts'
import { extremeVectors, nullIfVectors } from '../vectors/choice.ts'
import type { ScalarFunction, Signature } from './function.ts'
import { ofCommonType } from './overloads.ts'

/** An untyped NULL alone is text, as in PostgreSQL. */
function typed(type: DataType): DataType {
  return type.kind === 'null' ? VARCHAR : type
}

const ofAnyType: ScalarFunction['resolve'] = (args) => {
  const signature = ofCommonType({ atLeast: 1 }, typed)(args)
  return signature && { args: args.map(() => signature.result), result: signature.result }
}

function extreme(name: string, words: string, result: string, sign: 1 | -1): ScalarFunction {
  return {
    name,
    category: 'conditional',
    description: `The ${words} of the arguments that are not NULL; NULL if all are.`,
    example: { sql: `${name}(3, NULL, 7)`, result },
    resolve: ofAnyType,
    nulls: 'custom',
    volatility: 'immutable',
    scalar: (args, types) => pickExtreme(args, types, sign),
    evaluate: extremeVectors(sign),
  }
}

function pickExtreme(args: readonly LiteralValue[], { result }: Signature, sign: number): LiteralValue {
  let best: LiteralValue = null
  for (const arg of args) {
    if (arg === null) continue
    if (best === null || compareValues(arg, best, result) * sign > 0) best = arg
  }
  return best
}

export const conditionalFunctions: readonly ScalarFunction[] = [
  {
    name: 'coalesce',
    aliases: ['ifnull', 'nvl'],
    category: 'conditional',
    description: 'The first argument that is not NULL; those after it are not evaluated.',
    example: { sql: "coalesce(NULL, 'a', 'b')", result: 'a' },
    resolve: ofAnyType,
    nulls: 'custom',
    volatility: 'immutable',
    scalar: (args) => args.find((arg) => arg !== null) ?? null,
  },
  {
    name: 'nullif',
    category: 'conditional',
    description: 'NULL if both are equal, else the first.',
    example: { sql: 'nullif(7, 8)', result: '7' },
    resolve: (args) => {
      const signature = ofCommonType(2, typed)(args)
      return signature && { args: [signature.result, signature.result], result: signature.result }
    },
    nulls: 'custom',
    volatility: 'immutable',
    scalar: ([a, b], { result }) => (a !== null && b !== null && compareValues(a!, b!, result) === 0 ? null : a!),
    evaluate: nullIfVectors,
  },
  extreme('greatest', 'greatest', '7', 1),
  extreme('least', 'least', '3', -1),
]
