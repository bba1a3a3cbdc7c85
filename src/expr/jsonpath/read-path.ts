/**
 * SQL/JSON paths, read by descent (PostgreSQL's manual, 9.16.2; ISO 9075-2, 9.46).
 *
 *   path := [lax | strict] or        or := and (|| and)*       and := not (&& not)*      not := ! not | test
 *   test := sum [comparison sum | starts with x | like_regex "x" [flag "x"] | is unknown]
 *   sum := product ((+|-) product)*  product := unary ((*|/|%) unary)*   unary := (+|-) unary | step*
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { JsonNumber } from '../values/json.ts'
import { compileRegex } from '../regex/regex.ts'
import {
  type ArithmeticSign,
  type CompareSign,
  type JsonPath,
  type PathNode,
  type PathRange,
  isTest,
} from './syntax.ts'
import { type PathToken, pathSyntaxError, pathTokens } from './tokens.ts'

/** Characters of a path; brackets within brackets. */
const PATH_MAX = 10_000
const DEPTH_MAX = 200

let lastText = ''
let lastPath: JsonPath | null = null

/** 42601, 22P02, 0A000. */
export function readJsonPath(text: string): JsonPath {
  if (lastPath === null || text !== lastText) {
    if (text.trim() === '' || text.length > PATH_MAX) {
      throw new SqlError('22P02', `invalid input syntax for type jsonpath: "${text.slice(0, 60)}"`)
    }
    lastPath = new PathReader(pathTokens(text)).path()
    lastText = text
  }
  return lastPath
}

const METHODS: ReadonlySet<string> = new Set([
  'type',
  'size',
  'double',
  'ceiling',
  'floor',
  'abs',
  'keyvalue',
  'number',
  'integer',
  'bigint',
  'boolean',
  'string',
])

class PathReader {
  readonly #tokens: readonly PathToken[]
  #at = 0
  #depth = 0
  /** Within a filter `@` has a meaning, within a subscript `last`. */
  #filters = 0
  #subscripts = 0

  constructor(tokens: readonly PathToken[]) {
    this.#tokens = tokens
  }

  path(): JsonPath {
    const mode = this.#word('strict', 'lax')
    const root = this.#or()
    if (this.#peek().kind !== 'end') throw this.#error()
    return { strict: mode === 'strict', root }
  }

  #peek(): PathToken {
    return this.#tokens[this.#at]!
  }

  #error(): Error {
    return pathSyntaxError(this.#peek().text)
  }

