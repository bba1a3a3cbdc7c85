/**
 * The blocks of a Hudi log file.
 *
 *   "#HUDI#"  block size (8)  format version (4) = 1  block type (4)
 *   header: count (4), then key (4), length (4), text     0 instant, 1 target instant, 2 schema, 3 command, 4 compacted instants, 7 partial
 *   content size (8)  content
 *   footer: as the header     block size + 6 (8)
 *
 * All numbers are big-endian; the block size counts what follows it. A block whose sizes don't agree is the torn end of a failed write: it is
 * `corrupt` and reaches up to the next magic.
 *
 * Spec: Apache Hudi technical specification 1.0, "Log File Format".
 */
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'

export type LogBlockKind = 'command' | 'delete' | 'corrupt' | 'avro' | 'hfile' | 'parquet' | 'cdc'

export interface LogBlock {
  readonly kind: LogBlockKind
  /** Where its magic begins. */
  readonly start: number
  /** Where the next block begins. */
  readonly end: number
  readonly contentStart: number
  readonly contentBytes: number
  /** By number of the key. */
  readonly header: ReadonlyMap<number, string>
}

export const HEADER_KEYS = {
  instant: 0,
  targetInstant: 1,
  schema: 2,
  command: 3,
  compactedInstants: 4,
  isPartial: 7,
} as const

const KINDS: readonly LogBlockKind[] = ['command', 'delete', 'corrupt', 'avro', 'hfile', 'parquet', 'cdc']

/** Where bytes come from. */
export interface LogSource {
  readonly url: string
  readonly byteCount: number
  /** The bytes [start, end), which the source has. */
  bytes(start: number, end: number): Uint8Array
}

const MAGIC = Uint8Array.from('#HUDI#', (letter) => letter.charCodeAt(0))
/** Magic, size, version and type. */
const FIXED_BYTES = 22
/** Schemas of thousands of columns stay below. */
const HEADER_BYTES_MAX = 64 << 20
const HEADER_ENTRIES_MAX = 64
const BLOCKS_MAX = 1_000_000
const WINDOW_BYTES = 64 << 10

/** The blocks of a log file, in order; only their headers are read. 0A000 for formats of other versions. */
export function readLogBlocks(source: LogSource): LogBlock[] {
  const reader = new LogReader(source)
  const blocks: LogBlock[] = []
  let position = 0
  while (position < source.byteCount) {
    const block = reader.block(position)
    blocks.push(block)
    if (blocks.length > BLOCKS_MAX) throw corrupt(source.url, `more than ${BLOCKS_MAX} log blocks`)
    position = block.end
  }
  return blocks
}

class LogReader {
  readonly #source: LogSource
  #window: Uint8Array = new Uint8Array(0)
  #windowStart = 0

  constructor(source: LogSource) {
    this.#source = source
  }

  block(start: number): LogBlock {
    const { byteCount } = this.#source
    if (start + FIXED_BYTES > byteCount || !this.#hasMagic(start)) return this.#corrupt(start)
    const size = this.#long(start + 6)
    const end = start + 14 + size
    // The last number of a block repeats its size: else its end was never written.
    if (size < 16 || end > byteCount || this.#long(end - 8) !== size + 6) return this.#corrupt(start)
    if (end < byteCount && !this.#hasMagic(end)) return this.#corrupt(start)
    const version = this.#int(start + 14)
    if (version !== 1) {
      throw unsupported(`Hudi log format version ${version}`, { detail: `file "${this.#source.url}"` })
    }
    const kind = KINDS[this.#int(start + 18)]
    if (kind === undefined) throw this.#error(start, `a block of unknown type ${this.#int(start + 18)}`)
    const { header, next } = this.#header(start + FIXED_BYTES, end)
    const contentStart = next + 8
    const contentBytes = next + 16 > end ? -1 : this.#long(next)
    if (contentBytes < 0 || contentStart + contentBytes > end - 8) throw this.#error(start, 'the content does not fit')
    return { kind, start, end, contentStart, contentBytes, header }
  }

  #header(start: number, end: number): { header: ReadonlyMap<number, string>; next: number } {
    const header = new Map<number, string>()
    const count = this.#int(start)
    if (count < 0 || count > HEADER_ENTRIES_MAX) throw this.#error(start, `a header of ${count} entries`)
    let next = start + 4
    for (let i = 0; i < count; i++) {
      if (next + 8 > end) throw this.#error(start, 'the header does not fit')
      const key = this.#int(next)
      const length = this.#int(next + 4)
      if (length < 0 || length > HEADER_BYTES_MAX || next + 8 + length > end) {
        throw this.#error(start, 'the header does not fit')
      }
      // A copy: shared memory can't be decoded.
      header.set(key, new TextDecoder().decode(this.#bytes(next + 8, next + 8 + length).slice()))
      next += 8 + length
    }
    return { header, next }
  }

  /** Everything up to the next magic. */
  #corrupt(start: number): LogBlock {
    const { byteCount } = this.#source
    let end = start + 1
    while (end < byteCount) {
      const window = this.#bytes(end, Math.min(byteCount, end + WINDOW_BYTES))
      const at = indexOfMagic(window)
      if (at >= 0) {
        end += at
        break
      }
      end = end + window.length >= byteCount ? byteCount : end + window.length - MAGIC.length + 1
    }
    return { kind: 'corrupt', start, end, contentStart: start, contentBytes: 0, header: new Map() }
  }

  #hasMagic(start: number): boolean {
    return start + 6 <= this.#source.byteCount && indexOfMagic(this.#bytes(start, start + 6)) === 0
  }

  #int(start: number): number {
    const bytes = this.#bytes(start, start + 4)
    return (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!
  }

  /** -1 for what is no size. */
  #long(start: number): number {
    const [high, low] = [this.#int(start), this.#int(start + 4) >>> 0]
    return high < 0 || high > 0x1f_ffff ? -1 : high * 0x1_0000_0000 + low
  }

  #bytes(start: number, end: number): Uint8Array {
    if (end > this.#source.byteCount) throw this.#error(start, 'the file ends too early')
    if (start < this.#windowStart || end > this.#windowStart + this.#window.length) {
      this.#window = this.#source.bytes(start, Math.min(this.#source.byteCount, Math.max(end, start + WINDOW_BYTES)))
      this.#windowStart = start
    }
    return this.#window.subarray(start - this.#windowStart, end - this.#windowStart)
  }

  #error(position: number, problem: string): DataError {
    return corrupt(this.#source.url, `damaged Hudi log at byte ${position}: ${problem}`)
  }
}

function indexOfMagic(bytes: Uint8Array): number {
  for (let at = bytes.indexOf(MAGIC[0]!); at >= 0 && at + 6 <= bytes.length; at = bytes.indexOf(MAGIC[0]!, at + 1)) {
    if (MAGIC.every((byte, i) => bytes[at + i] === byte)) return at
  }
  return -1
}
