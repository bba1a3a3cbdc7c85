/** Sorted runs in files: written block by block, read back with one block in memory. */
import { type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { type RowBlock, RowSpill, loadBlockAt, stringColumns } from '../rows/row-spill.ts'
import type { SortShape } from './sort-shape.ts'

/** Bytes of a block's rows: a merge holds one block a run, and reads this much at once. */
const BLOCK_BYTES = 256 * 1024

/** Writes `count` rows, whose u32 addresses are at `rows` in order. */
export function spillRun(
  context: OperatorContext,
  plan: PhysicalSort,
  { layout }: SortShape,
  rows: Pointer,
  count: number,
): readonly RowBlock[] {
  const spill = new RowSpill(context, layout.rowBytes, stringColumns(layout))
  const blockRows = Math.max(16, Math.floor(BLOCK_BYTES / layout.rowBytes))
  try {
    const blocks: RowBlock[] = []
    for (let done = 0; done < count; done += blockRows) {
      blocks.push(spill.write(rows + done * 4, Math.min(blockRows, count - done)))
    }
    return blocks
  } finally {
    context.count(plan.id, 'spilled_bytes', spill.byteCount)
    spill.close()
  }
}

/** Gives the blocks of a run to a merge, one at a time. */
export class RunReader {
  readonly #context: OperatorContext
  readonly #shape: SortShape
  readonly #blocks: readonly RowBlock[]
  #next = 0
  /** The block's rows, then their addresses. */
  #page: Pointer
  readonly #addresses: Pointer

  constructor(context: OperatorContext, shape: SortShape, blocks: readonly RowBlock[]) {
    this.#context = context
    this.#shape = shape
    this.#blocks = blocks
    const bytes = Math.max(...blocks.map((block) => block.byteCount)) + 64
    const rows = Math.max(...blocks.map((block) => block.rowCount))
    const rowsAt = Math.ceil(bytes / 16) * 16
    this.#page = allocatePages(context.memory, rowsAt + rows * 4, 'a sort')
    this.#addresses = this.#page + rowsAt
  }

  get isAtEnd(): boolean {
    return this.#next >= this.#blocks.length
  }

  /** The next block in place of the last one: where its rows' addresses lie. */
  load(): { readonly rows: Pointer; readonly count: number } {
    const { layout } = this.#shape
    const block = this.#blocks[this.#next++]!
    loadBlockAt(this.#context, layout.rowBytes, stringColumns(layout), block, this.#page)
    this.#context.kernels.table.rowAddresses(block.rowCount, this.#page, layout.rowBytes, this.#addresses)
    return { rows: this.#addresses, count: block.rowCount }
  }

  free(): void {
    if (this.#page !== 0) freePages(this.#context.memory, this.#page)
    this.#page = 0
  }
}
