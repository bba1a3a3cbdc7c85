/**
 * Functions whose body is an expression for each element: `types.lambda`, over its parameters (element, place; list_reduce: state, element,
 * place) and then the values that the call passes after its own arguments. See plan/bind/lambdas.ts.
 */
import { defined } from '../../core/assert.ts'
import type { LiteralValue } from '../expr.ts'
import { define } from './define.ts'
import type { ScalarFunction, Signature } from './function.ts'

type Values = readonly LiteralValue[]

/** The binder makes the calls: nothing to resolve by types alone. */
const NOT_BY_TYPES: ScalarFunction['resolve'] = () => null

function forEach([list, ...captured]: readonly [Values, ...Values], types: Signature): LiteralValue[] {
  const body = defined(types.lambda, 'a lambda')
  return list.map((element, i) => body([element, BigInt(i + 1), ...captured]))
}

function withLambda(
  name: string,
  description: string,
  example: readonly [string, string],
  compute: (list: Values, results: Values) => LiteralValue,
): ScalarFunction {
  return define(
    'nested',
    name,
    description,
    example,
    NOT_BY_TYPES,
    (args: readonly [Values | null, ...Values], types) =>
      args[0] === null ? null : compute(args[0], forEach(args as readonly [Values, ...Values], types)),
    { nulls: 'custom', volatility: 'stable' },
  )
}

function reduce(
  name: string,
  description: string,
  example: readonly [string, string],
  hasStart: boolean,
): ScalarFunction {
  return define(
    'nested',
    name,
    description,
    example,
    NOT_BY_TYPES,
    (args: Values, types) => {
      const [list, ...rest] = args as readonly [Values | null, ...Values]
      if (list === null) return null
      const body = defined(types.lambda, 'a lambda')
      const captured = hasStart ? rest.slice(1) : rest
      const items = hasStart ? list : list.slice(1)
      let state = hasStart ? rest[0]! : (list[0] ?? null)
      items.forEach((element, i) => {
        const place = BigInt(hasStart ? i + 1 : i + 2)
        state = body([state, element, place, ...captured])
      })
      return state
    },
    { nulls: 'custom', volatility: 'stable' },
  )
}

/** true if some result is, else NULL if some is unknown. */
function some(results: Values, wanted: boolean): boolean | null {
  if (results.includes(wanted)) return true
  return results.includes(null) ? null : false
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value
}

export const lambdaFunctions: readonly ScalarFunction[] = [
  withLambda(
    'list_transform',
    'The list of what a lambda gives for each element; a second parameter is its place.',
    ['list_transform([1, 2, 3], lambda x: x + 1)', '{2,3,4}'],
    (_list, results) => results,
  ),
  withLambda(
    'list_filter',
    'The elements for which a lambda is true.',
    ['list_filter([1, 2, 3], lambda x: x > 1)', '{2,3}'],
    (list, results) => list.filter((_, i) => results[i] === true),
  ),
  withLambda(
    'any_match',
    'Whether a lambda is true for some element.',
    ['any_match([1, 2], lambda x: x > 1)', 'true'],
    (_list, results) => some(results, true),
  ),
  withLambda(
    'all_match',
    'Whether a lambda is true for all elements.',
    ['all_match([1, 2], lambda x: x > 1)', 'false'],
    (_list, results) => not(some(results, false)),
  ),
  withLambda(
    'none_match',
    'Whether a lambda is true for no element.',
    ['none_match([1, 2], lambda x: x > 2)', 'true'],
    (_list, results) => not(some(results, true)),
  ),
  reduce(
    'list_reduce',
    'The elements combined by a lambda of two: what it gave so far, and the next element; a third argument is what to start with.',
    ['list_reduce([1, 2, 3], lambda a, x: a * 10 + x)', '123'],
    false,
  ),
  reduce(
    'list_fold',
    'What `list_reduce(list, lambda, start)` means.',
    ['list_reduce([1, 2], lambda a, x: a + x, 10)', '13'],
    true,
  ),
]
