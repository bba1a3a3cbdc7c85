/** What flags and the beginning of a pattern say about how to read it. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { regexError } from './error.ts'

export interface RegexOptions {
  /** Upper and lower case are the same. */
  readonly fold: boolean
  /** `.` and negated sets never match a newline. */
  readonly dotStopsAtNewline: boolean
  /** ^ and $ match at lines too. */
  readonly lineAnchors: boolean
  /** White space and # comments in the pattern mean nothing. */
  readonly expanded: boolean
  /** The pattern is a text to be found as it is. */
  readonly quoted: boolean
  /** False: an extended expression of POSIX, without escapes, lookaround and lazy quantifiers. */
  readonly advanced: boolean
}

const NONE: RegexOptions = {
  fold: false,
  dotStopsAtNewline: false,
  lineAnchors: false,
  expanded: false,
  quoted: false,
  advanced: true,
}

/** What a letter changes; null: no such letter. */
function letterOption(letter: string): Partial<RegexOptions> | null {
  switch (letter) {
    case 'b':
      throw unsupported('a basic regular expression (option b)')
    case 'c':
      return { fold: false }
    case 'e':
      return { advanced: false }
    case 'i':
      return { fold: true }
    case 'm':
    case 'n':
      return { dotStopsAtNewline: true, lineAnchors: true }
    case 'p':
      return { dotStopsAtNewline: true, lineAnchors: false }
    case 'q':
      return { quoted: true }
    case 's':
      return { dotStopsAtNewline: false, lineAnchors: false }
    case 't':
      return { expanded: false }
    case 'w':
      return { dotStopsAtNewline: false, lineAnchors: true }
    case 'x':
      return { expanded: true }
    default:
      return null
  }
}

/** The flags of the regexp functions; `g` is theirs alone and means nothing here. 22023. */
export function flagOptions(flags: string): RegexOptions {
  let options = NONE
  for (const flag of flags) {
    if (flag === 'g') continue
    const change = letterOption(flag)
    if (change === null) throw new SqlError('22023', `invalid regular expression option: "${flag}"`)
    options = { ...options, ...change }
  }
  return options
}

/** The options after the directors of a pattern (`***=`, `(?i)`), and where the rest begins. */
export function readDirectors(
  pattern: readonly string[],
  options: RegexOptions,
): { readonly options: RegexOptions; readonly at: number } {
  if (options.quoted) return { options, at: 0 }
  let at = 0
  if (pattern.slice(0, 3).join('') === '***') {
    const director = pattern[3]
    if (director === '?') throw regexError('invalid regexp (reg version 0.8)')
    if (director === '=') return { options: { ...options, quoted: true, advanced: true }, at: 4 }
    if (director !== ':') throw regexError('quantifier operand invalid')
    options = { ...options, advanced: true }
    at = 4
  }
  if (!options.advanced) return { options, at }
  if (pattern[at] !== '(' || pattern[at + 1] !== '?' || !/^[A-Za-z]$/.test(pattern[at + 2] ?? '')) {
    return { options, at }
  }
  for (at += 2; at < pattern.length && pattern[at] !== ')'; at++) {
    const change = letterOption(pattern[at]!)
    if (change === null) throw regexError('invalid embedded option')
    options = { ...options, ...change }
  }
  if (at >= pattern.length) throw regexError('invalid embedded option')
  return { options, at: at + 1 }
}
