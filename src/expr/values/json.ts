/**
 * JSON as values: numbers keep their digits, objects the order of their keys. Written as `json_...` functions of PostgreSQL write it (compact)
 * and as jsonb is shown: keys by length, then bytes; of a key that occurs twice the last value; ", " and ": " between parts.
 */
import { SqlError } from '../../core/errors.ts'
import { compareText } from './compare.ts'

/** A number, as its text. */
export class JsonNumber {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type JsonObject = ReadonlyMap<string, Json>
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject

/** Nesting that is read: recursion must end before the stack does. */
const DEPTH_MAX = 1000

function malformed(text: string, detail: string): SqlError {
  return new SqlError('22P02', 'invalid input syntax for type json', {
    detail: `${detail}: ${text.length > 60 ? `${text.slice(0, 60)}...` : text}`,
  })
}

/** 22P02 for what is no JSON, 54001 when nested too deeply. */
export function parseJson(text: string): Json {
  return new JsonReader(text).read()
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
// JSON.parse checks what stands within.
const STRING = /"(?:[^"\\]|\\.)*"/y
const BLANKS = /[ \t\n\r]*/y

class JsonReader {
  readonly #text: string
  #at = 0
  #depth = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): Json {
    const value = this.#value()
    this.#skip()
    if (this.#at < this.#text.length) throw malformed(this.#text, 'Expected end of input')
    return value
  }

  #skip(): void {
    BLANKS.lastIndex = this.#at
    BLANKS.exec(this.#text)
    this.#at = BLANKS.lastIndex
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)
    if (found === null) return null
    this.#at = pattern.lastIndex
    return found[0]
  }

  #value(): Json {
    if (++this.#depth > DEPTH_MAX) throw new SqlError('54001', 'stack depth limit exceeded')
    this.#skip()
    const value = this.#parse()
    this.#depth--
    return value
  }

  #parse(): Json {
    const text = this.#text
    switch (text[this.#at]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      default: {
        const word = ['null', 'true', 'false'].find((one) => text.startsWith(one, this.#at))
        if (word !== undefined) {
          this.#at += word.length
          return word === 'null' ? null : word === 'true'
        }
        const number = this.#match(NUMBER)
        if (number === null) throw malformed(text, 'Expected a JSON value')
        return new JsonNumber(number)
      }
    }
  }

  #string(): string {
    const token = this.#match(STRING)
    if (token === null) throw malformed(this.#text, 'A string is not well-formed')
    let value: string
    try {
      value = JSON.parse(token) as string
    } catch {
      throw malformed(this.#text, 'A string is not well-formed')
    }
    if (/\p{Surrogate}/u.test(value)) throw malformed(this.#text, 'A Unicode surrogate stands alone')
    return value
  }

  /** Items up to the closing bracket. */
  #items(close: string, item: () => void): void {
    this.#at++
    this.#skip()
    if (this.#text[this.#at] === close) {
      this.#at++
      return
    }
    for (;;) {
      item()
      this.#skip()
      const char = this.#text[this.#at++]
      if (char === close) return
      if (char !== ',') throw malformed(this.#text, `Expected "," or "${close}"`)
    }
  }

  #array(): Json {
    const items: Json[] = []
    this.#items(']', () => items.push(this.#value()))
    return items
  }

  #object(): Json {
    const fields = new Map<string, Json>()
    this.#items('}', () => {
      this.#skip()
      const key = this.#string()
      this.#skip()
      if (this.#text[this.#at++] !== ':') throw malformed(this.#text, 'Expected ":"')
      fields.set(key, this.#value())
    })
    return fields
  }
}

/** `object`, `array`, `string`, `number`, `boolean` or `null`. */
export function jsonKind(json: Json): string {
  if (json === null) return 'null'
  if (typeof json === 'boolean' || typeof json === 'string') return typeof json
  if (json instanceof JsonNumber) return 'number'
  return json instanceof Map ? 'object' : 'array'
}

export function isObject(json: Json | undefined): json is JsonObject {
  return json instanceof Map
}

export function isArray(json: Json | undefined): json is readonly Json[] {
  return Array.isArray(json)
}

/** Compact text, keys in their order. */
export function writeJson(json: Json): string {
  return write(json, { comma: ',', colon: ':', sorts: false })
}

/** The one form of jsonb. */
export function writeJsonb(json: Json): string {
  return write(json, { comma: ', ', colon: ': ', sorts: true })
}

interface Style {
  readonly comma: string
  readonly colon: string
  readonly sorts: boolean
}

