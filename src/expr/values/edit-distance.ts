/** How far texts are apart. Characters are code points. */

/** Insertions, deletions and replacements (Levenshtein), each at its cost, that make `a` into `b`. */
export function editDistance(a: string, b: string, insert: number, remove: number, replace: number): number {
  const from = [...a]
  const to = [...b]
  let row = Array.from({ length: to.length + 1 }, (_, i) => i * insert)
  for (const [i, char] of from.entries()) {
    const next = [(i + 1) * remove]
    for (const [j, other] of to.entries()) {
      next.push(Math.min(next[j]! + insert, row[j + 1]! + remove, row[j]! + (char === other ? 0 : replace)))
    }
    row = next
  }
  return row[to.length]!
}

/** Share of characters that both have: from 0 to 1. */
export function jaccard(a: string, b: string): number {
  const [left, right] = [new Set(a), new Set(b)]
  const both = [...left].filter((char) => right.has(char)).length
  return both / (left.size + right.size - both)
}
