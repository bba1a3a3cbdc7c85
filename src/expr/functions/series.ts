/** Series as lists: what generate_series(start, stop [, step]) gives as rows, and range, which leaves out the stop. */
import { SqlError, unsupported } from '../../core/errors.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  INTEGER,
  INTERVAL,
  TIMESTAMP,
  TIMESTAMPTZ,
  isInteger,
  listOf,
} from '../../core/types.ts'
import { asDecimal, commonType } from '../coerce.ts'
import type { IntervalValue, LiteralValue } from '../expr.ts'
import { addToLocal, localToUtc, utcToLocal } from '../values/calendar.ts'
import { rescale } from '../values/decimal.ts'
import { MICROS_PER_DAY } from '../values/interval.ts'
import { define } from './define.ts'
import type { ScalarFunction, SessionValues, Signature } from './function.ts'

/** The list is held as a whole, so its length is bounded. */
const LENGTH_MAX = 1_000_000

function resolve(fewest: number): ScalarFunction['resolve'] {
  return (args) => {
    if (args.length < fewest || args.length > 4) return null
    const [first, , step] = args
    if (step?.kind === 'interval' || (first !== undefined && (first.kind === 'timestamp' || first.kind === 'date'))) {
      return resolveTimes(args)
    }
    if (args.length > 3) return null
    const common = commonType(args)
    if (common === null) return null
    const whole = common.kind === 'null' || common.kind === 'tinyint' || common.kind === 'smallint' ? INTEGER : common
    const type = isInteger(whole) ? (whole.kind === 'integer' ? INTEGER : BIGINT) : asDecimal(whole)
    return type && { args: args.map(() => type), result: listOf(type) }
  }
}

/** Timestamps with an interval as the step; a fourth argument is the time zone. */
function resolveTimes(args: readonly DataType[]): Signature | null {
  const common = commonType(args.slice(0, 2))
  if (common === null || args.length < 3 || args.length > 4) return null
  const isZoned = common.kind === 'null' || (common.kind === 'timestamp' && common.zone)
  if (common.kind !== 'timestamp' && common.kind !== 'date' && common.kind !== 'null') return null
  const type = isZoned ? TIMESTAMPTZ : TIMESTAMP
  if (args.length === 4 && !isZoned) return null
  return {
    args: [type, type, INTERVAL, ...args.slice(3).map((): DataType => ({ kind: 'varchar' }))],
    result: listOf(type),
  }
}

type Args = readonly [LiteralValue, LiteralValue?, LiteralValue?, string?]

function series(args: Args, types: Signature, session: SessionValues, isOpen: boolean): LiteralValue {
  const [type] = types.args as readonly [DataType]
  if (type.kind === 'timestamp')
    return times(args as readonly [bigint, bigint, IntervalValue, string?], type, session, isOpen)
  const one = type.kind === 'decimal' ? rescale(1n, 0, type.scale) : 1n
  const numbers = args.map((arg) => BigInt(arg as number | bigint))
  const [start, stop, step] =
    numbers.length === 1 ? [0n, numbers[0]!, one] : [numbers[0]!, numbers[1]!, numbers[2] ?? one]
  if (step === 0n) throw new SqlError('22023', 'step size cannot equal zero')
  const span = step > 0n ? stop - start : start - stop
  const width = step > 0n ? step : -step
  const last = isOpen ? span - 1n : span
  if (last < 0n) return []
  const count = last / width + 1n
  if (count > BigInt(LENGTH_MAX)) throw tooLong()
  const items = Array.from({ length: Number(count) }, (_, i) => start + BigInt(i) * step)
  return type.kind === 'integer' ? items.map(Number) : items
}

function tooLong(): SqlError {
  return unsupported(`a series of more than ${LENGTH_MAX} values`)
}

function times(
  [start, stop, step, zone]: readonly [bigint, bigint, IntervalValue, string?],
  type: DataType & { kind: 'timestamp' },
  session: SessionValues,
  isOpen: boolean,
): readonly bigint[] {
  const size = BigInt(step.months * 30 + step.days) * MICROS_PER_DAY + step.micros
  if (size === 0n) throw new SqlError('22023', 'step size cannot equal zero')
  const timeZone = zone ?? session.timeZone
  const next = (at: bigint): bigint => {
    // Hours are as long where clocks are set back.
    if (!type.zone || (step.months === 0 && step.days === 0)) return addToLocal(at, step)
    const local = addToLocal(utcToLocal(at, timeZone), { ...step, micros: 0n })
    return localToUtc(local, timeZone) + step.micros
  }
  const items: bigint[] = []
  const isWithin = (at: bigint): boolean => (size > 0n ? at < stop : at > stop) || (at === stop && !isOpen)
  for (let at = start; isWithin(at); at = next(at)) {
    if (items.length >= LENGTH_MAX) throw tooLong()
    items.push(at)
  }
  return items
}

export const seriesFunctions: readonly ScalarFunction[] = [
  define(
    'nested',
    'series_list',
    'What `generate_series(start, stop [, step])` gives as rows: numbers, or timestamps with an interval as the step.',
    ['series_list(1, 7, 3)', '{1,4,7}'],
    resolve(2),
    (args: Args, types, session) => series(args, types, session, false),
    { volatility: 'stable' },
  ),
  define(
    'nested',
    'range',
    'The numbers from start (0) up to stop, without it; the step is 1 unless given. As rows in FROM.',
    ['range(2, 5)', '{2,3,4}'],
    resolve(1),
    (args: Args, types, session) => series(args, types, session, true),
    { volatility: 'stable' },
  ),
  define(
    'nested',
    'subscripts_list',
    'What `generate_subscripts(list, dimension [, reverse])` gives as rows: the places of a list.',
    ['subscripts_list(ARRAY[7, 8], 1)', '{1,2}'],
    ([list, dimension, reverse, ...rest]) => {
      if (list?.kind !== 'list' || dimension === undefined || rest.length > 0) return null
      return { args: [list, INTEGER, ...(reverse === undefined ? [] : [BOOLEAN])], result: listOf(INTEGER) }
    },
    ([list, dimension, reverse = false]: readonly [readonly LiteralValue[], number, boolean?]) => {
      let items: LiteralValue = list
      for (let depth = 1; depth < dimension; depth++)
        items = Array.isArray(items) ? ((items[0] as LiteralValue) ?? null) : null
      const places = Array.isArray(items) && dimension >= 1 ? items.map((_, i) => i + 1) : []
      return reverse ? places.toReversed() : places
    },
  ),
]
