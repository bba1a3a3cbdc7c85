/**
 * The registry of aggregate functions: names, types and documentation. The executor computes them by their name.
 *
 * Sums are wider than their input, so that they never wrap: integers add up in bigint, bigints and decimals in decimals of 38 digits.
 */
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  DECIMAL_DIGITS_MAX,
  DOUBLE,
  REAL,
  VARCHAR,
  decimal,
  isFloat,
  isNumeric,
} from '../../core/types.ts'
import { asDecimal } from '../coerce.ts'

/** What an aggregate is: a line of the table below. */
export interface AggregateFunction {
  /** The name in plans. Lower case. */
  readonly name: string
  readonly aliases?: readonly string[]
  /** One sentence for the generated documentation. */
  readonly description: string
  /** SQL over a table `t` with a column `x` of the integers 1, 2 and 4, and what it gives. */
  readonly example: { readonly sql: string; readonly result: string }
  /** Argument and result types for an argument of the type; null when it does not take it. */
  resolve(type: DataType): { readonly arg: DataType; readonly result: DataType } | null
}

type Resolve = AggregateFunction['resolve']

/** Decimal places of an average, if its whole digits leave the room: as many as PostgreSQL shows for small numbers. */
const AVERAGE_SCALE = 16

const sumOf: Resolve = (type) => {
  switch (type.kind) {
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'utinyint':
    case 'usmallint':
      return { arg: type, result: BIGINT }
    case 'bigint':
    case 'uinteger':
    case 'ubigint':
      return { arg: type, result: decimal(DECIMAL_DIGITS_MAX, 0) }
    case 'decimal':
      return { arg: type, result: decimal(DECIMAL_DIGITS_MAX, type.scale) }
    case 'half':
    case 'real':
      return { arg: REAL, result: REAL }
    case 'double':
    case 'null':
      return { arg: DOUBLE, result: DOUBLE }
    default:
      return null
  }
}

const averageOf: Resolve = (type) => {
  if (isFloat(type) || type.kind === 'null') return { arg: DOUBLE, result: DOUBLE }
  const exact = asDecimal(type)
  if (exact === null) return null
  const whole = exact.precision - exact.scale
  // Sums have a precision of all digits, whatever their size: leaving averages of them no more places would round what fits easily.
  const room = exact.precision === DECIMAL_DIGITS_MAX ? AVERAGE_SCALE : DECIMAL_DIGITS_MAX - whole
  const scale = Math.max(exact.scale, Math.min(AVERAGE_SCALE, room))
  return { arg: type, result: decimal(DECIMAL_DIGITS_MAX, scale) }
}

const NOT_ORDERED: readonly DataType['kind'][] = ['list', 'map', 'struct']

const extremeOf: Resolve = (type) => {
  if (type.kind === 'null') return { arg: VARCHAR, result: VARCHAR }
  return NOT_ORDERED.includes(type.kind) ? null : { arg: type, result: type }
}

const anyOf: Resolve = (type) =>
  type.kind === 'null' ? { arg: VARCHAR, result: VARCHAR } : { arg: type, result: type }

const truthOf: Resolve = (type) =>
  type.kind === 'boolean' || type.kind === 'null' ? { arg: BOOLEAN, result: BOOLEAN } : null

const momentOf: Resolve = (type) => (isNumeric(type) || type.kind === 'null' ? { arg: DOUBLE, result: DOUBLE } : null)

const AGGREGATES: readonly AggregateFunction[] = [
  {
    name: 'count',
    description: 'How many values are not NULL; `count(*)` counts rows.',
    example: { sql: 'count(x)', result: '3' },
    resolve: (type) => ({ arg: type.kind === 'null' ? VARCHAR : type, result: BIGINT }),
  },
  {
    name: 'sum',
    description: 'The sum of the values that are not NULL; NULL when there is none.',
    example: { sql: 'sum(x)', result: '7' },
    resolve: sumOf,
  },
  {
    name: 'avg',
    aliases: ['mean'],
    description: 'The average of the values that are not NULL: an exact decimal for integers and decimals.',
    example: { sql: 'avg(x)', result: '2.3333333333333333' },
    resolve: averageOf,
  },
  {
    name: 'min',
    description: 'The least value; NaN counts as the greatest.',
    example: { sql: 'min(x)', result: '1' },
    resolve: extremeOf,
  },
  {
    name: 'max',
    description: 'The greatest value; NaN counts as the greatest.',
    example: { sql: 'max(x)', result: '4' },
    resolve: extremeOf,
  },
  {
    name: 'any_value',
    aliases: ['first', 'arbitrary'],
    description: 'Some value that is not NULL.',
    example: { sql: 'any_value(x / x)', result: '1' },
    resolve: anyOf,
  },
  {
    name: 'bool_and',
    aliases: ['every'],
    description: 'Whether all values that are not NULL are true.',
    example: { sql: 'bool_and(x > 1)', result: 'false' },
    resolve: truthOf,
  },
  {
    name: 'bool_or',
    aliases: ['some'],
    description: 'Whether some value is true.',
    example: { sql: 'bool_or(x > 1)', result: 'true' },
    resolve: truthOf,
  },
  {
    name: 'stddev_samp',
    aliases: ['stddev', 'std'],
    description: 'The sample standard deviation; NULL for fewer than two values.',
    example: { sql: 'stddev_samp(x)', result: '1.5275252316519468' },
    resolve: momentOf,
  },
  {
    name: 'stddev_pop',
    description: 'The standard deviation of the whole population.',
    example: { sql: 'stddev_pop(x)', result: '1.247219128924647' },
    resolve: momentOf,
  },
  {
    name: 'var_samp',
    aliases: ['variance'],
    description: 'The sample variance; NULL for fewer than two values.',
    example: { sql: 'var_samp(x)', result: '2.3333333333333335' },
    resolve: momentOf,
  },
  {
    name: 'var_pop',
    description: 'The variance of the whole population.',
    example: { sql: 'var_pop(x)', result: '1.5555555555555556' },
    resolve: momentOf,
  },
]

const byName = new Map<string, AggregateFunction>()
for (const entry of AGGREGATES) {
  for (const name of [entry.name, ...(entry.aliases ?? [])]) byName.set(name, entry)
}

/** Names and aliases of all aggregates, in the order of their documentation. */
export function aggregateNames(): readonly string[] {
  return [...byName.keys()]
}

/** The aggregate of this name or alias (lower case). */
export function aggregateByName(name: string): AggregateFunction | undefined {
  return byName.get(name)
}

export interface ResolvedAggregate {
  /** The name in plans; `count_star` for `count(*)`. */
  readonly name: string
  /** The types to convert the arguments to. */
  readonly args: readonly DataType[]
  readonly result: DataType
}

/** The aggregate that `name` means for arguments of these types (`star`: for `*`); null when there is none. */
export function resolveAggregate(name: string, args: readonly DataType[], star: boolean): ResolvedAggregate | null {
  const entry = byName.get(name)
  if (entry === undefined) return null
  if (star || (entry.name === 'count' && args.length === 0)) {
    return entry.name === 'count' && args.length === 0 ? { name: 'count_star', args: [], result: BIGINT } : null
  }
  const [type] = args
  if (type === undefined || args.length !== 1) return null
  const resolved = entry.resolve(type)
  return resolved && { name: entry.name, args: [resolved.arg], result: resolved.result }
}
