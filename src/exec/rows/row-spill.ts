/**
 * Rows in spill files: blocks of rows with their strings, each block readable by itself.
 *
 *   block:  row | row | ... | strings          addresses of strings are offsets from the block's start while it lies in a file
 *
 * Rows that are spilled by key go to PARTITIONS parts by their hash: equal keys meet in one part, and a part is so much smaller than the
 * whole that it fits where the whole did not.
 */
import { closeSync } from 'node:fs'
import { type Pointer, allocatePages, freePages } from '../../core/memory.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import { createSpillFile, readBytes, writeSegment } from '../segment.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from './row-layout.ts'
import type { RowChunk } from './row-store.ts'

/** Parts by hash. A build side of 32 times its memory is joined with each part read once. */
export const PARTITIONS = 32

/** Rows that are put in order of their parts at once. */
const ROUND_ROWS = 4 * BATCH_ROWS_MAX

/** Rows in a file: plain data. */
export interface RowBlock {
  readonly rowCount: number
  readonly byteCount: number
  readonly file: { readonly path: string; readonly offset: number }
}

/** Where rows have string views; the last `withCapacity` of them are followed by a capacity (states of min and max). */
export interface StringPlaces {
  readonly offsets: readonly number[]
  readonly withCapacity: number
}

export function stringColumns(layout: RowLayout): StringPlaces {
  const offsets = layout.columns.filter((column) => column.storage === 'bytes').map((column) => column.offset)
  return { offsets, withCapacity: 0 }
}

/** Writes blocks to one new file. */
export class RowSpill {
  readonly #context: OperatorContext
  readonly #rowBytes: number
  readonly #strings: StringPlaces
  readonly #path: string
  readonly #file: number
  #offset = 0
  #page: Pointer = 0
  #pageBytes = 0

  constructor(context: OperatorContext, rowBytes: number, strings: StringPlaces) {
    this.#context = context
    this.#rowBytes = rowBytes
    this.#strings = strings
    this.#path = context.spillFile()
    this.#file = createSpillFile(this.#path)
  }

  /** Writes the rows at `count` u32 addresses as one block. */
  write(rows: Pointer, count: number): RowBlock {
    const { arena, kernels, memory } = this.#context
    const { offsets, withCapacity } = this.#strings
    const mark = arena.mark()
    const places = writeWords(this.#context, offsets)
    const bytes = kernels.table.stringBytes(count, rows, places, offsets.length) >>> 0
    const block = this.#buffer(count * this.#rowBytes + bytes + 64)
    const byteCount =
      kernels.table.packRows(count, rows, this.#rowBytes, places, offsets.length, withCapacity, block) >>> 0
    arena.release(mark)
    writeSegment(this.#file, memory, { pointer: block, byteCount }, this.#offset)
    const file = { path: this.#path, offset: this.#offset }
    this.#offset += byteCount
    return { rowCount: count, byteCount, file }
  }

  get byteCount(): number {
    return this.#offset
  }

  #buffer(byteCount: number): Pointer {
    if (byteCount > this.#pageBytes) {
      if (this.#page !== 0) freePages(this.#context.memory, this.#page)
      this.#page = 0
      this.#page = allocatePages(this.#context.memory, byteCount, 'spilling')
      this.#pageBytes = byteCount
    }
    return this.#page
  }

  close(): void {
    if (this.#page !== 0) freePages(this.#context.memory, this.#page)
    this.#page = 0
    closeSync(this.#file)
  }
}

function writeWords({ arena, memory }: OperatorContext, words: readonly number[]): Pointer {
  const pointer = arena.allocate(words.length * 4)
  memory.u32.set(words, pointer >>> 2)
  return pointer
}

/** Reads a block into pages that the caller frees: its rows begin there. */
export function loadBlock(context: OperatorContext, rowBytes: number, strings: StringPlaces, block: RowBlock): Pointer {
  const { memory } = context
  const page = allocatePages(memory, block.byteCount + 64, 'reading spilled rows')
  try {
    loadBlockAt(context, rowBytes, strings, block, page)
    return page
  } catch (error) {
    freePages(memory, page)
    throw error
  }
}

/** Reads a block to memory of at least `byteCount` + 64 bytes. */
export function loadBlockAt(
  context: OperatorContext,
  rowBytes: number,
  strings: StringPlaces,
  block: RowBlock,
  at: Pointer,
): void {
  const mark = context.arena.mark()
  readBytes(context.memory, block, at)
  const { offsets } = strings
  const places = writeWords(context, offsets)
  context.kernels.table.unpackRows(block.rowCount, at, rowBytes, places, offsets.length)
  context.arena.release(mark)
}

/** Which part each of `count` rows (u32 addresses) falls to: writes a u32 a row to `out`. */
export type PartsOf = (rows: Pointer, count: number, out: Pointer) => void

/** Writes the rows of chunks by their parts; gives the blocks of each part. */
export function spillByPart(
  context: OperatorContext,
  rowBytes: number,
  chunks: readonly RowChunk[],
  spill: RowSpill,
  partsOf: PartsOf,
): RowBlock[][] {
  const { memory, kernels } = context
  const parts: RowBlock[][] = Array.from({ length: PARTITIONS }, () => [])
  const page = allocatePages(memory, ROUND_ROWS * 16 + PARTITIONS * 16 + 1024, 'spilling')
  const rows = page
  const ids = rows + ROUND_ROWS * 4
  const order = ids + ROUND_ROWS * 4
  const sorted = order + ROUND_ROWS * 4
  const counts = sorted + ROUND_ROWS * 4 + 64
  const runs = counts + PARTITIONS * 4
  try {
    for (const round of roundsOf(chunks, rowBytes)) {
      context.checkCancelled()
      let count = 0
      for (const { start, count: taken } of round) {
        kernels.table.rowAddresses(taken, start, rowBytes, rows + count * 4)
        count += taken
      }
      partsOf(rows, count, ids)
      // Any cache of nonzero entries will do: runs come in the order of their parts.
      const runCount = kernels.table.orderByGroup(count, ids, PARTITIONS, ids, counts, order, runs)
      kernels.table.take4(count, order, rows, sorted)
      let begin = 0
      for (let run = 0; run < runCount; run++) {
        const end = memory.u32[(runs >>> 2) + run * 2 + 1]!
        const part = memory.u32[(ids >>> 2) + memory.u32[(order >>> 2) + begin]!]!
        parts[part]!.push(spill.write(sorted + begin * 4, end - begin))
        begin = end
      }
    }
  } finally {
    freePages(memory, page)
  }
  return parts
}

/** Chunks cut and gathered to rounds of at most ROUND_ROWS rows. */
function* roundsOf(chunks: readonly RowChunk[], rowBytes: number): Generator<readonly RowChunk[]> {
  let round: RowChunk[] = []
  let room = ROUND_ROWS
  for (const chunk of chunks) {
    for (let done = 0; done < chunk.count;) {
      const count = Math.min(room, chunk.count - done)
      round.push({ start: chunk.start + done * rowBytes, count })
      done += count
      room -= count
      if (room > 0) continue
      yield round
      round = []
      room = ROUND_ROWS
    }
  }
  if (round.length > 0) yield round
}
