/** One ascending list of several: neighbours are merged pairwise until one is left, so a value is copied log2(lists) times. */
export function mergeAscending(lists: readonly Float64Array[]): Float64Array {
  let left = lists
  while (left.length > 1) {
    const merged: Float64Array[] = []
    for (let i = 0; i < left.length; i += 2) {
      const other = left[i + 1]
      merged.push(other === undefined ? left[i]! : mergeTwo(left[i]!, other))
    }
    left = merged
  }
  return left[0] ?? new Float64Array(0)
}

function mergeTwo(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length)
  let [i, j, at] = [0, 0, 0]
  while (i < a.length && j < b.length) all[at++] = a[i]! <= b[j]! ? a[i++]! : b[j++]!
  all.set(i < a.length ? a.subarray(i) : b.subarray(j), at)
  return all
}

/** Whether no value is less than the one before it. */
export function isAscending(values: Float64Array): boolean {
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) return false
  return true
}
