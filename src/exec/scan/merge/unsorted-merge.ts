/**
 * Reads a task that merges runs in any order (table/merge.ts): the later runs are held in memory, the first one streams past them.
 *
 *   runs 1, 2, ...  --held-rows--> the winner of each key
 *   run 0           --batch by batch--> rows whose key nobody holds, or that win over it: put out as they are
 *                                       other rows: the winner comes instead (or nothing, if it is a delete)
 *   then the winners
 *
 * A winner meets one row of the first run at most: rows of that run with equal keys are rows of their own.
 */
import { Arena } from '../../../core/arena.ts'
import { unsupported } from '../../../core/errors.ts'
import type { Pointer } from '../../../core/memory.ts'
import type { DataType } from '../../../core/types.ts'
import { isNullAt, vectorFromLiterals } from '../../../core/vector-values.ts'
import type { Batch, Selection, Vector } from '../../../core/vector.ts'
import { concatVectors, flattenVector } from '../../../expr/gather.ts'
import type { PhysicalScan } from '../../../plan/physical.ts'
import type { QueryContext } from '../../query-context.ts'
import { takeVector } from '../../rows/vectors.ts'
import type { Morsel } from '../morsel.ts'
import type { ScanFilters } from '../scan-filters.ts'
import type { RoundTask } from '../scan-round.ts'
import { FROM_BASE, HeldRows } from './held-rows.ts'
import { mergeChecks } from './merge-checks.ts'
import { mergeShape } from './merge-keys.ts'
import { PieceReader } from './piece-reader.ts'
import type { RunBatch } from './run-batch.ts'
import { type MergeReading, RunReader } from './run-reader.ts'

/** A row of a batch, the key of the one held that it meets, and which of both wins. */
interface RowPair {
  readonly row: number
  readonly key: number
  readonly winner: 'held' | 'base'
}

export class UnsortedMerge implements Morsel {
  readonly #reading: MergeReading
  readonly #types: readonly DataType[]
  /** Columns that filters and output need. */
  readonly #put: readonly number[]
  readonly #readers: readonly RunReader[]
  readonly #held: HeldRows
  readonly #pieces: PieceReader
  readonly #arena: Arena
  #isHeld = false
  /** Of the batches held, the first that was not looked at for putting out. */
  #nextBatch = 0
  /** Rows made of two. */
  readonly #made: Batch[] = []

