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
import { writeOrder } from '../sort/sort-rows.ts'
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
    const ranges = this.#find(batch)
    return this.#plan.range.nearest ? this.#pushNearest(batch, ranges, emit) : this.#pushAll(batch, ranges, emit)
  }

  finish(): void {
    // Every batch is answered at once.
  }

  #find(batch: Batch): Ranges {
    const { arena } = this.#context
    const { rowCount } = batch
    const { lower, upper } = this.#plan.range
    const from = arena.allocate(rowCount * 4)
    const to = arena.allocate(rowCount * 4)
    const equal = this.#equal(batch).map((vector) => flatten(this.#context, vector))
    const bounds = this.#bounds(batch).map((vector) => flatten(this.#context, vector))
    const strict = [...equal.filter((_, i) => this.#plan.range.nullsEqual[i] !== true), ...bounds]
    const valid = andMasks(this.#context, validityOfAll(this.#context, strict, rowCount), 0, rowCount)
    const [first, second] = [bounds[0]!, bounds.at(-1)!]
    const search = { rowCount, equal, valid }
    this.#countBefore(search, lower === null ? 'lowest' : first, lower !== null && !lower.inclusive, from)
    this.#countBefore(search, upper === null ? 'null' : second, upper?.inclusive === true, to)
    return { from, to }
  }

  /** How many sorted rows come before the keys of each probe row, equal ones among them where `after`. */
  #countBefore(
    {
      rowCount,
      equal,
      valid,
    }: { readonly rowCount: number; readonly equal: readonly Vector[]; readonly valid: Pointer },
    last: Vector | 'lowest' | 'null',
    after: boolean,
    out: Pointer,
  ): void {
    const { arena, kernels, memory } = this.#context
    const { sort } = this.#shape
    const { sorted, count } = this.#build
    const mark = arena.mark()
    const keys = arena.allocateZeroed(rowCount * sort.keyBytes)
    const views = arena.allocateZeroed((sort.keys.length + 1) * 4)
    let segment = 0
    sort.keys.forEach((key, i) => {
      const isString = key.column !== null
      const value =
        i < equal.length
          ? equal[i]!
          : last === 'null'
            ? nullVector(this.#plan.range.buildKeys[i]!.type, rowCount)
            : last
      // All bytes zero come before every value.
      if (value !== 'lowest') {
        const { data, validity } = flatten(this.#context, value)
        encoderOf(this.#context, key.storage)!(rowCount, 0, data, validity, keys + key.offset, sort.keyBytes, 0, 0, 1)
        if (isString) memory.u32[(views >>> 2) + segment] = data
      }
      if (isString) segment++
    })
    const descriptor = writeOrder(memory, sort, arena.allocate(sort.descriptor.length * 4))
    kernels.sort.countBefore(
      rowCount,
      keys,
      sort.keyBytes,
      sort.keyOffset,
      views,
      valid,
      sorted,
      count,
      descriptor,
      after ? 1 : 0,
      out,
    )
    arena.release(mark)
  }

  /** ASOF: a row or none for each probe row, which stay in order. */
  #pushNearest(batch: Batch, { from, to }: Ranges, emit: Emit): boolean {
    const { arena, kernels } = this.#context
    const { rowCount } = batch
    const rows = arena.allocate(rowCount * 4)
    const isLast = this.#plan.range.upper === null ? 0 : 1
    kernels.sort.nearestRows(rowCount, from, to, this.#build.sorted, isLast, rows)
    return this.#output.emit(emit, batch, 0, rows, rowCount)
  }

  #pushAll(batch: Batch, { from, to }: Ranges, emit: Emit): boolean {
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
