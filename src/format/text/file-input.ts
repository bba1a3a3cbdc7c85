/**
 * The part of a file that lies in the engine's memory, for kernels that take bytes from it as they need them.
 *
 *   | taken | what is there: at .. end | room |        moved to the front when more is read
 */
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { SyncFile } from '../../storage/storage.ts'

export class FileInput {
  /** What is there but not taken. */
  at: Pointer
  end: Pointer
  bytesRead = 0
  readonly #file: SyncFile
  readonly #memory: EngineMemory
  readonly #start: Pointer
  readonly #bytesMax: number

  /** Uses `bytesMax` bytes of memory from `start` on. */
  constructor(file: SyncFile, memory: EngineMemory, start: Pointer, bytesMax: number) {
    this.#file = file
    this.#memory = memory
    this.#start = start
    this.#bytesMax = bytesMax
    this.at = start
    this.end = start
  }

  /** Offset in the file of what is taken next. */
  get offset(): number {
    return this.bytesRead - (this.end - this.at)
  }

  /** Is nothing left in the file itself? */
  get isRead(): boolean {
    return this.bytesRead === this.#file.byteCount
  }

  /** Reads more behind what is there. */
  fill(): void {
    const { u8 } = this.#memory
    const left = this.end - this.at
    u8.copyWithin(this.#start, this.at, this.end)
    const count = Math.min(this.#bytesMax - left, this.#file.byteCount - this.bytesRead)
    this.#file.readSync(u8.subarray(this.#start + left, this.#start + left + count), this.bytesRead)
    this.bytesRead += count
    this.at = this.#start
    this.end = this.#start + left + count
  }

  /** Are there `count` bytes, once more was read if need be? At most the memory given. */
  has(count: number): boolean {
    if (this.end - this.at < count) this.fill()
    return this.end - this.at >= count
  }
}
