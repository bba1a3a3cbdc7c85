/**
 * Text of a Zstandard file (RFC 8878), decompressed block by block as it is asked for: frames one after another, each with its checksum, if it has one.
 *
 *   window   | what came out last, of which blocks may repeat | room for the next block |      moved to the front when the room is used up
 *
 * Memory: twice the window that a frame asks for; frames that ask for more than WINDOW_BYTES_MAX are refused, as by zstd itself.
 */
import { Arena } from '../../core/arena.ts'
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Kernels } from '../../kernel/kernels.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { FileInput } from './file-input.ts'
import { TextPieces } from './text-pieces.ts'
import type { TextSource } from './text-source.ts'

const MAGIC = 0xfd2f_b528
/** Frames that hold no text. */
const SKIPPABLE = 0x184d_2a50
const WINDOW_BYTES_MAX = 128 << 20
const BLOCK_BYTES_MAX = 128 << 10
const INPUT_BYTES = BLOCK_BYTES_MAX + 64
/** Copies may write past their end. */
const SLACK_BYTES = 64
/** Numbers of bytes taken and given, and whether a block was the last, from the end of the state. */
const RESULTS = 24
const STRIPE_BYTES = 32

interface Frame {
  readonly windowBytes: number
  readonly hasChecksum: boolean
  /** Undefined when the header does not say. */
  readonly byteCount: number | undefined
}

export class ZstdText implements TextSource {
  readonly url: string
  readonly byteCount: undefined
  readonly #memory: EngineMemory
  readonly #kernels: Kernels
  readonly #arena: Arena
  /** The window, which the frames decide the size of. */
  readonly #windows: Arena
  readonly #state: Pointer
  readonly #hash: Pointer
  readonly #input: FileInput
  #frame: Frame | undefined
  #frameBytes = 0
  #window: Pointer = 0
  #windowEnd: Pointer = 0
  #out: Pointer = 0
  /** From where on the checksum lacks what came out: fewer than a stripe. */
  #unhashed: Pointer = 0
  #isEnded = false
  readonly #pieces = new TextPieces()

  constructor(file: SyncFile, { memory, kernels }: { readonly memory: EngineMemory; readonly kernels: Kernels }) {
    this.url = file.url
    this.#memory = memory
    this.#kernels = kernels
    this.#arena = new Arena(memory, 'a zstd file')
    this.#windows = new Arena(memory, 'the window of a zstd file')
    this.#state = this.#arena.allocate(kernels.codec.zstdStateBytes())
    this.#hash = this.#arena.allocate(kernels.codec.xxhash64StateBytes())
    this.#input = new FileInput(file, memory, this.#arena.allocate(INPUT_BYTES + SLACK_BYTES), INPUT_BYTES)
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
    this.#windows.free()
  }

