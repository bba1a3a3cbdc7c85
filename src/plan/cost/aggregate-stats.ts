/**
 * How the results of aggregates are spread over the groups: what HAVING keeps, and how many groups a second GROUP BY finds.
 *
 * Groups are taken to have from one row to twice the mean number n, each size as often as the others; values to be spread evenly between
 * their bounds, with mean m and variance v:
 *
 *   count     mean n          variance s = ((2n - 1)^2 - 1) / 12
 *   sum(x)    mean n m        variance n v + s m^2
 *   avg(x)    mean m          variance v / n
 */
import type { Expr } from '../../expr/expr.ts'
import type { AggregateCall } from '../logical.ts'
import { type ColumnStats, unknownStats } from './column-stats.ts'

type StatsOf = (column: number) => ColumnStats | undefined

interface Groups {
  readonly groupCount: number
  /** Of the input. */
  readonly rowCount: number
  /** Of the input's columns. */
  readonly statsOf: StatsOf
}

/**
 * Conditions on groups are for groups of several rows. That there are fewer is mostly a key whose values are not as dense as their range,
 * which makes for too many groups.
 */
const GROUP_ROWS_MIN = 4

/** The statistics of `call` over the groups. */
export function aggregateStats(
  { name, args, filter }: AggregateCall,
  { groupCount, rowCount, statsOf }: Groups,
): ColumnStats {
  // Sums and counts of groups mostly differ from each other.
  const unknown: ColumnStats = { ...unknownStats(groupCount, groupCount * 0.5), isAggregate: true }
  if (filter !== null) return unknown
  const size = Math.max(rowCount / groupCount, GROUP_ROWS_MIN)
  const sizeVariance = ((2 * size - 1) ** 2 - 1) / 12
  if (name === 'count_star' || name === 'count') {
    const deviation = Math.sqrt(sizeVariance)
    const distinct = Math.max(1, Math.min(groupCount, Math.ceil(size + 3 * deviation)))
    return { ...unknownStats(groupCount, distinct), isAggregate: true, spread: { mean: size, deviation } }
  }
  const values = valuesOf(args[0], statsOf)
  if (values === undefined) return unknown
  const { mean, variance } = values
  if (name === 'sum') {
    const deviation = Math.sqrt(size * variance + sizeVariance * mean ** 2)
    return { ...unknown, spread: { mean: size * mean, deviation } }
  }
  return name === 'avg' ? { ...unknown, spread: { mean, deviation: Math.sqrt(variance / size) } } : unknown
}

function valuesOf(arg: Expr | undefined, statsOf: StatsOf): { mean: number; variance: number } | undefined {
  if (arg?.kind === 'cast') return valuesOf(arg.arg, statsOf)
  const stats = arg?.kind === 'column' ? statsOf(arg.id) : undefined
  if (stats?.min === undefined || stats.max === undefined) return undefined
  return { mean: (stats.min + stats.max) / 2, variance: (stats.max - stats.min) ** 2 / 12 }
}

/** The part of values with this mean and deviation that are above `bound`, if they are spread like a bell. */
export function fractionAbove(bound: number, { mean, deviation }: NonNullable<ColumnStats['spread']>): number {
  if (deviation <= 0) return bound < mean ? 1 : 0
  const distance = (bound - mean) / deviation
  // Bowling's logistic form of the normal distribution: within 1e-4 of it, and of the right order far out.
  return 1 / (1 + Math.exp(0.07056 * distance ** 3 + 1.5976 * distance))
}
