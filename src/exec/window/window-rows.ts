/**
 * The rows of whole partitions, gathered from batches in order, and where their partitions and peers begin and end.
 *
 *   row              0  1  2  3  4 | 5  6
 *   partition key    a  a  a  a  a | b  b      starts: partitionStart 0 0 0 0 0 5 5, partitionEnd 5 5 5 5 5 7 7
 *   order key        1  1  2  3  3 | 1  2      peers:  peerStart 0 0 2 3 3 5 6, peerEnd 2 2 3 5 5 6 7
 *
 * Until all rows are there, the first byte of each row says whether it begins a partition (1) or peers (2).
 */
import type { Arena } from '../../core/arena.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Batch } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { RowStore } from '../rows/row-store.ts'
import { RowWriter, initRows } from '../rows/row-writer.ts'

/** Word indexes (`address >>> 2`) of u32 arrays, a value a row. */
export interface WindowRows {
  readonly rowCount: number
  /** Addresses of the rows, in `layout`. */
  readonly addresses: number
  readonly partitionStart: number
  readonly partitionEnd: number
  readonly peerStart: number
  readonly peerEnd: number
}

export const WHAT = 'a window function'

const STARTS_PARTITION = 1
const STARTS_PEERS = 2

export class RowGatherer {
  readonly #context: OperatorContext
  readonly #layout: RowLayout
  readonly #store: RowStore
  readonly #writer: RowWriter
  #rowCount = 0

  constructor(context: OperatorContext, layout: RowLayout) {
    this.#context = context
    this.#layout = layout
    this.#store = new RowStore(context.memory, layout, WHAT, { zeroed: false })
    this.#writer = new RowWriter(this.#store)
  }

  get rowCount(): number {
    return this.#rowCount
  }

  /** Takes rows [from, to); `partitions` and `peers` are marks of the batch's rows. */
  append(batch: Batch, from: number, to: number, partitions: Pointer, peers: Pointer): void {
    const context = this.#context
    const { u8 } = context.memory
    const { rowBytes, columns } = this.#layout
    for (let done = from; done < to;) {
      const { start: rows, count } = this.#store.reserve(to - done)
      let selection: Pointer = 0
      if (done > 0) {
        selection = context.arena.allocate(count * 4)
        context.kernels.table.rowAddresses(count, done, 1, selection)
      }
      const target = { rows, rowBytes, selection, count }
      initRows(context, this.#layout, target, 0)
      columns.forEach((column, i) => this.#writer.write(context, column, batch.columns[i]!, target))
      for (let i = 0; i < count; i++) {
        const mark = u8[partitions + done + i]! * STARTS_PARTITION
        u8[rows + i * rowBytes] = mark | (u8[peers + done + i]! * STARTS_PEERS)
      }
      done += count
    }
    this.#rowCount += to - from
  }

  /** What was gathered: all partitions are complete. Arrays live in `arena`. */
  finish(arena: Arena): { readonly rows: WindowRows; readonly pages: readonly Pointer[] } {
    const { chunks, pages, rowCount } = this.#store.detach()
    const array = (): number => arena.allocate(rowCount * 4 + 4) >>> 2
    const rows: WindowRows = {
      rowCount,
      addresses: array(),
      partitionStart: array(),
      partitionEnd: array(),
      peerStart: array(),
      peerEnd: array(),
    }
    let at = rows.addresses * 4
    for (const { start, count } of chunks) {
      this.#context.kernels.table.rowAddresses(count, start, this.#layout.rowBytes, at)
      at += count * 4
    }
    this.#findBounds(rows)
    return { rows, pages }
  }

  #findBounds(rows: WindowRows): void {
    const { rowCount, addresses, partitionStart, partitionEnd, peerStart, peerEnd } = rows
    const { u8, u32 } = this.#context.memory
    let partition = 0
    let peers = 0
    for (let row = 0; row < rowCount; row++) {
      const mark = u8[u32[addresses + row]!]!
      if ((mark & STARTS_PARTITION) !== 0) partition = row
      if (mark !== 0) peers = row
      u32[partitionStart + row] = partition
      u32[peerStart + row] = peers
    }
    let partitionStop = rowCount
    let peerStop = rowCount
    for (let row = rowCount - 1; row >= 0; row--) {
      u32[partitionEnd + row] = partitionStop
      u32[peerEnd + row] = peerStop
      if (u32[partitionStart + row] === row) partitionStop = row
      if (u32[peerStart + row] === row) peerStop = row
    }
  }

  free(): void {
    this.#store.free()
  }
}
