/**
 * Generated rows as columns: typed arrays in Arrow's layout, so that they become Parquet without a detour through rows.
 */

/** What a column holds, and its SQL type. */
export type ColumnKind = 'bigint' | 'integer' | 'money' | 'date' | 'text'

export interface ColumnSpec {
  readonly name: string
  readonly kind: ColumnKind
}

/** Two 32-bit words a value, low word first: bigint keys, and money in cents. */
export class Int64Column {
  readonly kind: 'bigint' | 'money'
  words: Int32Array
  #count = 0

  constructor(kind: 'bigint' | 'money', capacity: number) {
    this.kind = kind
    this.words = new Int32Array(2 * capacity)
  }

  push(value: number): void {
    if (2 * this.#count === this.words.length) this.words = grown(this.words)
    this.words[2 * this.#count] = value | 0
    this.words[2 * this.#count + 1] = Math.floor(value / 4_294_967_296)
    this.#count += 1
  }

  at(row: number): number {
    return this.words[2 * row + 1]! * 4_294_967_296 + (this.words[2 * row]! >>> 0)
  }

  clear(): void {
    this.#count = 0
  }
}

/** 32-bit values: integers, and dates as days since 1970-01-01. */
export class Int32Column {
  readonly kind: 'integer' | 'date'
  values: Int32Array
  #count = 0

  constructor(kind: 'integer' | 'date', capacity: number) {
    this.kind = kind
    this.values = new Int32Array(capacity)
  }

  push(value: number): void {
    if (this.#count === this.values.length) this.values = grown(this.values)
    this.values[this.#count++] = value
  }

  at(row: number): number {
    return this.values[row]!
  }

  clear(): void {
    this.#count = 0
  }
}

/** ASCII texts: offsets and bytes. */
export class TextColumn {
  readonly kind = 'text'
  offsets: Int32Array
  bytes: Uint8Array
  #count = 0
  #length = 0

  constructor(capacity: number) {
    this.offsets = new Int32Array(capacity + 1)
    this.bytes = new Uint8Array(capacity * 16)
  }

  push(text: string): void {
    this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) this.bytes[this.#length + i] = text.charCodeAt(i)
    this.#end(text.length)
  }

  /** Copies bytes [start, start + length) of `source`. */
  pushBytes(source: Uint8Array, start: number, length: number): void {
    this.#reserve(length)
    // Comments are short: a loop beats the call of `set` on a subarray.
    for (let i = 0; i < length; i++) this.bytes[this.#length + i] = source[start + i]!
    this.#end(length)
  }

  clear(): void {
    this.#count = 0
    this.#length = 0
  }

  #reserve(length: number): void {
    if (this.#count + 2 > this.offsets.length) this.offsets = grown(this.offsets)
    while (this.#length + length > this.bytes.length) this.bytes = grown(this.bytes)
  }

  #end(length: number): void {
    this.#length += length
    this.offsets[++this.#count] = this.#length
  }
}

function grown<T extends Int32Array | Uint8Array>(old: T): T {
  const Maker = old.constructor as new (length: number) => T
  const next = new Maker(old.length * 2)
  next.set(old)
  return next
}

export type Column = Int64Column | Int32Column | TextColumn

/** Rows of a table, reused from chunk to chunk: take what you need before the next one is made. */
export interface Chunk {
  readonly specs: readonly ColumnSpec[]
  readonly columns: readonly Column[]
  rowCount: number
}

export function createChunk(specs: readonly ColumnSpec[], capacity: number): Chunk {
  const columns = specs.map(({ kind }): Column => {
    if (kind === 'text') return new TextColumn(capacity)
    return kind === 'bigint' || kind === 'money' ? new Int64Column(kind, capacity) : new Int32Column(kind, capacity)
  })
  return { specs, columns, rowCount: 0 }
}

export function clearChunk(chunk: Chunk): void {
  for (const column of chunk.columns) column.clear()
  chunk.rowCount = 0
}
