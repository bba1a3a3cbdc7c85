/**
 * Copies of batches until they are one batch: what both gatherers of a scan keep (batch-gatherer.ts, morsel-gatherer.ts).
 *
 * Two arenas take turns, for a batch that was taken may be the one piece itself: it stays valid until the next one is taken.
 */
import { Arena } from '../../core/arena.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import { type VectorContext, concatVectors } from '../../expr/gather.ts'

type Context = Pick<VectorContext, 'memory' | 'kernels'>

/** Small: most row groups gather a few rows only. */
const ARENA_CHUNK_BYTES = 256 << 10

export class GatheredRows {
  readonly #context: Context
  #arena: Arena
  /** What was taken last lies in it. */
  #spare: Arena
  #pieces: Batch[] = []
  #rowCount = 0

  constructor({ memory, kernels }: Context) {
    this.#context = { memory, kernels }
    this.#arena = new Arena(memory, 'a scan', ARENA_CHUNK_BYTES)
    this.#spare = new Arena(memory, 'a scan', ARENA_CHUNK_BYTES)
  }

  get rowCount(): number {
    return this.#rowCount
  }

  get pieceCount(): number {
    return this.#pieces.length
  }

  /** @param copy Copies a vector into the context's arena. */
  push(batch: Batch, copy: (own: VectorContext, vector: Vector) => Vector): void {
    const own = this.#own
    this.#pieces.push({ rowCount: batch.rowCount, columns: batch.columns.map((column) => copy(own, column)) })
    this.#rowCount += batch.rowCount
  }

  /** All rows as one batch, in the arena given or in one of its own; null when there are none. Valid until the next call. */
  take(arena: Arena | null): Batch | null {
    if (this.#rowCount === 0) return null
    const into = arena === null ? this.#own : { ...this.#context, arena }
    const columns = this.#pieces[0]!.columns.map((_, i) =>
      concatVectors(
        into,
        this.#pieces.map((piece) => piece.columns[i]!),
      ),
    )
    const batch = { rowCount: this.#rowCount, columns }
    const used = this.#arena
    this.#arena = this.#spare
    this.#arena.reset()
    this.#spare = used
    this.#pieces = []
    this.#rowCount = 0
    return batch
  }

  close(): void {
    this.#arena.free()
    this.#spare.free()
  }

  get #own(): VectorContext {
    return { ...this.#context, arena: this.#arena }
  }
}
