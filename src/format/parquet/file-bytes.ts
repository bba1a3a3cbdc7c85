/**
 * Bytes of the file in the shared memory, for the columns of one row group.
 *
 *   prefetched runs      [ column a ........ | b ... ]        [ d ...... ]      shared, kept until close
 *   a column's window                                 [ c .. )  moves along the chunk, growing up to WINDOW_BYTES_MAX
 *
 * Windows are read on demand. A window that views may point into is kept until close, another gives its memory back when
 * the next one is read. Every run has slack behind it, so that kernels may read past the end.
 */
import { ARENA_SLACK_BYTES } from '../../core/arena.ts'
import { type EngineMemory, type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import type { SyncFile } from '../../storage/storage.ts'

/** A gap that is cheaper to read over than to skip: 64 KiB from the page cache take 8 us, a call 1.3 us. */
const GAP_BYTES_MAX = 64 << 10
const RUN_BYTES_MAX = 16 << 20
/** More is left to the windows, so that a row group of any size needs bounded memory. */
const PREFETCH_BYTES_MAX = 48 << 20
const WINDOW_BYTES_MIN = 64 << 10
const WINDOW_BYTES_MAX = 4 << 20

/** Half-open range of bytes in the file. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

interface Run extends ByteRange {
  readonly pointer: Pointer
}

export class FileBytes {
  readonly file: SyncFile
  readonly #engine: EngineMemory
  readonly #runs: Run[] = []
  readonly #kept: Pointer[] = []
  readonly #windows: ColumnWindow[] = []
  bytesRead = 0

  constructor(engine: EngineMemory, file: SyncFile) {
    this.#engine = engine
    this.file = file
  }

  /** Reads ranges (in any order) that will be needed, in few calls. */
  prefetch(ranges: readonly ByteRange[]): void {
    const missing = ranges.filter(({ start, end }) => this.findRun(start, end) === undefined)
    for (const { start, end } of coalesce(missing)) this.#runs.push(this.read(start, end))
  }

  /** Whether `prefetch` should be called for ranges of so many bytes in total. */
  static mayPrefetch(ranges: readonly ByteRange[]): boolean {
    return ranges.reduce((sum, { start, end }) => sum + end - start, 0) <= PREFETCH_BYTES_MAX
  }

  findRun(start: number, end: number): Run | undefined {
    return this.#runs.find((run) => run.start <= start && end <= run.end)
  }

  /** A window for the bytes [start, end) of one column chunk. */
  openWindow(range: ByteRange): ColumnWindow {
    const window = new ColumnWindow(this, range)
    this.#windows.push(window)
    return window
  }

  read(start: number, end: number): Run {
    const byteCount = end - start
    const pointer = allocatePages(this.#engine, byteCount + ARENA_SLACK_BYTES, 'reading a Parquet file')
    try {
      this.file.readSync(this.#engine.u8.subarray(pointer, pointer + byteCount), start)
    } catch (error) {
      freePages(this.#engine, pointer)
      throw error
    }
    this.bytesRead += byteCount
    return { start, end, pointer }
  }

  keep(pointer: Pointer): void {
    this.#kept.push(pointer)
  }

  free(pointer: Pointer): void {
    freePages(this.#engine, pointer)
  }

  close(): void {
    for (const { pointer } of this.#runs.splice(0)) this.free(pointer)
    for (const pointer of this.#kept.splice(0)) this.free(pointer)
    for (const window of this.#windows.splice(0)) window.close()
  }
}

export class ColumnWindow {
  readonly range: ByteRange
  readonly #bytes: FileBytes
  #window: Run | undefined
  #nextByteCount = WINDOW_BYTES_MIN
  /** Set when views point into the bytes: windows are kept. */
  keepsViews = false

  constructor(bytes: FileBytes, range: ByteRange) {
    this.#bytes = bytes
    this.range = range
  }

  /** How many bytes after `start` can be had without reading. */
  available(start: number): number {
    const window = this.#window
    if (window !== undefined && window.start <= start && start < window.end) return window.end - start
    const run = this.#bytes.findRun(start, start + 1)
    return run === undefined ? 0 : Math.min(run.end, this.range.end) - start
  }

  /** Address of the bytes [start, start + byteCount), which lie within the range; valid until the next call. */
  at(start: number, byteCount: number): Pointer {
    const end = start + byteCount
    const window = this.#window
    if (window !== undefined && window.start <= start && end <= window.end) {
      return window.pointer + start - window.start
    }
    const run = this.#bytes.findRun(start, end)
    if (run !== undefined) return run.pointer + start - run.start
    this.#release()
    const wanted = Math.max(byteCount, this.#nextByteCount)
    this.#nextByteCount = Math.min(WINDOW_BYTES_MAX, Math.max(WINDOW_BYTES_MIN, this.#nextByteCount * 4))
    this.#window = this.#bytes.read(start, Math.max(end, Math.min(this.range.end, start + wanted)))
    return this.#window.pointer
  }

  /** The next `byteCount` bytes wanted lie elsewhere: the next window has just them. */
  jump(byteCount: number): void {
    this.#nextByteCount = byteCount
  }

  close(): void {
    if (this.#window !== undefined) this.#bytes.free(this.#window.pointer)
    this.#window = undefined
  }

  #release(): void {
    if (this.#window === undefined) return
    if (this.keepsViews) this.#bytes.keep(this.#window.pointer)
    else this.#bytes.free(this.#window.pointer)
    this.#window = undefined
  }
}

/** Ranges sorted and merged over small gaps, none longer than RUN_BYTES_MAX unless one range is. */
export function coalesce(ranges: readonly ByteRange[]): ByteRange[] {
  const merged: { start: number; end: number }[] = []
  for (const { start, end } of ranges.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1)
    const near = last !== undefined && start - last.end <= GAP_BYTES_MAX
    if (near && (Math.max(end, last.end) - last.start <= RUN_BYTES_MAX || start < last.end)) {
      last.end = Math.max(end, last.end)
    } else merged.push({ start, end })
  }
  return merged
}
