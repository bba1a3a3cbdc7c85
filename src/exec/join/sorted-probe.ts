/**
 * The probe of a join by a range of keys.
 *
 *   keys and bounds -> [from, to) in the sorted build rows, a probe row -> pairs -> condition -> output
 *                                                                               \-> marks: which rows had a match
 */
import type { Pointer } from '../../core/memory.ts'
import { type Batch, type Vector, BATCH_ROWS_MAX } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { Emit, OperatorContext, StreamOperator } from '../operators/operator.ts'
import { andMasks, flatten, nullVector, takeVector, validityOfAll } from '../rows/vectors.ts'
import { encoderOf } from '../sort/encode-keys.ts'
import { JoinOutput } from './join-output.ts'
import { outputBuildStart } from './join-shape.ts'
import { Residual } from './residual.ts'
import type { SortedBuild } from './sorted-build.ts'
import { type RangeJoin, type SortedShape, sortedShape } from './sorted-shape.ts'

/** u32 numbers of sorted rows, a probe row. */
interface Ranges {
  readonly from: Pointer
  readonly to: Pointer
}

/** Vectors to search by, flat. */
interface Search {
  readonly rowCount: number
  readonly equal: readonly Vector[]
  /** Lower, then upper, those that there are. */
  readonly bounds: readonly Vector[]
  /** A byte a row: no key and no bound is NULL; 0 = everywhere. */
  readonly valid: Pointer
}

interface EncodedKeys {
  readonly keys: Pointer
  /** Of strings: a word a segment (kernel/wasm/sort/bounds.ts). */
  readonly views: Pointer
}

export class SortedProbe implements StreamOperator {
  readonly #context: OperatorContext
  readonly #plan: RangeJoin
  readonly #shape: SortedShape
  readonly #build: SortedBuild
  readonly #equal: (batch: Batch) => readonly Vector[]
  readonly #bounds: (batch: Batch) => readonly Vector[]
  readonly #condition: Residual | null
  readonly #output: JoinOutput

