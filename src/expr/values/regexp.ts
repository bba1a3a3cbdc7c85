/**
 * PostgreSQL's regular expressions and SIMILAR TO, run by JavaScript's engine.
 *
 * JavaScript's engine backtracks: patterns such as `(a+)+$` take exponential time on hostile text, and cannot be cancelled
 * while they run. Patterns are bounded (PATTERN_MAX), text is not.
 * What differs from PostgreSQL's engine: alternatives match leftmost-first, not leftmost-longest; collating symbols are refused.
 */
import { SqlError, unsupported } from '../../core/errors.ts'

/** Characters of a pattern at most. */
const PATTERN_MAX = 10_000

const cache = new Map<string, RegExp>()
/** Compiled patterns kept; rarely more than one or two a query. */
const CACHE_MAX = 256

/** `flags` as PostgreSQL's regexp functions: i (case-insensitive), c, g, n or m (newline-sensitive), s, x. 2201B, 22023. */
export function compileRegexp(pattern: string, flags: string = ''): RegExp {
  const key = `${flags}/${pattern}`
  const known = cache.get(key)
  if (known !== undefined) {
    known.lastIndex = 0
    return known
  }
  if (cache.size >= CACHE_MAX) cache.clear()
  const compiled = compile(pattern, flags)
  cache.set(key, compiled)
  return compiled
}

function compile(pattern: string, flags: string): RegExp {
  if (pattern.length > PATTERN_MAX) throw new SqlError('2201B', 'invalid regular expression: pattern is too long')
  // The dot matches newlines unless n or m says otherwise, and only then do ^ and $ see lines.
  let js = 'dgs'
  for (const flag of flags) {
    if (flag === 'i') js += js.includes('i') ? '' : 'i'
    else if (flag === 'n' || flag === 'm') js = js.replace('s', '') + (js.includes('m') ? '' : 'm')
    else if (!'cgst'.includes(flag)) throw new SqlError('22023', `invalid regular expression option: "${flag}"`)
  }
  const source = translate(pattern)
  for (const mode of [`${js}u`, js]) {
    try {
      return new RegExp(source, mode)
    } catch {
      // Unicode mode rejects needless escapes that PostgreSQL allows: the second try is without it.
    }
  }
  throw new SqlError('2201B', `invalid regular expression: ${pattern.slice(0, 100)}`)
}

const CLASSES: Record<string, string> = {
  alpha: 'a-zA-Z',
  digit: '0-9',
  alnum: 'a-zA-Z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  blank: ' \\t',
  punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9A-Fa-f',
  cntrl: '\\x00-\\x1f\\x7f',
  print: '\\x20-\\x7e',
  graph: '\\x21-\\x7e',
  word: '\\w',
}

const ESCAPES: Record<string, string> = {
  m: '\\b(?=\\w)',
  M: '\\b(?<=\\w)',
  y: '\\b',
  Y: '\\B',
  A: '(?<![\\s\\S])',
  Z: '(?![\\s\\S])',
}

/** POSIX classes and PostgreSQL's escapes in JavaScript's words. */
function translate(pattern: string): string {
  let out = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!
    if (char === '\\') {
      const next = pattern[++i] ?? ''
      out += !inClass && Object.hasOwn(ESCAPES, next) ? ESCAPES[next]! : `\\${next}`
    } else if (inClass) {
      const named = /^\[:([a-z]+):\]/.exec(pattern.slice(i, i + 12))
      if (named !== null && Object.hasOwn(CLASSES, named[1]!)) {
        out += CLASSES[named[1]!]!
        i += named[0].length - 1
      } else if (/^\[[.=:]/.test(pattern.slice(i, i + 2))) {
        throw unsupported('a collating element in a regular expression')
      } else {
        inClass = char !== ']'
        out += char === '[' ? '\\[' : char
      }
    } else if (char === '[') {
      inClass = true
      out += char
      if (pattern[i + 1] === '^') out += pattern[++i]
      // A bracket right at the start of a class stands for itself.
      if (pattern[i + 1] === ']') {
        out += '\\]'
        i++
      }
    } else {
      out += char
    }
  }
  return out
}

