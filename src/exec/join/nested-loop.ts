/**
 * Nested-loop joins: any condition, every probe row meets every build row.
 *
 * Of a probe batch and a build batch the smaller is walked row by row, its row's values being constants beside the other's columns: so
 * the condition is evaluated over whole vectors, and a cross join with one row (a scalar subquery) copies nothing.
 */
import { SqlError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN } from '../../core/types.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import { type Evaluator, compileExpr } from '../../expr/evaluate.ts'
import type { NestedLoopJoin } from '../../plan/physical.ts'
import type { Emit, OperatorContext, Source, StreamOperator } from '../operators/operator.ts'
import { loadSegment } from '../segment.ts'
import { rowAsConstant } from '../rows/row-constant.ts'
import { flatVector, flatten, nullVector, takeVector } from '../rows/vectors.ts'
import { inputsOfExpr, outputBuildStart } from './join-shape.ts'
import { type NestedLoopState, marksBuildRows } from './nested-loop-state.ts'
import { NestedLoopUnmatched } from './nested-loop-unmatched.ts'

export { nestedLoopBreaker } from './nested-loop-state.ts'

export function createNestedLoop(
  context: OperatorContext,
  plan: NestedLoopJoin,
  state: readonly unknown[],
): StreamOperator {
  return new NestedLoop(context, plan, (state as readonly NestedLoopState[])[0]!)
}

/** Whether the join puts out build rows after its probe (`createNestedLoopUnmatched`). */
export function hasNestedLoopUnmatched(plan: NestedLoopJoin, _state: readonly unknown[]): boolean {
  return marksBuildRows(plan)
}

export function createNestedLoopUnmatched(
  context: OperatorContext,
  plan: NestedLoopJoin,
  state: readonly unknown[],
  _handOvers: readonly unknown[],
): Source {
  return new NestedLoopUnmatched(context, plan, (state as readonly NestedLoopState[])[0]!)
}

/** Matches of one probe batch. */
interface Marks {
  /** 1: the probe row had a match. */
  readonly matched: Pointer
  /** 1: the condition was NULL for some build row. */
  readonly unknown: Pointer
}

/** One row of a side beside a batch of the other. */
interface Step {
  readonly walked: 'probe' | 'build'
  /** Of the walked side. */
  readonly row: number
  readonly rowCount: number
  /** Probe columns, then build columns; those that nobody reads are NULLs. */
  readonly columns: readonly Vector[]
  /** Number of the build batch's first row. */
  readonly firstBuildRow: number
}

class NestedLoop implements StreamOperator {
  readonly #context: OperatorContext
  readonly #plan: NestedLoopJoin
  readonly #state: NestedLoopState
  readonly #condition: Evaluator | null
  /** Columns that are read: by the condition, or put out beside pairs. */
  readonly #needed: ReadonlySet<number>
  readonly #probeCount: number
  /** Rows of pairs are put out. */
  readonly #putsPairs: boolean

