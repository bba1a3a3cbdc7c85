/**
 * JSON whose integers stay exact.
 *
 * JSON.parse rounds integers beyond 2^53, and table formats keep 64-bit ids and values as JSON numbers. Here an integer is a number
 * when that is exact and else a bigint; `toBigInt` takes both.
 *
 * Text that JSON.parse lets pass is taken for damage: bytes that are no UTF-8, and a key that an object has twice. A cut that joins two objects
 * makes one of them vanish so.
 */
import { DataError, corrupt } from './errors.ts'

export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject

export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/** Nesting of arrays and objects at most: no metadata comes near, and deeper text would overflow the stack. */
const DEPTH_MAX = 500

export interface JsonOptions {
  /** Of a key that occurs twice, the last value counts; else it is an error. */
  readonly allowsRepeatedKeys?: boolean
}

/** The value of a JSON text, or of its bytes in UTF-8; XX001 naming `what` for anything else. */
export function parseExactJson(text: string | Uint8Array, what: string, options: JsonOptions = {}): JsonValue {
  return new Parser(typeof text === 'string' ? text : decodeUtf8(text, what), what, options).parse()
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The text of a metadata file; XX001 naming `what` where it is no UTF-8. */
export function decodeUtf8(bytes: Uint8Array, what: string): string {
  try {
    return utf8.decode(bytes)
  } catch (cause) {
    throw corrupt(what, 'its text is not valid UTF-8', { cause })
  }
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The text of a JSON value; bigints are written as integers. */
export function writeExactJson(value: JsonValue): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `[${value.map((item) => writeExactJson(item as JsonValue)).join(',')}]`
  if (isJsonObject(value)) {
    const parts: string[] = []
    for (const [key, item] of Object.entries(value)) {
      if (item !== undefined) parts.push(`${JSON.stringify(key)}:${writeExactJson(item)}`)
    }
    return `{${parts.join(',')}}`
  }
  return JSON.stringify(value)
}

class Parser {
  readonly #text: string
  readonly #what: string
  readonly #allowsRepeatedKeys: boolean
  #position = 0
  #depth = 0

  constructor(text: string, what: string, { allowsRepeatedKeys = false }: JsonOptions) {
    this.#text = text
    this.#what = what
    this.#allowsRepeatedKeys = allowsRepeatedKeys
  }

  parse(): JsonValue {
    // A byte order mark is not JSON, but some writers put one.
    if (this.#text.charCodeAt(0) === 0xfeff) this.#position = 1
    const value = this.#value()
    this.#skipSpace()
    if (this.#position < this.#text.length) throw this.#error('unexpected text after the value')
    return value
  }

  #value(): JsonValue {
    this.#skipSpace()
    switch (this.#text[this.#position]) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(): JsonObject {
    this.#open()
    // No prototype: a key may be called `__proto__`.
    const object = Object.create(null) as Record<string, JsonValue>
    if (!this.#take('}')) {
      do {
        this.#skipSpace()
        if (this.#text[this.#position] !== '"') throw this.#error('expected a key')
        const key = this.#string()
        if (key in object && !this.#allowsRepeatedKeys) throw this.#error(`key "${key}" occurs twice`)
        this.#expect(':')
        object[key] = this.#value()
      } while (this.#take(','))
      this.#expect('}')
    }
    this.#depth--
    return object
  }

  #array(): JsonValue[] {
    this.#open()
    const items: JsonValue[] = []
    if (!this.#take(']')) {
      do items.push(this.#value())
      while (this.#take(','))
      this.#expect(']')
    }
    this.#depth--
    return items
  }

  #open(): void {
    this.#position++
    if (++this.#depth > DEPTH_MAX) throw this.#error('nested too deeply')
  }

  #string(): string {
    const start = ++this.#position
    for (let i = start; i < this.#text.length; i++) {
      const unit = this.#text.charCodeAt(i)
      if (unit === 0x22) {
        this.#position = i + 1
        return this.#text.slice(start, i)
      }
      if (unit === 0x5c || unit < 0x20) return this.#stringWithEscapes(start)
    }
    throw this.#error('unterminated string')
  }

  #stringWithEscapes(start: number): string {
    let end = start
    while (end < this.#text.length && this.#text[end] !== '"') end += this.#text[end] === '\\' ? 2 : 1
    this.#position = end + 1
    try {
      return JSON.parse(this.#text.slice(start - 1, end + 1)) as string
    } catch {
      this.#position = start
      throw this.#error('malformed string')
    }
  }

  #number(): number | bigint {
    const pattern = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
    pattern.lastIndex = this.#position
    const match = pattern.exec(this.#text)
    if (match === null) throw this.#error('expected a value')
    this.#position = pattern.lastIndex
    const value = Number(match[0])
    const isInteger = match[1] === undefined && match[2] === undefined
    return isInteger && !Number.isSafeInteger(value) ? BigInt(match[0]) : value
  }

  #word<T>(word: string, value: T): T {
    if (!this.#text.startsWith(word, this.#position)) throw this.#error('expected a value')
    this.#position += word.length
    return value
  }

  #take(symbol: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#position] !== symbol) return false
    this.#position++
    return true
  }

  #expect(symbol: string): void {
    if (!this.#take(symbol)) throw this.#error(`expected "${symbol}"`)
  }

  #skipSpace(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#position)
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return
      this.#position++
    }
  }

  #error(problem: string): DataError {
    return new DataError('XX001', `${this.#what}: malformed JSON at character ${this.#position}: ${problem}`)
  }
}
