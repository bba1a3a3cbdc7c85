/** How many digits PostgreSQL gives a quotient behind the point: 16 that count, by the sizes of both numbers. */
import { powerOfTen } from './decimal.ts'

interface Exact {
  readonly value: bigint
  readonly scale: number
}

/** The first four digits of a number and their weight, as PostgreSQL stores numbers (base 10,000); zero has weight 0. */
function leadingDigits({ value, scale }: Exact): { readonly weight: number; readonly first: number } {
  const size = value < 0n ? -value : value
  if (size === 0n) return { weight: 0, first: 0 }
  const weight = Math.floor((size.toString().length - 1 - scale) / 4)
  const shift = scale + 4 * weight
  const first = shift >= 0 ? size / powerOfTen(shift) : size * powerOfTen(-shift)
  return { weight, first: Number(first) }
}

/** The quotient is below 10^(4 * (weight + 1)). */
export function quotientWeight(dividend: Exact, divisor: Exact): number {
  const [a, b] = [leadingDigits(dividend), leadingDigits(divisor)]
  return a.weight - b.weight - (a.first <= b.first ? 1 : 0)
}

export function quotientScale(dividend: Exact, divisor: Exact): number {
  return Math.max(16 - quotientWeight(dividend, divisor) * 4, dividend.scale, divisor.scale, 0)
}