  constructor(context: OperatorContext, plan: NestedLoopJoin, state: NestedLoopState) {
    this.#context = context
    this.#plan = plan
    this.#state = state
    this.#condition = plan.condition === null ? null : compileExpr(plan.condition, context)
    this.#probeCount = plan.probe.output.length
    this.#putsPairs = ['inner', 'left', 'right', 'full', 'single'].includes(plan.type)
    this.#needed = new Set([
      ...(plan.condition === null ? [] : inputsOfExpr(plan.condition)),
      ...(this.#putsPairs ? plan.projection : []),
    ])
  }

  push(batch: Batch, emit: Emit): boolean {
    const { rowCount } = batch
    if (rowCount === 0) return true
    const { arena } = this.#context
    const marks = {
      matched: arena.allocateZeroed(rowCount),
      unknown: arena.allocateZeroed(rowCount),
    }
    for (const [i, segment] of this.#state.segments.entries()) {
      const loaded = loadSegment(this.#context, segment)
      try {
        let first = this.#state.firstRows[i]!
        for (const build of loaded.batches) {
          if (!this.#join(batch, build, first, marks, emit)) return false
          first += build.rowCount
        }
      } finally {
        loaded.release()
      }
    }
    return this.#emitByMarks(batch, marks, emit)
  }

  finish(): void {
    // Every batch is answered at once.
  }

  #join(probe: Batch, build: Batch, firstBuildRow: number, marks: Marks, emit: Emit): boolean {
    const { arena } = this.#context
    const walksBuild = build.rowCount <= probe.rowCount
    const [walked, other] = walksBuild ? [build, probe] : [probe, build]
    for (let row = 0; row < walked.rowCount; row++) {
      this.#context.checkCancelled()
      const mark = arena.mark()
      const constants = walked.columns.map((column, i) => {
        const isNeeded = this.#needed.has(walksBuild ? this.#probeCount + i : i)
        return isNeeded
          ? rowAsConstant(this.#context, column, row, other.rowCount)
          : nullVector(column.type, other.rowCount)
      })
      const columns = walksBuild ? [...other.columns, ...constants] : [...constants, ...other.columns]
      const step: Step = {
        walked: walksBuild ? 'build' : 'probe',
        row,
        rowCount: other.rowCount,
        columns,
        firstBuildRow,
      }
      if (!this.#meet(step, marks, emit)) return false
      arena.release(mark)
    }
    return true
  }

  /** One row against a batch. */
  #meet(step: Step, marks: Marks, emit: Emit): boolean {
    const { arena, kernels } = this.#context
    const { rowCount, columns } = step
    const selection = arena.allocate((rowCount + 1) * 4)
    let count = rowCount
    if (this.#condition === null) {
      kernels.table.rowAddresses(rowCount, 0, 1, selection)
    } else {
      const { data, validity } = flatten(this.#context, this.#condition({ rowCount, columns }))
      if (validity !== 0) this.#markUnknown(step, validity, marks)
      const mask = arena.allocate(rowCount)
      kernels.table.andMasks(rowCount, data, validity, mask)
      count = kernels.table.selectBytes(rowCount, mask, 1, selection)
    }
    if (count === 0) return true
    this.#markMatched(step, selection, count, marks)
    if (!this.#putsPairs) return true
    const all = count === rowCount
    const pairs = this.#plan.projection.map((index) => {
      const column = columns[index]!
      return all ? column : takeVector(this.#context, column, selection, count)
    })
    return emit({ rowCount: count, columns: pairs })
  }

  #markMatched(step: Step, selection: Pointer, count: number, marks: Marks): void {
    const { memory, kernels } = this.#context
    const { matched } = this.#state
    let repeated = 0
    if (step.walked === 'build') {
      repeated = kernels.table.markSelected(count, selection, marks.matched)
      if (matched !== 0) memory.u8[matched + step.firstBuildRow + step.row] = 1
    } else {
      repeated = memory.u8[marks.matched + step.row]! + count - 1
      memory.u8[marks.matched + step.row] = 1
      if (matched !== 0) kernels.table.markSelected(count, selection, matched + step.firstBuildRow)
    }
    if (repeated > 0 && this.#plan.type === 'single') {
      throw new SqlError('21000', 'more than one row returned by a subquery used as an expression')
    }
  }

  #markUnknown({ walked, row, rowCount }: Step, validity: Pointer, { unknown }: Marks): void {
    const { arena, memory, kernels } = this.#context
    const selection = arena.allocate((rowCount + 1) * 4)
    const count = kernels.table.selectBytes(rowCount, validity, 0, selection)
    if (count === 0) return
    if (walked === 'build') kernels.table.markSelected(count, selection, unknown)
    else memory.u8[unknown + row] = 1
  }

  /** What depends on whether a probe row had a match at all. */
  #emitByMarks(batch: Batch, { matched, unknown }: Marks, emit: Emit): boolean {
    const { arena, kernels } = this.#context
    const { rowCount } = batch
    const selection = arena.allocate((rowCount + 1) * 4)
    switch (this.#plan.type) {
      case 'left':
      case 'full':
      case 'single':
        return this.#emitProbe(batch, selection, kernels.table.selectBytes(rowCount, matched, 0, selection), emit)
      case 'semi':
        return this.#emitProbe(batch, selection, kernels.table.selectBytes(rowCount, matched, 1, selection), emit)
      case 'anti':
        return this.#emitProbe(batch, selection, kernels.table.selectBytes(rowCount, matched, 0, selection), emit)
      case 'mark': {
        const known = arena.allocate(rowCount)
        const { u8 } = this.#context.memory
        // NULL where nothing matched but something might have.
        for (let i = 0; i < rowCount; i++) u8[known + i] = u8[matched + i]! | (u8[unknown + i]! ^ 1)
        return this.#emitAll(batch, flatVector(BOOLEAN, rowCount, matched, known), emit)
      }
      case 'inner':
      case 'right':
      case 'right-semi':
      case 'right-anti':
        return true
    }
  }

  /** Probe rows alone; NULLs for build columns. */
  #emitProbe(batch: Batch, selection: Pointer, count: number, emit: Emit): boolean {
    if (count === 0) return true
    const buildStart = outputBuildStart(this.#plan, this.#probeCount)
    const columns = this.#plan.projection.map((index) => {
      if (buildStart >= 0 && index >= buildStart)
        return nullVector(this.#plan.build.output[index - buildStart]!.type, count)
      const column = batch.columns[index]!
      return count === batch.rowCount ? column : takeVector(this.#context, column, selection, count)
    })
    return emit({ rowCount: count, columns })
  }

  #emitAll(batch: Batch, mark: Vector, emit: Emit): boolean {
    return emit({
      rowCount: batch.rowCount,
      columns: this.#plan.projection.map((index) => batch.columns[index] ?? mark),
    })
  }
}
