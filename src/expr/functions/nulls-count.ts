/** num_nulls num_nonnulls: how many of the arguments are NULL, or not. */
import { INTEGER } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { define } from './define.ts'
import type { ScalarFunction } from './function.ts'

function counter(name: string, what: string, result: string, counts: (value: LiteralValue) => boolean): ScalarFunction {
  return define(
    'conditional',
    name,
    `How many of the arguments are ${what}.`,
    [`${name}(1, NULL, 2)`, result],
    (args) => (args.length === 0 ? null : { args, result: INTEGER }),
    (values: readonly LiteralValue[]) => values.filter(counts).length,
    { nulls: 'custom' },
  )
}

export const nullsCountFunctions: readonly ScalarFunction[] = [
  counter('num_nulls', 'NULL', '1', (value) => value === null),
  counter('num_nonnulls', 'not NULL', '2', (value) => value !== null),
]
