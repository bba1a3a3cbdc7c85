/**
 * Rows of the later runs of a merge that is not sorted, held in memory: of each key the row that wins, found by hash.
 *
 * Rows come in the order of the runs. A row wins over the one before it unless its order is below; where either has none (NULLs), the
 * later one wins. So a delete without an order empties the key, and whatever follows begins anew. A row of a file that says nothing of some
 * columns (`MergeFile.absent`) takes those of the row that it wins over.
 */
import { Arena } from '../../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../../core/memory.ts'
import { type DataType, storageOf, widthOf } from '../../../core/types.ts'
import { isNullAt } from '../../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../../core/vector.ts'
import { concatVectors } from '../../../expr/gather.ts'
import type { Kernels } from '../../../kernel/kernels.ts'
import type { MergeTask } from '../../../table/merge.ts'
import { BatchStore } from '../../batch-store.ts'
import type { QueryContext } from '../../query-context.ts'
import { hashKeys } from '../../rows/key-hash.ts'
import { type VectorContext, flatten } from '../../rows/vectors.ts'
import { freeSegment } from '../../segment.ts'
import { type MergeShape, mergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import type { RunReader } from './run-reader.ts'

/** The column comes from the row in the first run, if there is one. */
export const FROM_BASE = -1
/** The column is NULL. */
export const NOTHING = -2

/** Rows with what compares them: keys, and order as records. */
interface ComparedRows {
  readonly keys: readonly FlatVector[]
  /** Low words of the keys' hashes: those of row i at 2 * i. */
  readonly hashes: Uint32Array
  /** Of the first record. */
  readonly records: Pointer
  /** By row: 1 when its order is NULL in all columns. */
  readonly hasNoOrder: Uint8Array
}

export class HeldRows {
  /** By column of the merge: all rows held. */
  columns: readonly (FlatVector | undefined)[] = []
  /** By key: the row that wins. */
  winners: Int32Array = new Int32Array(0)
  keyCount = 0
  /** By row: 1 when it is a delete. */
  deletes: Uint8Array = new Uint8Array(0)
  /** By key, where some file says nothing of some columns: for each column of the merge the row that it comes from. */
  providers: Int32Array | null = null
  readonly #context: QueryContext
  readonly #merge: MergeTask
  readonly #wanted: readonly number[]
  readonly #columnCount: number
  readonly #store: BatchStore
  readonly #arena: Arena
  readonly #order: MergeShape
  readonly #orderDescriptor: Pointer
  #rows: ComparedRows | null = null
  /** Open addressing: number of a key + 1, or 0. */
  #slots = new Int32Array(0)
  /** By row: index into `#absent`. */
  readonly #files: number[] = []
  readonly #absent: (readonly number[])[] = []
  readonly #kinds: number[] = []

  constructor(context: QueryContext, merge: MergeTask, types: readonly DataType[], wanted: readonly number[]) {
    this.#context = context
    this.#merge = merge
    this.#wanted = wanted
    this.#columnCount = types.length
    this.#store = new BatchStore(context, 'a merge of log files')
    this.#arena = new Arena(context.memory, 'a merge of log files')
    this.#order = mergeShape({ ...merge, keys: merge.ordering.map(({ column }) => column), ordering: [] }, types)
    this.#orderDescriptor = placeDescriptor(this.#own(), this.#order.keyOrder)
  }

  /** Adds all rows of a run; of each file, the columns that `absent` says are not known. */
  add(reader: RunReader, stride: number, absentOf: (file: number) => readonly number[]): void {
    const { u8 } = this.#context.memory
    const scratch = new Arena(this.#context.memory, 'a merge of log files')
    try {
      for (reader.load(); reader.count > 0; reader.load()) {
        this.#context.checkCancelled()
        const { count, rows } = reader
        const columns = this.#wanted.map((column) => reader.read(column, 0, count, null, scratch))
        this.#store.append({ rowCount: count, columns })
        const file = this.#absent.push(absentOf(reader.fileIndex)) - 1
        for (let i = 0; i < count; i++) {
          this.#files.push(file)
          this.#kinds.push(u8[rows + i * stride + 8]! & 1)
        }
        scratch.reset()
      }
    } finally {
      scratch.free()
    }
  }

  /** Finds the winners; nothing is added after that. */
  finish(): void {
    const batches = this.#store.segments().flatMap((segment) => segment.batches)
    const own = this.#own()
    const columns: FlatVector[] = []
    this.#wanted.forEach((column, i) => {
      if (batches.length > 0) {
        columns[column] = concatVectors(
          own,
          batches.map((batch) => batch.columns[i]!),
        )
      }
    })
    this.columns = columns
    this.deletes = Uint8Array.from(this.#kinds)
    const rowCount = this.deletes.length
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(16, rowCount * 2))))
    this.winners = new Int32Array(rowCount)
    const isPartial = this.#absent.some(({ length }) => length > 0)
    if (isPartial) this.providers = new Int32Array(rowCount * this.#columnCount)
    if (rowCount === 0) return
    this.#rows = this.#compared(own, columns, rowCount)
    for (let row = 0; row < rowCount; row++) this.#place(row)
  }

  /** The batch's rows as `find` and `winsOver` want them. */
  compared(context: VectorContext, columns: readonly Vector[], rowCount: number): ComparedRows {
    return this.#compared(context, columns, rowCount)
  }

  /** The key of row `row` of a batch; -1 when no row held has it. */
  find(batch: ComparedRows, row: number): number {
    const rows = this.#rows
    if (rows === null) return -1
    const hash = batch.hashes[row * 2]!
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const key = this.#slots[slot]! - 1
      if (key < 0) return -1
      const winner = this.winners[key]!
      if (rows.hashes[winner * 2] === hash && this.#sameKey(batch, row, rows, winner)) return key
    }
  }

  /** Whether the winner of `key` is not before row `row` of a batch of the first run. */
  winsOver(key: number, batch: ComparedRows, row: number): boolean {
    return this.#isAtLeast(this.#rows!, this.winners[key]!, batch, row)
  }

  close(): void {
    for (const segment of this.#store.detach()) freeSegment(this.#context.memory, segment)
    this.#arena.free()
  }

  #own(): { memory: EngineMemory; kernels: Kernels; arena: Arena } {
    return { memory: this.#context.memory, kernels: this.#context.kernels, arena: this.#arena }
  }

  #compared(context: VectorContext, columns: readonly Vector[], rowCount: number): ComparedRows {
    const { arena, memory } = context
    const keys = this.#merge.keys.map((column) => flatten(context, columns[column]!))
    const words = hashKeys(context, keys, rowCount) >>> 2
    const records = arena.allocate(rowCount * this.#order.stride)
    writeKeys(context, this.#order, records, rowCount, 0, (column) => columns[column]!)
    const hasNoOrder = new Uint8Array(rowCount).fill(this.#merge.ordering.length === 0 ? 0 : 1)
    for (const { column } of this.#merge.ordering) {
      const vector = columns[column]!
      for (let row = 0; row < rowCount; row++) if (!isNullAt(memory, vector, row)) hasNoOrder[row] = 0
    }
    return { keys, hashes: memory.u32.subarray(words, words + rowCount * 2), records, hasNoOrder }
  }

  #place(row: number): void {
    const rows = this.#rows!
    const known = this.find(rows, row)
    if (known < 0) {
      const mask = this.#slots.length - 1
      let slot = rows.hashes[row * 2]! & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      const key = this.keyCount++
      this.#slots[slot] = key + 1
      this.winners[key] = row
      this.#provide(key, row, (absent) => (absent ? FROM_BASE : row))
      return
    }
    const before = this.winners[known]!
    if (this.#isAtLeast(rows, row, rows, before)) {
      this.winners[known] = row
      const begins = this.deletes[before] === 1
      this.#provide(known, row, (absent, from) => (absent ? (begins ? NOTHING : from) : row))
    } else {
      this.#provide(known, row, (absent, from) => (from === FROM_BASE && !absent ? row : from))
    }
  }

  /** Sets where the columns of a key come from. */
  #provide(key: number, row: number, from: (isAbsent: boolean, before: number) => number): void {
    if (this.providers === null) return
    const absent = this.deletes[row] === 1 ? [] : this.#absent[this.#files[row]!]!
    const start = key * this.#columnCount
    for (let column = 0; column < this.#columnCount; column++) {
      this.providers[start + column] = from(absent.includes(column), this.providers[start + column]!)
    }
  }

  #isAtLeast(a: ComparedRows, row: number, b: ComparedRows, other: number): boolean {
    if (this.#merge.ordering.length === 0 || a.hasNoOrder[row] === 1 || b.hasNoOrder[other] === 1) return true
    const { stride } = this.#order
    const [x, y] = [a.records + row * stride, b.records + other * stride]
    return this.#context.kernels.sort.rowsUpTo(1, y, stride, x, this.#orderDescriptor) === 1
  }

  #sameKey(a: ComparedRows, row: number, b: ComparedRows, other: number): boolean {
    for (let i = 0; i < a.keys.length; i++) {
      if (!sameValue(this.#context.memory, a.keys[i]!, row, b.keys[i]!, other)) return false
    }
    return true
  }
}

/** NULL equals NULL. */
function sameValue(memory: EngineMemory, a: FlatVector, row: number, b: FlatVector, other: number): boolean {
  const { u8, u32 } = memory
  const isNull = a.validity !== 0 && u8[a.validity + row] === 0
  if (isNull !== (b.validity !== 0 && u8[b.validity + other] === 0)) return false
  if (isNull) return true
  const storage = storageOf(a.type)
  if (storage !== 'bytes') {
    const width = widthOf(storage)
    return sameBytes(u8, a.data + row * width, b.data + other * width, width)
  }
  const [x, y] = [(a.data >>> 2) + row * 2, (b.data >>> 2) + other * 2]
  return u32[x + 1] === u32[y + 1] && sameBytes(u8, u32[x]!, u32[y]!, u32[x + 1]!)
}

function sameBytes(u8: Uint8Array, a: Pointer, b: Pointer, byteCount: number): boolean {
  for (let i = 0; i < byteCount; i++) if (u8[a + i] !== u8[b + i]) return false
  return true
}
