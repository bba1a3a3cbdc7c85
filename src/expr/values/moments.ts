/** Means and squared differences, updated value by value (Youngs and Cramer 1971), as PostgreSQL's aggregates are. */

export interface Moments {
  readonly count: number
  readonly mean: number
  /** Sum of squared differences from the mean. */
  readonly second: number
}

export function sampleMoments(values: readonly number[]): Moments {
  let [count, total, second] = [0, 0, 0]
  for (const value of values) {
    count++
    total += value
    if (count === 1 && !Number.isFinite(value)) second = Number.NaN
    if (count > 1) {
      const difference = value * count - total
      second += (difference * difference) / (count * (count - 1))
    }
  }
  return { count, mean: total / count, second }
}

/** Of pairs (x, y): sums, and sums of squared differences and of products of differences. */
export interface PairMoments {
  readonly count: number
  readonly sumX: number
  readonly sumY: number
  readonly sxx: number
  readonly syy: number
  readonly sxy: number
}

export function pairMoments(pairs: Iterable<readonly [number, number]>): PairMoments {
  let [count, sumX, sumY, sxx, syy, sxy] = [0, 0, 0, 0, 0, 0]
  for (const [x, y] of pairs) {
    count++
    sumX += x
    sumY += y
    if (count === 1) {
      // As PostgreSQL: what has no finite mean has no finite differences from it either.
      if (!Number.isFinite(x)) sxx = sxy = Number.NaN
      if (!Number.isFinite(y)) syy = sxy = Number.NaN
      continue
    }
    const dx = x * count - sumX
    const dy = y * count - sumY
    const scale = 1 / (count * (count - 1))
    sxx += dx * dx * scale
    syy += dy * dy * scale
    sxy += dx * dy * scale
  }
  return { count, sumX, sumY, sxx, syy, sxy }
}
