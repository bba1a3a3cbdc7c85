/** LIKE against bounds: only what stands before the first wildcard can be compared. */
import type { LikePattern } from '../values/like-pattern.ts'
import { compareText } from '../values/compare.ts'
import type { ValueRange } from './value-range.ts'

/** The text that every match begins with. */
export function prefixOf({ segments, anchoredStart }: LikePattern): string {
  const [first] = segments
  if (!anchoredStart || first === undefined) return ''
  const end = first.indexOf(null)
  return (end < 0 ? first : first.slice(0, end)).join('')
}

/** Whether the pattern matches everything that begins with its prefix: `abc%`. */
export function isPrefixOnly({ segments, anchoredStart, anchoredEnd, hasWildcards }: LikePattern): boolean {
  return anchoredStart && !anchoredEnd && !hasWildcards && segments.length === 1
}

/** Whether the pattern is a plain text. */
export function isExact({ segments, anchoredStart, anchoredEnd, hasWildcards }: LikePattern): boolean {
  return anchoredStart && anchoredEnd && !hasWildcards && segments.length === 1
}

/** Whether some text within the bounds may begin with the prefix. */
export function mayBegin({ lower, upper }: ValueRange, prefix: string): boolean {
  if (typeof upper === 'string' && compareText(upper, prefix) < 0) return false
  return !(typeof lower === 'string' && compareText(cut(lower, prefix), prefix) > 0)
}

/** Whether every text of the range begins with the prefix: both bounds do, or what all texts are known to begin with. */
export function mustBegin({ lower, upper, prefix: known }: ValueRange, prefix: string): boolean {
  if (known?.startsWith(prefix) === true) return true
  return typeof lower === 'string' && typeof upper === 'string' && lower.startsWith(prefix) && upper.startsWith(prefix)
}

/** As many characters of the text as the prefix has. */
function cut(text: string, prefix: string): string {
  return [...text].slice(0, [...prefix].length).join('')
}
