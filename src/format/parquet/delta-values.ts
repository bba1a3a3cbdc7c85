/** Values of pages whose encodings hold lengths or bytes apart: DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT. */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'
import type { Span } from '../codec.ts'
import type { PageValues } from './page-values.ts'

const TRUNCATED = -1
const MALFORMED = -2

/** Byte arrays behind the list of their lengths (`lengths`: `count` i32). */
export class LengthViews implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  #lengths: Pointer
  #left: number
  #position: Pointer
  readonly #end: Pointer

  constructor(kernels: ParquetKernels, lengths: Pointer, count: number, { pointer, byteCount }: Span) {
    this.#kernels = kernels
    this.#lengths = lengths
    this.#left = count
    this.#position = pointer
    this.#end = pointer + byteCount
  }

  read(n: number, out: Pointer): number {
    if (n > this.#left) return TRUNCATED
    const byteCount = this.#kernels.viewsOfLengths(this.#lengths, n, this.#position, this.#end, out)
    if (byteCount < 0) return byteCount
    this.#position += byteCount
    this.#lengths += n * 4
    this.#left -= n
    return 0
  }

  skip(n: number): number {
    return this.read(n, 0)
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, 8, places, count, out)
    return result
  }
}

/** What the two streams of lengths of a DELTA_BYTE_ARRAY page say, and where the suffixes lie. */
export interface PrefixStreams {
  readonly prefixes: Pointer
  readonly suffixes: Pointer
  readonly count: number
  readonly data: Span
  /** Bytes of each value as FIXED_LEN_BYTE_ARRAY that comes out as bytes, not views; else 0. */
  readonly fixedWidth: number
}

/** Byte arrays that share a prefix with the one before. The values are put together in `arena`, where they stay. */
export class PrefixedValues implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #memory: EngineMemory
  readonly #arena: Arena
  readonly #streams: PrefixStreams
  #taken = 0
  #position: Pointer
  #previous: Pointer = 0
  #previousLength = 0

  constructor(kernels: ParquetKernels, memory: EngineMemory, arena: Arena, streams: PrefixStreams) {
    this.#kernels = kernels
    this.#memory = memory
    this.#arena = arena
    this.#streams = streams
    this.#position = streams.data.pointer
  }

  read(n: number, out: Pointer): number {
    const { fixedWidth } = this.#streams
    const views = fixedWidth === 0 ? out : this.#arena.allocate(n * 8)
    const bytes = this.#join(n, views)
    if (bytes < 0) return bytes
    if (fixedWidth !== 0) {
      if (!this.#kernels.haveLength(views, n, fixedWidth)) return MALFORMED
      this.#memory.bulk.copyWithin(out, bytes, bytes + n * fixedWidth)
    }
    return 0
  }

  skip(n: number): number {
    // What follows builds on these: they are put together all the same.
    const result = this.#join(n, this.#arena.allocate(n * 8))
    return result < 0 ? result : 0
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, this.#streams.fixedWidth || 8, places, count, out)
    return result
  }

  /** Puts the next `n` values together, one after another; their address, or a negative error. */
  #join(n: number, views: Pointer): Pointer {
    const { prefixes, suffixes, count, data } = this.#streams
    if (n > count - this.#taken) return TRUNCATED
    const [prefix, suffix] = [prefixes + this.#taken * 4, suffixes + this.#taken * 4]
    const end = data.pointer + data.byteCount
    const byteCount = this.#kernels.prefixedBytes(prefix, suffix, n, this.#previousLength, end - this.#position)
    if (byteCount < 0) return byteCount
    const bytes = this.#arena.allocate(byteCount)
    const taken = this.#kernels.joinPrefixes(
      prefix,
      suffix,
      n,
      this.#position,
      end,
      this.#previous,
      this.#previousLength,
      bytes,
      views,
    )
    if (taken < 0) return taken
    this.#position += taken
    this.#taken += n
    if (n > 0) {
      const last = (views + (n - 1) * 8) >>> 2
      this.#previous = this.#memory.u32[last]!
      this.#previousLength = this.#memory.u32[last + 1]!
    }
    return bytes
  }
}

/** Values whose first bytes stand first, then their second bytes, and so on. */
export class SplitValues implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #pointer: Pointer
  readonly #width: number
  readonly #total: number
  #taken = 0

  constructor(kernels: ParquetKernels, { pointer, byteCount }: Span, width: number) {
    this.#kernels = kernels
    this.#pointer = pointer
    this.#width = width
    this.#total = Math.floor(byteCount / width)
  }

  read(n: number, out: Pointer): number {
    const first = this.#taken
    if (this.skip(n) < 0) return TRUNCATED
    this.#kernels.splitRead(this.#pointer, this.#total, this.#width, first, n, out)
    return 0
  }

  skip(n: number): number {
    if (n > this.#total - this.#taken) return TRUNCATED
    this.#taken += n
    return 0
  }

  select(n: number, places: Pointer, count: number, out: Pointer, scratch: Pointer): number {
    const result = this.read(n, scratch)
    if (result === 0) this.#kernels.gather(scratch, this.#width, places, count, out)
    return result
  }
}

/** Fixed-length byte arrays of another encoding, as views of bytes in `arena`. */
export class StoredViews implements PageValues {
  readonly isCoded = false
  readonly #kernels: ParquetKernels
  readonly #arena: Arena
  readonly #values: PageValues
  readonly #width: number

  constructor(kernels: ParquetKernels, arena: Arena, values: PageValues, width: number) {
    this.#kernels = kernels
    this.#arena = arena
    this.#values = values
    this.#width = width
  }

  read(n: number, out: Pointer): number {
    const bytes = this.#arena.allocate(n * this.#width)
    const result = this.#values.read(n, bytes)
    if (result === 0) this.#kernels.fixedViews(bytes, this.#width, n, out)
    return result
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
