/**
 * One worker's run of a pipeline: pulls batches from the branch's source and pushes each through the operators into the sink.
 *
 *   source.next() -> operators[0].push -> ... -> sink.push      then the arena is reset, and the next batch is pulled
 *
 * A run can pause between two batches of the source (the consumer has enough results, the time slice is used up) and be resumed in the
 * same thread. What an operator allocates from the arena while it handles a batch is gone when its push returns.
 */
import type { Batch } from '../core/vector.ts'
import type { HandOver, Round } from './messages.ts'
import { createOperator, createSink, createSource, createTrailingSource } from './operators/index.ts'
import type { Emit, Sink, Source, StreamOperator } from './operators/operator.ts'
import type { QueryContext } from './query-context.ts'
import type { Branch, Pipeline } from './split-pipelines.ts'

export type RunStatus = 'done' | 'full' | 'slice'

/** Where the rows of the last pipeline go. */
export interface ResultOutlet {
  createSink(context: QueryContext): Sink
}

export class PipelineRun {
  readonly pipeline: Pipeline
  readonly #context: QueryContext
  readonly #sink: Sink
  #branch: BranchRun | null = null
  /** The sink was told its end: by `finish`, else by `abort`. */
  #isFinished = false

  constructor(context: QueryContext, pipeline: Pipeline, outlet: ResultOutlet) {
    this.#context = context
    this.pipeline = pipeline
    this.#sink = pipeline.sink === null ? outlet.createSink(context) : createSink(context, pipeline.sink)
  }

  /** Takes up a round; `run` does it. */
  begin(round: Round): void {
    const branch = this.pipeline.branches[round.branch]!
    if (this.#branch?.branch !== branch) {
      this.#branch?.abort()
      this.#branch = new BranchRun(this.#context, branch, this.#sink, this.pipeline.sink)
    }
    this.#branch.begin(round)
  }

  /** Works until the round is done or must pause. */
  run(): RunStatus {
    return this.#branch!.run(this.pipeline.sink === null)
  }

  /** Ends the operators of the branch, when its last round is done. */
  endBranch(): HandOver[] {
    const handOvers = this.#branch!.finish()
    this.#branch = null
    return handOvers
  }

  finish(): unknown {
    this.#isFinished = true
    const partial = this.#sink.finish()
    this.#context.arena.reset()
    return partial
  }

  abort(): void {
    this.#branch?.abort()
    this.#branch = null
    if (!this.#isFinished) this.#sink.abort()
    this.#isFinished = true
  }
}

interface Stage {
  readonly node: number
  readonly operator: StreamOperator | null
  isOpen: boolean
  rows: number
  batches: number
  ms: number
}

class BranchRun {
  readonly branch: Branch
  readonly #context: QueryContext
  readonly #stages: Stage[] = []
  readonly #emits: Emit[] = []
  readonly #sourceStage: Stage
  #source: Source | null = null
  /** Time spent in stages below the one under way: subtracted from its own. */
  #innerMs = 0

  constructor(context: QueryContext, branch: Branch, sink: Sink, sinkNode: number | null) {
    this.#context = context
    this.branch = branch
    this.#sourceStage = newStage(branch.source, null)
    for (const node of branch.operators) this.#stages.push(newStage(node, createOperator(context, node)))
    const last = newStage(sinkNode ?? -1, null)
    const pushes: Emit[] = this.#stages.map(
      ({ operator }, i) =>
        (batch) =>
          operator!.push(batch, this.#emits[i + 1]!),
    )
    this.#stages.push(last)
    pushes.push((batch) => sink.push(batch))
    for (let i = 0; i < pushes.length; i++) this.#emits.push(this.#measured(this.#stages[i]!, pushes[i]!))
  }

  begin(round: Round): void {
    this.#source?.close()
    this.#source =
      this.branch.part === 'rows'
        ? createSource(this.#context, this.branch.source, round.scan)
        : createTrailingSource(this.#context, this.branch.source, round.handOvers)
  }

  run(isResult: boolean): RunStatus {
    const { arena, control, resultWindowKib, timeSliceMs } = this.#context
    const source = this.#source!
    const deadline = timeSliceMs === null ? Infinity : performance.now() + timeSliceMs
    const emit = this.#emits[0]!
    const stage = this.#sourceStage
    while (!this.#isSatisfied()) {
      this.#context.checkCancelled()
      arena.reset()
      const started = performance.now()
      const batch = source.next()
      const ended = performance.now()
      stage.ms += ended - started
      if (batch === null) break
      if (batch.rowCount > 0) {
        stage.rows += batch.rowCount
        stage.batches++
        if (!emit(batch)) break
      }
      if (isResult && control.pendingKib > resultWindowKib) return 'full'
      if (ended > deadline) return 'slice'
    }
    this.#closeSource()
    return 'done'
  }

  finish(): HandOver[] {
    this.#closeSource()
    const handOvers: HandOver[] = []
    this.#stages.forEach(({ operator, node }, i) => {
      if (operator === null) return
      operator.finish(this.#emits[i + 1]!)
      const value = operator.handOver?.()
      if (value !== undefined) handOvers.push({ node, value })
    })
    this.#context.arena.reset()
    this.#report(this.#sourceStage)
    for (const stage of this.#stages) if (stage.node >= 0) this.#report(stage)
    return handOvers
  }

  abort(): void {
    this.#closeSource()
    for (const { operator } of this.#stages) operator?.abort?.()
  }

  #closeSource(): void {
    this.#source?.close()
    this.#source = null
  }

  /** A LIMIT on the way has all its rows, from whichever workers. */
  #isSatisfied(): boolean {
    for (const { operator } of this.#stages) if (operator?.isSatisfied?.() === true) return true
    return false
  }

  /** Wraps a stage: counts what goes in, times it, and frees its scratch when it returns. */
  #measured(stage: Stage, push: Emit): Emit {
    const { arena } = this.#context
    return (batch: Batch): boolean => {
      if (!stage.isOpen) return false
      const outer = this.#innerMs
      this.#innerMs = 0
      stage.batches++
      stage.rows += batch.rowCount
      const mark = arena.mark()
      const started = performance.now()
      const wantsMore = push(batch)
      const elapsed = performance.now() - started
      arena.release(mark)
      stage.ms += elapsed - this.#innerMs
      this.#innerMs = outer + elapsed
      if (!wantsMore) stage.isOpen = false
      return wantsMore
    }
  }

  #report(stage: Stage): void {
    const { node } = stage
    // What goes into a stage came out of the one before; the sink's node counts its input apart from what its source puts out.
    const isSource = stage === this.#sourceStage
    this.#context.count(node, isSource ? 'rows' : 'input_rows', stage.rows)
    this.#context.count(node, isSource ? 'batches' : 'input_batches', stage.batches)
    this.#context.count(node, 'time_ms', stage.ms)
    const at = this.#stages.indexOf(stage)
    const next = this.#stages[at + 1]
    if (!isSource && stage.operator !== null && next !== undefined) {
      this.#context.count(node, 'rows', next.rows)
      this.#context.count(node, 'batches', next.batches)
    }
  }
}

function newStage(node: number, operator: StreamOperator | null): Stage {
  return { node, operator, isOpen: true, rows: 0, batches: 0, ms: 0 }
}
