/**
 * What the threads of a query tell each other while they run: one page of shared memory, all of it atomics.
 *
 *   i32 words: [0] stop reason  [1] next morsel  [2] KiB of results that nobody has taken yet  [3] 1 when something was spilled
 *              [4] threads that have come to the next meeting  [5] meetings held so far
 *   from 1 KiB:  progress of each worker: f64 rows, f64 bytes, f64 morsels done (one cache line each; written by that worker alone)
 *   from 6 KiB:  two of address and length a worker: what it brings to a meeting (meeting-point.ts)
 *   from 8 KiB:  i64 rows counted so far by each LIMIT of the plan
 *   from 16 KiB: two i32 a scan task of the round: next row group, and how many there are (0 = not known yet)
 *   from 48 KiB: one i32 a row group that threads share: pieces left (scan/pieces.ts)
 */
import { assert } from '../core/assert.ts'
import { CancelledError } from '../core/errors.ts'
import { toSafeNumber } from '../core/int64.ts'
import { type EngineMemory, type Pointer, PAGE_BYTES, allocatePages } from '../core/memory.ts'

/** More threads than that serve one memory badly: its allocator is one lock. */
export const WORKERS_MAX = 64
/** Tasks of one round of a scan. */
export const ROUND_TASKS_MAX = 4096
const LIMITS_MAX = 1024

const STOP = 0
const MORSEL = 1
const PENDING = 2
const SPILLED = 3
const COME = 4
const MEETINGS = 5
const PROGRESS_START = 1024
const PROGRESS_BYTES = 64
const BROUGHT_START = 6144
const LIMITS_START = 8192
const TASKS_START = 16_384
const PIECES_START = 49_152
/** Row groups that can be shared at a time. */
export const SHARED_ROW_GROUPS_MAX = 4096

/** How long a thread watches a counter before it goes to sleep: about what sleeping and waking costs. */
const SPIN_MS = 0.25
/** Looks at the counter between two looks at the clock. */
const SPINS = 256
/** Others may stop without a word only when their thread dies; the coordinator says so. */
const SLEEP_MS = 1000

const RUNNING = 0
const CANCELLED = 1
const FAILED = 2

export interface Progress {
  readonly rows: number
  readonly bytes: number
  readonly morsels: number
}

/** View of a query's control page; each thread makes its own. */
export class QueryControl {
  readonly pointer: Pointer
  readonly #words: Int32Array
  readonly #progress: Float64Array
  readonly #limits: BigInt64Array

  constructor(memory: EngineMemory, pointer: Pointer) {
    this.pointer = pointer
    const { buffer } = memory.memory
    this.#words = new Int32Array(buffer, pointer, PAGE_BYTES >> 2)
    this.#progress = new Float64Array(buffer, pointer + PROGRESS_START, (BROUGHT_START - PROGRESS_START) >> 3)
    this.#limits = new BigInt64Array(buffer, pointer + LIMITS_START, LIMITS_MAX)
  }

  /** A new page, all zero. */
  static create(memory: EngineMemory): QueryControl {
    const pointer = allocatePages(memory, PAGE_BYTES, 'a query')
    memory.bulk.fill(0, pointer, pointer + PAGE_BYTES)
    return new QueryControl(memory, pointer)
  }

  cancel(): void {
    this.#stop(CANCELLED)
  }

  /** Stops the other workers after an error in one. */
  fail(): void {
    this.#stop(FAILED)
  }

