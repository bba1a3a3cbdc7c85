/**
 * The contract between the pipeline driver (exec/pipeline.ts) and operators.
 *
 *   source --batch--> operator --batch--> operator --batch--> sink        in every worker at once, on its share of the rows
 *
 * A pipeline ends at a breaker: a hash join's build side, an aggregate, a sort, the result. Workers share nothing but the engine's
 * memory, so what a breaker's sink leaves in a worker (its `finish`) is plain data: addresses and counts. The driver collects it from
 * all workers and hands it to the breaker's next step in every worker; what the last step returns is the breaker's state,
 * from which the next pipeline's operator (probe) or source (aggregate, sort) is made.
 *
 *   pipeline 1: ... -> sink.push*  sink.finish() -> partials -+-> steps[0].run(partials) in each worker -> outputs -+-> steps[1] ... -> state
 *                                  (one a worker)             (all partials to all workers)
 *
 * A breaker without steps has its partials as its state. A join's state is made by its build side (a pipeline that ends in the join's
 * breaker); then its probe side runs through a StreamOperator; then, where `hasUnmatchedSource` says so, a source behind the join gives
 * the rows known only when every worker has finished probing: unmatched build rows, or the pairs of spilled partitions. What the
 * workers' operators returned from `handOver` reaches it.
 *
 * exec/operators/index.ts expects:
 *   exec/join/index.ts       hashJoinBreaker(plan): Breaker, createProbe(context, plan, state): StreamOperator,
 *                            hasUnmatchedSource(plan, state): boolean     (called on the coordinator, right after the build side)
 *                            createUnmatchedSource(context, plan, state, handOvers): Source
 *   exec/join/nested-loop.ts nestedLoopBreaker, createNestedLoop, hasNestedLoopUnmatched, createNestedLoopUnmatched: likewise
 *   exec/join/dynamic-filter.ts
 *                            dynamicFilterRange(state, keyIndex): { min, max } | null       (LiteralValues)
 *                            applyDynamicFilter(context, state, keyIndex, vector, selection): Selection
 *   exec/aggregate/index.ts  aggregateBreaker(plan), createAggregateSource(context, plan, state): Source
 *   exec/sort/index.ts       sortBreaker(plan), createSortSource(context, plan, state): Source     (read by worker 0 alone)
 *
 * Everything here runs in the worker, synchronously.
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory } from '../../core/memory.ts'
import type { Batch } from '../../core/vector.ts'
import type { EvaluateContext, SessionValues } from '../../expr/functions/function.ts'
import type { Kernels } from '../../kernel/kernels.ts'

/** What an operator works with; it is an EvaluateContext, so it goes straight to `compileExpr`. */
export interface OperatorContext extends EvaluateContext {
  /**
   * Pages allocated through this view (also by arenas made with it) belong to the query: the driver frees those that are
   * left when the query ends, whether it succeeds, fails or loses a worker. Freeing earlier (`abort`, `release`) is for the sake of
   * the memory limit.
   */
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly session: SessionValues
  /**
   * Scratch of the batch under way: the driver resets it after each batch of the source. What lives longer needs an arena of its
   * own, or pages.
   */
  readonly arena: Arena
  /**
   * 0-based; equal in all pipelines of a query. A pipeline whose source is ordered (a sort) runs in worker 0 alone; a small query has one
   * worker. So a breaker gets at least one and at most `workerCount` partials.
   */
  readonly workerIndex: number
  readonly workerCount: number
  /** State that an earlier pipeline's breaker left, by plan node id. */
  state(nodeId: number): readonly unknown[]
  /**
   * Next morsel number, shared by all workers: 0, 1, 2, ... It starts at 0 for each source of a pipeline (aggregate, unmatched rows, ...) and
   * for each `all` step: the way to split partitions or blocks among workers.
   */
  nextMorsel(): number
  /** Throws CancelledError once the query is cancelled. Sources call it per morsel, long loops more often. */
  checkCancelled(): void
  /** A fresh file name in the query's spill directory; the driver deletes the directory when the query ends. */
  spillFile(): string
  /**
   * Bytes that one operator of this worker may hold before it spills: what the memory limit leaves now, divided by the number of
   * workers (of all queries that run). It shrinks while the operator grows, so all workers together stop at half of what was free;
   * the other half is for the combine steps.
   */
  spillThresholdBytes(): number
  /** Adds to a counter of a plan node: rows, batches, spilled_bytes, ... (EXPLAIN ANALYZE). */
  count(nodeId: number, counter: string, amount: number): void
}

/**
 * Hands a batch on; the batch is used up when the call returns. Returns false when no more batches are wanted (LIMIT). What the operators
 * behind allocate from the arena is freed when it returns; what the caller allocated before stays.
 */
export type Emit = (batch: Batch) => boolean

/** One worker's part of a streaming operator. */
export interface StreamOperator {
  /** Returns false when it wants no more input. Emits zero or more batches, each of at most BATCH_ROWS_MAX rows. */
  push(batch: Batch, emit: Emit): boolean
  /** The worker's input is at its end. */
  finish(emit: Emit): void
  /**
   * Called after `finish`: plain data for the source that runs behind this operator (a join's unmatched rows or spilled
   * partitions), once all workers have finished. Undefined: nothing to tell.
   */
  handOver?(): unknown
  /** True once it wants no rows from any worker (LIMIT): sources stop without a batch being pushed. Must be cheap. */
  isSatisfied?(): boolean
  /** Frees what the worker holds when the query fails or is no longer wanted: called instead of `finish`. */
  abort?(): void
}

/** One worker's share of a pipeline's rows. */
export interface Source {
  /** The next batch, or null at the end. Valid until the next call. A batch of no rows lets the driver pause. */
  next(): Batch | null
  close(): void
}

/** One worker's end of a pipeline. */
export interface Sink {
  /** Copies what it keeps. Returns false when it wants no more. */
  push(batch: Batch): boolean
  /** Plain data for the breaker's steps. */
  finish(): unknown
  /** Frees what the worker holds when the query fails: called instead of `finish`. */
  abort(): void
}

/** A plan node at which a pipeline ends and another begins. */
export interface Breaker {
  createSink(context: OperatorContext): Sink
  readonly steps: readonly CombineStep[]
  /** Frees shared memory of the state, on one worker, when the last pipeline that uses it is done (not called after errors). */
  release(context: OperatorContext, state: readonly unknown[]): void
}

export interface CombineStep {
  /** `all`: every worker runs it; `one`: worker 0 alone (its one output is the whole result). */
  readonly workers: 'all' | 'one'
  /** `previous`: what each worker returned before. Returns plain data. */
  run(context: OperatorContext, previous: readonly unknown[]): unknown
}
