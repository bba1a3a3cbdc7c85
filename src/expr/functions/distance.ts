/** Distances of vectors: lists of numbers of the same length. `<->` is `l2_distance`, `<#>` `negative_inner_product`, as with pgvector. */
import { SqlError } from '../../core/errors.ts'
import { type DataType, DOUBLE, isNumeric } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import type { ScalarFunction, Signature } from './function.ts'

function resolveVectors(args: readonly DataType[]): Signature | null {
  const isVector = (type: DataType): boolean =>
    type.kind === 'null' || (type.kind === 'list' && isNumeric(type.element.type))
  return args.length === 2 && args.every(isVector) ? { args, result: DOUBLE } : null
}

/** The numbers of a list; null when one of them is NULL. */
function numbersOf(list: LiteralValue, type: DataType): readonly number[] | null {
  if (type.kind !== 'list') return null
  const element = type.element.type
  const divisor = element.kind === 'decimal' ? 10 ** element.scale : 1
  const numbers: number[] = []
  for (const value of list as readonly LiteralValue[]) {
    if (value === null) return null
    numbers.push(Number(value) / divisor)
  }
  return numbers
}

function distance(
  name: string,
  about: { readonly description: string; readonly example: ScalarFunction['example'] },
  measure: (a: readonly number[], b: readonly number[]) => number,
): ScalarFunction {
  return {
    name,
    category: 'nested',
    ...about,
    resolve: resolveVectors,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([first, second], { args }) => {
      const a = numbersOf(first!, args[0]!)
      const b = numbersOf(second!, args[1]!)
      if (a === null || b === null) return null
      if (a.length !== b.length) {
        throw new SqlError('22000', `different vector dimensions ${a.length} and ${b.length}`)
      }
      return measure(a, b)
    },
  }
}

function innerProduct(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

export const distanceFunctions: readonly ScalarFunction[] = [
  distance(
    'l2_distance',
    {
      description: 'The Euclidean distance of two vectors; also `a <-> b`.',
      example: { sql: 'l2_distance(ARRAY[0, 0], ARRAY[3, 4])', result: '5' },
    },
    (a, b) => Math.sqrt(a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0)),
  ),
  distance(
    'cosine_distance',
    {
      description: 'One minus the cosine of the angle between two vectors.',
      example: { sql: 'cosine_distance(ARRAY[1, 0], ARRAY[0, 1])', result: '1' },
    },
    (a, b) => 1 - innerProduct(a, b) / Math.sqrt(innerProduct(a, a) * innerProduct(b, b)),
  ),
  distance(
    'negative_inner_product',
    {
      description: 'The inner product of two vectors, negated; also `a <#> b`.',
      example: { sql: 'negative_inner_product(ARRAY[1, 2], ARRAY[3, 4])', result: '-11' },
    },
    (a, b) => -innerProduct(a, b),
  ),
]
