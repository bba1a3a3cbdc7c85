/** The words and signs of a SQL/JSON path. */
import { SqlError } from '../../core/errors.ts'

export interface PathToken {
  readonly kind: 'sign' | 'word' | 'string' | 'number' | 'variable' | 'end'
  /** Of strings and quoted names: what they stand for. */
  readonly text: string
}

const SIGN = /\*\*|&&|\|\||==|!=|<>|<=|>=|[$@.*?()[\]{},!<>+\-/%]/y
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const WORD = /[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*/uy
const STRING = /"((?:[^"\\]|\\[^])*)"/y
const SPACE = /(?:\s|\/\*[^]*?\*\/)+/y

/** 42601, worded as PostgreSQL's. */
export function pathSyntaxError(near: string): SqlError {
  return new SqlError(
    '42601',
    near === '' ? 'syntax error at end of jsonpath input' : `syntax error at or near "${near}" of jsonpath input`,
  )
}

export function pathTokens(text: string): PathToken[] {
  const tokens: PathToken[] = []
  let at = 0
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found !== null) at = pattern.lastIndex
    return found
  }
  while (at < text.length) {
    if (take(SPACE) !== null) continue
    const before = tokens.at(-1)
    const string = take(STRING)
    if (string !== null) {
      tokens.push({ kind: 'string', text: unescape(string[1]!) })
    } else if (text[at] === '$' && /["\w\u0080-\uffff]/.test(text[at + 1] ?? '')) {
      at++
      const name = take(STRING)
      tokens.push({ kind: 'variable', text: name === null ? take(/[\w$\u0080-\uffff]+/y)![0] : unescape(name[1]!) })
    } else {
      // After a key's or method's point, `.5` is no number.
      const number = before?.text === '.' && before.kind === 'sign' ? null : take(NUMBER)
      const found = number ?? take(WORD)
      if (found !== null) tokens.push({ kind: found === number ? 'number' : 'word', text: found[0] })
      else {
        const sign = take(SIGN)
        if (sign === null) throw pathSyntaxError(text[at]!)
        tokens.push({ kind: 'sign', text: sign[0] })
      }
    }
  }
  tokens.push({ kind: 'end', text: '' })
  return tokens
}

const ESCAPES: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }

function unescape(text: string): string {
  return text.replace(/\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|([^]))/g, (_, ...groups) => {
    const [braced, four, two, char] = groups as (string | undefined)[]
    const code = braced ?? four ?? two
    if (code === undefined) return ESCAPES[char!] ?? char!
    const point = Number.parseInt(code, 16)
    if (point > 0x10_ffff || point === 0) throw new SqlError('22P05', 'unsupported Unicode escape sequence')
    return braced === undefined ? String.fromCharCode(point) : String.fromCodePoint(point)
  })
}
