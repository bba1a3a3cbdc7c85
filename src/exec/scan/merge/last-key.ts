/** The last record of a batch that is gone, with its strings: what the next batch has to come after. */
import type { EngineMemory, Pointer } from '../../../core/memory.ts'
import type { VectorContext } from '../../rows/vectors.ts'
import type { MergeShape } from './merge-keys.ts'

export class LastKey {
  readonly #shape: MergeShape
  #record: Uint8Array | null = null
  readonly #strings: Uint8Array[] = []

  constructor(shape: MergeShape) {
    this.#shape = shape
  }

  keep({ u8, u32 }: EngineMemory, record: Pointer): void {
    this.#record = u8.slice(record, record + this.#shape.stride)
    this.#shape.parts.forEach(({ viewOffset }, i) => {
      if (viewOffset === 0) return
      const at = (record + viewOffset) >>> 2
      this.#strings[i] = u8.slice(u32[at]!, u32[at]! + u32[at + 1]!)
    })
  }

  /** The record in the arena; 0 when none was kept. */
  place({ arena, memory }: VectorContext): Pointer {
    if (this.#record === null) return 0
    const pointer = arena.allocate(this.#shape.stride)
    memory.u8.set(this.#record, pointer)
    this.#shape.parts.forEach(({ viewOffset }, i) => {
      if (viewOffset === 0) return
      const string = this.#strings[i]!
      const text = arena.allocate(string.length)
      memory.u8.set(string, text)
      memory.u32[(pointer + viewOffset) >>> 2] = text
    })
    return pointer
  }
}
