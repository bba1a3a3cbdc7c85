/**
 * The index of an HFile's data blocks: their offsets by first key, in levels.
 *
 *   root, at the load-on-open offset:   entries: offset (8)  on-disk size (4)  key length (vint)  key
 *   below it (`IDXINTE2`, `IDXLEAF2`):  count (4)  offsets of the entries (4 each), of their end (4)   entries: offset (8)  size (4)  key
 *
 * A key is flat (cell-cursor.ts): row length (2), row, and what follows. Keys may be made up, between the last of a block and the first of the next.
 *
 * Spec: HBase reference guide, "HFile format", data block index of version 2.
 */
import { corrupt } from '../../core/errors.ts'
import type { ByteSource } from './hfile-reader.ts'
import { compareBytes } from './row-order.ts'

export interface IndexEntry {
  readonly offset: number
  readonly byteCount: number
  /** The row of the entry's key. */
  readonly row: Uint8Array
}

type Where = Pick<ByteSource, 'url'>

/** The root's entries; XX001 when they do not fit its bytes. */
export function parseRootIndex(body: Uint8Array, count: number, { url }: Where): IndexEntry[] {
  const reader = new EntryReader(body, url)
  // An entry has at least an offset, a size and a length.
  if (count < 0 || count > body.length / 13) throw corrupt(url, `damaged HFile: an index of ${count} blocks`)
  const entries: IndexEntry[] = []
  for (let left = count; left > 0; left--) {
    const [offset, byteCount] = [reader.long(), reader.int()]
    entries.push({ offset, byteCount, row: reader.row(reader.vint()) })
  }
  return entries
}

/** The entries of a block of the index that is not its root. */
export function parseIndexBlock(body: Uint8Array, { url }: Where): IndexEntry[] {
  const reader = new EntryReader(body, url)
  const count = reader.int()
  if (count < 0 || count > body.length / 16) throw corrupt(url, `damaged HFile: an index of ${count} blocks`)
  const ends: number[] = []
  for (let i = 0; i <= count; i++) ends.push(reader.int())
  return Array.from({ length: count }, (_, i): IndexEntry => {
    const [offset, byteCount] = [reader.long(), reader.int()]
    return { offset, byteCount, row: reader.row(ends[i + 1]! - ends[i]! - 12) }
  })
}

/** The last entry whose row is not after `row`, or the first: where the row would be. */
export function entryFor(entries: readonly IndexEntry[], row: Uint8Array): IndexEntry | undefined {
  let [low, high] = [0, entries.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    // Of equal rows the first one may be the end of the block before.
    if (compareBytes(entries[middle]!.row, row) < 0) low = middle + 1
    else high = middle
  }
  return entries[Math.max(0, low - 1)]
}

class EntryReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  readonly #url: string
  #position = 0

  constructor(bytes: Uint8Array, url: string) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#url = url
  }

  long(): number {
    return Number(this.#view.getBigInt64(this.#take(8)))
  }

  int(): number {
    return this.#view.getInt32(this.#take(4))
  }

  /** Hadoop's: one byte, or a byte that says how many follow. */
  vint(): number {
    const first = this.#view.getInt8(this.#take(1))
    if (first >= -112) return first
    const isNegative = first < -120
    let value = 0
    for (let left = isNegative ? -120 - first : -112 - first; left > 0; left--) {
      value = value * 256 + this.#bytes[this.#take(1)]!
    }
    return isNegative ? -1 - value : value
  }

  row(keyLength: number): Uint8Array {
    const start = this.#take(keyLength)
    const length = keyLength < 2 ? Infinity : this.#view.getUint16(start)
    if (length > keyLength - 2) throw corrupt(this.#url, 'damaged HFile: a key of the index has no row')
    return this.#bytes.subarray(start + 2, start + 2 + length)
  }

  #take(length: number): number {
    const start = this.#position
    if (!(length >= 0 && length <= this.#bytes.length - start)) {
      throw corrupt(this.#url, 'damaged HFile: its index ends too early')
    }
    this.#position = start + length
    return start
  }
}
