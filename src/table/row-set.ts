/**
 * Row numbers of one file, as a set: bits in chunks of 4,096 rows that are made when a row of them is added.
 *
 * Ten thousand rows spread over six million take 750 KB; a set of all rows takes a bit a row.
 */

const CHUNK_BITS = 12
const CHUNK_ROWS = 1 << CHUNK_BITS

export class RowSet {
  readonly #chunks = new Map<number, Uint32Array>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Adds a row, numbered from 0; false when it is there already. */
  add(row: number): boolean {
    const number = Math.floor(row / CHUNK_ROWS)
    let chunk = this.#chunks.get(number)
    if (chunk === undefined) this.#chunks.set(number, (chunk = new Uint32Array(CHUNK_ROWS / 32)))
    const bit = row & (CHUNK_ROWS - 1)
    const word = chunk[bit >>> 5]!
    const mask = 1 << (bit & 31)
    if ((word & mask) !== 0) return false
    chunk[bit >>> 5] = word | mask
    this.#size++
    return true
  }

  /** All rows, ascending. */
  sorted(): BigInt64Array {
    const rows = new BigInt64Array(this.#size)
    let at = 0
    for (const number of [...this.#chunks.keys()].toSorted((a, b) => a - b)) {
      const chunk = this.#chunks.get(number)!
      for (let word = 0; word < chunk.length; word++) {
        for (let bits = chunk[word]!; bits !== 0; bits &= bits - 1) {
          const bit = 31 - Math.clz32(bits & -bits)
          rows[at++] = BigInt(number * CHUNK_ROWS + word * 32 + bit)
        }
      }
    }
    return rows
  }
}
