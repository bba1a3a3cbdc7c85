/** Numbers of JSON as PostgreSQL's numeric computes with them: exact, quotients with 16 digits that count. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { JsonNumber } from '../values/json.ts'
import { divideRounded, formatDecimal, parseDecimal, powerOfTen, rescale } from '../values/decimal.ts'
import { quotientScale } from '../values/quotient-scale.ts'
import type { ArithmeticSign } from './syntax.ts'

interface Exact {
  readonly value: bigint
  readonly scale: number
}

/** Digits before or behind the point that are computed with. */
const DIGITS_MAX = 1000

export function exactOf({ text }: JsonNumber): Exact {
  const exponent = /[eE]([+-]?\d+)$/.exec(text)?.[1]
  if (text.length > DIGITS_MAX || Math.abs(Number(exponent ?? 0)) > DIGITS_MAX) {
    throw unsupported('a number of so many digits in a jsonpath')
  }
  const { value, scale } = parseDecimal(text)!
  return scale < 0 ? { value: value * powerOfTen(-scale), scale: 0 } : { value, scale }
}

export function numberOf({ value, scale }: Exact): JsonNumber {
  return new JsonNumber(formatDecimal(value, scale))
}

/** 22012. */
export function computeExact(op: ArithmeticSign, a: JsonNumber, b: JsonNumber): JsonNumber {
  const [x, y] = [exactOf(a), exactOf(b)]
  const scale = Math.max(x.scale, y.scale)
  const [left, right] = [rescale(x.value, x.scale, scale), rescale(y.value, y.scale, scale)]
  if ((op === '/' || op === '%') && right === 0n) throw new SqlError('22012', 'division by zero')
  switch (op) {
    case '+':
      return numberOf({ value: left + right, scale })
    case '-':
      return numberOf({ value: left - right, scale })
    case '*':
      return numberOf({ value: x.value * y.value, scale: x.scale + y.scale })
    case '%':
      return numberOf({ value: left % right, scale })
    case '/': {
      const digits = quotientScale(x, y)
      return numberOf({ value: divideRounded(left * powerOfTen(digits), right), scale: digits })
    }
  }
}

/** Less than, equal to or greater than 0, as a is to b. */
export function compareExact(a: JsonNumber, b: JsonNumber): number {
  const [x, y] = [exactOf(a), exactOf(b)]
  const scale = Math.max(x.scale, y.scale)
  const difference = rescale(x.value, x.scale, scale) - rescale(y.value, y.scale, scale)
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Up (`towards` 1) or down (-1) to a whole number. */
export function wholeExact(number: JsonNumber, towards: 1 | -1): JsonNumber {
  const { value, scale } = exactOf(number)
  const unit = powerOfTen(scale)
  const whole = value / unit
  const rest = value - whole * unit
  const away = towards === 1 ? rest > 0n : rest < 0n
  return numberOf({ value: away ? whole + BigInt(towards) : whole, scale: 0 })
}

/** The whole part, toward zero. */
export function integerOf(number: JsonNumber): number {
  const { value, scale } = exactOf(number)
  return Number(value / powerOfTen(scale))
}
