/** Bracket expressions: `[a-z]`, `[^[:space:]]`, `[[.hyphen.]-a]`, with class escapes inside. */
import { unsupported } from '../../core/errors.ts'
import { type CharSet, type CharSetPart, isClassName } from './char-set.ts'
import { regexError } from './error.ts'
import type { RegexOptions } from './options.ts'
import { readEscape } from './parse-escape.ts'

/** What stands at a place of a bracket expression. `-` is a range's sign unless it comes first. */
type BracketItem =
  | { readonly kind: 'char'; readonly point: number; readonly end: number }
  | { readonly kind: 'dash'; readonly end: number }
  | { readonly kind: 'close'; readonly end: number }
  | { readonly kind: 'part'; readonly parts: readonly CharSetPart[]; readonly end: number }

/** The set whose `[` is just before `at`, and where it ends. */
export function readBracket(
  pattern: readonly string[],
  at: number,
  options: RegexOptions,
): { readonly set: CharSet; readonly end: number } {
  const negated = pattern[at] === '^'
  if (negated) at++
  const parts: CharSetPart[] = []
  let item = readItem(pattern, at, options, true)
  while (item.kind !== 'close') {
    if (item.kind === 'dash') throw regexError('invalid character range')
    let next = readItem(pattern, item.end, options, false)
    if (item.kind === 'part') {
      parts.push(...item.parts)
      if (next.kind === 'dash' && !closesAt(pattern, next.end)) throw regexError('invalid character range')
    } else if (next.kind === 'dash' && !closesAt(pattern, next.end)) {
      const high = readItem(pattern, next.end, options, false)
      const point = high.kind === 'char' ? high.point : high.kind === 'dash' ? DASH : -1
      if (point < item.point) throw regexError('invalid character range')
      parts.push({ low: item.point, high: point })
      next = readItem(pattern, high.end, options, false)
    } else {
      parts.push({ low: item.point, high: item.point })
    }
    if (next.kind === 'dash' && closesAt(pattern, next.end)) {
      parts.push({ low: DASH, high: DASH })
      next = readItem(pattern, next.end, options, false)
    }
    item = next
  }
  const withoutNewline = negated && options.dotStopsAtNewline
  return { set: { parts, negated, fold: options.fold, withoutNewline }, end: item.end }
}

const DASH = 45

function closesAt(pattern: readonly string[], at: number): boolean {
  return pattern[at] === ']'
}

function readItem(pattern: readonly string[], at: number, options: RegexOptions, first: boolean): BracketItem {
  const char = pattern[at]
  if (char === undefined) throw regexError('brackets [] not balanced')
  if (char === ']' && !first) return { kind: 'close', end: at + 1 }
  if (char === '-' && !first) return { kind: 'dash', end: at + 1 }
  if (char === '\\' && options.advanced) return escapeItem(pattern, at + 1)
  if (char === '[' && '.=:'.includes(pattern[at + 1] ?? ' ')) return namedItem(pattern, at + 1, options)
  return { kind: 'char', point: char.codePointAt(0)!, end: at + 1 }
}

function escapeItem(pattern: readonly string[], at: number): BracketItem {
  // Digits are octal here: with no group to refer to, more than one digit is.
  const { escape, end } = readEscape(pattern, at, 0)
  if (escape.kind === 'char') return { kind: 'char', point: escape.point, end }
  if (escape.kind === 'class') return { kind: 'part', parts: [{ name: escape.name, negated: escape.negated }], end }
  throw regexError('invalid escape \\ sequence')
}

/** `[.x.]`, `[=x=]`, `[:name:]`, from the character after the bracket. */
function namedItem(pattern: readonly string[], at: number, { fold }: RegexOptions): BracketItem {
  const mark = pattern[at]!
  let close = at + 1
  while (close < pattern.length && !(pattern[close] === mark && pattern[close + 1] === ']')) close++
  if (close >= pattern.length) throw regexError('brackets [] not balanced')
  const name = pattern.slice(at + 1, close)
  const end = close + 2
  if (mark === ':') {
    const className = name.join('')
    if (!isClassName(className)) throw regexError('invalid character class')
    const either = fold && (className === 'upper' || className === 'lower')
    return { kind: 'part', parts: [{ name: either ? 'alpha' : className, negated: false }], end }
  }
  if (name.length === 0) throw regexError('invalid collating element')
  if (name.length > 1) throw unsupported(`the collating element "${name.join('').slice(0, 40)}"`)
  const point = name[0]!.codePointAt(0)!
  return mark === '=' ? { kind: 'part', parts: [{ low: point, high: point }], end } : { kind: 'char', point, end }
}
