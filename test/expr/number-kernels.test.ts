/** Functions of numbers and times, and casts, by kernels give what the reference gives: around the ends of types, halves, zeroes, and odd calendars. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type DataType,
  BIGINT,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
  decimal,
} from '../../src/core/types.ts'
import { type Expr, type LiteralValue, input, literal } from '../../src/expr/expr.ts'
import { functionByName } from '../../src/expr/functions/index.ts'
import { callOf, check } from './check-vectors.ts'
import { type RandomColumn, SESSION, valueOf } from './random-batches.ts'

const ROWS = 24

type Values = fc.Arbitrary<LiteralValue>
type Arg = readonly [DataType, Values]

const nice: Values = fc.oneof(
  fc.double({ min: -1000, max: 1000, noNaN: true }),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => n / 200),
  fc.integer({ min: -10_000_000, max: 10_000_000 }).map((n) => n / 1000),
  fc.constantFrom(0, -0, 0.5, 1.5, 2.5, -0.5, -2.5, 1.005, 2.675, 1e-5, 1e15, 123456789.125, 0.1, 1 / 3),
)
const doubles: Arg = [DOUBLE, fc.oneof({ weight: 30, arbitrary: nice }, { weight: 1, arbitrary: valueOf(DOUBLE) })]
const positive: Arg = [
  DOUBLE,
  fc.oneof(fc.double({ min: 1e-9, max: 500, noNaN: true }), fc.constantFrom(1, 2, 0.5, 10)),
]
const unit: Arg = [DOUBLE, fc.double({ min: -1, max: 1, noNaN: true })]
const integers: Arg = [
  INTEGER,
  fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.constantFrom(0x7fff_ffff, -0x7fff_ffff)),
]
const anyIntegers: Arg = [INTEGER, valueOf(INTEGER)]
const bigs: Arg = [BIGINT, fc.oneof(fc.bigInt({ min: -1000n, max: 1000n }), valueOf(BIGINT))]
const money = decimal(15, 2)
const moneys: Arg = [money, valueOf(money)]
const shares: Arg = [decimal(10, 4), fc.bigInt({ min: -99_999n, max: 99_999n })]
const full: Arg = [decimal(18, 4), valueOf(decimal(18, 4))]
const wide: Arg = [
  decimal(38, 10),
  fc.oneof(fc.bigInt({ min: -(10n ** 17n), max: 10n ** 17n }), valueOf(decimal(38, 10))),
]
const digits: Arg = [INTEGER, fc.integer({ min: -4, max: 6 })]
const dates: Arg = [DATE, fc.oneof(valueOf(DATE), fc.integer({ min: -720_000, max: -718_000 }))]
const stamps: Arg = [TIMESTAMP, valueOf(TIMESTAMP)]
const zoned: Arg = [
  TIMESTAMPTZ,
  // The clocks of Berlin changed at 01:00 UTC on 2023-03-26.
  fc.oneof(
    valueOf(TIMESTAMPTZ),
    fc.bigInt({ min: -7200_000_000n, max: 7200_000_000n }).map((n) => 1_679_792_400_000_000n + n),
  ),
]
const nanos: Arg = [
  { kind: 'timestamp', unit: 'ns', zone: false },
  valueOf({ kind: 'timestamp', unit: 'ns', zone: false }),
]
const times: Arg = [TIME, fc.oneof(valueOf(TIME), fc.constant(86_400_000_000n))]
const intervals: Arg = [INTERVAL, valueOf(INTERVAL)]
const texts: Arg = [VARCHAR, fc.constantFrom('a', 'b', 'ab', '', 'é', 'longer than sixteen bytes')]
const word = (...words: string[]): Arg => [VARCHAR, fc.constantFrom(...words)]
const units = word(
  'week',
  'month',
  'quarter',
  'year',
  'decade',
  'century',
  'millennium',
  'day',
  'hour',
  'minute',
  'second',
  'ms',
)
const fields = word(
  'year',
  'doy',
  'week',
  'isodow',
  'dow',
  'hour',
  'minute',
  'second',
  'ms',
  'us',
  'epoch',
  'century',
  'month',
)

const patterns = word(
  ...[
    'YYYY-MM-DD HH24:MI:SS',
    'YYYY"-W"ID Q DDD D',
    'FMMonth, Mon MON mon Day dy',
    'HH12:MI:SS.MS AM pm',
    'US YY',
    'FMDD',
    'DDth',
    'TZ OF',
    '',
  ],
)

/** Functions with their arguments; the second and later ones are constants in half of the runs. */
const CASES: readonly (readonly [string, ...Arg[]])[] = [
  ...['floor', 'ceil', 'round', 'trunc', 'abs', 'sign', 'negate'].flatMap((name) =>
    [doubles, integers, anyIntegers, bigs, moneys, full, wide].map((arg) => [name, arg] as const),
  ),
  ...['round', 'trunc'].flatMap((name) => [doubles, integers, moneys, full].map((arg) => [name, arg, digits] as const)),
  ...['sqrt', 'cbrt', 'exp', 'ln', 'log', 'log2', 'degrees', 'radians'].map((name) => [name, positive] as const),
  ...['sin', 'cos', 'tan', 'asin', 'acos', 'atan', 'sqrt', 'ln'].map((name) => [name, unit] as const),
  ['power', positive, unit],
  ['power', doubles, [DOUBLE, fc.constantFrom(0, 1, 2, 3)]],
  ['log', positive, positive],
  ['atan2', doubles, doubles],
  ['modulo', doubles, positive],
  ['divide', moneys, shares],
  ['divide', full, moneys],
  ['divide', wide, moneys],
  ['divide', moneys, [decimal(5, 0), fc.constantFrom(1n, 2n, 3n, 7n, -3n, 99_999n)]],
  ['modulo', moneys, shares],
  ['modulo', moneys, [decimal(5, 2), fc.bigInt({ min: 1n, max: 99_999n })]],
  ...['greatest', 'least', 'nullif'].flatMap((name) =>
    [doubles, integers, bigs, moneys, wide, texts, dates, intervals].map((arg) => [name, arg, arg] as const),
  ),
  ['greatest', integers, integers, integers],
  ...[
    'isodow',
    'doy',
    'week',
    'isoyear',
    'decade',
    'century',
    'millennium',
    'julian',
    'year',
    'month',
    'epoch',
  ].flatMap((name) => [dates, stamps, zoned, nanos].map((arg) => [name, arg] as const)),
  ...['hour', 'minute', 'second', 'millisecond', 'microsecond', 'epoch'].flatMap((name) =>
    [stamps, zoned, nanos, times].map((arg) => [name, arg] as const),
  ),
  ...[dates, stamps, zoned].map((arg) => ['date_part', fields, arg] as const),
  ...[stamps, zoned, nanos, intervals].map((arg) => ['date_trunc', units, arg] as const),
  ['date_trunc', units, zoned, word('UTC', 'Europe/Berlin', 'America/New_York', '+05:30')],
  ...['add', 'subtract'].flatMap((name) => [stamps, zoned, dates].map((arg) => [name, arg, intervals] as const)),
  ...[stamps, zoned].map((arg) => ['to_char', arg, patterns] as const),
  ['to_timestamp', doubles],
  ['interval_key', intervals],
  ['multiply', intervals, [DOUBLE, fc.constantFrom(0, 1, -3, 2.5, 1e6, 7)]],
  ['multiply', [DOUBLE, fc.integer({ min: -9, max: 9 })], intervals],
]

