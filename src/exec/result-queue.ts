/**
 * Results on their way from the threads to the consumer: blocks come in, batches go out one by one, and pages are freed
 * as the consumer releases the batches of a block.
 */
import { type EngineMemory, assignPages, runBytes } from '../core/memory.ts'
import type { Batch } from '../core/vector.ts'
import type { Kernels } from '../kernel/kernels.ts'
import { pendingKib } from './result-sink.ts'
import { type Segment, freeSegment, loadSegment } from './segment.ts'

/** A batch in the shared memory; valid until `release`, which the consumer calls once. */
export interface ResultBatch extends Batch {
  release(): void
}

export interface ResultQueueOptions {
  readonly memory: EngineMemory
  /** For reading spilled blocks. */
  readonly kernels: () => Kernels
  /** Called with the KiB that no longer wait. */
  readonly onTaken: (kib: number) => void
}

export class ResultQueue {
  readonly #options: ResultQueueOptions
  readonly #segments: Segment[] = []
  readonly #ready: ResultBatch[] = []
  #blockCount = 0
  #ended = false
  #error: unknown = undefined
  #wake: (() => void)[] = []

  constructor(options: ResultQueueOptions) {
    this.#options = options
  }

  /** Blocks that arrived on their own. */
  get blockCount(): number {
    return this.#blockCount
  }

  /** Takes segments over; their pages no longer belong to the query. */
  add(segments: readonly Segment[], cameAs: 'block' | 'reply'): void {
    if (cameAs === 'block') this.#blockCount++
    for (const segment of segments) {
      if (this.#ended) {
        freeSegment(this.#options.memory, segment)
        continue
      }
      if (segment.file === null) assignPages(this.#options.memory, segment.pointer, 0)
      this.#segments.push(segment)
    }
    this.#notify()
  }

  /** No more will come. */
  end(): void {
    this.#ended = true
    this.#notify()
  }

  /** The consumer gets the error after nothing else: what waits is dropped. */
  fail(error: unknown): void {
    this.#error = error
    this.#ended = true
    this.#drop()
    this.#notify()
  }

  /** The consumer wants no more. */
  discard(): void {
    this.#ended = true
    this.#drop()
    this.#notify()
  }

  /** Resolves when no block that lies in a file waits any more. */
  async spilledAreTaken(): Promise<void> {
    while (!this.#ended && this.#segments.some(({ file }) => file !== null)) await this.changed()
  }

  /** Lets those who wait for a change look again. */
  wake(): void {
    this.#notify()
  }

  /** Resolves at the next change: a block, the end, a batch taken. */
  async changed(): Promise<void> {
    await new Promise<void>((resolve) => this.#wake.push(resolve))
  }

  async next(): Promise<ResultBatch | null> {
    for (;;) {
      if (this.#error !== undefined) throw this.#error
      const batch = this.#ready.shift() ?? this.#openSegment()
      if (batch !== null) return batch
      if (this.#ended) return null
      await this.changed()
    }
  }

  #openSegment(): ResultBatch | null {
    const segment = this.#segments.shift()
    if (segment === undefined) return null
    const { memory, kernels } = this.#options
    const bytes = segment.file === null ? runBytes(memory, segment.pointer) : 0
    const loaded = loadSegment({ memory, kernels: segment.file === null ? NO_KERNELS : kernels() }, segment)
    let open = loaded.batches.length
    const closeOne = (): void => {
      if (--open > 0) return
      loaded.release()
      freeSegment(memory, segment)
      this.#taken(bytes)
    }
    for (const { rowCount, columns } of loaded.batches) {
      let isOpen = true
      const release = (): void => {
        if (!isOpen) return
        isOpen = false
        closeOne()
      }
      this.#ready.push({ rowCount, columns, release })
    }
    return this.#ready.shift() ?? null
  }

  #taken(bytes: number): void {
    if (bytes > 0) this.#options.onTaken(pendingKib(bytes))
    this.#notify()
  }

  #drop(): void {
    for (const batch of this.#ready.splice(0)) batch.release()
    for (const segment of this.#segments.splice(0)) freeSegment(this.#options.memory, segment)
  }

  #notify(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** A segment in memory is not moved: nothing is called. */
const NO_KERNELS = {} as Kernels
