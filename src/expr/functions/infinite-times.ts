/**
 * What functions and operators give for infinite dates, timestamps and intervals (PostgreSQL 17). The functions themselves and their kernels count days and
 * micros, so they are asked for finite values only: `knowingInfinity` answers for the others.
 *
 *   infinity + interval = infinity      infinity - infinity = error      extract: monotonic fields are infinite, the others NULL
 *   what is not listed here: NULL
 */
import { SqlError } from '../../core/errors.ts'
import { type InfinitySign, hasInfinity, infinityOf, infinitySign } from '../../core/infinity.ts'
import type { DataType } from '../../core/types.ts'
import type { Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../expr.ts'
import { timeFieldOf } from '../values/time-fields.ts'
import type { EvaluateContext, ScalarFunction, SessionValues, Signature } from './function.ts'

/** A call with at least one infinite argument. */
interface InfiniteCall {
  readonly entry: ScalarFunction
  readonly args: readonly LiteralValue[]
  readonly types: Signature
  /** Of each argument. */
  readonly signs: readonly InfinitySign[]
  readonly session: SessionValues
}

type Answer = (call: InfiniteCall) => LiteralValue

/** The function, also for infinite arguments. */
export function knowingInfinity(entry: ScalarFunction): ScalarFunction {
  const answer = Object.hasOwn(ANSWERS, entry.name) ? ANSWERS[entry.name]! : entry.category === 'time' ? noValue : null
  if (answer === null) return entry
  const scalar: ScalarFunction['scalar'] = (args, types, session) => {
    if (!types.args.some(hasInfinity)) return entry.scalar(args, types, session)
    const signs = types.args.map((type, i) => infinitySign(args[i], type))
    if (signs.every((sign) => sign === 0)) return entry.scalar(args, types, session)
    return answer({ entry, args, types, signs, session })
  }
  if (entry.evaluate === undefined) return { ...entry, scalar }
  return {
    ...entry,
    scalar,
    evaluate: (context, args, rowCount, types, validity) =>
      types.args.some((type, i) => hasInfinity(type) && mayBeInfinite(context, args[i]!, rowCount))
        ? null
        : entry.evaluate!(context, args, rowCount, types, validity),
  }
}

/** Whether a vector of dates, timestamps or intervals has the extremes of its storage; also below NULLs. */
export function mayBeInfinite({ kernels }: EvaluateContext, vector: Vector, rowCount: number): boolean {
  if (vector.encoding === 'dictionary') return true
  const { type, data, encoding } = vector
  const count = encoding === 'constant' ? 1 : rowCount
  if (type.kind === 'date') return kernels.scalar.hasInfiniteI32(data, count) !== 0
  if (type.kind === 'timestamp') return kernels.scalar.hasInfiniteI64(data, 8, count) !== 0
  // Micros are the second half of an interval.
  return type.kind === 'interval' && kernels.scalar.hasInfiniteI64(data + 8, 16, count) !== 0
}

function noValue(): null {
  return null
}

/** The argument itself. */
function same(index: number): Answer {
  return ({ args }) => args[index] ?? null
}

/** What the function says to a finite value there: an error of its other arguments. */
function checkFinite({ entry, args, types, session }: InfiniteCall): void {
  const finite = args.map((arg, i) => (infinitySign(arg, types.args[i]!) === 0 ? arg : finiteOf(types.args[i]!)))
  entry.scalar(finite, types, session)
}

function finiteOf({ kind }: DataType): LiteralValue {
  if (kind === 'date') return 0
  return kind === 'timestamp' ? 0n : { months: 0, days: 0, micros: 0n }
}

function outOfRange(what: string): SqlError {
  return new SqlError('22008', `${what} out of range`)
}

/** Fields that grow with time. */
const GROWING_OF_TIMES: ReadonlySet<string> = new Set([
  ...['year', 'decade', 'century', 'millennium', 'julian', 'isoyear', 'epoch'],
])
const GROWING_OF_INTERVALS: ReadonlySet<string> = new Set([
  ...['hour', 'day', 'year', 'decade', 'century', 'millennium', 'epoch'],
])

/** Whether EXTRACT gives an infinity, not NULL, for an infinite value. */
export function isGrowingField(field: string, type: DataType): boolean {
  return (type.kind === 'interval' ? GROWING_OF_INTERVALS : GROWING_OF_TIMES).has(field)
}

const datePart: Answer = (call) => {
  const [word] = call.args as readonly [string]
  checkFinite(call)
  const field = timeFieldOf(word)
  return field !== null && isGrowingField(field, call.types.args[1]!) ? call.signs[1]! * Infinity : null
}

function extract(field: string): Answer {
  return (call) => {
    checkFinite(call)
    if (!isGrowingField(field, call.types.args[0]!)) return null
    throw new SqlError(
      '22003',
      `${field} of an infinite ${call.types.args[0]!.kind} is infinite, which its type cannot hold`,
      {
        hint: `Use date_part('${field}', ...), which gives a double.`,
      },
    )
  }
}

/** The infinity of a sum: that of either side, but not both against each other. */
function sumOf(a: InfinitySign, b: InfinitySign, type: DataType): LiteralValue {
  if (a !== 0 && b !== 0 && a !== b) throw outOfRange(type.kind === 'interval' ? 'interval' : 'timestamp')
  return infinityOf(type, (a === 0 ? b : a) as -1 | 1)
}

function differenceOf(a: InfinitySign, b: InfinitySign): LiteralValue {
  if (a === b) throw outOfRange('interval')
  return infinityOf({ kind: 'interval' }, (a === 0 ? -b : a) as -1 | 1)
}

function addition(sign: 1 | -1): Answer {
  return ({ types, signs }) => {
    const [left, right] = types.args as readonly [DataType, DataType]
    const [a, b] = signs as readonly [InfinitySign, InfinitySign]
    if (left.kind === 'date' && right.kind === 'date') throw new SqlError('22008', 'cannot subtract infinite dates')
    if ([left, right].some(({ kind }) => kind === 'time' || kind === 'timetz') && types.result.kind !== 'timestamp') {
      const what = sign > 0 ? 'add infinite interval to time' : 'subtract infinite interval from time'
      throw new SqlError('22008', `cannot ${what}`)
    }
    if (left.kind === 'timestamp' && right.kind === 'timestamp') return differenceOf(a, b)
    return sumOf(a, (sign * b) as InfinitySign, types.result)
  }
}

const scaled: Answer = ({ entry, args, types, signs }) => {
  const at = types.args.findIndex(({ kind }) => kind === 'interval')
  const factor = args[1 - at] as number
  const isDivided = entry.name === 'divide'
  if (isDivided && factor === 0) throw new SqlError('22012', 'division by zero')
  const isLost = Number.isNaN(factor) || (isDivided ? !Number.isFinite(factor) : factor === 0)
  if (isLost) throw outOfRange('interval')
  return infinityOf(types.result, (factor < 0 ? -signs[at]! : signs[at]!) as -1 | 1)
}

const age: Answer = ({ args, signs }) => {
  const [a, b] = args.length === 2 ? signs : [0 as const, signs[0]]
  return differenceOf(a!, b!)
}

const bin: Answer = ({ args, signs }) => {
  if (signs[0] !== 0) throw new SqlError('22008', 'timestamps cannot be binned into infinite intervals')
  if (signs[1] !== 0) return args[1]!
  throw new SqlError('22008', 'origin out of range')
}

const moved =
  (sign: 1 | -1): Answer =>
  ({ types, signs }) =>
    sumOf(signs[0]!, (sign * signs[1]!) as InfinitySign, types.result)

const endless: Answer = () => {
  throw new SqlError('22023', 'a series with an infinite start, stop or step does not end')
}

/** By the function's name. */
const ANSWERS: Readonly<Record<string, Answer>> = {
  add: addition(1),
  subtract: addition(-1),
  multiply: scaled,
  divide: scaled,
  negate: ({ types, signs }) => infinityOf(types.result, -signs[0]! as -1 | 1),
  date_part: datePart,
  // Whatever the unit is.
  date_trunc: same(1),
  age,
  timezone: ({ entry, args, types, signs, session }) => {
    checkFinite({ entry, args, types, signs, session })
    return args[1]!
  },
  isfinite: () => false,
  periods_overlap: ({ entry, args, types, session }) => entry.scalar(args, types, session),
  date_bin: bin,
  date_add: moved(1),
  date_subtract: moved(-1),
  justify_hours: same(0),
  justify_days: same(0),
  justify_interval: same(0),
  series_list: endless,
  range: endless,
  to_char: noValue,
  ...Object.fromEntries(
    [
      ...['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second', 'millisecond', 'microsecond', 'epoch'],
      ...['dow', 'isodow', 'doy', 'isoyear', 'decade', 'century', 'millennium', 'julian'],
    ].map((field) => [field, extract(field)]),
  ),
}
