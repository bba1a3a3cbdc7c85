/** typeof, pg_typeof. */
import { type DataType, VARCHAR, typeName } from '../../core/types.ts'
import type { ScalarFunction } from './function.ts'

export const systemFunctions: readonly ScalarFunction[] = [
  {
    name: 'typeof',
    category: 'system',
    description: "The name of the argument's type.",
    example: { sql: 'typeof(1)', result: 'integer' },
    resolve: (args) => (args.length === 1 ? { args, result: VARCHAR } : null),
    nulls: 'custom',
    volatility: 'immutable',
    scalar: (_args, types) => typeName(types.args[0]!),
  },
  {
    name: 'pg_typeof',
    category: 'system',
    description: "PostgreSQL's name of the argument's type.",
    example: { sql: 'pg_typeof(1.5)', result: 'numeric' },
    resolve: (args) => (args.length === 1 ? { args, result: VARCHAR } : null),
    nulls: 'custom',
    volatility: 'immutable',
    scalar: (_args, types) => postgresName(types.args[0]!),
  },
]

function postgresName(type: DataType): string {
  switch (type.kind) {
    case 'null':
      return 'unknown'
    case 'decimal':
      return 'numeric'
    case 'varchar':
      return 'text'
    case 'timestamp':
      return `timestamp ${type.zone ? 'with' : 'without'} time zone`
    case 'time':
      return 'time without time zone'
    case 'struct':
      return 'record'
    case 'list':
      // All dimensions are one type.
      return type.element.type.kind === 'list'
        ? postgresName(type.element.type)
        : `${postgresName(type.element.type)}[]`
    default:
      return typeName(type)
  }
}
