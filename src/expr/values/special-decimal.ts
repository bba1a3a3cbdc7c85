/**
 * NaN and the infinities of numeric: as JavaScript's own numbers beside the bigints of finite values, in decimals of more than 38 digits only
 * (core/wide-decimal.ts). Those of tables and kernels have none.
 */

/** Whether a value of a decimal type is NaN or infinite. */
export function isSpecialDecimal(value: unknown): value is number {
  return typeof value === 'number'
}

const WORDS: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Infinity,
  '+inf': Infinity,
  '-inf': -Infinity,
  infinity: Infinity,
  '+infinity': Infinity,
  '-infinity': -Infinity,
}

/** What a text says if it is one of them, in any case; null for all else. */
export function specialDecimalInText(text: string): number | null {
  if (text.length > 64) return null
  const word = text.trim().toLowerCase()
  return Object.hasOwn(WORDS, word) ? WORDS[word]! : null
}

/** Negative, zero or positive as a < b, a = b, a > b: NaN equals itself and is greater than all others. */
export function compareDecimals(a: bigint | number, b: bigint | number): number {
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0
  return rank(a) - rank(b)
}

function rank(value: bigint | number): number {
  if (typeof value === 'bigint') return 0
  return Number.isNaN(value) ? 2 : value > 0 ? 1 : -1
}
