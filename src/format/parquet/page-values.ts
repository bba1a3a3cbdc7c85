/**
 * The values of a data page, taken a slice at a time in the order of the page; NULLs have no value.
 *
 * Values come out raw: as the physical type lays them out (byte arrays as views of the page). Dictionary-coded pages
 * give codes (i32) instead.
 */
import type { BulkMemory } from '../../core/bulk-memory.ts'
import type { Pointer } from '../../core/memory.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'
import type { Span } from '../codec.ts'

/** Bytes that the state of a run-length decoder takes (kernel/wasm/parquet/hybrid.ts). */
export const HYBRID_STATE_BYTES = 96

/** Results are 0, or a negative error of the kernels. */
export interface PageValues {
  /** Whether `read` gives codes of the dictionary. */
  readonly isCoded: boolean
  /** Takes the next `n` values to `out`. */
  read(n: number, out: Pointer): number
  /** Passes the next `n` values over. */
  skip(n: number): number
  /** Takes the next `n` values where they lie, if they may be used there: their address, aligned; else 0, and nothing is taken. */
  borrow?(n: number): Pointer
  /** Takes the next `n` values, those at the ascending `places` (u32, below `n`) to `out`; `scratch` has room for `n`. */
  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number
}

const TRUNCATED = -1

/** Values of a fixed width that lie one after another: PLAIN numbers, and what was decoded as a whole. */
export class FixedValues implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #bulk: BulkMemory
  readonly #width: number
  #pointer: Pointer
  #left: number
  readonly #isLasting: boolean

  /** `lasting`: the bytes stay until the row group's reader is closed. */
  constructor(
    kernels: ParquetKernels,
    bulk: BulkMemory,
    { pointer, byteCount }: Span,
    width: number,
    lasting: 'lasting' | 'passing' = 'passing',
  ) {
    this.#kernels = kernels
    this.#bulk = bulk
    this.#width = width
    this.#isLasting = lasting === 'lasting' && pointer % Math.min(8, width) === 0
    this.#pointer = pointer
    this.#left = Math.floor(byteCount / width)
  }

  read(n: number, out: Pointer): number {
    const byteCount = n * this.#width
    const from = this.#pointer
    if (this.skip(n) < 0) return TRUNCATED
    this.#bulk.copyWithin(out, from, from + byteCount)
    return 0
  }

  skip(n: number): number {
    if (n > this.#left) return TRUNCATED
    this.#left -= n
    this.#pointer += n * this.#width
    return 0
  }

  borrow(n: number): Pointer {
    const pointer = this.#pointer
    return this.#isLasting && this.skip(n) === 0 ? pointer : 0
  }

  select(n: number, places: Pointer, count: number, out: Pointer): number {
    const from = this.#pointer
    if (this.skip(n) < 0) return TRUNCATED
    this.#kernels.gather(from, this.#width, places, count, out)
    return 0
  }

  /** Views of the next `n` values instead of the values. */
  views(n: number, out: Pointer): number {
    const from = this.#pointer
    if (this.skip(n) < 0) return TRUNCATED
    this.#kernels.fixedViews(from, this.#width, n, out)
    return 0
  }
}

/** Fixed-length byte arrays that become views. */
export class FixedViews implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #values: FixedValues

  constructor(kernels: ParquetKernels, values: FixedValues) {
    this.#kernels = kernels
    this.#values = values
  }

  read(n: number, out: Pointer): number {
    return this.#values.views(n, out)
  }

  skip(n: number): number {
    return this.#values.skip(n)
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, 8, places, count, out)
    return result
  }
}

/** PLAIN byte arrays. */
export class PlainViews implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  #position: Pointer
  readonly #end: Pointer

  constructor(kernels: ParquetKernels, { pointer, byteCount }: Span) {
    this.#kernels = kernels
    this.#position = pointer
    this.#end = pointer + byteCount
  }

  read(n: number, out: Pointer): number {
    return this.#advance(this.#kernels.plainViews(this.#position, this.#end, n, out))
  }

  skip(n: number): number {
    return this.#advance(this.#kernels.plainSkipViews(this.#position, this.#end, n))
  }

  select(n: number, places: Pointer, count: number, out: Pointer): number {
    return this.#advance(this.#kernels.plainSelectViews(this.#position, this.#end, n, places, count, out))
  }

  #advance(byteCount: number): number {
    if (byteCount < 0) return byteCount
    this.#position += byteCount
    return 0
  }
}

/** PLAIN booleans: a bit each. */
export class PlainBooleans implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #pointer: Pointer
  #bit = 0
  readonly #bits: number

  constructor(kernels: ParquetKernels, { pointer, byteCount }: Span) {
    this.#kernels = kernels
    this.#pointer = pointer
    this.#bits = byteCount * 8
  }

  read(n: number, out: Pointer): number {
    const bit = this.#bit
    if (this.skip(n) < 0) return TRUNCATED
    this.#kernels.plainBooleans(this.#pointer, bit, n, out)
    return 0
  }

  skip(n: number): number {
    if (n > this.#bits - this.#bit) return TRUNCATED
    this.#bit += n
    return 0
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, 1, places, count, out)
    return result
  }
}

/** Runs of the RLE / bit-packed hybrid: booleans as bytes. */
export class RunBooleans implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #state: Pointer

  constructor(kernels: ParquetKernels, state: Pointer) {
    this.#kernels = kernels
    this.#state = state
  }

  read(n: number, out: Pointer): number {
    return this.#kernels.hybridReadBytes(this.#state, n, out, 1)
  }

  skip(n: number): number {
    return this.#kernels.hybridSkip(this.#state, n)
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, 1, places, count, out)
    return result
  }
}

/** Codes into a dictionary of `limit` values, checked. */
export class DictionaryCodes implements PageValues {
  readonly isCoded = true
  readonly #kernels: ParquetKernels
  readonly #state: Pointer
  readonly #limit: number

  constructor(kernels: ParquetKernels, state: Pointer, limit: number) {
    this.#kernels = kernels
    this.#state = state
    this.#limit = limit
  }

  read(n: number, out: Pointer): number {
    const result = this.#kernels.hybridRead(this.#state, n, out)
    if (result < 0) return result
    return this.#kernels.codesBelow(out, n, this.#limit) ? 0 : -3
  }

  skip(n: number): number {
    return this.#kernels.hybridSkip(this.#state, n)
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, 4, places, count, out)
    return result
  }
}
