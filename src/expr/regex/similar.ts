/** Patterns of SIMILAR TO as regular expressions: `%` and `_` as in LIKE, `| * + ? {} () []` as in regular expressions. */
import { SqlError } from '../../core/errors.ts'

/**
 * The regular expression of a pattern, for the whole text. With two `escape"` in it: group 1 is the part between them, and what stands
 * before takes as little as it can. An escaped letter is an escape of regular expressions, as in PostgreSQL. 22019, 2200C.
 */
export function similarToRegexp(pattern: string, escape: string = '\\'): string {
  if ([...escape].length > 1) {
    throw new SqlError('22019', 'invalid escape string', { hint: 'Escape string must be empty or one character.' })
  }
  const chars = [...pattern]
  let out = '^(?:'
  let inClass = false
  let separators = 0
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!
    if (char === escape) {
      const next = chars[++i]
      if (next === undefined) break
      if (next === '"' && !inClass) out += separator(separators++)
      else out += `\\${next}`
    } else if (inClass) {
      inClass = char !== ']'
      out += char === '\\' ? '\\\\' : char
    } else if (char === '[') {
      inClass = true
      out += char
    } else {
      out += outside(char)
    }
  }
  return `${out})$`
}

function outside(char: string): string {
  switch (char) {
    case '%':
      return '.*'
    case '_':
      return '.'
    case '(':
      return '(?:'
    case '.':
    case '^':
    case '$':
    case '\\':
      return `\\${char}`
    default:
      return char
  }
}

/** The first part prefers the shortest text, the one asked for the longest. */
function separator(before: number): string {
  if (before === 0) return '){1,1}?('
  if (before === 1) return '){1,1}(?:'
  throw new SqlError('2200C', 'SQL regular expression may not contain more than two escape-double-quote separators')
}
