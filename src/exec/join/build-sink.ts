/** The end of the build side's pipeline: rows are copied, NULL keys set apart, integer keys' ranges kept. */
import type { Pointer } from '../../core/memory.ts'
import { storageOf } from '../../core/types.ts'
import type { Batch, FlatVector, Vector } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext, Sink } from '../operators/operator.ts'
import { hashKeys } from '../rows/key-hash.ts'
import { FLAG_NULL_KEY } from '../rows/row-layout.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import { RowStore } from '../rows/row-store.ts'
import { type RowTarget, RowWriter, initRows } from '../rows/row-writer.ts'
import { andMasks, flatten, validityOfAll } from '../rows/vectors.ts'
import type { JoinShape } from './join-shape.ts'
import type { BuildPartial } from './join-state.ts'
import { spillBuildRows } from './spilled-build.ts'

/** Less is not worth a file. */
const SPILL_BYTES_MIN = 96 * 1024

const INT64_MAX = 2n ** 63n - 1n
const INT64_MIN = -(2n ** 63n)

export class BuildSink implements Sink {
  readonly #context: OperatorContext
  readonly #plan: HashJoin
  readonly #shape: JoinShape
  #store: RowStore
  #writer: RowWriter
  readonly #keys: (batch: Batch) => readonly Vector[]
  /** Of each key; empty when the form has none. */
  readonly #ranges: { min: bigint; max: bigint }[]
  #nullKeyCount = 0
  #spilled: RowBlock[][] = []

  constructor(context: OperatorContext, plan: HashJoin, shape: JoinShape) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#keys = compileExprs(plan.buildKeys, context)
    this.#store = this.#newStore()
    this.#writer = new RowWriter(this.#store)
    this.#ranges = shape.form === 'integer' ? plan.buildKeys.map(() => ({ min: INT64_MAX, max: INT64_MIN })) : []
  }

  #newStore(): RowStore {
    const { layout, form } = this.#shape
    return new RowStore(this.#context.memory, layout, 'a hash join', { zeroed: form === 'rows' })
  }

  push(batch: Batch): boolean {
    this.#keep(batch)
    if (this.#store.byteCount > SPILL_BYTES_MIN && this.#store.byteCount > this.#context.spillThresholdBytes())
      this.#spill()
    return true
  }

  /** Writes all rows to a file, by parts, and begins anew. */
  #spill(): void {
    const rows = this.#store.detach()
    const parts = spillBuildRows(this.#context, this.#plan, this.#shape, rows)
    parts.forEach((blocks, part) => (this.#spilled[part] ??= []).push(...blocks))
    this.#store = this.#newStore()
    this.#writer = new RowWriter(this.#store)
  }

  #keep(batch: Batch): void {
    const context = this.#context
    const { rowCount } = batch
    if (rowCount === 0) return
    const { table } = context.kernels
    let keys: readonly Vector[] = this.#keys(batch)
    const mask = this.#matchableMask(keys, rowCount)
    if (this.#shape.form === 'integer') {
      const flat = keys.map((key) => flatten(context, key))
      this.#widenRanges(flat, mask)
      keys = flat
    }
    const matchable = mask === 0 ? 0 : context.arena.allocate(rowCount * 4)
    const count = mask === 0 ? rowCount : table.selectBytes(rowCount, mask, 1, matchable)
    if (count === rowCount) {
      this.#append(batch, keys, 0, rowCount, 0)
      return
    }
    this.#nullKeyCount += rowCount - count
    this.#append(batch, keys, matchable, count, 0)
    if (this.#shape.keepsAllBuildRows) {
      const rest = context.arena.allocate(rowCount * 4)
      this.#append(batch, keys, rest, table.selectBytes(rowCount, mask, 0, rest), FLAG_NULL_KEY)
    }
  }

  /** 1 for rows that can match: no NULL in a key that NULL does not equal. */
  #matchableMask(keys: readonly Vector[], rowCount: number): Pointer {
    const strict = keys.filter((_, i) => !this.#plan.nullsEqual[i])
    const validity = validityOfAll(this.#context, strict, rowCount)
    return andMasks(this.#context, validity, 0, rowCount)
  }

  #append(batch: Batch, keys: readonly Vector[], selection: Pointer, count: number, flags: number): void {
    const { layout, form } = this.#shape
    const hashes = form === 'rows' ? hashKeys(this.#context, keys, batch.rowCount) : 0
    let done = 0
    while (done < count) {
      const { start, count: taken } = this.#store.reserve(count - done)
      const target = this.#target(batch.rowCount, selection, done, start, taken)
      initRows(this.#context, layout, target, flags)
      this.#writeRow(batch, keys, hashes, target)
      done += taken
    }
  }

  /** Rows `done` to `done + taken` of the selection (0: of the batch). */
  #target(rowCount: number, selection: Pointer, done: number, rows: Pointer, taken: number): RowTarget {
    const { rowBytes } = this.#shape.layout
    if (selection !== 0) return { rows, rowBytes, selection: selection + done * 4, count: taken }
    if (done === 0) return { rows, rowBytes, selection: 0, count: taken }
    const numbers = this.#context.arena.allocate(rowCount * 4)
    const { u32 } = this.#context.memory
    for (let i = 0; i < taken; i++) u32[(numbers >>> 2) + i] = done + i
    return { rows, rowBytes, selection: numbers, count: taken }
  }

  #writeRow(batch: Batch, keys: readonly Vector[], hashes: Pointer, target: RowTarget): void {
    const context = this.#context
    const { payload, keys: keyColumns, layout } = this.#shape
    keyColumns.forEach((column, i) => this.#writer.write(context, column, keys[i]!, target))
    payload.forEach((column, i) => {
      if (column !== null && !column.key) this.#writer.write(context, column, batch.columns[i]!, target)
    })
    if (hashes !== 0) {
      const { rows, rowBytes, selection, count } = target
      context.kernels.table.scatterWords(count, selection, hashes, rows, rowBytes, layout.hashOffset)
    }
  }

  /** By the keys of rows that can match. */
  #widenRanges(keys: readonly FlatVector[], mask: Pointer): void {
    const { arena, kernels, memory } = this.#context
    const { table } = kernels
    const range = arena.allocate(16)
    const words = range >>> 3
    keys.forEach((key, i) => {
      const known = this.#ranges[i]!
      memory.i64[words] = known.min
      memory.i64[words + 1] = known.max
      const storage = storageOf(key.type)
      if (storage === 'i64') table.minMaxI64(key.length, key.data, mask, range)
      else if (storage === 'i32') table.minMaxI32(key.length, key.data, mask, range)
      else table.minMaxI8(key.length, key.data, mask, range)
      this.#ranges[i] = { min: memory.i64[words]!, max: memory.i64[words + 1]! }
    })
  }

  finish(): BuildPartial {
    const rows = this.#store.detach()
    this.#context.count(this.#plan.id, 'build_rows', rows.rowCount)
    return {
      ...rows,
      nullKeyCount: this.#nullKeyCount,
      ranges: this.#ranges,
      spilled: this.#spilled,
    }
  }

  abort(): void {
    this.#store.free()
  }
}
