/**
 * Text to tokens, by PostgreSQL's lexical rules (PostgreSQL 15, section 4.1).
 *
 * Each token becomes ONE character of `kinds`; the generated parser parses that short string and takes values and
 * ranges from the arrays beside it, by the same index. So a keyword test is one character comparison, and an error of
 * the parser is an error at a token.
 *
 * | character | token |
 * |---|---|
 * | U+E000+k | keyword k |
 * | `i` `q` | word that is no keyword, quoted identifier |
 * | `n` `s` `x` `b` | number, string, X'..', B'..' |
 * | `p` `?` | `$1`, `$name`; `?` (an operator too) |
 * | `+ - * / % ^ < > =` | these operators alone; `c`: `<= >= <> != ==`; `o`: any other |
 * | `D` `A` | `::`; `=>` or `:=` |
 * | `Q` | `(` that opens a query: see query-parens.ts |
 * | `h` | `/*+ OPTIONS(...) *`+`/` |
 * | `( ) [ ] { } , ; : .` | themselves |
 *
 * A run of `>` is cut into single ones, so that `array<array<int>>` closes; the grammar puts `>>` together again.
 */
import { ResourceError, SqlError } from '../core/errors.ts'
import { KEYWORDS } from './generated.js'
import { markQueryParens } from './query-parens.ts'
import { decodeEscapeString, decodeUnicodeEscapes } from './string-escapes.ts'

