/**
 * Roaring bitmaps in their portable serialisation, read into sorted row numbers.
 *
 *   cookie 12346: u32 count of containers                 | keys and cardinalities | offsets | containers
 *   cookie 12347 | (count - 1) << 16: bits of run flags   | keys and cardinalities | offsets when count >= 4 | containers
 *   container: array of u16 (cardinality <= 4096), bitmap of 8 KiB, or runs (count, then start and length - 1)
 *
 * Little-endian. A 64-bit bitmap is a list of 32-bit ones, each with the high 32 bits of its numbers.
 *
 * Spec: RoaringFormatSpec.
 */
import { type DataError, corrupt } from '../core/errors.ts'

const COOKIE_NO_RUNS = 12_346
const COOKIE_RUNS = 12_347
const ARRAY_MAX = 4096
const OFFSETS_FROM = 4
/** Rows of one vector: they take 8 bytes each in memory, and a data file has not that many. */
const ROWS_MAX = 1 << 26

/** The numbers of a 64-bit bitmap, ascending; XX001 naming `file` for damaged bytes. */
export function readRoaring64(bytes: Uint8Array, file: string): BigInt64Array {
  return new RoaringReader(bytes, file).read64()
}

/** The numbers of a 32-bit bitmap, ascending; XX001 naming `file` for damaged bytes. */
export function readRoaring32(bytes: Uint8Array, file: string): BigInt64Array {
  return new RoaringReader(bytes, file).read32()
}

class RoaringReader {
  readonly #view: DataView
  readonly #file: string
  #position = 0
  #rows: BigInt64Array = new BigInt64Array(0)
  /** Of them, those that were read. */
  #count = 0
  #last = -1n

  constructor(bytes: Uint8Array, file: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#file = file
  }

  read64(): BigInt64Array {
    const count = this.#view.byteLength >= 8 ? this.#view.getBigUint64(this.#take(8), true) : -1n
    // A 32-bit bitmap takes at least 8 bytes, its key 4.
    if (count < 0n || count > BigInt(Math.floor(this.#view.byteLength / 12)))
      throw this.#error(`it says to hold ${count} bitmaps`)
    let last = -1
    for (let i = 0n; i < count; i++) {
      const high = this.#u32()
      if (high <= last || high > 0x7fff_ffff) throw this.#error('its keys do not ascend')
      last = high
      this.#read32(BigInt(high) << 32n)
    }
    return this.#whole()
  }

  read32(): BigInt64Array {
    this.#read32(0n)
    return this.#whole()
  }

  #whole(): BigInt64Array {
    if (this.#position !== this.#view.byteLength) throw this.#error('bytes are left at its end')
    return this.#rows.subarray(0, this.#count)
  }

  /** Makes room for what the header says the containers hold: runs take few bytes and can hold very many rows. */
  #reserve(header: number, containers: number): void {
    let count = this.#count
    for (let i = 0; i < containers; i++) count += this.#view.getUint16(header + i * 4 + 2, true) + 1
    if (count > ROWS_MAX) throw this.#error(`it holds ${count} rows`)
    if (count <= this.#rows.length) return
    const larger = new BigInt64Array(count)
    larger.set(this.#rows.subarray(0, this.#count))
    this.#rows = larger
  }

  #read32(base: bigint): void {
    const cookie = this.#u32()
    const hasRuns = (cookie & 0xffff) === COOKIE_RUNS
    if (!hasRuns && cookie !== COOKIE_NO_RUNS) throw this.#error(`unknown cookie ${cookie}`)
    const count = hasRuns ? (cookie >>> 16) + 1 : this.#u32()
    if (count > 65_536) throw this.#error(`it says to hold ${count} containers`)
    const flags = hasRuns ? this.#take((count + 7) >> 3) : 0
    const isRun = (i: number): boolean => hasRuns && ((this.#view.getUint8(flags + (i >> 3)) >> (i & 7)) & 1) === 1
    const header = this.#take(count * 4)
    if (!hasRuns || count >= OFFSETS_FROM) this.#take(count * 4)
    this.#reserve(header, count)
    for (let i = 0; i < count; i++) {
      const key = this.#view.getUint16(header + i * 4, true)
      const cardinality = this.#view.getUint16(header + i * 4 + 2, true) + 1
      const before = this.#count
      const start = base + (BigInt(key) << 16n)
      if (isRun(i)) this.#runs(start)
      else if (cardinality <= ARRAY_MAX) this.#array(start, cardinality)
      else this.#bitmap(start)
      if (this.#count - before !== cardinality) throw this.#error('a container has another cardinality')
    }
  }

  #array(base: bigint, cardinality: number): void {
    const start = this.#take(cardinality * 2)
    for (let i = 0; i < cardinality; i++) this.#push(base + BigInt(this.#view.getUint16(start + i * 2, true)))
  }

  #bitmap(base: bigint): void {
    const start = this.#take(8192)
    for (let i = 0; i < 65_536; i++) {
      if ((this.#view.getUint8(start + (i >> 3)) >> (i & 7)) & 1) this.#push(base + BigInt(i))
    }
  }

  #runs(base: bigint): void {
    const count = this.#view.getUint16(this.#take(2), true)
    const start = this.#take(count * 4)
    for (let i = 0; i < count; i++) {
      const first = this.#view.getUint16(start + i * 4, true)
      const last = first + this.#view.getUint16(start + i * 4 + 2, true)
      if (last > 0xffff) throw this.#error('a run is too long')
      for (let value = first; value <= last; value++) this.#push(base + BigInt(value))
    }
  }

  #push(row: bigint): void {
    if (row <= this.#last) throw this.#error('its rows do not ascend')
    if (this.#count === this.#rows.length) throw this.#error('a container has another cardinality')
    this.#last = row
    this.#rows[this.#count++] = row
  }

  #u32(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  #take(byteCount: number): number {
    const start = this.#position
    if (start + byteCount > this.#view.byteLength) throw this.#error('it ends early')
    this.#position = start + byteCount
    return start
  }

  #error(problem: string): DataError {
    return corrupt(this.#file, `damaged bitmap: ${problem}`)
  }
}
