/**
 * The probe of a hash join: a batch of probe rows in, joined rows out.
 *
 *   keys -> heads (first build row a probe row, or 0) -> pairs along the chains -> residual condition -> output
 *                                                     \-> marks: which probe rows (build rows) had a match
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN } from '../../core/types.ts'
import { type Batch, type Vector, BATCH_ROWS_MAX } from '../../core/vector.ts'
import { compileExprs } from '../../expr/evaluate.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { Emit, OperatorContext, StreamOperator } from '../operators/operator.ts'
import { flatVector } from '../rows/vectors.ts'
import { findRows } from './find-rows.ts'
import { JoinOutput } from './join-output.ts'
import type { JoinShape } from './join-shape.ts'
import { type JoinState, isUnique } from './join-state.ts'
import { Residual } from './residual.ts'

/** Pairs of one probe batch: how they were found. */
interface Candidates {
  readonly batch: Batch
  /** A u32 build row a probe row, 0 = none. */
  readonly heads: Pointer
  /** 1 where the probe keys have no NULL; 0 = everywhere. */
  readonly valid: Pointer
  /** Probe rows that have a head, and their heads. */
  readonly selection: Pointer
  readonly found: Pointer
  readonly count: number
}

export class HashProbe implements StreamOperator {
  readonly #context: OperatorContext
  readonly #plan: HashJoin
  readonly #shape: JoinShape
  readonly #state: JoinState
  readonly #unique: boolean
  readonly #keys: (batch: Batch) => readonly Vector[]
  readonly #residual: Residual | null
  readonly #output: JoinOutput

  constructor(context: OperatorContext, plan: HashJoin, shape: JoinShape, states: readonly JoinState[]) {
    this.#context = context
    this.#plan = plan
    this.#shape = shape
    this.#state = states[0]!
    this.#unique = isUnique(states)
    this.#keys = compileExprs(plan.probeKeys, context)
    this.#residual = plan.residual === null ? null : new Residual(context, plan, shape, plan.residual)
    this.#output = new JoinOutput(context, plan, shape)
  }

  push(batch: Batch, emit: Emit): boolean {
    if (batch.rowCount === 0) return true
    const candidates = this.#find(batch)
    if (this.#residual !== null) return this.#pushMarked(candidates, emit, this.#residual)
    return this.#pushPlain(candidates, emit)
  }

  finish(): void {
    // Every batch is answered at once; rows of the build side that had no match are a source of their own.
  }

  #find(batch: Batch): Candidates {
    const context = this.#context
    const { rowCount } = batch
    const keys = this.#keys(batch)
    const { heads, valid } = findRows(context, this.#plan, this.#shape, this.#state, keys, rowCount)
    const selection = context.arena.allocate(rowCount * 4)
    const found = context.arena.allocate(rowCount * 4)
    const count = context.kernels.table.selectFound(rowCount, heads, selection, found)
    return { batch, heads, valid, selection, found, count }
  }

  /** Without residual condition: a probe row matches when it has a head. */
  #pushPlain(candidates: Candidates, emit: Emit): boolean {
    const { batch, heads, found, selection, count } = candidates
    const { table } = this.#context.kernels
    switch (this.#plan.type) {
      case 'inner':
        return this.#emitPairs(candidates, emit)
      case 'right':
        table.markChains(count, found)
        return this.#emitPairs(candidates, emit)
      case 'full':
        table.markChains(count, found)
        return this.#emitPairs(candidates, emit) && this.#emitMissing(candidates, emit)
      case 'single':
        this.#refuseSecondMatch(found, count)
        return this.#output.emit(emit, batch, 0, heads, batch.rowCount)
      case 'left':
        if (this.#unique) return this.#output.emit(emit, batch, 0, heads, batch.rowCount)
        return this.#emitPairs(candidates, emit) && this.#emitMissing(candidates, emit)
      case 'semi':
        return this.#emitSelected(candidates, emit, selection, count)
      case 'anti':
        return this.#emitAnti(candidates, emit)
      case 'mark':
        return this.#emitMark(candidates, emit, this.#matchedBytes(candidates))
      case 'right-semi':
      case 'right-anti':
        table.markChains(count, found)
        return true
    }
  }

  #emitSelected({ batch }: Candidates, emit: Emit, selection: Pointer, count: number): boolean {
    return this.#output.emit(emit, batch, count === batch.rowCount ? 0 : selection, 0, count)
  }

