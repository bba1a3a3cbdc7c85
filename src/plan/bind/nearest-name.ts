/** The name that was probably meant: nearest by edit distance, for hints. */

/** Longer names are cut: they are for hints only, and the distance takes quadratic time. */
const NAME_LENGTH_MAX = 64

/** The candidate at the least edit distance from `name`, if that is at most half of its length (and 3). */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.min(3, Math.floor(name.length / 2)) + 1
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - name.length) >= bestDistance) continue
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase())
    if (distance < bestDistance) {
      best = candidate
      bestDistance = distance
    }
  }
  return best
}

/** Levenshtein distance: insertions, deletions and replacements of a character. */
function editDistance(a: string, b: string): number {
  const left = a.slice(0, NAME_LENGTH_MAX)
  const right = b.slice(0, NAME_LENGTH_MAX)
  let row = Array.from({ length: right.length + 1 }, (_, i) => i)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++) {
      const replace = row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1)
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[right.length]!
}
