/** What arithmetic and functions of numbers give for NaN and infinite decimals, as PostgreSQL's numeric; where nothing is listed they are refused. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, isWideDecimal } from '../../core/types.ts'
import type { LiteralValue } from '../expr.ts'
import { isSpecialDecimal } from '../values/special-decimal.ts'
import type { ScalarFunction } from './function.ts'
import { divisionByZero } from './number-arithmetic.ts'

/** `values`: of infinities and NaN themselves, of finite decimals their sign. `finite`: the argument that is not special, where there is one. */
type Answer = (values: readonly number[], args: readonly LiteralValue[]) => LiteralValue

/** The function, also for decimals that are not finite. */
export function knowingSpecialDecimals(entry: ScalarFunction): ScalarFunction {
  const known = Object.hasOwn(ANSWERS, entry.name) ? ANSWERS[entry.name]! : null
  if (known === null && entry.category !== 'math') return entry
  return {
    ...entry,
    scalar(args, types, session) {
      if (!types.args.some((type, i) => isSpecial(args[i], type))) return entry.scalar(args, types, session)
      if (known === null) throw unsupported(`${entry.name} of a decimal that is NaN or infinite`)
      const result = known(
        args.map((arg, i) => sizeOf(arg!, types.args[i]!)),
        args,
      )
      // A finite zero is one of the result's type.
      return result === 0 && types.result.kind === 'decimal' ? 0n : result
    },
  }
}

function isSpecial(value: LiteralValue | undefined, type: DataType): boolean {
  return isWideDecimal(type) && isSpecialDecimal(value)
}

function sizeOf(value: LiteralValue, type: DataType): number {
  if (type.kind !== 'decimal' || isSpecialDecimal(value)) return Number(value)
  return (value as bigint) > 0n ? 1 : (value as bigint) < 0n ? -1 : 0
}

const first: Answer = ([a]) => a!

const ANSWERS: Readonly<Record<string, Answer>> = {
  add: ([a, b]) => a! + b!,
  subtract: ([a, b]) => a! - b!,
  multiply: ([a, b]) => a! * b!,
  divide: ([a, b]) => {
    if (b === 0 && !Number.isNaN(a)) throw divisionByZero()
    return Math.abs(b!) === Infinity && Number.isFinite(a) ? 0 : a! / b!
  },
  modulo: ([a, b], args) => {
    if (b === 0 && !Number.isNaN(a)) throw divisionByZero()
    // Nothing is taken off what is finite.
    return Number.isFinite(a) && Math.abs(b!) === Infinity ? args[0]! : Number.NaN
  },
  negate: ([a]) => -a!,
  abs: ([a]) => Math.abs(a!),
  sign: ([a]) => (Number.isNaN(a) ? Number.NaN : BigInt(Math.sign(a!))),
  ceil: first,
  floor: first,
  round: first,
  trunc: first,
  trim_scale: first,
  scale: () => null,
  min_scale: () => null,
  to_char: () => {
    throw new SqlError('0A000', 'to_char of a decimal that is NaN or infinite is not supported')
  },
}