export function matchesRegexp(text: string, pattern: string, flags: string = ''): boolean {
  return compileRegexp(pattern, flags).test(text)
}

/** A match: its place in UTF-16 units, and the texts of its groups (null: took no part). */
export interface RegexpMatch {
  readonly start: number
  readonly end: number
  readonly text: string
  readonly groups: readonly (string | null)[]
  /** Where group n begins (counted from 0) and ends; null when it took no part. */
  readonly places: readonly (readonly [number, number] | null)[]
}

/** All matches from a place on, first to last. */
export function* regexpMatches(
  text: string,
  pattern: string,
  flags: string = '',
  from: number = 0,
): Generator<RegexpMatch> {
  const regexp = compileRegexp(pattern, flags)
  for (let at = from; at <= text.length;) {
    regexp.lastIndex = at
    const found = regexp.exec(text)
    if (found === null) return
    const end = found.index + found[0].length
    const indices = (found as RegExpExecArray & { indices: readonly ([number, number] | undefined)[] }).indices
    yield {
      start: found.index,
      end,
      text: found[0],
      groups: found.slice(1).map((group: string | undefined) => group ?? null),
      places: indices.slice(1).map((place) => place ?? null),
    }
    at = end > found.index ? end : end + ((text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1)
  }
}

/** What stands in the place of a match: \1 to \9 are groups, \& the match, \\ a backslash. */
function replacementFor({ text, groups }: RegexpMatch, replacement: string): string {
  return replacement.replace(/\\([1-9&\\])/g, (_, what: string) => {
    if (what === '&') return text
    return what === '\\' ? '\\' : (groups[Number(what) - 1] ?? '')
  })
}

/** The text with the `nth` match (counted from 1, 0 for all) from a place on replaced. */
export function replaceMatches(
  text: string,
  pattern: string,
  replacement: string,
  flags: string,
  { from = 0, nth }: { readonly from?: number; readonly nth: number },
): string {
  let out = ''
  let done = 0
  let count = 0
  for (const match of regexpMatches(text, pattern, flags, from)) {
    count++
    if (nth !== 0 && count !== nth) continue
    out += text.slice(done, match.start) + replacementFor(match, replacement)
    done = match.end
    if (nth !== 0) break
  }
  return out + text.slice(done)
}

/** The parts of a text between matches; an empty match at the end, or just behind another, parts nothing. */
export function splitByRegexp(text: string, pattern: string, flags: string): string[] {
  const parts: string[] = []
  let done = 0
  for (const { start, end } of regexpMatches(text, pattern, flags)) {
    if (start >= text.length || end <= done) continue
    parts.push(text.slice(done, start))
    done = end
  }
  parts.push(text.slice(done))
  return parts
}

/** The pattern of SIMILAR TO as a regular expression: `%` and `_` as in LIKE, `| * + ? {} () []` as in regular expressions. */
export function similarToRegexp(pattern: string, escape: string = '\\'): string {
  if ([...escape].length > 1) throw new SqlError('22019', 'invalid escape string')
  let out = ''
  let inClass = false
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!
    if (char === escape) {
      const next = pattern[++i]
      if (next === undefined) throw new SqlError('22025', 'LIKE pattern must not end with escape character')
      out += next.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&')
    } else if (inClass) {
      inClass = char !== ']'
      out += char === '\\' ? '\\\\' : char
    } else if (char === '[') {
      inClass = true
      out += char
    } else if (char === '%') out += '.*'
    else if (char === '_') out += '.'
    else if ('.^$\\'.includes(char)) out += `\\${char}`
    else if (char === '(') out += '(?:'
    else out += char
  }
  return `^(?:${out})$`
}