  #emitPairs(candidates: Candidates, emit: Emit): boolean {
    const { batch, selection, found, count } = candidates
    if (this.#unique) {
      return this.#output.emit(emit, batch, count === batch.rowCount ? 0 : selection, found, count)
    }
    return this.#expand(candidates, (pairSelection, pairRows, pairCount) =>
      this.#output.emit(emit, batch, pairSelection, pairRows, pairCount),
    )
  }

  /** Walks the chains, BATCH_ROWS_MAX pairs at a time. Scratch is given back after each visit. */
  #expand(
    { selection, found, count }: Candidates,
    visit: (selection: Pointer, rows: Pointer, count: number) => boolean,
  ): boolean {
    const { arena, kernels, memory } = this.#context
    const cursor = arena.allocateZeroed(8)
    const outSelection = arena.allocate(BATCH_ROWS_MAX * 4)
    const outRows = arena.allocate(BATCH_ROWS_MAX * 4)
    while (memory.u32[cursor >>> 2]! < count) {
      const mark = arena.mark()
      this.#context.checkCancelled()
      const pairs = kernels.table.expandChains(count, selection, found, cursor, BATCH_ROWS_MAX, outSelection, outRows)
      if (!visit(outSelection, outRows, pairs)) return false
      arena.release(mark)
    }
    return true
  }

  /** Probe rows without a head, with NULLs for the build side. */
  #emitMissing({ batch, heads }: Candidates, emit: Emit): boolean {
    const { arena, kernels } = this.#context
    const missing = arena.allocate(batch.rowCount * 4)
    const count = kernels.table.selectMissing(batch.rowCount, heads, missing)
    if (count === 0) return true
    return this.#output.emit(emit, batch, missing, arena.allocateZeroed(count * 4), count)
  }

  #refuseSecondMatch(found: Pointer, count: number): void {
    if (this.#unique) return
    const { u32 } = this.#context.memory
    for (let i = 0; i < count; i++) {
      if (u32[u32[(found >>> 2) + i]! >>> 2] !== 0) throw secondRow()
    }
  }

  #matchedBytes({ batch, selection, count }: Candidates): Pointer {
    const { arena, kernels } = this.#context
    const matched = arena.allocateZeroed(batch.rowCount)
    kernels.table.markSelected(count, selection, matched)
    return matched
  }

  #emitAnti(candidates: Candidates, emit: Emit): boolean {
    const { batch, heads, valid } = candidates
    const { arena, kernels } = this.#context
    const missing = arena.allocate(batch.rowCount * 4)
    if (this.#plan.nullAware && this.#state.hasBuildRows) {
      // x NOT IN (..., NULL) is never TRUE, NULL NOT IN (something) neither.
      if (this.#state.nullKeyCount > 0) return true
      if (valid !== 0) return this.#emitValidMissing(candidates, emit)
    }
    const count = kernels.table.selectMissing(batch.rowCount, heads, missing)
    return this.#emitSelected(candidates, emit, missing, count)
  }

  #emitValidMissing(candidates: Candidates, emit: Emit): boolean {
    const { batch, valid } = candidates
    const { arena, kernels, memory } = this.#context
    const matched = this.#matchedBytes(candidates)
    for (let i = 0; i < batch.rowCount; i++) if (memory.u8[valid + i] === 0) memory.u8[matched + i] = 1
    const selection = arena.allocate(batch.rowCount * 4)
    const count = kernels.table.selectBytes(batch.rowCount, matched, 0, selection)
    return this.#emitSelected(candidates, emit, selection, count)
  }

  /** Appends the mark: TRUE with a match, NULL where IN does not know, else FALSE. */
  #emitMark({ batch, valid }: Candidates, emit: Emit, matched: Pointer): boolean {
    const { rowCount } = batch
    const { arena, memory } = this.#context
    let validity: Pointer = 0
    if (this.#plan.nullAware && this.#state.hasBuildRows && (valid !== 0 || this.#state.nullKeyCount > 0)) {
      validity = arena.allocate(rowCount)
      const { u8 } = memory
      const unknown = this.#state.nullKeyCount > 0
      for (let i = 0; i < rowCount; i++) {
        const known = u8[matched + i] === 1 || !(unknown || u8[valid + i] === 0)
        u8[validity + i] = known ? 1 : 0
      }
    }
    const mark: Vector = flatVector(BOOLEAN, rowCount, matched, validity)
    return this.#output.emit(emit, batch, 0, 0, rowCount, mark)
  }

  /** With residual condition: pairs are tried, and each side notes what had a match. */
  #pushMarked(candidates: Candidates, emit: Emit, residual: Residual): boolean {
    const { batch, valid } = candidates
    const { type, nullAware } = this.#plan
    const { arena, kernels } = this.#context
    const { table } = kernels
    if (nullAware && (this.#state.nullKeyCount > 0 || valid !== 0)) {
      throw unsupported('a correlated NOT IN that meets NULLs')
    }
    const matched = arena.allocateZeroed(batch.rowCount)
    const marksBuild = type === 'right' || type === 'full' || type === 'right-semi' || type === 'right-anti'
    const puts = type === 'inner' || type === 'left' || type === 'right' || type === 'full' || type === 'single'
    const goesOn = this.#expand(candidates, (selection, rows, count) => {
      const kept = residual.filter(batch, selection, rows, count)
      const repeated = table.markSelected(kept, selection, matched)
      if (type === 'single' && repeated > 0) throw secondRow()
      if (marksBuild) table.markRows(kept, rows)
      return puts ? this.#output.emit(emit, batch, selection, rows, kept) : true
    })
    if (!goesOn) return false
    return this.#emitByMarks(candidates, emit, matched)
  }

  #emitByMarks(candidates: Candidates, emit: Emit, matched: Pointer): boolean {
    const { batch } = candidates
    const { arena, kernels } = this.#context
    const chosen = arena.allocate(batch.rowCount * 4)
    const choose = (value: number): number => kernels.table.selectBytes(batch.rowCount, matched, value, chosen)
    switch (this.#plan.type) {
      case 'left':
      case 'full':
      case 'single': {
        const count = choose(0)
        return count === 0 || this.#output.emit(emit, batch, chosen, arena.allocateZeroed(count * 4), count)
      }
      case 'semi':
        return this.#emitSelected(candidates, emit, chosen, choose(1))
      case 'anti':
        return this.#emitSelected(candidates, emit, chosen, choose(0))
      case 'mark':
        return this.#emitMark(candidates, emit, matched)
      case 'inner':
      case 'right':
      case 'right-semi':
      case 'right-anti':
        return true
    }
  }
}

function secondRow(): SqlError {
  return new SqlError('21000', 'more than one row returned by a subquery used as an expression')
}