export interface Tokens {
  readonly text: string
  /** One character per token. */
  readonly kinds: string
  /** Decoded value: folded name, string content, digits, operator. */
  readonly values: readonly string[]
  /** Ranges in characters of `text`, ends exclusive. */
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

const FIRST_KEYWORD = 0xe000
const KEYWORD_CHARACTERS: ReadonlyMap<string, string> = new Map(
  KEYWORDS.map((word, k) => [word.toLowerCase(), String.fromCharCode(FIRST_KEYWORD + k)]),
)
const LONGEST_KEYWORD = Math.max(...KEYWORDS.map((word) => word.length))

const CASE = KEYWORD_CHARACTERS.get('case')
const END = KEYWORD_CHARACTERS.get('end')

const NUMBER =
  /(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*(?:\.(?!\.)(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)/y
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y
const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y
const PARAMETER = /\$(?:\d+|[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)/y
/** Bounded, as PostgreSQL's names are: a run of signs is scanned again at each of them. */
const OPERATOR = /[-+*/<>=~!@#%^&|?]{1,64}/y
/** A longer operator ends in + or - only if it has one of these (section 4.1.3). */
const MAY_END_IN_SIGN = /[~!@#%^&|?]/
const SINGLE_OPERATORS = '+-*/%^<>=?'
const COMPARISONS = new Set(['<=', '>=', '<>', '!=', '=='])
const PUNCTUATION = '()[]{},;.'
const SPACE = /[ \t\n\r\f\v\u00a0\ufeff]+/y

/** `text` to tokens; 42601 for what is none, 54001 for brackets nested deeper than `maxDepth`. */
export function tokenize(text: string, maxDepth: number): Tokens {
  return new Lexer(text, maxDepth).run()
}

class Lexer {
  private readonly kinds: string[] = []
  private readonly values: string[] = []
  private readonly starts: number[] = []
  private readonly ends: number[] = []
  private readonly text: string
  private readonly maxDepth: number
  private position = 0
  private depth = 0

  constructor(text: string, maxDepth: number) {
    this.text = text
    this.maxDepth = maxDepth
  }

  run(): Tokens {
    const length = this.text.length
    while (this.position < length) this.next()
    markQueryParens(this.kinds)
    const { text, values, starts, ends } = this
    return { text, kinds: this.kinds.join(''), values, starts, ends }
  }

  private next(): void {
    const text = this.text
    const at = this.position
    const code = text.charCodeAt(at)
    if (isSpace(code)) {
      this.match(SPACE)
    } else if (isWordStart(code)) {
      if (!this.prefixedString(at)) this.word(at)
    } else if (isDigit(code) || (code === 0x2e && isDigit(text.charCodeAt(at + 1)))) {
      this.number(at)
    } else if (code === 0x27) {
      this.string(at, this.quoted(at, "'", 'unterminated quoted string'))
    } else if (code === 0x22 || code === 0x60) {
      this.quotedIdentifier(at, at, text[at] as string)
    } else if (code === 0x2d && text.charCodeAt(at + 1) === 0x2d) {
      const end = text.indexOf('\n', at)
      this.position = end < 0 ? text.length : end + 1
    } else if (code === 0x2f && text.charCodeAt(at + 1) === 0x2a) {
      this.comment(at)
    } else if (code === 0x24) {
      this.dollar(at)
    } else if (code === 0x3a) {
      this.colon(at)
    } else if (PUNCTUATION.includes(text[at] as string)) {
      this.punctuation(at)
    } else {
      this.operator(at)
    }
  }

  private push(kind: string, value: string, start: number, end: number): void {
    this.kinds.push(kind)
    this.values.push(value)
    this.starts.push(start)
    this.ends.push(end)
    this.position = end
  }

  /** Moves past what `pattern` (sticky) finds here; null if it finds nothing. */
  private match(pattern: RegExp): string | null {
    pattern.lastIndex = this.position
    const found = pattern.exec(this.text)
    if (found === null) return null
    this.position = pattern.lastIndex
    return found[0]
  }

  private word(at: number): void {
    const word = (this.match(WORD) as string).toLowerCase()
    const keyword = word.length <= LONGEST_KEYWORD ? KEYWORD_CHARACTERS.get(word) : undefined
    if (keyword === CASE) this.open(at)
    else if (keyword === END && this.depth > 0) this.depth -= 1
    this.push(keyword ?? 'i', word, at, this.position)
  }

  /** E'..', X'..', B'..', N'..', U&'..' and U&"..": true if there was one. */
  private prefixedString(at: number): boolean {
    const text = this.text
    const prefix = (text[at] as string).toLowerCase()
    const next = text[at + 1]
    if (prefix === 'u' && next === '&' && (text[at + 2] === "'" || text[at + 2] === '"')) {
      this.unicode(at, text[at + 2] as string)
      return true
    }
    if (next !== "'" || !'exbn'.includes(prefix)) return false
    if (prefix === 'e') {
      const raw = this.escapeString(at)
      this.string(at, decodeEscapeString(raw, { start: at, end: this.position }))
      return true
    }
    if (prefix === 'n') {
      this.string(at, this.quoted(at + 1, "'", 'unterminated quoted string', at))
      return true
    }
    const hex = prefix === 'x'
    const what = hex ? 'unterminated hexadecimal string literal' : 'unterminated bit string literal'
    const value = this.quoted(at + 1, "'", what, at)
    this.checkDigits(at, value, hex)
    this.push(hex ? 'x' : 'b', value.toLowerCase(), at, this.position)
    return true
  }

  private checkDigits(at: number, value: string, hex: boolean): void {
    const bad = (hex ? /[^0-9a-fA-F]/ : /[^01]/).exec(value)
    if (bad === null) return
    const what = hex ? 'hexadecimal' : 'binary'
    throw new SqlError('22P02', `"${bad[0]}" is not a valid ${what} digit`, {
      at: { start: at, end: this.position },
    })
  }

  /** U&'..' or U&"..", with UESCAPE 'c' behind it. */
  private unicode(at: number, quote: string): void {
    const isString = quote === "'"
    const what = isString ? 'unterminated quoted string' : 'unterminated quoted identifier'
    const raw = this.quoted(at + 2, quote, what, at)
    let end = this.position
    const uescape = /\s*uescape\s*'(.)'/iy
    uescape.lastIndex = end
    const found = uescape.exec(this.text)
    if (found !== null) end = uescape.lastIndex
    const range = { start: at, end }
    const value = decodeUnicodeEscapes(raw, found?.[1] ?? '\\', range)
    this.position = end
    if (isString) this.string(at, value)
    else this.push('q', value, at, end)
  }

  /** A string; joined to the one before where only space with a newline stands between. */
  private string(at: number, value: string): void {
    const last = this.kinds.length - 1
    if (last >= 0 && this.kinds[last] === 's' && this.text[at] === "'") {
      const between = this.text.slice(this.ends[last], at)
      if (between.includes('\n') && /^(?:\s|--[^\n]*(?:\n|$))*$/.test(between)) {
        this.values[last] += value
        this.ends[last] = this.position
        return
      }
    }
    this.push('s', value, at, this.position)
  }

  /** Content between `quote` at `open` and its end, doubled quotes made single. Leaves the position behind it. */
  private quoted(open: number, quote: string, unterminated: string, start: number = open): string {
    const text = this.text
    let from = open + 1
    for (;;) {
      const end = text.indexOf(quote, from)
      if (end < 0) throw this.errorToEnd(unterminated, start)
      if (text[end + 1] !== quote) {
        this.position = end + 1
        return text.slice(open + 1, end).replaceAll(quote + quote, quote)
      }
      from = end + 2
    }
  }

  /** The raw content of E'..' (backslashes and doubled quotes as they stand). */
  private escapeString(at: number): string {
    const text = this.text
    for (let i = at + 2; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code === 0x5c) {
        i += 1
      } else if (code === 0x27) {
        if (text.charCodeAt(i + 1) !== 0x27) {
          this.position = i + 1
          return text.slice(at + 2, i)
        }
        i += 1
      }
    }
    throw this.errorToEnd('unterminated quoted string', at)
  }

  private quotedIdentifier(at: number, open: number, quote: string): void {
    const value = this.quoted(open, quote, 'unterminated quoted identifier', at)
    if (value === '') {
      throw this.errorAt('zero-length delimited identifier', at, this.position)
    }
    this.push('q', value, at, this.position)
  }

  private number(at: number): void {
    const digits = this.match(NUMBER) as string
    if (isWordStart(this.text.charCodeAt(this.position))) {
      throw this.errorAt('trailing junk after numeric literal', at, this.position + 1)
    }
    const plain = digits.replaceAll('_', '')
    const value = /^0[xob]/i.test(plain) ? BigInt(plain.toLowerCase()).toString() : plain
    this.push('n', value, at, this.position)
  }

  private dollar(at: number): void {
    const tag = this.match(DOLLAR_TAG)
    if (tag !== null) {
      const end = this.text.indexOf(tag, this.position)
      if (end < 0) throw this.errorToEnd('unterminated dollar-quoted string', at)
      this.push('s', this.text.slice(this.position, end), at, end + tag.length)
      return
    }
    const parameter = this.match(PARAMETER)
    if (parameter === null) throw this.errorAt('syntax error', at, at + 1)
    if (isWordStart(this.text.charCodeAt(this.position))) {
      throw this.errorAt('trailing junk after parameter', at, this.position + 1)
    }
    this.push('p', parameter.slice(1), at, this.position)
  }

  private colon(at: number): void {
    const next = this.text[at + 1]
    if (next === ':') this.push('D', '::', at, at + 2)
    else if (next === '=') this.push('A', ':=', at, at + 2)
    else this.push(':', ':', at, at + 1)
  }

  private punctuation(at: number): void {
    const character = this.text[at] as string
    if ('([{'.includes(character)) this.open(at)
    else if (')]}'.includes(character) && this.depth > 0) this.depth -= 1
    this.push(character, character, at, at + 1)
  }

  private open(at: number): void {
    this.depth += 1
    if (this.depth > this.maxDepth) throw tooDeep(this.maxDepth, { start: at, end: at + 1 })
  }

  private operator(at: number): void {
    let operator = this.match(OPERATOR)
    if (operator === null) {
      const character = String.fromCodePoint(this.text.codePointAt(at) as number)
      throw this.errorAt('syntax error', at, at + character.length)
    }
    const comment = /--|\/\*/.exec(operator)
    if (comment !== null) operator = operator.slice(0, comment.index)
    if (operator.length > 1 && !MAY_END_IN_SIGN.test(operator)) {
      operator = operator.replace(/(?<=.)[-+]+$/, '')
    }
    if (/^>>+$/.test(operator)) {
      for (let i = 0; i < operator.length; i++) this.push('>', '>', at + i, at + i + 1)
      return
    }
    this.push(operatorKind(operator), operator, at, at + operator.length)
  }

  /** Comments nest. Only a hint of OPTIONS becomes a token: other hints are advice that may be ignored. */
  private comment(at: number): void {
    const text = this.text
    const boundary = /\/\*|\*\//g
    boundary.lastIndex = at + 2
    let open = 1
    while (open > 0) {
      const found = boundary.exec(text)
      if (found === null) throw this.errorToEnd('unterminated /* comment', at)
      open += found[0] === '/*' ? 1 : -1
    }
    this.position = boundary.lastIndex
    if (text[at + 2] !== '+') return
    const hint = text.slice(at + 3, this.position - 2).trim()
    if (/^options\s*\(/i.test(hint)) this.push('h', hint, at, this.position)
  }

  private errorToEnd(what: string, start: number): SqlError {
    return this.errorAt(what, start, this.text.length)
  }

  private errorAt(what: string, start: number, end: number): SqlError {
    return errorNear(what, this.text, { start, end })
  }
}

function operatorKind(operator: string): string {
  if (operator.length === 1 && SINGLE_OPERATORS.includes(operator)) return operator
  if (operator === '=>') return 'A'
  return COMPARISONS.has(operator) ? 'c' : 'o'
}

/** Characters of the text quoted in a message: an unterminated string goes on to the end of the text. */
const MAX_NEAR = 1000

/** PostgreSQL's `what at or near "text"` / `what at end of input`, 42601. */
export function errorNear(what: string, text: string, at: { start: number; end: number }): SqlError {
  const end = Math.min(at.end, at.start + MAX_NEAR)
  const cut = end < at.end ? '...' : ''
  const near = at.start < text.length ? `or near "${text.slice(at.start, end)}${cut}"` : 'end of input'
  return new SqlError('42601', `${what} at ${near}`, { at })
}

/** PostgreSQL's error for what would overflow its stack. */
export function tooDeep(maxDepth: number, at?: { start: number; end: number }): ResourceError {
  return new ResourceError('54001', 'stack depth limit exceeded', {
    hint: `Nest expressions and queries less deeply: the limit is ${maxDepth} levels.`,
    ...(at === undefined ? {} : { at }),
  })
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0xa0 || code === 0xfeff
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

function isWordStart(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || code >= 0x80
}
