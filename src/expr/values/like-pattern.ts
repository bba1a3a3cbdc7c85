/**
 * LIKE patterns, taken apart once: `%` splits a pattern into segments, each a run of characters and `_`.
 *
 *   '%special%requests%'  ->  anchored at neither end, ['special', 'requests']
 *   'PROMO%'              ->  anchored at the start, ['PROMO']
 *
 * A text matches if the segments occur in order without overlap: the first at the start if anchored there, the last at the end,
 * the others at the first place possible (leftmost is always right: it leaves most room for the rest).
 */
import { SqlError } from '../../core/errors.ts'

/** A character to match exactly, or null for `_`. */
type PatternChar = string | null

export interface LikePattern {
  readonly segments: readonly (readonly PatternChar[])[]
  readonly anchoredStart: boolean
  readonly anchoredEnd: boolean
  /** Some segment has `_`. */
  readonly hasWildcards: boolean
}

/** `escape`: one character, or '' for none. 22025, 22019. */
export function parseLike(pattern: string, escape: string = '\\'): LikePattern {
  const escapes = [...escape]
  if (escapes.length > 1) {
    throw new SqlError('22019', 'invalid escape string', {
      hint: 'Escape string must be empty or one character.',
    })
  }
  const chars = [...pattern]
  const segments: PatternChar[][] = []
  let current: PatternChar[] = []
  let hasWildcards = false
  let percents = 0
  let endsWithPercent = false
  const startsWithPercent = chars[0] === '%' && escapes[0] !== '%'
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!
    endsWithPercent = false
    if (char === escapes[0]) {
      i++
      if (i === chars.length) {
        throw new SqlError('22025', 'LIKE pattern must not end with escape character')
      }
      current.push(chars[i]!)
    } else if (char === '%') {
      percents++
      endsWithPercent = true
      if (current.length > 0) segments.push(current)
      current = []
    } else if (char === '_') {
      hasWildcards = true
      current.push(null)
    } else {
      current.push(char)
    }
  }
  if (current.length > 0 || percents === 0) segments.push(current)
  return {
    segments,
    anchoredStart: !startsWithPercent,
    anchoredEnd: !endsWithPercent,
    hasWildcards,
  }
}

/** Whether the text matches. O(text length x pattern length). */
export function matchesLike(text: string, pattern: LikePattern): boolean {
  const chars = [...text]
  const { segments, anchoredStart, anchoredEnd } = pattern
  let from = 0
  let first = 0
  let last = segments.length
  if (anchoredStart && last > 0) {
    if (!matchesAt(chars, 0, segments[0]!)) return false
    from = segments[0]!.length
    first = 1
    if (last === 1) return !anchoredEnd || from === chars.length
  }
  let end = chars.length
  if (anchoredEnd && last > first) {
    const segment = segments[last - 1]!
    end -= segment.length
    if (end < from || !matchesAt(chars, end, segment)) return false
    last--
  }
  for (let s = first; s < last; s++) {
    const segment = segments[s]!
    while (from + segment.length <= end && !matchesAt(chars, from, segment)) from++
    if (from + segment.length > end) return false
    from += segment.length
  }
  return true
}

function matchesAt(chars: readonly string[], at: number, segment: readonly PatternChar[]): boolean {
  if (at + segment.length > chars.length) return false
  return segment.every((char, i) => char === null || chars[at + i] === char)
}
