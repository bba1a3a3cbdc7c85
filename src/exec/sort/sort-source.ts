/** The sorted rows, from the runs of all workers: merged, offset rows left out, at most limit rows given. */
import { type Pointer, PAGE_BYTES, allocatePages, freePages } from '../../core/memory.ts'
import { type Batch, BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import type { OperatorContext, Source } from '../operators/operator.ts'
import { readColumn } from '../rows/row-reader.ts'
import { writeOrder } from './sort-rows.ts'
import type { SortShape } from './sort-shape.ts'
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
    this.#page = allocatePages(memory, PAGE_BYTES + filled.length * 16 + shape.descriptor.length * 4, 'a sort')
    this.#runs = this.#page
    this.#heap = this.#runs + filled.length * 8
    this.#descriptor = writeOrder(memory, shape, this.#heap + (filled.length + 1) * 4)
    memory.u32[this.#heap >> 2] = filled.length
    filled.forEach((run, i) => {
      memory.u32[(this.#runs >> 2) + i * 2] = run.rows
      memory.u32[(this.#runs >> 2) + i * 2 + 1] = run.rows + run.count * 4
      memory.u32[(this.#heap >> 2) + 1 + i] = i
    })
    kernels.sort.makeHeap(this.#runs, this.#heap, this.#descriptor)
  }

  next(): Batch | null {
    const { arena, kernels } = this.#context
    this.#context.checkCancelled()
    const rows = arena.allocate(BATCH_ROWS_MAX * 4)
    while (this.#toGive > 0) {
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
    if (this.#page !== 0) freePages(this.#context.memory, this.#page)
    this.#page = 0
  }
}
