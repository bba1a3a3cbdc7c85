/** The sorted rows, from the runs of all workers: merged, offset rows left out, at most limit rows given. */
import { type Pointer, PAGE_BYTES, allocatePages, freePages } from '../../core/memory.ts'
import { type Batch, BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { readColumn } from '../rows/row-reader.ts'
import { writeOrder } from './sort-rows.ts'
import type { SortShape } from './sort-shape.ts'
import { RunReader } from './spilled-run.ts'
import type { SortedRun } from './sort-sink.ts'

export class SortSource implements Source {
  readonly #context: OperatorContext
  readonly #plan: PhysicalSort
  readonly #shape: SortShape
  /** Memory of the merge: cursors, heap, descriptor. */
  #page: Pointer = 0
  readonly #runs: Pointer
  readonly #heap: Pointer
  readonly #descriptor: Pointer
  /** By run: what gives it more rows; null for runs in memory. */
  readonly #readers: readonly (RunReader | null)[]
  #toSkip: number
  #toGive: number

  constructor(context: OperatorContext, plan: PhysicalSort, shape: SortShape, runs: readonly SortedRun[]) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#toSkip = plan.offset
    this.#toGive = plan.limit ?? Number.POSITIVE_INFINITY
    const { memory, kernels } = context
    const filled = runs.filter((run) => run.count > 0)
    const spilled = runs.flatMap((run) => run.spilled)
    const runCount = filled.length + spilled.length
    this.#page = allocatePages(memory, PAGE_BYTES + runCount * 24 + shape.descriptor.length * 4, 'a sort')
    this.#runs = this.#page
    this.#heap = this.#runs + runCount * 16
    this.#descriptor = writeOrder(memory, shape, this.#heap + (runCount + 1) * 4)
    memory.u32[this.#heap >>> 2] = runCount
    const readers = spilled.map((blocks) => new RunReader(context, shape, blocks))
    this.#readers = [...filled.map(() => null), ...readers]
    this.#readers.forEach((reader, i) => {
      const { rows, count } = reader?.load() ?? filled[i]!
      this.#setRun(i, rows, count)
      memory.u32[(this.#heap >>> 2) + 1 + i] = i
    })
    kernels.sort.makeHeap(this.#runs, this.#heap, this.#descriptor)
  }

  #setRun(run: number, rows: Pointer, count: number): void {
    const at = (this.#runs >>> 2) + run * 4
    const reader = this.#readers[run]
    this.#context.memory.u32.set([rows, rows + count * 4, reader !== null && reader?.isAtEnd === false ? 1 : 0], at)
  }

  /** Gives the run on top of the heap its next block, when it has used the last one up. */
  #refill(): void {
    const { u32 } = this.#context.memory
    if (u32[this.#heap >>> 2] === 0) return
    const run = u32[(this.#heap >>> 2) + 1]!
    const at = (this.#runs >>> 2) + run * 4
    if (u32[at] !== u32[at + 1]) return
    const { rows, count } = this.#readers[run]!.load()
    this.#setRun(run, rows, count)
  }

  next(): Batch | null {
    const { arena, kernels } = this.#context
    this.#context.checkCancelled()
    const rows = arena.allocate(BATCH_ROWS_MAX * 4)
    while (this.#toGive > 0) {
      // Rows given before this call are used up by now, so their block may go.
      this.#refill()
      const wanted = Math.min(BATCH_ROWS_MAX, this.#toSkip > 0 ? this.#toSkip : this.#toGive)
      const count = kernels.sort.mergeRuns(this.#runs, this.#heap, this.#descriptor, wanted, rows)
      if (count === 0) return null
      if (this.#toSkip > 0) {
        this.#toSkip -= count
        continue
      }
      this.#toGive -= count
      return this.#read(rows, count)
    }
    return null
  }

  #read(rows: Pointer, count: number): Batch {
    const columns = this.#plan.child.output.map((_, i) =>
      readColumn(this.#context, this.#shape.columns[i]!, rows, count),
    )
    return { rowCount: count, columns }
  }

  close(): void {
    for (const reader of this.#readers) reader?.free()
    if (this.#page !== 0) freePages(this.#context.memory, this.#page)
    this.#page = 0
  }
}