  /** Makes the text of the next block, if there is one. */
  #produce(): void {
    if (this.#frame === undefined && !this.#beginFrame()) {
      this.#isEnded = true
      return
    }
    this.#makeRoom()
    const { codec } = this.#kernels
    const { u8, u32 } = this.#memory
    const input = this.#input
    const decode = (): number =>
      codec.zstdBlock(this.#state, input.at, input.end, this.#window, this.#out, this.#windowEnd)
    let result = decode()
    if (result === 1) {
      input.fill()
      result = decode()
    }
    if (result === 1) throw this.#damaged('the file ends early')
    if (result < 0) throw this.#damaged('the compressed data are malformed')
    const results = (this.#state + codec.zstdStateBytes() - RESULTS) >>> 2
    const [taken, written, isLast] = [u32[results]!, u32[results + 1]!, u32[results + 2]! !== 0]
    input.at += taken
    if (written > 0) this.#pieces.add(u8.slice(this.#out, this.#out + written))
    this.#out += written
    this.#frameBytes += written
    this.#hashStripes()
    if (isLast) this.#endFrame()
  }

  /** What is too old to be repeated gives way to the next block. */
  #makeRoom(): void {
    if (this.#out + BLOCK_BYTES_MAX <= this.#windowEnd) return
    const { u8 } = this.#memory
    const from = Math.max(this.#window, this.#out - this.#frame!.windowBytes - STRIPE_BYTES)
    const moved = from - this.#window
    u8.copyWithin(this.#window, from, this.#out)
    this.#out -= moved
    this.#unhashed -= moved
  }

  #hashStripes(): void {
    const whole = Math.floor((this.#out - this.#unhashed) / STRIPE_BYTES) * STRIPE_BYTES
    if (this.#frame!.hasChecksum && whole > 0) {
      this.#kernels.codec.xxhash64Stripes(this.#hash, this.#unhashed, this.#unhashed + whole)
    }
    this.#unhashed += whole
  }

  /** Reads a frame's header; false at the end of the file. */
  #beginFrame(): boolean {
    for (;;) {
      if (!this.#input.has(1) && this.#input.offset > 0) return false
      const magic = this.#number(4)
      // The last four bits are the writer's.
      if (magic - (magic % 16) === SKIPPABLE) this.#pass(this.#number(4))
      else if (magic === MAGIC) break
      else throw this.#damaged('no frame of a zstd file begins here')
    }
    const { codec } = this.#kernels
    const frame = this.#readHeader()
    if (frame.windowBytes > WINDOW_BYTES_MAX) {
      throw unsupported(`reading "${this.url}": zstd with a window of ${frame.windowBytes} bytes`)
    }
    const wanted = 2 * frame.windowBytes + BLOCK_BYTES_MAX + STRIPE_BYTES
    if (this.#windowEnd - this.#window < wanted) {
      this.#windows.reset()
      this.#window = this.#windows.allocate(wanted + SLACK_BYTES)
      this.#windowEnd = this.#window + wanted
    }
    this.#frame = frame
    this.#frameBytes = 0
    this.#out = this.#window
    this.#unhashed = this.#window
    this.#memory.u8.fill(0, this.#state, this.#state + codec.zstdStateBytes())
    codec.xxhash64Begin(this.#hash)
    return true
  }

  #readHeader(): Frame {
    const descriptor = this.#number(1)
    if ((descriptor & 8) !== 0) throw this.#damaged('the header of a frame is malformed')
    const isSingle = (descriptor & 32) !== 0
    const window = isSingle ? 0 : this.#number(1)
    const dictionary = this.#number([0, 1, 2, 4][descriptor & 3]!)
    if (dictionary !== 0) throw unsupported(`reading "${this.url}": zstd with a dictionary`)
    const sizeFlag = descriptor >>> 6
    const sizeBytes = sizeFlag === 0 ? Number(isSingle) : 2 ** sizeFlag
    const byteCount = sizeBytes === 0 ? undefined : this.#number(sizeBytes) + (sizeBytes === 2 ? 256 : 0)
    const base = 2 ** (10 + (window >>> 3))
    const windowBytes = isSingle ? byteCount! : base + (base / 8) * (window & 7)
    return { windowBytes, byteCount, hasChecksum: (descriptor & 4) !== 0 }
  }

  #endFrame(): void {
    const { byteCount, hasChecksum } = this.#frame!
    if (byteCount !== undefined && byteCount !== this.#frameBytes) throw this.#damaged('the text has another length')
    if (hasChecksum) {
      const left = this.#out - this.#unhashed
      const found = this.#kernels.codec.xxhash64End(this.#hash, this.#unhashed, left) >>> 0
      if (this.#number(4) !== found) throw this.#damaged('the checksum of the text is wrong')
    }
    this.#frame = undefined
  }

  /** The next bytes, the least first: at most 8, below 2^53. */
  #number(byteCount: number): number {
    if (!this.#input.has(byteCount)) throw this.#damaged('the file ends early')
    let value = 0
    for (let i = byteCount - 1; i >= 0; i--) value = value * 256 + this.#memory.u8[this.#input.at + i]!
    this.#input.at += byteCount
    if (!Number.isSafeInteger(value)) throw this.#damaged('a size is too large')
    return value
  }

  #pass(byteCount: number): void {
    for (let left = byteCount; left > 0;) {
      if (!this.#input.has(1)) throw this.#damaged('the file ends early')
      const count = Math.min(left, this.#input.end - this.#input.at)
      this.#input.at += count
      left -= count
    }
  }

  #damaged(what: string): DataError {
    return corrupt(this.url, `zstd, at offset ${this.#input.offset}: ${what}`)
  }
}
