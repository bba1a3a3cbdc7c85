/** What the coordinator and the threads of a query tell each other. All plain data. */
import type { Pointer } from '../core/memory.ts'
import type { SessionValues } from '../expr/functions/function.ts'
import type { PhysicalPlan } from '../plan/physical.ts'
import type { ScanRound } from './scan/scan-round.ts'
import type { Segment } from './segment.ts'
import type { Pipeline } from './split-pipelines.ts'

/** A thread's first word of a query. */
export interface QueryStart {
  readonly query: number
  readonly plan: PhysicalPlan
  readonly session: SessionValues
  /** The page of the QueryControl. */
  readonly control: Pointer
  /** Owner of the query's pages. */
  readonly owner: number
  readonly workerIndex: number
  readonly workerCount: number
  /** Made by the first thread that spills. */
  readonly spillDirectory: string
  /** Results that may wait for the consumer before the threads pause. */
  readonly resultWindowKib: number
  /** Milliseconds after which a thread lets others have a turn; null = never (threads of their own). */
  readonly timeSliceMs: number | null
}

export type ThreadMessage =
  | { readonly kind: 'attach'; readonly memory: WebAssembly.Memory; readonly owner: number }
  | { readonly kind: 'start'; readonly start: QueryStart }
  | { readonly kind: 'state'; readonly node: number; readonly state: readonly unknown[] }
  | { readonly kind: 'round'; readonly round: Round; readonly teamwork: Teamwork }
  /** Ends the pipeline in this thread: the reply has its partial. */
  | { readonly kind: 'finish' }
  | {
      readonly kind: 'step'
      readonly node: number
      readonly step: number
      readonly previous: readonly unknown[]
    }
  /** After `finish`, when the coordinator takes no part in the pipeline: all steps of its sink's breaker. */
  | { readonly kind: 'combine'; readonly node: number }
  /** The states that worker 0 made alone, to all others: sent to all. */
  | { readonly kind: 'share' }
  | { readonly kind: 'release'; readonly node: number }
  | { readonly kind: 'resume' }
  | { readonly kind: 'end' }

/**
 * Who keeps order between the threads of a pipeline. `coordinated`: the coordinator, by a message for each round and step. `alone`: there is one
 * thread, worker 0. `meeting`: the threads, who wait for each other where they must (meeting-point.ts). In the last two the thread itself
 * resets the counters of the query's control page, and knows whether a trailing branch is needed and what was handed over to it.
 */
export type Teamwork = 'coordinated' | 'alone' | 'meeting'

/** A thread's share of a branch of a pipeline; a scan may need several. */
export interface Round {
  readonly pipeline: Pipeline
  readonly branch: number
  /** Files to read, when the source is a scan. */
  readonly scan: ScanRound | null
  /** What the operators of the join handed over, when the branch is a trailing one. */
  readonly handOvers: readonly unknown[]
  /** No more rounds of this branch follow. */
  readonly endsBranch: boolean
}

/** Messages for one query, done in order. */
export interface ThreadRequest {
  readonly query: number
  readonly messages: readonly ThreadMessage[]
}

/** What a worker thread sends unasked: results that are ready while it goes on. */
export interface ResultBlock {
  readonly query: number
  readonly segments: readonly Segment[]
}

export interface ThreadReply {
  /** `full`: paused until results are taken; `slice`: paused to let others have a turn. Both go on with `resume`. */
  readonly status: 'done' | 'full' | 'slice'
  /** By join node, what its operators leave for the trailing branch. */
  readonly handOvers: readonly HandOver[]
  /** Of `finish` or `step`. */
  readonly value: unknown
  /** Of each `combine`; of those with others, from worker 0. */
  readonly states: readonly MadeState[]
  /** Results that were not sent as blocks before. */
  readonly segments: readonly Segment[]
  /** Blocks sent since the query began: they may arrive after the reply. */
  readonly blocksSent: number
  /** Counters since the last reply. */
  readonly metrics: readonly NodeMetrics[]
}

/** What a breaker left. */
export interface NodeState {
  readonly node: number
  readonly state: readonly unknown[]
}

export interface MadeState extends NodeState {
  /** The other threads have it. */
  readonly isShared: boolean
}

export interface HandOver {
  readonly node: number
  readonly value: unknown
}

export interface NodeMetrics {
  readonly node: number
  readonly counters: Readonly<Record<string, number>>
}