function write(json: Json, style: Style): string {
  if (json instanceof JsonNumber) return style.sorts ? plainNumber(json.text) : json.text
  if (isArray(json)) return `[${json.map((item) => write(item, style)).join(style.comma)}]`
  if (isObject(json)) {
    const entries = style.sorts ? sortedEntries(json) : [...json]
    return `{${entries.map(([key, value]) => `${quoteJson(key)}${style.colon}${write(value, style)}`).join(style.comma)}}`
  }
  return typeof json === 'string' ? quoteJson(json) : `${json}`
}

/** A text as a JSON string. */
export function quoteJson(text: string): string {
  return JSON.stringify(text)
}

/** By length in bytes, then by bytes. */
export function sortedEntries(object: JsonObject): [string, Json][] {
  return [...object].sort(([a], [b]) => Buffer.byteLength(a) - Buffer.byteLength(b) || compareText(a, b))
}

/** Without an exponent, as numeric is shown. */
function plainNumber(text: string): string {
  const parts = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/.exec(text)
  if (parts === null) return text === '-0' ? '0' : text
  const [, sign, whole, fraction = '', power] = parts as unknown as [string, string, string, string | undefined, string]
  const exponent = Number(power)
  if (Math.abs(exponent) > 1000) return text
  const digits = whole + fraction
  const point = whole.length + exponent
  const padded = point <= 0 ? digits.padStart(digits.length - point + 1, '0') : digits.padEnd(point, '0')
  const at = Math.max(point, 1)
  const head = padded.slice(0, at).replace(/^0+(?=\d)/, '')
  const tail = padded.slice(at)
  return `${sign}${head}${tail === '' ? '' : `.${tail}`}`
}

/** Indented by four blanks a level, as jsonb_pretty. */
export function prettyJson(json: Json, indent: string = ''): string {
  const inner = `${indent}    `
  if (isArray(json)) {
    if (json.length === 0) return '[\n' + indent + ']'
    return `[\n${json.map((item) => inner + prettyJson(item, inner)).join(',\n')}\n${indent}]`
  }
  if (isObject(json)) {
    if (json.size === 0) return '{\n' + indent + '}'
    const lines = sortedEntries(json).map(([key, value]) => `${inner}${quoteJson(key)}: ${prettyJson(value, inner)}`)
    return `{\n${lines.join(',\n')}\n${indent}}`
  }
  return writeJsonb(json)
}

/** The text that ->> gives: strings without quotes, NULL for null. */
export function jsonText(json: Json | undefined, isBinary: boolean): string | null {
  if (json === undefined || json === null) return null
  if (typeof json === 'string') return withoutNul(json)
  return isBinary ? writeJsonb(json) : writeJson(json)
}

/** Text has no NUL. */
function withoutNul(text: string): string {
  if (!text.includes('\0')) return text
  throw new SqlError('22P05', 'unsupported Unicode escape sequence', { detail: '\\u0000 cannot be converted to text.' })
}

/** Whether two values are equal: numbers by value, objects in any order. */
export function equalJson(a: Json, b: Json): boolean {
  return writeJsonb(canonical(a)) === writeJsonb(canonical(b))
}

/** Numbers without zeros at the end. */
function canonical(json: Json): Json {
  if (json instanceof JsonNumber)
    return new JsonNumber(
      plainNumber(json.text)
        .replace(/(\.\d*?)0+$/, '$1')
        .replace(/\.$/, ''),
    )
  if (isArray(json)) return json.map(canonical)
  if (isObject(json)) return new Map([...json].map(([key, value]) => [key, canonical(value)]))
  return json
}

/** `a @> b`. */
export function containsJson(a: Json, b: Json, isTop: boolean = true): boolean {
  if (isObject(a) && isObject(b)) {
    return [...b].every(([key, value]) => a.has(key) && containsJson(a.get(key)!, value, false))
  }
  if (isArray(a) && isArray(b)) return b.every((item) => a.some((other) => containsJson(other, item, false)))
  // An array contains a primitive, at the top only.
  if (isTop && isArray(a) && !isObject(b)) return a.some((item) => equalJson(item, b))
  return !isArray(a) && !isObject(a) && !isArray(b) && !isObject(b) && equalJson(a, b)
}

/** The part at a path of keys and places (negative: from the end); undefined when there is none. */
export function jsonAt(json: Json, path: readonly (string | number | null)[]): Json | undefined {
  let at: Json | undefined = json
  for (const step of path) {
    if (step === null) return undefined
    if (isObject(at)) at = at.get(String(step))
    else if (isArray(at)) {
      if (typeof step === 'string' && !/^-?\d+$/.test(step)) return undefined
      at = at.at(Number(step))
    } else return undefined
  }
  return at
}