  #stop(reason: number): void {
    Atomics.compareExchange(this.#words, STOP, RUNNING, reason)
    Atomics.notify(this.#words, MEETINGS)
  }

  get isStopped(): boolean {
    return Atomics.load(this.#words, STOP) !== RUNNING
  }

  checkCancelled(): void {
    if (Atomics.load(this.#words, STOP) !== RUNNING) throw new CancelledError()
  }

  /**
   * Waits until `count` threads have come. `prepare` is done by the last of them, before the others go on. Throws CancelledError
   * when the query stops meanwhile. For threads that may block.
   */
  meet(count: number, prepare: () => void): void {
    const words = this.#words
    const held = Atomics.load(words, MEETINGS)
    if (Atomics.add(words, COME, 1) === count - 1) {
      Atomics.store(words, COME, 0)
      prepare()
      Atomics.add(words, MEETINGS, 1)
      Atomics.notify(words, MEETINGS)
      return
    }
    const patient = performance.now() + SPIN_MS
    do {
      for (let i = 0; i < SPINS; i++) if (Atomics.load(words, MEETINGS) !== held) return
    } while (performance.now() < patient)
    while (Atomics.load(words, MEETINGS) === held) {
      this.checkCancelled()
      Atomics.wait(words, MEETINGS, held, SLEEP_MS)
    }
  }

  /** `side`: 0 or 1. */
  setBrought(worker: number, side: number, pointer: Pointer, length: number): void {
    const at = (BROUGHT_START >> 2) + 4 * worker + 2 * side
    Atomics.store(this.#words, at, pointer)
    Atomics.store(this.#words, at + 1, length)
  }

  brought(worker: number, side: number): { readonly pointer: Pointer; readonly length: number } {
    const at = (BROUGHT_START >> 2) + 4 * worker + 2 * side
    return { pointer: Atomics.load(this.#words, at) >>> 0, length: Atomics.load(this.#words, at + 1) }
  }

  nextMorsel(): number {
    return Atomics.add(this.#words, MORSEL, 1)
  }

  resetMorsels(): void {
    Atomics.store(this.#words, MORSEL, 0)
  }

  /** Results that are waiting, in KiB. */
  get pendingKib(): number {
    return Atomics.load(this.#words, PENDING)
  }

  addPending(kib: number): void {
    Atomics.add(this.#words, PENDING, kib)
  }

  noteSpill(): void {
    Atomics.store(this.#words, SPILLED, 1)
  }

  get hasSpilled(): boolean {
    return Atomics.load(this.#words, SPILLED) !== 0
  }

  addProgress(worker: number, rows: number, bytes: number): void {
    const at = (worker * PROGRESS_BYTES) >> 3
    this.#progress[at]! += rows
    this.#progress[at + 1]! += bytes
  }

  addMorselDone(worker: number): void {
    this.#progress[((worker * PROGRESS_BYTES) >> 3) + 2]! += 1
  }

  /** Sum over the workers; may be a moment old. */
  progress(workerCount: number): Progress {
    let rows = 0
    let bytes = 0
    let morsels = 0
    for (let worker = 0; worker < workerCount; worker++) {
      const at = (worker * PROGRESS_BYTES) >> 3
      rows += this.#progress[at]!
      bytes += this.#progress[at + 1]!
      morsels += this.#progress[at + 2]!
    }
    return { rows, bytes, morsels }
  }

  /** Counts `rows` for limit number `limit`; how many were counted before. */
  countLimit(limit: number, rows: number): number {
    assert(limit < LIMITS_MAX, 'too many limits')
    return toSafeNumber(Atomics.add(this.#limits, limit, BigInt(rows)), 'row counter')
  }

  limitCount(limit: number): number {
    return toSafeNumber(Atomics.load(this.#limits, limit), 'row counter')
  }

  /** Forgets the morsels and row groups of the round before; `count` is the number of tasks of the next one. */
  resetForRound(count: number): void {
    this.resetMorsels()
    assert(count <= ROUND_TASKS_MAX, 'too many tasks in a round')
    const start = TASKS_START >> 2
    this.#words.fill(0, start, start + 2 * count)
    this.#words.fill(0, PIECES_START >> 2, (PIECES_START >> 2) + SHARED_ROW_GROUPS_MAX)
  }

  /** The next row group of a task: the caller's alone. */
  takeRowGroup(task: number): number {
    return Atomics.add(this.#words, (TASKS_START >> 2) + 2 * task, 1)
  }

  setRowGroupCount(task: number, count: number): void {
    Atomics.store(this.#words, (TASKS_START >> 2) + 2 * task + 1, count + 1)
  }

  /** Lets pieces of a row group be taken: numbers `count` down to 1. */
  offerPieces(shared: number, count: number): void {
    Atomics.store(this.#words, (PIECES_START >> 2) + shared, count)
  }

  /** Whether so many pieces are left that another thread should open the columns, too: the last one its first reader has sooner. */
  isWorthHelp(shared: number): boolean {
    return Atomics.load(this.#words, (PIECES_START >> 2) + shared) > 1
  }

  /** Number of a piece of a shared row group, the caller's alone; 0 when none is left. */
  takePiece(shared: number): number {
    const at = (PIECES_START >> 2) + shared
    if (Atomics.load(this.#words, at) <= 0) return 0
    return Math.max(0, Atomics.sub(this.#words, at, 1))
  }

  /** All row groups of the task are taken, for sure, and none needs help; their pieces have up to `count` counters from `first` on. */
  isTaken(task: number, { first, count }: { readonly first: number; readonly count: number }): boolean {
    const at = (TASKS_START >> 2) + 2 * task
    const known = Atomics.load(this.#words, at + 1)
    if (known === 0 || Atomics.load(this.#words, at) < known - 1) return false
    for (let i = 0; i < Math.min(count, known - 1); i++) {
      if (this.isWorthHelp(first + i)) return false
    }
    return true
  }
}