  /** The sign that comes next, if it is one of these. */
  #sign(...texts: readonly string[]): string | null {
    const { kind, text } = this.#peek()
    if (kind !== 'sign' || !texts.includes(text)) return null
    this.#at++
    return text
  }

  #word(...texts: readonly string[]): string | null {
    const { kind, text } = this.#peek()
    if (kind !== 'word' || !texts.includes(text.toLowerCase())) return null
    this.#at++
    return text.toLowerCase()
  }

  #expect(sign: string): void {
    if (this.#sign(sign) === null) throw this.#error()
  }

  #or(): PathNode {
    if (++this.#depth > DEPTH_MAX) throw new SqlError('54001', 'the jsonpath is nested too deeply')
    let left = this.#and()
    while (this.#sign('||') !== null) left = { kind: 'or', left: test(left), right: test(this.#and()) }
    this.#depth--
    return left
  }

  #and(): PathNode {
    let left = this.#not()
    while (this.#sign('&&') !== null) left = { kind: 'and', left: test(left), right: test(this.#not()) }
    return left
  }

  #not(): PathNode {
    if (this.#sign('!') === null) return this.#comparison()
    const negatedAt = this.#at
    const of = this.#not()
    if (!isTest(of)) {
      this.#at = negatedAt
      throw this.#error()
    }
    return { kind: 'not', of }
  }

  #comparison(): PathNode {
    const left = this.#sum()
    const op = this.#sign('==', '!=', '<>', '<', '<=', '>', '>=')
    if (op !== null) return { kind: 'compare', op: (op === '<>' ? '!=' : op) as CompareSign, left, right: this.#sum() }
    if (this.#word('is') !== null) {
      if (this.#word('unknown') === null) throw this.#error()
      return { kind: 'isUnknown', of: test(left) }
    }
    if (this.#word('starts') !== null) {
      if (this.#word('with') === null) throw this.#error()
      const { kind } = this.#peek()
      if (kind !== 'string' && kind !== 'variable') throw this.#error()
      return { kind: 'startsWith', of: left, prefix: this.#primary() }
    }
    return this.#word('like_regex') === null ? left : this.#likeRegex(left)
  }

  #likeRegex(of: PathNode): PathNode {
    const pattern = this.#string()
    const asked = this.#word('flag') === null ? '' : this.#string()
    for (const flag of asked) {
      if (flag === 'x') throw unsupported('flag "x" (expanded regular expressions) of like_regex')
      if (!'ismq'.includes(flag)) throw pathSyntaxError(asked)
    }
    const lines = asked.includes('m')
    const newline = asked.includes('s') ? (lines ? 'w' : 's') : lines ? 'n' : 'p'
    const flags = newline + (asked.includes('i') ? 'i' : '') + (asked.includes('q') ? 'q' : '')
    compileRegex(pattern, flags)
    return { kind: 'likeRegex', of, pattern, flags }
  }

  #string(): string {
    const { kind, text } = this.#peek()
    if (kind !== 'string') throw this.#error()
    this.#at++
    return text
  }

  #sum(): PathNode {
    let left = this.#product()
    for (let op = this.#sign('+', '-'); op !== null; op = this.#sign('+', '-')) {
      left = { kind: 'arithmetic', op: op as ArithmeticSign, left, right: this.#product() }
    }
    return left
  }

  #product(): PathNode {
    let left = this.#unary()
    for (let op = this.#sign('*', '/', '%'); op !== null; op = this.#sign('*', '/', '%')) {
      left = { kind: 'arithmetic', op: op as ArithmeticSign, left, right: this.#unary() }
    }
    return left
  }

  #unary(): PathNode {
    const sign = this.#sign('+', '-')
    if (sign === null) return this.#steps(this.#primary())
    if (++this.#depth > DEPTH_MAX) throw new SqlError('54001', 'the jsonpath is nested too deeply')
    const of = this.#unary()
    this.#depth--
    return { kind: 'sign', of, negative: sign === '-' }
  }

  #primary(): PathNode {
    const token = this.#peek()
    this.#at++
    switch (token.kind) {
      case 'string':
        return { kind: 'literal', value: token.text }
      case 'number':
        return { kind: 'literal', value: new JsonNumber(token.text.replace(/^\./, '0.').replace(/\.(?=$|[eE])/, '')) }
      case 'variable':
        return { kind: 'variable', name: token.text }
      case 'word':
        return this.#named(token.text)
      default:
        if (token.text === '$') return { kind: 'root' }
        if (token.text === '@') {
          if (this.#filters === 0) throw new SqlError('42601', '@ is not allowed in root expressions')
          return { kind: 'current' }
        }
        if (token.text === '(') return this.#bracketed()
        this.#at--
        throw this.#error()
    }
  }

  #bracketed(): PathNode {
    const inner = this.#or()
    this.#expect(')')
    return inner
  }

  #named(word: string): PathNode {
    switch (word.toLowerCase()) {
      case 'true':
      case 'false':
        return { kind: 'literal', value: word.toLowerCase() === 'true' }
      case 'null':
        return { kind: 'literal', value: null }
      case 'last':
        if (this.#subscripts === 0) throw new SqlError('42601', 'LAST is allowed only in array subscripts')
        return { kind: 'last' }
      case 'exists': {
        this.#expect('(')
        const of = this.#or()
        this.#expect(')')
        return { kind: 'exists', of }
      }
      default:
        this.#at--
        throw this.#error()
    }
  }

  #steps(node: PathNode): PathNode {
    for (let of = node; ;) {
      if (this.#sign('.') !== null) of = this.#member(of)
      else if (this.#sign('[') !== null) of = this.#subscript(of)
      else if (this.#sign('?') !== null) {
        this.#expect('(')
        this.#filters++
        of = { kind: 'filter', of, test: test(this.#or()) }
        this.#filters--
        this.#expect(')')
      } else return of
    }
  }

  #member(of: PathNode): PathNode {
    if (this.#sign('*') !== null) return { kind: 'anyKey', of }
    if (this.#sign('**') !== null) return this.#anyDepth(of)
    const { kind, text } = this.#peek()
    if (kind !== 'word' && kind !== 'string' && kind !== 'variable') throw this.#error()
    this.#at++
    const name = kind === 'variable' ? `$${text}` : text
    if (kind !== 'word' || this.#peek().text !== '(' || this.#peek().kind !== 'sign') return { kind: 'key', of, name }
    if (!METHODS.has(name)) throw unsupported(`method .${name}() of a jsonpath`)
    this.#at++
    this.#expect(')')
    return { kind: 'method', of, name }
  }

  #anyDepth(of: PathNode): PathNode {
    if (this.#sign('{') === null) return { kind: 'anyDepth', of, from: 0, to: Infinity }
    const from = this.#level()
    const to = this.#word('to') === null ? from : this.#level()
    this.#expect('}')
    return { kind: 'anyDepth', of, from, to }
  }

  #level(): number {
    if (this.#word('last') !== null) return Infinity
    const { kind, text } = this.#peek()
    if (kind !== 'number' || !/^\d+$/.test(text)) throw this.#error()
    this.#at++
    return Number(text)
  }

  #subscript(of: PathNode): PathNode {
    if (this.#sign('*') !== null) {
      this.#expect(']')
      return { kind: 'anyItem', of }
    }
    const ranges: PathRange[] = []
    this.#subscripts++
    do {
      const from = this.#sum()
      ranges.push({ from, to: this.#word('to') === null ? null : this.#sum() })
    } while (this.#sign(',') !== null)
    this.#subscripts--
    this.#expect(']')
    return { kind: 'items', of, ranges }
  }
}

/** Only what gives true or false can be asked for it. */
function test(node: PathNode): PathNode {
  if (!isTest(node)) throw pathSyntaxError('')
  return node
}
