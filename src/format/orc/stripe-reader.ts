/** Reads the columns of one stripe: opens a reader for each column on its first use, and passes rows over by the row index. */
import { Arena } from '../../core/arena.ts'
import { assert, defined } from '../../core/assert.ts'
import type { Selection, Vector } from '../../core/vector.ts'
import { type Expr, walkExpr } from '../../expr/expr.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { BoundTree } from '../bind-tree.ts'
import type { ColumnRange, ReadContext, RowGroupReader, RowRange } from '../format.ts'
import { type PagedColumn, candidateRangesOf } from '../parquet/candidate-ranges.ts'
import { type ByteRange, FileBytes } from '../parquet/file-bytes.ts'
import { selectRows } from '../parquet/select-rows.ts'
import { withoutBloomMisses } from './bloom-filter.ts'
import { codecOf } from './chunks.ts'
import { type OrcColumn, openOrcColumn } from './column-reader.ts'
import type { OrcTail } from './file-tail.ts'
import type { RowIndexEntry } from './metadata.ts'
import type { OrcContext } from './reader-context.ts'
import type { OrcNode } from './schema.ts'
import { orcRange } from './statistics.ts'
import type { StripeStreams } from './stripe-streams.ts'

/** A stripe as its reader needs it. */
export interface OpenStripe {
  readonly file: SyncFile
  readonly tail: OrcTail
  readonly streams: StripeStreams
  readonly columns: readonly BoundTree<OrcNode>[]
  /** Dates before 1582-10-15 are those of the Julian calendar. */
  readonly isHybridCalendar: boolean
  /** Row index of a column; undefined when it has none. `onRead` is told the bytes read. */
  rowIndex(column: number, onRead: (byteCount: number) => void): readonly RowIndexEntry[] | undefined
  /** A section of the stripe, decompressed. */
  readonly section: (range: ByteRange) => Uint8Array
  readonly statistics: (column: number) => ColumnRange | undefined
}

/** Streams are read as wholes, in few calls, when at least this share of the rows is wanted. */
const DENSE_SHARE = 0.8

export class OrcStripeReader implements RowGroupReader {
  readonly rowCount: number
  readonly #stripe: OpenStripe
  readonly #context: OrcContext
  readonly #readers: ({ column: OrcColumn; row: number } | undefined)[] = []

