/** The only place that turns 64-bit values into JavaScript numbers. */
import { SluiceError } from './errors.ts'

/** `value` as a number when that is exact, else an error naming `what` (XX001: such values come from files). */
export function toSafeNumber(value: bigint, what: string): number {
  const number = Number(value)
  if (!Number.isSafeInteger(number)) throw new SluiceError('XX001', `${what} is out of range: ${value}`)
  return number
}

/** Nearest double: for estimates and statistics only, never for values. */
export function toApproximateNumber(value: bigint): number {
  return Number(value)
}

/** The i128 whose low and high 64 bits are given. */
export function joinInt128(low: bigint, high: bigint): bigint {
  return (high << 64n) | BigInt.asUintN(64, low)
}

export function lowWord(value: bigint): bigint {
  return BigInt.asIntN(64, value)
}

export function highWord(value: bigint): bigint {
  return BigInt.asIntN(64, value >> 64n)
}
