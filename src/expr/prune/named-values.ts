/** Conjuncts that name the values of a column one by one. */
import type { Expr, LiteralValue } from '../expr.ts'

export interface NamedValues {
  /** The column, as `input` expressions call it. */
  readonly input: number
  /** In no order, perhaps more than once; NULL, which equals nothing, is left out. */
  readonly values: readonly LiteralValue[]
}

/** `x = 1`, `1 = x`, `x IN (1, 2)`; undefined for any other conjunct. */
export function namedValues(conjunct: Expr): NamedValues | undefined {
  if (conjunct.kind === 'in') {
    if (conjunct.negated || conjunct.arg.kind !== 'input') return undefined
    return {
      input: conjunct.arg.index,
      values: conjunct.values.flatMap(({ value }) => (value === null ? [] : [value])),
    }
  }
  if (conjunct.kind !== 'call' || conjunct.name !== 'eq') return undefined
  const [first, second] = conjunct.args
  const [column, constant] = first?.kind === 'input' ? [first, second] : [second, first]
  if (column?.kind !== 'input' || constant?.kind !== 'literal') return undefined
  return { input: column.index, values: constant.value === null ? [] : [constant.value] }
}

const sorted = new WeakMap<Expr, BigInt64Array>()

/** The same for a bigint column, ascending and each once; found once a conjunct. */
export function namedIntegers(conjunct: Expr): { readonly input: number; readonly values: BigInt64Array } | undefined {
  const named = namedValues(conjunct)
  if (named === undefined) return undefined
  let values = sorted.get(conjunct)
  if (values === undefined) {
    if (!named.values.every((value) => typeof value === 'bigint')) return undefined
    values = BigInt64Array.from(new Set(named.values)).sort()
    sorted.set(conjunct, values)
  }
  return { input: named.input, values }
}

/** Where the first of ascending values is that is at least `value`. */
export function firstAtLeast(values: BigInt64Array | Float64Array, value: number | bigint): number {
  let [low, high] = [0, values.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < value) low = middle + 1
    else high = middle
  }
  return low
}
