/**
 * Rows of the later runs of a merge that is not sorted, held in memory: of each key the row that wins (kernel/wasm/table/held.ts does the work).
 *
 * Rows come in the order of the runs. A row wins over the one before it unless its order is below; where either has none (NULLs), the
 * later one wins. So a delete without an order empties the key, and whatever follows begins anew. A row of a file that says nothing of some
 * columns (`MergeFile.absent`) takes those of the row that it wins over, and so do NULLs that say nothing (`MergeTask.fillsNulls`).
 */
import { Arena } from '../../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../../core/memory.ts'
import type { DataType } from '../../../core/types.ts'
import { isNullAt, sliceVector } from '../../../core/vector-values.ts'
import { BATCH_ROWS_MAX, type FlatVector, type Selection, type Vector } from '../../../core/vector.ts'
import { concatVectors } from '../../../expr/gather.ts'
import type { Kernels } from '../../../kernel/kernels.ts'
import type { MergeTask } from '../../../table/merge.ts'
import { BatchStore } from '../../batch-store.ts'
import type { QueryContext } from '../../query-context.ts'
import { KeyTable } from '../../rows/key-table.ts'
import { type VectorContext, flatten } from '../../rows/vectors.ts'
import { freeSegment } from '../../segment.ts'
import { type MergeShape, mergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import type { RunReader } from './run-reader.ts'

/** The column comes from the row in the first run, if there is one. */
export const FROM_BASE = -1
/** The column is NULL. */
export const NOTHING = -2

/** Of a key's row: winner, first row, flags (kernel/wasm/table/held.ts). */
const STATE_BYTES = 16
const [FIRST, DONE] = [4, 9]

/** What `holdRows` says of a row. */
const [IS_FIRST, WINS] = [0, 1]

/** Orders of rows: records, and a byte a row that is 0 where the row has none; 0: all have. Records at 0: there is no order. */
interface Orders {
  readonly records: Pointer
  readonly ordered: Pointer
}

/** Rows that lie together. */
export interface HeldBatch {
  /** Number of the first. */
  readonly from: number
  readonly rowCount: number
  /** By column of the merge; those that nobody reads are not there. */
  readonly columns: readonly (Vector | undefined)[]
}

/** Rows of a file, up to the next one's, with the columns that it says nothing of. */
interface HeldFile {
  readonly from: number
  readonly absent: readonly number[]
}

/** What a batch of the first run comes to. */
export interface Met {
  readonly kept: Selection
  /** Rows that a winner replaces, ascending. */
  readonly hits: Selection
  /** The key of a row, for `winnerOf` and those after it. */
  readonly keyAt: (row: number) => number
}

export class HeldRows {
  rowCount = 0
  /** The rows held, in order. */
  batches: readonly HeldBatch[] = []
  /** Where some file says nothing of some columns: from the first row of each key on, for each column of the merge the row that it comes from. */
  providers: Int32Array | null = null
  readonly #context: QueryContext
  readonly #merge: MergeTask
  readonly #types: readonly DataType[]
  readonly #wanted: readonly number[]
  readonly #store: BatchStore
  readonly #arena: Arena
  readonly #table: KeyTable
  readonly #order: MergeShape
  readonly #orderDescriptor: Pointer
  readonly #files: HeldFile[] = []
  readonly #retractions: Uint8Array[] = []
  readonly #columns: (FlatVector | undefined)[] = []
  #orders: Orders = { records: 0, ordered: 0 }
  /** By row held: the row of its key in the table. */
  #entries: Pointer = 0
  /** By row held: 1 when it is a delete. */
  #deletes: Pointer = 0

  constructor(context: QueryContext, merge: MergeTask, types: readonly DataType[], wanted: readonly number[]) {
    this.#context = context
    this.#merge = merge
    this.#types = types
    this.#wanted = wanted
    this.#store = new BatchStore(context, 'a merge of log files')
    this.#arena = new Arena(context.memory, 'a merge of log files')
    const keyTypes = merge.keys.map((column) => types[column]!)
    this.#table = new KeyTable(context, keyTypes, { stateBytes: STATE_BYTES, what: 'a merge of log files' })
    this.#order = mergeShape({ ...merge, keys: merge.ordering.map(({ column }) => column), ordering: [] }, types)
    this.#orderDescriptor = placeDescriptor(this.#own(), this.#order.keyOrder)
  }

  /** Adds all rows of a run; of each file, the columns that `absent` says are not known. */
  add(reader: RunReader, stride: number, absentOf: (file: number) => readonly number[]): void {
    const { kernels, memory } = this.#context
    const scratch = new Arena(memory, 'a merge of log files')
    try {
      for (reader.load(); reader.batch !== null; reader.load()) {
        this.#context.checkCancelled()
        const { batch } = reader
        const { count, rows } = batch
        const columns = this.#wanted.map((column) => batch.read(column, 0, count, null, scratch))
        this.#store.append({ rowCount: count, columns })
        this.#files.push({ from: this.rowCount, absent: absentOf(reader.fileIndex) })
        const retractions = scratch.allocate(count)
        kernels.table.copyRetractions(count, rows, stride, retractions)
        this.#retractions.push(memory.u8.slice(retractions, retractions + count))
        this.rowCount += count
        scratch.reset()
      }
    } finally {
      scratch.free()
    }
  }

  /** Finds the winners; nothing is added after that. */
  finish(): void {
    const { rowCount } = this
    if (rowCount === 0) return
    this.batches = this.#heldBatches()
    const own = this.#own()
    const { keys, ordering } = this.#merge
    const columns: FlatVector[] = []
    for (const column of new Set([...keys, ...ordering.map((order) => order.column)])) {
      columns[column] = this.column(column)
    }
    this.#placeDeletes()
    this.#orders = this.#ordersOf(own, columns, rowCount)
    this.#placeEntries(columns)
    const outcome = this.#arena.allocate(rowCount)
    const { records, ordered } = this.#orders
    const { stride } = this.#order
    const at = [this.#entries, this.#table.stateOffset, records, ordered, stride, this.#orderDescriptor] as const
    this.#context.kernels.table.holdRows(0, rowCount, ...at, outcome)
    if (this.fillsNulls || this.#files.some(({ absent }) => absent.length > 0)) this.#provide(outcome)
  }

  /** Whether NULLs of some columns say nothing. */
  get fillsNulls(): boolean {
    return (this.#merge.fillsNulls ?? []).length > 0
  }

  /** A column of all rows held. */
  column(column: number): FlatVector {
    return (this.#columns[column] ??= concatVectors(
      this.#own(),
      this.batches.map(({ columns }) => columns[column]!),
    ))
  }

  /** Rows of the first run, `columns` being those of keys and order. */
  meet(context: VectorContext, columns: readonly Vector[], rowCount: number): Met {
    const entries = this.#table.find(this.#keysOf(columns), rowCount)
    const { records, ordered } = this.#ordersOf(context, columns, rowCount)
    const held = this.#orders
    const kept = context.arena.allocate(rowCount * 4)
    const hits = context.arena.allocate(rowCount * 4)
    const theirs = [held.records, held.ordered, this.#order.stride, this.#orderDescriptor] as const
    const { meetRows } = this.#context.kernels.table
    const offset = this.#table.stateOffset
    const count = meetRows(rowCount, entries, offset, records, ordered, ...theirs, kept, hits)
    const { u32 } = this.#context.memory
    return {
      kept: { pointer: kept, count },
      hits: { pointer: hits, count: rowCount - count },
      keyAt: (row) => u32[(entries >>> 2) + row]!,
    }
  }

  /** The row that wins of a key. */
  winnerOf(key: number): number {
    return this.#word(key, 0) - 1
  }

  isDelete(row: number): boolean {
    return this.#context.memory.u8[this.#deletes + row] === 1
  }

  /** The winner is not put out at the end. */
  markDone(key: number): void {
    this.#context.memory.u8[key + this.#table.stateOffset + DONE] = 1
  }

  /** Of a key: the row that a column comes from. */
  providerOf(key: number, column: number): number {
    if (this.providers === null) return this.winnerOf(key)
    return this.providers[(this.#word(key, FIRST) - 1) * this.#types.length + column]!
  }

  keyOfRow(row: number): number {
    return this.#context.memory.u32[(this.#entries >>> 2) + row]!
  }

  /** Of the rows [from, to), counted from `from`: winners that are to be put out at the end. */
  winnersIn(from: number, to: number, arena: Arena): Selection {
    const pointer = arena.allocate((to - from) * 4)
    const { selectWinners } = this.#context.kernels.table
    const count = selectWinners(from, to, this.#entries, this.#table.stateOffset, this.#deletes, pointer)
    return { pointer, count }
  }

  close(): void {
    for (const segment of this.#store.detach()) freeSegment(this.#context.memory, segment)
    this.#table.free()
    this.#arena.free()
  }

  #own(): { memory: EngineMemory; kernels: Kernels; arena: Arena } {
    return { memory: this.#context.memory, kernels: this.#context.kernels, arena: this.#arena }
  }

  #word(key: number, offset: number): number {
    return this.#context.memory.u32[(key + this.#table.stateOffset + offset) >>> 2]!
  }

  #keysOf(columns: readonly Vector[]): readonly Vector[] {
    return this.#merge.keys.map((column) => columns[column]!)
  }

  #heldBatches(): HeldBatch[] {
    let from = 0
    const all = this.#store.segments().flatMap((segment) => segment.batches)
    return all.map(({ rowCount, columns: stored }) => {
      const columns: Vector[] = []
      this.#wanted.forEach((column, i) => (columns[column] = stored[i]!))
      const batch = { from, rowCount, columns }
      from += rowCount
      return batch
    })
  }

  #placeDeletes(): void {
    this.#deletes = this.#arena.allocate(this.rowCount)
    let at = this.#deletes
    for (const bytes of this.#retractions.splice(0)) {
      this.#context.memory.u8.set(bytes, at)
      at += bytes.length
    }
  }

  #placeEntries(columns: readonly Vector[]): void {
    const { arena, memory } = this.#context
    this.#entries = this.#arena.allocate(this.rowCount * 4)
    const keys = this.#keysOf(columns)
    for (let from = 0; from < this.rowCount; from += BATCH_ROWS_MAX) {
      const count = Math.min(BATCH_ROWS_MAX, this.rowCount - from)
      const mark = arena.mark()
      const entries = this.#table.add(
        keys.map((key) => sliceVector(key, from, count)),
        count,
      )
      memory.bulk.copyWithin(this.#entries + from * 4, entries, entries + count * 4)
      arena.release(mark)
    }
  }

  #ordersOf(context: VectorContext, columns: readonly Vector[], rowCount: number): Orders {
    const ordering = this.#merge.ordering.map(({ column }) => columns[column]!)
    if (ordering.length === 0) return { records: 0, ordered: 0 }
    const records = context.arena.allocate(rowCount * this.#order.stride)
    writeKeys(context, this.#order, records, rowCount, 0, (column) => columns[column]!)
    return { records, ordered: orderedRows(context, ordering, rowCount) }
  }

  /** By column: a byte a row held that is 1 where it has a NULL that says nothing; undefined: there is none. */
  #emptyValues(): (Uint8Array | undefined)[] {
    const empty: (Uint8Array | undefined)[] = []
    for (const column of this.#merge.fillsNulls ?? []) {
      if (!this.#wanted.includes(column)) continue
      const { validity } = this.column(column)
      if (validity === 0) continue
      empty[column] = this.#context.memory.u8.slice(validity, validity + this.rowCount).map((isValid) => 1 - isValid)
    }
    return empty
  }

  /** Sets where the columns of each key come from, row after row. */
  #provide(outcome: Pointer): void {
    const width = this.#types.length
    const empty = this.#emptyValues()
    // Rows that are held are merged with each other first: NULLs then take the base row's value, whatever was between.
    const afterDelete = this.fillsNulls ? FROM_BASE : NOTHING
    const providers = new Int32Array(this.rowCount * width)
    const winners = new Int32Array(this.rowCount)
    const { u8 } = this.#context.memory
    let file = 0
    for (let row = 0; row < this.rowCount; row++) {
      while (file + 1 < this.#files.length && this.#files[file + 1]!.from <= row) file++
      const isDelete = this.isDelete(row)
      const absent = isDelete ? [] : this.#files[file]!.absent
      const first = this.#word(this.keyOfRow(row), FIRST) - 1
      const what = u8[outcome + row]
      const begins = what === WINS && this.isDelete(winners[first]!)
      for (let column = 0; column < width; column++) {
        const at = first * width + column
        const before = providers[at]!
        const isAbsent = absent.includes(column) || (!isDelete && empty[column]?.[row] === 1)
        if (what === IS_FIRST) providers[at] = isAbsent ? FROM_BASE : row
        else if (what === WINS) providers[at] = isAbsent ? (begins ? afterDelete : before) : row
        else if (before === FROM_BASE && !isAbsent && !(this.fillsNulls && isDelete)) providers[at] = row
      }
      if (what === IS_FIRST || what === WINS) winners[first] = row
    }
    this.providers = providers
  }
}

/** Bytes that are 0 where all vectors are NULL; 0 when there is no such row. */
function orderedRows(context: VectorContext, vectors: readonly Vector[], rowCount: number): Pointer {
  const mayBeNull = vectors.filter((vector) => vector.encoding !== 'constant' || vector.isNull)
  if (mayBeNull.length < vectors.length) return 0
  const flat = mayBeNull.map((vector) => flatten(context, vector))
  if (flat.some(({ validity }) => validity === 0)) return 0
  const [only] = flat
  if (flat.length === 1 && only !== undefined) return only.validity
  const { arena, memory } = context
  const bytes = arena.allocateZeroed(rowCount)
  for (let row = 0; row < rowCount; row++) {
    if (flat.some((vector) => !isNullAt(memory, vector, row))) memory.u8[bytes + row] = 1
  }
  return bytes
}