  constructor(context: QueryContext, plan: PhysicalScan, task: RoundTask, filters: ScanFilters) {
    const merge = task.merge!
    if (merge.engine.kind !== 'deduplicate') throw unsupported(`merging unsorted files by "${merge.engine.kind}"`)
    const types = [...plan.columns, ...merge.extraColumns].map(({ type }) => type)
    const checks = mergeChecks(context, filters, task)
    const leading = [...new Set([...merge.keys, ...[...merge.ordering, ...merge.rowKinds].map(({ column }) => column)])]
    this.#put = [...new Set([...plan.projection, ...checks.flatMap(({ columns }) => columns)])]
    const wanted = [...new Set([...leading, ...this.#put])]
    const shape = mergeShape(merge, types)
    this.#types = types
    this.#reading = { context, plan, filters, checks: task.checks, merge, shape, leading, wanted }
    this.#readers = merge.runs.map((run, i) => new RunReader(this.#reading, run, i))
    this.#held = new HeldRows(context, merge, types, wanted)
    this.#pieces = new PieceReader(context, plan, checks)
    this.#arena = new Arena(context.memory, 'a merge of log files')
  }

  get bytesRead(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.bytesRead, 0)
  }

  get rowsScanned(): number {
    return this.#readers.reduce((sum, reader) => sum + reader.rowsScanned, 0)
  }

  next(): Batch | null {
    const { context } = this.#reading
    if (!this.#isHeld) this.#hold()
    for (;;) {
      const batch = this.#pieces.next() ?? this.#nextMade()
      if (batch !== null) return batch
      context.checkCancelled()
      context.arena.reset()
      this.#arena.reset()
      if (!this.#stream()) break
    }
    return this.#nextHeld()
  }

  close(): void {
    for (const reader of this.#readers) reader.close()
    this.#held.close()
    this.#arena.free()
  }

  #hold(): void {
    const { merge, shape } = this.#reading
    this.#readers.forEach((reader, i) => {
      if (i > 0) this.#held.add(reader, shape.stride, (file) => merge.runs[i]!.files[file]!.absent ?? [])
    })
    this.#held.finish()
    this.#isHeld = true
  }

  /** One batch of the first run; false at its end. */
  #stream(): boolean {
    const reader = this.#readers[0]
    reader?.load()
    const source = reader?.batch ?? null
    if (source === null) return false
    const { context, leading } = this.#reading
    const { count } = source
    if (this.#held.rowCount === 0) {
      this.#pieces.add({ batch: source, from: 0, to: count, selection: null })
      return true
    }
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const columns: Vector[] = []
    for (const column of leading) columns[column] = source.read(column, 0, count, null, this.#arena)
    const { kept, hits, keyAt } = this.#held.meet(own, columns, count)
    if (this.#held.providers !== null && this.#makePartial(source, kept, hits, keyAt)) return true
    this.#pieces.add({ batch: source, from: 0, to: count, selection: kept.count === count ? null : kept })
    return true
  }

  /** Rows that lack columns are made of two, the one of this run and the one that is held; false when there are none. */
  #makePartial(source: RunBatch, kept: Selection, hits: Selection, keyAt: (row: number) => number): boolean {
    const { u32 } = this.#reading.context.memory
    const rowsOf = ({ pointer, count }: Selection): number[] => [
      ...u32.subarray(pointer >>> 2, (pointer >>> 2) + count),
    ]
    const pairs: RowPair[] = []
    for (const row of rowsOf(hits)) {
      const key = keyAt(row)
      if (this.#isPartial(key)) pairs.push({ row, key, winner: 'held' })
    }
    for (const { key } of pairs) this.#held.markDone(key)
    let others = kept
    if (this.#held.fillsNulls) {
      const rest: number[] = []
      for (const row of rowsOf(kept)) {
        const key = keyAt(row)
        if (key === 0 || this.#held.isDelete(this.#held.winnerOf(key))) rest.push(row)
        else pairs.push({ row, key, winner: 'base' })
      }
      others = { pointer: this.#place(rest), count: rest.length }
    }
    if (pairs.length === 0) return false
    this.#make(source, others, pairs)
    return true
  }

  /** Whether some column of the winner comes from the row that it wins over. */
  #isPartial(key: number): boolean {
    if (this.#held.isDelete(this.#held.winnerOf(key))) return false
    return this.#put.some((column) => this.#held.providerOf(key, column) === FROM_BASE)
  }

  /** Rows of pairs, and the kept rows of the batch, because columns can be read once only. */
  #make(batch: RunBatch, kept: Selection, pairs: readonly RowPair[]): void {
    const { context } = this.#reading
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const base = this.#place(pairs.map(({ row }) => row))
    const columns: Vector[] = []
    const keptColumns: Vector[] = []
    for (const column of this.#put) {
      const all = flattenVector(own, batch.read(column, 0, batch.count, null, this.#arena))
      keptColumns[column] = takeVector(own, all, kept.pointer, kept.count)
      const theirs = takeVector(own, all, base, pairs.length)
      const sources = pairs.map(({ key, winner }, i) => {
        const provider = this.#held.providerOf(key, column)
        if (winner === 'held') return provider
        return isNullAt(context.memory, theirs, i) && provider >= 0 ? provider : FROM_BASE
      })
      columns[column] = this.#blend(column, theirs, sources)
    }
    if (kept.count > 0) this.#made.push({ rowCount: kept.count, columns: keptColumns })
    this.#made.push({ rowCount: pairs.length, columns })
  }

  /** By row: the held row `sources` says, row i of `base` for FROM_BASE (NULL without base), NULL for NOTHING. */
  #blend(column: number, base: Vector | null, sources: readonly number[]): Vector {
    const { context } = this.#reading
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    const held = this.#held.column(column)
    const missing = vectorFromLiterals(context.memory, this.#arena, this.#types[column]!, [null])
    const all = concatVectors(own, base === null ? [held, missing] : [held, missing, base])
    const rows = sources.map((row, i) => {
      if (row >= 0) return row
      return row === FROM_BASE && base !== null ? held.length + 1 + i : held.length
    })
    return takeVector(own, all, this.#place(rows), rows.length)
  }

  #place(rows: readonly number[]): Pointer {
    const pointer = this.#arena.allocate(rows.length * 4)
    this.#reading.context.memory.u32.set(rows, pointer >>> 2)
    return pointer
  }

  #nextMade(): Batch | null {
    for (let batch = this.#made.shift(); batch !== undefined; batch = this.#made.shift()) {
      const passed = this.#pieces.filter(batch)
      if (passed.rowCount > 0) return passed
    }
    return null
  }

  /** The next winners, or null when all are put out. */
  #nextHeld(): Batch | null {
    const { context } = this.#reading
    const { batches, providers } = this.#held
    const own = { memory: context.memory, kernels: context.kernels, arena: this.#arena }
    while (this.#nextBatch < batches.length) {
      context.arena.reset()
      this.#arena.reset()
      const { from, rowCount, columns: held } = batches[this.#nextBatch++]!
      const { pointer, count } = this.#held.winnersIn(from, from + rowCount, this.#arena)
      if (count === 0) continue
      const columns: Vector[] = []
      if (providers === null) {
        for (const column of this.#put) columns[column] = takeVector(own, held[column]!, pointer, count)
      } else {
        const rows = context.memory.u32.subarray(pointer >>> 2, (pointer >>> 2) + count)
        const keys = Array.from(rows, (row) => this.#held.keyOfRow(from + row))
        for (const column of this.#put) {
          const sources = keys.map((key) => this.#held.providerOf(key, column))
          columns[column] = this.#blend(column, null, sources)
        }
      }
      const batch = this.#pieces.filter({ rowCount: count, columns })
      if (batch.rowCount > 0) return batch
    }
    return null
  }
}
