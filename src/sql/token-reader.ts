/** Values and ranges of tokens by their index, for the grammar's actions. Ranges of tokens are [from, to). */
import type { TextRange } from '../core/errors.ts'
import type { Tokens } from './lexer.ts'

export class TokenReader {
  protected readonly tokens: Tokens

  constructor(tokens: Tokens) {
    this.tokens = tokens
  }

  /** Characters from token `from` to before token `to`; an empty range where `from` is not before `to`. */
  range(from: number, to: number): TextRange {
    const { starts, ends, text } = this.tokens
    const start = starts[from] ?? text.length
    return { start, end: to > from ? (ends[to - 1] ?? start) : start }
  }

  value(token: number): string {
    return this.tokens.values[token] as string
  }

  source(from: number, to: number): string {
    const { start, end } = this.range(from, to)
    return this.tokens.text.slice(start, end)
  }

  /** The values of several tokens with single blanks between. */
  words(from: number, to: number): string {
    return this.tokens.values.slice(from, to).join(' ')
  }

  /** No space between these tokens. */
  adjacent(from: number, to: number): boolean {
    for (let i = from + 1; i < to; i++) {
      if (this.tokens.starts[i] !== this.tokens.ends[i - 1]) return false
    }
    return true
  }

  tokenAt(start: number): TextRange {
    const token = this.tokens.starts.indexOf(start)
    return this.range(token, token + 1)
  }

  lastString(from: number, to: number): string {
    for (let i = from; i < to; i++) if (this.tokens.kinds[i] === 's') return this.value(i)
    return ''
  }

  isPlainNumber(text: string): boolean {
    return /^\s*[-+]?(?:\d+\.?\d*|\.\d+)\s*$/.test(text)
  }

  /** SET TIME ZONE INTERVAL '-08:30' HOUR TO MINUTE: as a number of hours, which is what such an interval is. */
  zoneHours(at: number): string {
    const text = String(this.value(at))
    const clock = /^([+-]?\d+):(\d{2})$/.exec(text)
    if (clock === null) return text
    return `${clock[1]!}${String(Number(clock[2]) / 60).slice(1)}`
  }

  settingNumber(from: number, to: number): number {
    return Number(this.words(from, to).replaceAll(' ', ''))
  }
}
