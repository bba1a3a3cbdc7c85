/** typeof, version. */
import { VARCHAR, typeName } from '../../core/types.ts'
import type { ScalarFunction } from './function.ts'

export const systemFunctions: readonly ScalarFunction[] = [
  {
    name: 'typeof',
    aliases: ['pg_typeof'],
    category: 'system',
    description: "The name of the argument's type.",
    example: { sql: 'typeof(1)', result: 'integer' },
    resolve: (args) => (args.length === 1 ? { args, result: VARCHAR } : null),
    nulls: 'custom',
    volatility: 'immutable',
    scalar: (_args, types) => typeName(types.args[0]!),
  },
]
