/** Whether two engines' rows are the same answer: numbers to 9 digits where either is not exact, order where the query demands it. */
export function answerDifference(
  a: readonly (readonly unknown[])[],
  b: readonly (readonly unknown[])[],
  ordered: boolean,
): string | undefined {
  if (a.length !== b.length) return `${a.length} rows and ${b.length} rows`
  const left = a.map((row) => row.map(canonical))
  const right = b.map((row) => row.map(canonical))
  if (!ordered) {
    const key = (row: readonly unknown[]): string =>
      row.map((v) => (typeof v === 'number' ? v.toPrecision(6) : String(v))).join('\0')
    left.sort((x, y) => (key(x) < key(y) ? -1 : 1))
    right.sort((x, y) => (key(x) < key(y) ? -1 : 1))
  }
  for (const [i, row] of left.entries()) {
    for (const [j, value] of row.entries()) {
      if (!sameValue(value, right[i]![j])) return `row ${i} column ${j}: ${String(value)} and ${String(right[i]![j])}`
    }
  }
  return undefined
}

function canonical(value: unknown): unknown {
  if (typeof value === 'string' && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return Number(value)
  return value
}

function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b))
  }
  return a === b
}