  constructor(context: OperatorContext, plan: RangeJoin, state: readonly unknown[]) {
    this.#context = context
    this.#plan = plan
    this.#shape = sortedShape(plan)
    this.#build = (state as readonly SortedBuild[])[0]!
    const { equal, lower, upper } = plan.range
    this.#equal = compileExprs(equal, context)
    this.#bounds = compileExprs(
      [lower, upper].flatMap((bound) => (bound === null ? [] : [bound.expr])),
      context,
    )
    const { pairs } = this.#shape
    this.#condition = plan.condition === null ? null : new Residual(context, plan, pairs, plan.condition)
    this.#output = new JoinOutput(context, plan, pairs)
  }

  push(batch: Batch, emit: Emit): boolean {
    if (batch.rowCount === 0) return true
    return this.#plan.range.nearest ? this.#pushNearest(batch, emit) : this.#pushAll(batch, emit)
  }

  finish(): void {
    // Every batch is answered at once.
  }

  #search(batch: Batch): Search {
    const context = this.#context
    const { rowCount } = batch
    const equal = this.#equal(batch).map((vector) => flatten(context, vector))
    const bounds = this.#bounds(batch).map((vector) => flatten(context, vector))
    const strict = [...equal.filter((_, i) => this.#plan.range.nullsEqual[i] !== true), ...bounds]
    const valid = andMasks(context, validityOfAll(context, strict, rowCount), 0, rowCount)
    return { rowCount, equal, bounds, valid }
  }

  #find(batch: Batch): Ranges {
    const { arena } = this.#context
    const { lower, upper } = this.#plan.range
    const search = this.#search(batch)
    const { bounds, rowCount } = search
    const from = arena.allocate(rowCount * 4)
    const to = arena.allocate(rowCount * 4)
    const mark = arena.mark()
    const low = this.#encode(search, lower === null ? 'lowest' : bounds[0]!)
    this.#countBefore(search, low, lower !== null && !lower.inclusive, 0, from)
    const high = this.#encode(search, upper === null ? 'null' : bounds.at(-1)!)
    this.#countBefore(search, high, upper?.inclusive === true, from, to)
    arena.release(mark)
    return { from, to }
  }

  /** The key bytes to search for: what must be equal, then `last`. */
  #encode({ rowCount, equal }: Search, last: Vector | 'lowest' | 'null'): EncodedKeys {
    const { arena, memory } = this.#context
    const { sort } = this.#shape
    const keys = arena.allocateZeroed(rowCount * sort.keyBytes)
    const views = arena.allocateZeroed((sort.keys.length + 1) * 4)
    let segment = 0
    sort.keys.forEach((key, i) => {
      const value = i < equal.length ? equal[i]! : last
      // All bytes zero come before every value.
      if (value !== 'lowest') {
        const vector = value === 'null' ? nullVector(this.#plan.range.buildKeys[i]!.type, rowCount) : value
        const { data, validity } = flatten(this.#context, vector)
        encoderOf(this.#context, key.storage)!(rowCount, 0, data, validity, keys + key.offset, sort.keyBytes, 0, 0, 1)
        if (key.column !== null) memory.u32[(views >>> 2) + segment] = data
      }
      if (key.column !== null) segment++
    })
    return { keys, views }
  }

  /** How many sorted rows come before each of the keys, equal ones among them where `after`; `floor` (or 0) at least. */
  #countBefore(
    { rowCount, valid }: Search,
    { keys, views }: EncodedKeys,
    after: boolean,
    floor: Pointer,
    out: Pointer,
  ): void {
    const { kernels } = this.#context
    const { keyBytes, keyOffset, descriptor } = this.#shape.sort
    const build = this.#build
    kernels.sort.countBefore(
      rowCount,
      keys,
      keyBytes,
      keyOffset,
      views,
      valid,
      build.sorted,
      build.keys,
      build.count,
      this.#put(descriptor),
      after ? 1 : 0,
      floor,
      out,
    )
  }

  #put(words: readonly number[]): Pointer {
    const { arena, memory } = this.#context
    const at = arena.allocate(words.length * 4)
    memory.u32.set(words, at >>> 2)
    return at
  }

  /** ASOF: a row or none for each probe row, which stay in order. */
  #pushNearest(batch: Batch, emit: Emit): boolean {
    const { arena, kernels } = this.#context
    const { upper, lower } = this.#plan.range
    const { sort, equalDescriptor, lastKey } = this.#shape
    const build = this.#build
    const search = this.#search(batch)
    const { rowCount, valid } = search
    const rows = arena.allocate(rowCount * 4)
    const mark = arena.mark()
    const encoded = this.#encode(search, search.bounds[0]!)
    const found = arena.allocate(rowCount * 4)
    const after = upper === null ? !lower!.inclusive : upper.inclusive
    this.#countBefore(search, encoded, after, 0, found)
    kernels.sort.nearestRows(
      rowCount,
      found,
      encoded.keys,
      sort.keyBytes,
      sort.keyOffset,
      encoded.views,
      valid,
      build.sorted,
      build.keys,
      build.count,
      this.#put(equalDescriptor),
      lastKey,
      upper === null ? 0 : 1,
      rows,
    )
    arena.release(mark)
    return this.#output.emit(emit, batch, 0, rows, rowCount)
  }

  #pushAll(batch: Batch, emit: Emit): boolean {
    const { from, to } = this.#find(batch)
    const { arena, kernels } = this.#context
    const { rowCount } = batch
    const { type } = this.#plan
    const matched = arena.allocateZeroed(rowCount)
    const state = arena.allocateZeroed(8)
    const puts = type === 'inner' || type === 'left' || type === 'right' || type === 'full'
    const marks = type === 'right' || type === 'full' || type === 'right-semi' || type === 'right-anti'
    for (;;) {
      this.#context.checkCancelled()
      const mark = arena.mark()
      const numbers = arena.allocate(BATCH_ROWS_MAX * 4)
      const rows = arena.allocate(BATCH_ROWS_MAX * 4)
      const found = kernels.sort.expandRanges(
        rowCount,
        from,
        to,
        this.#build.sorted,
        state,
        BATCH_ROWS_MAX,
        numbers,
        rows,
      )
      const count = this.#condition === null ? found : this.#condition.filter(batch, numbers, rows, found)
      if (count > 0) {
        kernels.table.markSelected(count, numbers, matched)
        if (marks) kernels.table.markChains(count, rows)
        if (puts && !this.#output.emit(emit, batch, numbers, rows, count)) return false
      }
      arena.release(mark)
      if (found < BATCH_ROWS_MAX) break
    }
    return this.#emitByMarks(batch, matched, emit)
  }

  /** What depends on whether a probe row had a match at all. */
  #emitByMarks(batch: Batch, matched: Pointer, emit: Emit): boolean {
    const { type } = this.#plan
    if (type !== 'left' && type !== 'full' && type !== 'semi' && type !== 'anti') return true
    const { arena, kernels } = this.#context
    const { rowCount } = batch
    const selection = arena.allocate((rowCount + 1) * 4)
    const count = kernels.table.selectBytes(rowCount, matched, type === 'semi' ? 1 : 0, selection)
    if (count === 0) return true
    const buildStart = outputBuildStart(this.#plan, this.#shape.pairs.probeColumnCount)
    const columns = this.#plan.projection.map((index) => {
      if (buildStart >= 0 && index >= buildStart) {
        return nullVector(this.#plan.build.output[index - buildStart]!.type, count)
      }
      const column = batch.columns[index]!
      return count === rowCount ? column : takeVector(this.#context, column, selection, count)
    })
    return emit({ rowCount: count, columns })
  }
}