const CASTS: readonly (readonly [Arg, DataType])[] = [
  ...[integers, bigs, moneys, full, doubles, dates, stamps, zoned, nanos].map((arg) => [arg, VARCHAR] as const),
  ...[INTEGER, BIGINT, { kind: 'smallint' } as const, decimal(15, 2), decimal(18, 6), decimal(4, 1)].flatMap((to) =>
    [doubles, unit, moneys, full].map((arg) => [arg, to] as const),
  ),
  ...[INTEGER, BIGINT, DOUBLE, decimal(15, 2)].map(
    (to) => [word('12', '-7', '3.25', '0.005', '1e3', ' 9 ', '999999999', '007'), to] as const,
  ),
  [word('2020-02-29', '1999-12-31', '0044-03-15 BC', '20200131', '2020/1/5'), DATE],
  [word('2020-02-29 10:20:30', '1999-12-31T23:59:59.123456', '2020-01-05', '1994-01-05 12:00:00.5'), TIMESTAMP],
  [word('2020-02-29 10:20:30+01', '1999-12-31T23:59:59.123456Z', '2020-01-05 00:00:00'), TIMESTAMPTZ],
  ...[INTEGER, DOUBLE, decimal(9, 2)].map(
    (to) => [word('x', '12', '', '99999999999', 'NaN', 'inf', 'Infinity', '\u00a07', 'E5', '.5e1', 'é'), to] as const,
  ),
]

function columnOf([type, values]: Arg): fc.Arbitrary<RandomColumn> {
  const nullable = fc.oneof({ weight: 6, arbitrary: values }, { weight: 1, arbitrary: fc.constant(null) })
  return fc
    .tuple(
      fc.oneof(
        fc.array(nullable, { minLength: ROWS, maxLength: ROWS }),
        fc.array(values, { minLength: ROWS, maxLength: ROWS }),
      ),
      fc.constantFrom('flat' as const, 'flat' as const, 'dictionary' as const),
    )
    .map(([column, encoding]) => ({ type, values: column, encoding }))
}

const typeText = (type: DataType): string => JSON.stringify(type)

describe('kernels of numbers and times', () => {
  it.each(
    CASES.map(
      ([name, ...args], i) => [`${name}(${args.map(([type]) => typeText(type)).join()}) ${i}`, name, args] as const,
    ),
  )('%s', (_, name, args) => {
    // A word is always constant, and something must be a column.
    const isConstant = (i: number, flag: boolean): boolean =>
      args[i]![0].kind === 'varchar' && /^date_|to_char/.test(name) ? true : flag && i > 0
    const columns = args.map((arg) => fc.tuple(columnOf(arg), arg[1], fc.boolean()))
    fc.assert(
      fc.property(fc.tuple(...columns), (chosen) => {
        const exprs: Expr[] = chosen.map(([{ type }, constant, flag], i) =>
          isConstant(i, flag && args.length === 2 && name !== 'date_trunc') ? literal(constant, type) : input(i, type),
        )
        const expr = callOf(name, exprs)
        if (expr === null) return
        check(
          expr,
          chosen.map(([column]) => column),
          ROWS,
        )
      }),
      { numRuns: 14 },
    )
  })

  it.each(CASTS.map(([arg, to], i) => [`${typeText(arg[0])} to ${typeText(to)} ${i}`, arg, to] as const))(
    'cast of %s',
    (_, arg, to) => {
      fc.assert(
        fc.property(columnOf(arg), fc.boolean(), (column, isTry) => {
          check({ kind: 'cast', arg: input(0, arg[0]), type: to, try: isTry }, [column], ROWS)
        }),
        { numRuns: 20 },
      )
    },
  )
})

it('the start of a millennium that nanoseconds do not reach is an error, no other time', () => {
  const [type] = nanos
  const truncate = functionByName('date_trunc')!
  const types = { args: [VARCHAR, type], result: type }
  expect(() => truncate.scalar(['millennium', 0n], types, SESSION)).toThrow('timestamp out of range')
})
