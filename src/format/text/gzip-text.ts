/**
 * Text of a gzip file (RFC 1952), decompressed as it is asked for: members one after another, each with its checksum.
 *
 *   window   | 32 KiB that came out last | what comes out next |
 *
 * Pieces that came out are kept until they are released.
 */
import { Arena } from '../../core/arena.ts'
import { type DataError, corrupt } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { FileInput } from './file-input.ts'
import { TextPieces } from './text-pieces.ts'
import type { TextSource } from './text-source.ts'

const HISTORY_BYTES = 32 << 10
const PIECE_BYTES = 256 << 10
const INPUT_BYTES = 128 << 10
const HEADER_BYTES = 10
const TRAILER_BYTES = 8
/** Name, comment and extra field of a member at most. */
const HEADER_BYTES_MAX = 64 << 10
/** Where the state of inflate has what it took and gave. */
const IN = 24
const OUT = 28

const NEEDS_INPUT = 1

export class GzipText implements TextSource {
  readonly url: string
  readonly byteCount: undefined
  readonly #memory: EngineMemory
  readonly #kernels: Kernels
  readonly #arena: Arena
  readonly #state: Pointer
  readonly #tables: Pointer
  readonly #input: FileInput
  readonly #window: Pointer
  #history = 0
  #checksum = 0
  #memberBytes = 0
  #isInMember = false
  #isEnded = false
  readonly #pieces = new TextPieces()

  constructor(file: SyncFile, { memory, kernels }: { readonly memory: EngineMemory; readonly kernels: Kernels }) {
    this.url = file.url
    this.#memory = memory
    this.#kernels = kernels
    this.#arena = new Arena(memory, 'a gzip file')
    this.#state = this.#arena.allocate(kernels.codec.inflateStateBytes())
    this.#tables = this.#arena.allocate(8 << 10)
    kernels.codec.crc32Tables(this.#tables)
    this.#input = new FileInput(file, memory, this.#arena.allocate(INPUT_BYTES), INPUT_BYTES)
    this.#window = this.#arena.allocate(HISTORY_BYTES + PIECE_BYTES)
  }

  get bytesRead(): number {
    return this.#input.bytesRead
  }

  copy(into: Uint8Array, start: number): number {
    while (this.#pieces.produced < start + into.length && !this.#isEnded) this.#produce()
    return this.#pieces.copy(into, start)
  }

  release(start: number): void {
    this.#pieces.release(start)
  }

  close(): void {
    this.#arena.free()
  }

  /** Makes the next piece, if there is one. */
  #produce(): void {
    if (!this.#isInMember && !this.#beginMember()) {
      this.#isEnded = true
      return
    }
    const { codec } = this.#kernels
    const { u8, u32 } = this.#memory
    const input = this.#input
    const out = this.#window + HISTORY_BYTES
    const history = out - this.#history
    let [to, result] = [out, NEEDS_INPUT]
    while (result === NEEDS_INPUT) {
      const isLast = input.isRead ? 1 : 0
      result = codec.inflate(this.#state, input.at, input.end, history, to, out + PIECE_BYTES, isLast)
      if (result < 0) throw this.#damaged('the compressed data are malformed')
      input.at = u32[(this.#state + IN) >>> 2]!
      to = u32[(this.#state + OUT) >>> 2]!
      if (result === NEEDS_INPUT) input.fill()
    }
    const byteCount = to - out
    this.#checksum = codec.crc32(this.#tables, this.#checksum, out, to) >>> 0
    this.#memberBytes += byteCount
    if (byteCount > 0) {
      this.#pieces.add(u8.slice(out, to))
      const keep = Math.min(HISTORY_BYTES, this.#history + byteCount)
      u8.copyWithin(out - keep, to - keep, to)
      this.#history = keep
    }
    if (result === 0) this.#endMember()
  }

  /** The next `count` bytes of the file; undefined when there are fewer. */
  #take(count: number): Uint8Array | undefined {
    const input = this.#input
    if (!input.has(count)) return undefined
    const bytes = this.#memory.u8.slice(input.at, input.at + count)
    input.at += count
    return bytes
  }

  /** Reads a member's header; false at the end of the file. */
  #beginMember(): boolean {
    if (!this.#input.has(1) && this.#pieces.produced + this.#input.offset > 0) return false
    const header = this.#take(HEADER_BYTES)
    if (header === undefined || header[0] !== 0x1f || header[1] !== 0x8b || header[2] !== 8) {
      // Zeroes may fill up the last block of a tape.
      if (this.#input.bytesRead > HEADER_BYTES && header?.every((byte) => byte === 0) === true) return false
      throw this.#damaged('no member of a gzip file begins here')
    }
    const flags = header[3]!
    if (flags & 4) {
      const [low, high] = this.#taken(2) as [number, number]
      this.#taken(low + high * 256)
    }
    if (flags & 8) this.#passText()
    if (flags & 16) this.#passText()
    if (flags & 2) this.#taken(2)
    this.#memory.u8.fill(0, this.#state, this.#state + this.#kernels.codec.inflateStateBytes())
    this.#history = 0
    this.#checksum = 0
    this.#memberBytes = 0
    this.#isInMember = true
    return true
  }

  #taken(count: number): readonly number[] {
    const bytes = this.#take(count)
    if (bytes === undefined) throw this.#damaged('the file ends early')
    return [...bytes]
  }

  #passText(): void {
    for (let length = 0; length < HEADER_BYTES_MAX; length++) if (this.#taken(1)[0] === 0) return
    throw this.#damaged('the header of a member is too long')
  }

  #endMember(): void {
    const trailer = this.#take(TRAILER_BYTES)
    if (trailer === undefined) throw this.#damaged('the file ends early')
    const view = new DataView(trailer.buffer)
    if (view.getUint32(0, true) !== this.#checksum) throw this.#damaged('the checksum of the text is wrong')
    if (view.getUint32(4, true) !== this.#memberBytes % 2 ** 32) throw this.#damaged('the text has another length')
    this.#isInMember = false
  }

  #damaged(what: string): DataError {
    return corrupt(this.url, `gzip, at offset ${this.#input.offset}: ${what}`)
  }
}