  constructor(stripe: OpenStripe, { memory, kernels }: ReadContext) {
    const { file, tail, streams } = stripe
    this.rowCount = streams.rowCount
    this.#stripe = stripe
    this.#context = {
      url: file.url,
      memory,
      kernels,
      bytes: new FileBytes(memory, file),
      codec: codecOf(tail.postScript.compression),
      isSparse: false,
      blockByteCount: tail.postScript.blockByteCount,
      lasting: new Arena(memory, 'streams of an ORC file', 256 << 10),
      scratch: new Arena(memory, 'decoding an ORC file', 256 << 10),
    }
  }

  candidateRanges(predicate: Expr): readonly RowRange[] {
    const { columns, statistics, section, streams } = this.#stripe
    const { rowIndexStride, hasBadBloomFilters } = this.#stripe.tail.footer
    const inputs = new Set<number>()
    for (const node of walkExpr(predicate)) if (node.kind === 'input') inputs.add(node.index)
    const paged = new Map<number, PagedColumn>()
    for (const input of inputs) {
      const column = this.#pagedColumn(columns[input])
      if (column !== undefined) paged.set(input, column)
    }
    const ranges = candidateRangesOf(predicate, this.rowCount, (input) => paged.get(input), statistics)
    if (paged.size === 0 || ranges.length === 0 || hasBadBloomFilters) return ranges
    return withoutBloomMisses(predicate, ranges, {
      rowCount: this.rowCount,
      stride: rowIndexStride,
      columns,
      streams,
      section: (range) => {
        this.#context.bytes.bytesRead += range.end - range.start
        return section(range)
      },
    })
  }

  prefetch(columns: readonly number[], ranges: readonly RowRange[]): void {
    const rowCount = ranges.reduce((sum, { start, end }) => sum + end - start, 0)
    const { rowIndexStride } = this.#stripe.tail.footer
    // Few of many rows: streams are read from where the row index says, chunk by chunk.
    this.#context.isSparse = rowIndexStride > 0 && rowCount < this.rowCount * DENSE_SHARE
    if (rowCount === 0 || this.#context.isSparse) return
    const bytes = columns.flatMap((column) => this.#bytesOf(this.#stripe.columns[column]))
    if (FileBytes.mayPrefetch(bytes)) this.#context.bytes.prefetch(bytes)
  }

  read(column: number, start: number, end: number, selection: Selection | null, arena: Arena): Vector {
    assert(start <= end && end <= this.rowCount, 'rows beyond the stripe')
    this.#context.scratch.reset()
    const reader = (this.#readers[column] ??= this.#open(column))
    const { first, count } = this.#spanOf(selection, end - start)
    this.#moveTo(reader, start + first, defined(this.#stripe.columns[column], 'a bound column'))
    const vector = reader.column.read({ count, parent: 0, present: count }, arena)
    reader.row = start + first + count
    if (selection === null) return vector
    const { parquet } = this.#context.kernels
    const places = this.#context.scratch.allocate(selection.count * 4)
    parquet.rebase(selection.pointer, selection.count, first, places)
    return selectRows(parquet, vector, { pointer: places, count: selection.count }, arena)
  }

  /** The rows from the first to the last one of a selection of `rowCount` rows: no others are decoded. */
  #spanOf(selection: Selection | null, rowCount: number): { readonly first: number; readonly count: number } {
    if (selection === null || selection.count === 0) return { first: 0, count: rowCount }
    const { u32 } = this.#context.memory
    const first = u32[selection.pointer >>> 2]!
    return { first, count: u32[(selection.pointer >>> 2) + selection.count - 1]! + 1 - first }
  }

  get bytesRead(): number {
    return this.#context.bytes.bytesRead
  }

  close(): void {
    this.#context.bytes.close()
    this.#context.lasting.free()
    this.#context.scratch.free()
  }

  #open(column: number): { column: OrcColumn; row: number } {
    const { streams, columns, isHybridCalendar } = this.#stripe
    const bound = defined(columns[column], 'a bound column')
    return { column: openOrcColumn({ context: this.#context, streams, isHybridCalendar }, bound), row: 0 }
  }

  #moveTo(reader: { column: OrcColumn; row: number }, row: number, bound: BoundTree<OrcNode>): void {
    const stride = this.#stripe.tail.footer.rowIndexStride
    const group = stride > 0 ? Math.floor(row / stride) : 0
    if (stride > 0 && group > Math.floor(reader.row / stride)) {
      const entries = this.#entriesOf(bound, group)
      if (entries !== undefined) {
        reader.column.seek((column) => entries.get(column)!)
        reader.row = group * stride
      }
    }
    if (row > reader.row) reader.column.skip(row - reader.row)
    reader.row = row
  }

  /** Positions of a row group in every column below `bound`; undefined when an index lacks them. */
  #entriesOf(bound: BoundTree<OrcNode>, group: number): Map<number, readonly number[]> | undefined {
    const entries = new Map<number, readonly number[]>()
    for (const node of nodesOf(bound)) {
      const entry = this.#indexOf(node)?.[group]
      if (entry === undefined) return undefined
      entries.set(node.column, entry.positions)
    }
    return entries
  }

  #indexOf({ column }: OrcNode): readonly RowIndexEntry[] | undefined {
    return this.#stripe.rowIndex(column, (byteCount) => {
      this.#context.bytes.bytesRead += byteCount
    })
  }

  #pagedColumn(bound: BoundTree<OrcNode> | undefined): PagedColumn | undefined {
    const { footer } = this.#stripe.tail
    const stride = footer.rowIndexStride
    if (bound?.kind !== 'column' || bound.node.children.length > 0 || stride === 0) return undefined
    const entries = this.#indexOf(bound.node)
    if (entries === undefined || entries.length !== Math.ceil(this.rowCount / stride)) return undefined
    return {
      firstRows: entries.map((_, i) => i * stride),
      range: (page) =>
        orcRange(entries[page]?.statistics, bound.node, bound.type, {
          rowCount: Math.min(stride, this.rowCount - page * stride),
          isHybridCalendar: this.#stripe.isHybridCalendar,
        }),
    }
  }

  #bytesOf(bound: BoundTree<OrcNode> | undefined): ByteRange[] {
    const { streams } = this.#stripe
    return [...nodesOf(bound)].flatMap(({ column }) => streams.dataRanges(column))
  }
}

/** The file's columns that are read for `bound`. */
function* nodesOf(bound: BoundTree<OrcNode> | undefined): Generator<OrcNode> {
  if (bound?.kind !== 'column') return
  yield bound.node
  for (const child of bound.children) yield* nodesOf(child)
}
