/**
 * The tokens of a text in another dialect, and the text as it is given to the foreign parser: without comments, and with a stand-in for each
 * literal and quoted name, because that parser changes some (digits of decimals, escapes, quotes within names). What a stand-in stood for is
 * read here, by the dialect's own rules.
 *
 *   SELECT `a b`, 'it''s', 1.50 -- x    ->    SELECT zq0z, 'zs1z', 900000002
 */
import { SqlError, unsupported } from '../../core/errors.ts'

export interface Lexical {
  /** Characters that open a quoted name; `[` is closed by `]`. */
  readonly nameQuotes: string
  /** Characters that open a string. */
  readonly stringQuotes: string
  /** `\n` within strings. */
  readonly backslashes: boolean
  /** `#` begins a comment. */
  readonly hashComments: boolean
}

export type StandIn =
  | { readonly kind: 'name'; readonly value: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly value: string }
  /** `?`: its number, from 1. */
  | { readonly kind: 'parameter'; readonly value: string }

export interface SourceText {
  /** As it was written. */
  readonly written: string
  readonly text: string
  readonly tokens: readonly string[]
  readonly standIns: ReadonlyMap<string, StandIn>
}

/** Integers beyond what the foreign parser keeps exact get a stand-in too. */
const FIRST_NUMBER = 900_000_000
const OPERATORS = ['<=>', '->>', '<>', '!=', '<=', '>=', '||', '&&', '::', '->', '=>', ':=', '<<', '>>', '==']
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', '0': '\0', Z: '\u001A' }

/** The statements of a text, without empty ones; 42601 where a quote stays open, 0A000 for hints and conditional comments. */
export function readSource(sql: string, lexical: Lexical): readonly SourceText[] {
  const statements: SourceText[] = []
  for (let start = 0; start < sql.length;) {
    const reader = new Reader(sql, lexical, start)
    const end = reader.run()
    const { out: text, tokens, standIns } = reader
    if (tokens.length > 0) statements.push({ written: sql.slice(start, end).trim(), text, tokens, standIns })
    start = end + 1
  }
  return statements
}

class Reader {
  out = ''
  readonly tokens: string[] = []
  readonly standIns: Map<string, StandIn> = new Map()
  private at: number
  private parameters = 0
  private readonly sql: string
  private readonly lexical: Lexical

  constructor(sql: string, lexical: Lexical, start: number) {
    this.sql = sql
    this.lexical = lexical
    this.at = start
  }

  /** Where the statement ends: at a semicolon or with the text. */
  run(): number {
    while (this.at < this.sql.length && this.sql[this.at] !== ';') this.step()
    return this.at
  }

  private step(): void {
    const { sql, lexical, at } = this
    const c = sql[at]!
    if (/\s/.test(c)) {
      this.at += 1
      this.out += ' '
    } else if (sql.startsWith('/*', at)) this.blockComment()
    else if (sql.startsWith('--', at) || (c === '#' && lexical.hashComments)) {
      const end = sql.indexOf('\n', at)
      this.at = end === -1 ? sql.length : end
      this.out += ' '
    } else if (lexical.stringQuotes.includes(c)) this.string(c)
    // T-SQL's brackets; elsewhere `[` subscripts.
    else if (lexical.nameQuotes.includes(c)) this.name(c)
    else if (/[0-9]/.test(c) || (c === '.' && /[0-9]/.test(sql[at + 1] ?? '') && !/[\w)\]]$/.test(this.out)))
      this.plainNumber()
    else if (/[\p{L}_@$:]/u.test(c) && !sql.startsWith('::', at) && !sql.startsWith(':=', at)) this.word()
    else if (c === '?') {
      this.parameters += 1
      this.number({ kind: 'parameter', value: String(this.parameters) }, '?')
    } else {
      const operator = OPERATORS.find((candidate) => sql.startsWith(candidate, at)) ?? c
      this.push(operator, operator)
    }
  }

  private push(written: string, token: string): void {
    this.at += written.length
    this.out += token
    this.tokens.push(token)
  }

  private blockComment(): void {
    const { sql, at } = this
    if (sql[at + 2] === '!') throw unsupported('a conditional comment (/*! ... */)')
    if (sql[at + 2] === '+') throw unsupported('a hint (/*+ ... */) of another dialect')
    const end = sql.indexOf('*/', at + 2)
    if (end === -1) throw new SqlError('42601', 'unterminated /* comment')
    this.at = end + 2
    this.out += ' '
  }

  private string(quote: string): void {
    if (/[\w]$/.test(this.out)) {
      const prefix = /\w+$/.exec(this.out)![0]
      // r'', b'', N'', X'': other strings.
      throw unsupported(`a string written as ${prefix}${quote}...${quote}`)
    }
    const triple = quote.repeat(3)
    if (this.sql.startsWith(triple, this.at) && this.lexical.backslashes && this.lexical.stringQuotes.includes('"')) {
      throw unsupported(`a string in ${triple}`)
    }
    const { value, length } = this.quoted(quote, quote, this.lexical.backslashes)
    const id = `zs${this.standIns.size}z`
    this.standIns.set(id, { kind: 'string', value })
    this.at += length
    this.out += `'${id}'`
    this.tokens.push(`'${id}'`)
  }

  private name(quote: string): void {
    const { value, length } = this.quoted(quote, quote === '[' ? ']' : quote, false)
    const id = `zq${this.standIns.size}z`
    this.standIns.set(id, { kind: 'name', value })
    this.at += length
    this.out += id
    this.tokens.push(id)
  }

  private quoted(
    open: string,
    close: string,
    backslashes: boolean,
  ): { readonly value: string; readonly length: number } {
    let value = ''
    for (let i = this.at + open.length; i < this.sql.length; i++) {
      const c = this.sql[i]!
      if (c === close) {
        if (this.sql[i + 1] !== close) return { value, length: i + 1 - this.at }
        value += close
        i += 1
      } else if (c === '\\' && backslashes) {
        i += 1
        value += this.escaped(this.sql[i] ?? '')
      } else value += c
    }
    throw new SqlError('42601', `unterminated quoted ${close === "'" ? 'string' : 'name'}`)
  }

  private escaped(c: string): string {
    if (/[uUxX1-7]/.test(c)) throw unsupported(`the escape \\${c} in a string of another dialect`)
    // In patterns of LIKE the backslash stays before these; elsewhere it goes: which it is, no reader of strings knows.
    if (c === '%' || c === '_') throw unsupported(`the escape \\${c} in a string of another dialect`)
    return ESCAPES[c] ?? c
  }

  private plainNumber(): void {
    const written = /^(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/.exec(this.sql.slice(this.at, this.at + 400))![0]
    const after = this.sql[this.at + written.length] ?? ''
    if (/[\p{L}_]/u.test(after)) throw unsupported(`the number ${written}${after}`)
    if (/^\d{1,8}$/.test(written)) this.push(written, written)
    else this.number({ kind: 'number', value: written }, written)
  }

  private number(standIn: StandIn, written: string): void {
    const id = String(FIRST_NUMBER + this.standIns.size)
    this.standIns.set(id, standIn)
    this.push(written, id)
  }

  private word(): void {
    const written = /^[@$:]*[\p{L}\p{N}_$]*/u.exec(this.sql.slice(this.at))![0]
    if (written === '') {
      this.push(this.sql[this.at]!, this.sql[this.at]!)
      return
    }
    if (/^z[qs]\d+z$/i.test(written)) throw unsupported(`the name ${written} in another dialect`)
    this.push(written, written)
  }
}
