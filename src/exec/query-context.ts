/** One thread's view of a query: the OperatorContext of its operators, and what the driver needs beside. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Arena } from '../core/arena.ts'
import { InternalError } from '../core/errors.ts'
import type { BlockCache } from '../core/block-cache.ts'
import { type EngineMemory, memoryUse, withOwner } from '../core/memory.ts'
import type { SessionValues } from '../expr/functions/function.ts'
import type { Kernels } from '../kernel/kernels.ts'
import { MeetingPoint } from './meeting-point.ts'
import type { NodeMetrics, QueryStart } from './messages.ts'
import type { OperatorContext } from './operators/operator.ts'
import { type PlanIndex, indexPlan } from './plan-index.ts'
import { QueryControl } from './query-control.ts'

/** However little memory is left, an operator may hold this much: below it, spilling gains nothing. */
const SPILL_THRESHOLD_MIN = 1 << 20

/** What a thread keeps between queries. */
export interface ThreadResources {
  /** Its pages belong to the thread: caches of files, page buffers. */
  readonly memory: EngineMemory
  readonly kernels: Kernels
  /** What the thread keeps of files; undefined when the engine keeps nothing. */
  readonly blockCache: BlockCache | undefined
}

export class QueryContext implements OperatorContext {
  readonly query: number
  /** The thread's own: for what readers keep. */
  readonly thread: ThreadResources
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly arena: Arena
  readonly session: SessionValues
  readonly workerIndex: number
  #workerCount: number
  readonly plan: PlanIndex
  readonly control: QueryControl
  /** With the other threads of the query. */
  readonly meeting: MeetingPoint
  readonly resultWindowKib: number
  readonly timeSliceMs: number | null
  readonly #spillDirectory: string
  readonly #states = new Map<number, readonly unknown[]>()
  readonly #kept = new Map<number, unknown>()
  #metrics = new Map<number, Record<string, number>>()
  #spillFiles = 0

  constructor(thread: ThreadResources, start: QueryStart) {
    this.query = start.query
    this.thread = thread
    this.memory = withOwner(thread.memory, start.owner)
    this.kernels = thread.kernels
    this.arena = new Arena(this.memory, 'a batch')
    this.session = start.session
    this.workerIndex = start.workerIndex
    this.#workerCount = start.workerCount
    this.plan = indexPlan(start.plan)
    this.control = new QueryControl(this.memory, start.control)
    this.meeting = new MeetingPoint(this.memory, this.control, start.workerIndex, start.workerCount)
    this.resultWindowKib = start.resultWindowKib
    this.timeSliceMs = start.timeSliceMs
    this.#spillDirectory = start.spillDirectory
  }

  get workerCount(): number {
    return this.#workerCount
  }

  /** `work` sees no other workers: what it would share with them it does alone. For worker 0. */
  asOnlyWorker(work: () => void): void {
    const count = this.#workerCount
    this.#workerCount = 1
    try {
      work()
    } finally {
      this.#workerCount = count
    }
  }

  /** What `make` gave for a node the first time: compiled expressions live as long as the query. */
  once<T>(nodeId: number, make: () => T): T {
    let value = this.#kept.get(nodeId)
    if (value === undefined) {
      value = make()
      this.#kept.set(nodeId, value)
    }
    return value as T
  }

  setState(nodeId: number, state: readonly unknown[]): void {
    this.#states.set(nodeId, state)
  }

  dropState(nodeId: number): void {
    this.#states.delete(nodeId)
  }

  hasState(nodeId: number): boolean {
    return this.#states.has(nodeId)
  }

  state(nodeId: number): readonly unknown[] {
    const state = this.#states.get(nodeId)
    if (state === undefined) throw new InternalError(`plan node ${nodeId} has no state yet`)
    return state
  }

  nextMorsel(): number {
    return this.control.nextMorsel()
  }

  checkCancelled(): void {
    this.control.checkCancelled()
  }

  spillFile(): string {
    if (this.#spillFiles === 0) {
      this.control.noteSpill()
      // Harmless when another thread was first.
      mkdirSync(this.#spillDirectory, { recursive: true, mode: 0o700 })
    }
    return join(this.#spillDirectory, `${this.workerIndex}-${this.#spillFiles++}`)
  }

  spillThresholdBytes(): number {
    const { usedBytes, limitBytes, tenants } = memoryUse(this.memory)
    const shares = this.#workerCount * Math.max(1, tenants)
    return Math.max(SPILL_THRESHOLD_MIN, Math.floor((limitBytes - usedBytes) / shares))
  }

  count(nodeId: number, counter: string, amount: number): void {
    let counters = this.#metrics.get(nodeId)
    if (counters === undefined) {
      counters = {}
      this.#metrics.set(nodeId, counters)
    }
    counters[counter] = (counters[counter] ?? 0) + amount
  }

  /** Counters since the last call. */
  takeMetrics(): NodeMetrics[] {
    const taken = [...this.#metrics].map(([node, counters]) => ({ node, counters }))
    this.#metrics = new Map()
    return taken
  }
}
