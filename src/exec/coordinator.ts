/**
 * Runs one query from the calling thread: pipeline after pipeline, round after round, and the steps that combine what the workers' sinks
 * left. Whatever happens (success, error, cancel, a dead worker), at the end every thread has forgotten the query, its
 * pages are free and its spill files are deleted.
 */
import { CancelledError } from '../core/errors.ts'
import { addTenants, freePagesOf, memoryUse, withOwner } from '../core/memory.ts'
import type { PhysicalPlan } from '../plan/physical.ts'
import type { ExecutorParts, RunOptions } from './executor.ts'
import { type Crew, LaneGroup } from './lane-group.ts'
import { breakerOf, hasTrailingRows } from './operators/index.ts'
import { type PlanIndex, indexPlan } from './plan-index.ts'
import { startProgress } from './progress.ts'
import { QueryControl } from './query-control.ts'
import { QueryMetrics } from './query-metrics.ts'
import { type ResultBatch, ResultQueue } from './result-queue.ts'
import { ScanFeed, type ScanSource } from './scan/scan-feed.ts'
import { type Branch, type Pipeline, splitPipelines } from './split-pipelines.ts'
import { isStoredValues, storeValues, withoutStoredValues } from './stored-values.ts'
import type { HandOver, Round } from './messages.ts'
import { defined } from '../core/assert.ts'

/** Up to so many rows to scan, a query runs in the calling thread: starting or waking threads would cost more than they save. */
const LOCAL_ROWS_MAX = 200_000
/** Up to so many rows to scan, a pipeline is worker 0's alone. */
const ALONE_ROWS_MAX = 50_000
/** As much as that may be made of them: a join of small tables can be large, and the calling thread must stay free to cancel it. */
const LOCAL_ROWS_MADE_MAX = 1_000_000
/** A pipeline of more rows is worth the messages of its own, so that others get a turn between. */
const PUT_OFF_ROWS_MAX = 8_000_000
/** How long the threads may wait for the metadata of the next scan. */
const METADATA_PATIENCE_MS = 2
/** How long the calling thread works before its event loop gets a turn. */
const LOCAL_SLICE_MS = 10
/** Results waiting for the consumer, at most; less when the memory limit is small. */
const RESULT_WINDOW_KIB = 16 << 10

export class Coordinator {
  readonly #parts: ExecutorParts
  readonly #index: PlanIndex
  readonly #sources: ReadonlyMap<number, ScanSource>
  readonly #options: RunOptions
  readonly #metrics: QueryMetrics
  readonly #query: number
  readonly #feeds = new Map<number, ScanFeed>()
  readonly #states = new Map<number, readonly unknown[]>()
  readonly #results: ResultQueue
  readonly #cancelled = new AbortController()
  #owner = 0
  #control: QueryControl | null = null
  #lanes: LaneGroup | null = null
  #over: Promise<void> | null = null
  #isOver = false

  constructor(parts: ExecutorParts, plan: PhysicalPlan, sources: ReadonlyMap<number, ScanSource>, options: RunOptions) {
    this.#parts = parts
    this.#index = indexPlan(plan)
    this.#sources = sources
    this.#options = options
    this.#metrics = new QueryMetrics()
    this.#query = parts.nextQuery()
    this.#results = new ResultQueue({
      memory: parts.memory,
      kernels: parts.kernels,
      onTaken: (kib) => this.#control?.addPending(-kib),
    })
  }

  metrics(): ReadonlyMap<number, Readonly<Record<string, number>>> {
    return this.#metrics.all()
  }

  /** The result; runs the query while it is read. */
  async *iterate(onOver: () => void): AsyncGenerator<ResultBatch> {
    const { signal } = this.#options
    const onAbort = (): void => this.#stop()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      if (signal?.aborted === true) throw new CancelledError()
      this.#over = this.#run()
      for (;;) {
        const batch = await this.#results.next()
        if (batch === null) break
        yield batch
      }
      await this.#over
    } finally {
      signal?.removeEventListener('abort', onAbort)
      await this.cancel()
      onOver()
    }
  }

  /** Stops the query, if it runs; resolves when nothing of it is left. */
  async cancel(): Promise<void> {
    if (this.#over === null) return
    if (!this.#isOver) this.#stop()
    this.#results.discard()
    await this.#over
  }

  #stop(): void {
    this.#cancelled.abort()
    this.#control?.cancel()
    this.#lanes?.wake()
  }

  /** Never rejects: errors go to the consumer through the result queue. */
  async #run(): Promise<void> {
    try {
      await this.#execute()
    } catch (error) {
      this.#results.fail(this.#cancelled.signal.aborted ? new CancelledError() : error)
    }
    try {
      await this.#cleanUp()
      this.#results.end()
    } catch (error) {
      this.#results.fail(error)
    }
    this.#isOver = true
  }

  async #execute(): Promise<void> {
    const { memory, owners } = this.#parts
    this.#owner = owners.take()
    addTenants(memory, 1)
    this.#control = QueryControl.create(withOwner(memory, this.#owner))
    if (this.#cancelled.signal.aborted) this.#control.cancel()
    this.#openFeeds()
    this.#lanes = await this.#startLanes()
    const stopProgress = startProgress(this.#options.onProgress, this.#control, this.#lanes.size, this.#feeds)
    try {
      const pipelines = splitPipelines(this.#index)
      for (const pipeline of pipelines) await this.#runPipeline(pipeline, pipeline !== pipelines.at(-1))
      await this.#lanes.allBlocks(this.#results)
      await this.#results.spilledAreTaken()
    } finally {
      stopProgress()
    }
  }

  #openFeeds(): void {
    const visit = (branches: readonly Branch[]): void => {
      for (const { source, operators, part } of branches) {
        const plan = this.#index.node(source)
        if (plan.kind !== 'scan' || part !== 'rows') continue
        const hasLimit = plan.limit !== null || operators.some((id) => this.#index.node(id).kind === 'limit')
        const scanSource = defined(this.#sources.get(plan.source), `the table of scan ${plan.source}`)
        this.#feeds.set(source, new ScanFeed(plan, scanSource, { hasLimit, workerCount: this.#parts.pool.size }))
      }
    }
    for (const { branches } of splitPipelines(this.#index)) visit(branches)
  }

  async #startLanes(): Promise<LaneGroup> {
    const isLocal = await this.#interruptible(this.#isLocal())
    const { pool, memory } = this.#parts
    const lanes = isLocal
      ? [this.#parts.localLane()]
      : Array.from({ length: pool.size }, (_, index) => pool.lane(index))
    const limitKib = memoryUse(memory).limitBytes / 1024
    const plan = isLocal ? this.#index.root : withoutStoredValues(this.#index.root)
    this.#parts.setBlockHandler(this.#query, ({ segments }) => this.#results.add(segments, 'block'))
    const group = new LaneGroup(
      lanes,
      {
        query: this.#query,
        plan,
        session: this.#options.session,
        control: this.#control!.pointer,
        owner: this.#owner,
        workerCount: lanes.length,
        spillDirectory: this.#parts.spillRoot.directoryOf(this.#query),
        resultWindowKib: Math.min(RESULT_WINDOW_KIB, Math.ceil(limitKib / 16)),
        timeSliceMs: isLocal ? LOCAL_SLICE_MS : null,
      },
      this.#control!,
      this.#metrics,
      this.#results,
      ({ node, state, isShared }) => {
        this.#states.set(node, state)
        if (!isShared) group.post({ kind: 'state', node, state }, 1)
      },
    )
    if (!isLocal) await this.#storeValues(group)
    return group
  }

  /** Long lists go to the threads through the shared memory. */
  async #storeValues(lanes: LaneGroup): Promise<void> {
    const { memory, kernels } = this.#parts
    for (const plan of this.#index.nodes) {
      if (plan.kind !== 'values' || !isStoredValues(plan)) continue
      const checkCancelled = (): void => this.#control!.checkCancelled()
      const context = { memory: withOwner(memory, this.#owner), kernels: kernels(), checkCancelled }
      lanes.post({ kind: 'state', node: plan.id, state: await storeValues(context, plan) })
    }
  }

  async #isLocal(): Promise<boolean> {
    const { placement = 'auto' } = this.#options
    if (placement !== 'auto') return placement === 'local'
    if (!this.#index.nodes.every((node) => rowsMade(node) <= LOCAL_ROWS_MADE_MAX)) return false
    let left = LOCAL_ROWS_MAX
    for (const feed of this.#feeds.values()) {
      if (await feed.isOfThisThread()) return true
      if (!(await feed.isSmall(left))) return false
      left -= feed.rowCount
    }
    return true
  }

  async #runPipeline(pipeline: Pipeline, releases: boolean): Promise<void> {
    const lanes = this.#lanes!
    const crew = await this.#crewOf(pipeline)
    // The coordinator needs the states of what was put off.
    if (crew === 'all') await lanes.catchUp()
    const handOvers: HandOver[] = []
    const branches = pipeline.branches
      .map((branch, i) => ({ branch, i }))
      .filter(({ branch }) => crew !== 'all' || this.#isNeeded(branch))
    const run = lanes.startPipeline(pipeline, handOvers, crew)
    for (const { branch, i } of branches) {
      const isLast = i === branches.at(-1)!.i
      const base = {
        pipeline,
        branch: i,
        scan: null,
        handOvers: handedTo(branch, handOvers),
        endsBranch: true,
      }
      const feed = this.#feedOf(branch)
      if (feed === undefined) await run.round(base, { isOrdered: branch.isOrdered, finishes: isLast })
      else
        await this.#runScan(feed, branch, base, (round, finishes) =>
          run.round(round, { isOrdered: false, finishes: finishes && isLast }),
        )
    }
    const partials = await run.finish()
    if (pipeline.sink !== null && crew === 'all') await this.#combine(pipeline.sink, partials)
    if (releases) for (const node of pipeline.releases) this.#release(node)
  }

  #feedOf({ part, source }: Branch): ScanFeed | undefined {
    return part === 'rows' ? this.#feeds.get(source) : undefined
  }

  async #crewOf(pipeline: Pipeline): Promise<Crew> {
    const { placement, putsOff = true } = this.#options
    const isAlone = this.#lanes!.size === 1
    if (placement !== 'workers' && (await this.#isSmall(pipeline))) return pipeline.sink === null ? 'alone' : 'later'
    if (isAlone) return 'alone'
    return putsOff && (await this.#mayPutOff(pipeline)) ? 'all-later' : 'all'
  }

  /**
   * Whether the threads can do a pipeline without the coordinator: each scan is one round, and nobody may stop it early. What was put off before
   * begins when the metadata takes its time.
   */
  async #mayPutOff({ branches, sink }: Pipeline): Promise<boolean> {
    if (sink === null || branches.some(({ isOrdered }) => isOrdered)) return false
    let left = PUT_OFF_ROWS_MAX
    for (const branch of branches) {
      const feed = this.#feedOf(branch)
      if (feed === undefined) continue
      if (feed.hasLimit) return false
      if (!(await this.#withoutIdleness(this.#interruptible(feed.isOneRound(left))))) return false
      left -= feed.rowCount
    }
    return true
  }

  /** Waits for `work`; when that takes long, the threads begin with what was put off. */
  async #withoutIdleness<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined)
    let timer: NodeJS.Timeout | undefined
    const patience = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), METADATA_PATIENCE_MS)
    })
    const first = await Promise.race([work, patience])
    clearTimeout(timer)
    if (first === 'late') await this.#lanes!.catchUp()
    return await work
  }

  /** Whether a pipeline is not worth waking several threads: a scan of few rows, of which no operator makes many. */
  async #isSmall({ branches }: Pipeline): Promise<boolean> {
    const [branch, ...others] = branches
    if (others.some(({ part }) => part === 'rows')) return false
    const feed = this.#feedOf(branch!)
    if (feed === undefined || feed.hasLimit) return false
    if (!branch!.operators.every((id) => rowsMade(this.#index.node(id)) <= ALONE_ROWS_MAX)) return false
    return this.#withoutIdleness(this.#interruptible(feed.isSmall(ALONE_ROWS_MAX)))
  }

  /** A trailing branch is needed where the join says so, by what its build side left. (A worker that is alone asks by itself.) */
  #isNeeded({ part, source }: Branch): boolean {
    return part === 'rows' || hasTrailingRows(this.#index.node(source), this.#states.get(source) ?? [])
  }

  async #runScan(
    feed: ScanFeed,
    branch: Branch,
    base: Round,
    send: (round: Round, finishes: boolean) => Promise<void>,
  ): Promise<void> {
    let next = this.#interruptible(feed.nextRound())
    for (;;) {
      const { round, isLast } = await next
      // Metadata is read while the threads work; but not when the rows of this round may be enough.
      if (!isLast && !feed.hasLimit) {
        next = this.#interruptible(feed.nextRound())
        next.catch(() => undefined)
      }
      await send({ ...base, scan: round, endsBranch: isLast }, isLast)
      if (isLast) break
      if (this.#isSatisfied(branch)) {
        await send({ ...base, scan: { tasks: [] }, endsBranch: true }, true)
        break
      }
      if (feed.hasLimit) next = this.#interruptible(feed.nextRound())
    }
    this.#metrics.add(feed.plan.id, feed.tableMetrics())
    feed.close()
  }

  /** Whether a LIMIT of the branch has all its rows. */
  #isSatisfied(branch: Branch): boolean {
    return [branch.source, ...branch.operators].some((id) => {
      const plan = this.#index.node(id)
      if ((plan.kind !== 'limit' && plan.kind !== 'scan') || plan.limit === null) return false
      const wanted = plan.limit + (plan.kind === 'limit' ? plan.offset : 0)
      return this.#control!.limitCount(this.#index.limitNumber(id)) >= wanted
    })
  }

  async #combine(node: number, partials: readonly unknown[]): Promise<void> {
    const { steps } = breakerOf(this.#index.node(node))
    let outputs = partials
    for (let step = 0; step < steps.length; step++) {
      outputs = await this.#lanes!.step(node, step, steps[step]!.workers, outputs)
    }
    this.#states.set(node, outputs)
    this.#lanes!.post({ kind: 'state', node, state: outputs })
  }

  #release(node: number): void {
    this.#states.delete(node)
    // Worker 0 may be about to make it.
    this.#lanes!.post({ kind: 'release', node })
  }

  /** Rejects as soon as the query is cancelled, whatever a table does. */
  async #interruptible<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#cancelled
    if (signal.aborted) {
      work.catch(() => undefined)
      throw new CancelledError()
    }
    let onAbort = (): void => undefined
    const cancelled = new Promise<never>((_, reject) => {
      onAbort = () => reject(new CancelledError())
      signal.addEventListener('abort', onAbort, { once: true })
    })
    try {
      return await Promise.race([work, cancelled])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  async #cleanUp(): Promise<void> {
    const { memory, owners, spillRoot } = this.#parts
    for (const feed of this.#feeds.values()) feed.close()
    await this.#lanes?.end()
    this.#parts.setBlockHandler(this.#query, undefined)
    const hasSpilled = this.#control?.hasSpilled === true
    this.#control = null
    if (this.#owner !== 0) {
      freePagesOf(memory, this.#owner)
      owners.give(this.#owner)
      addTenants(memory, -1)
    }
    if (hasSpilled) await spillRoot.removeQuery(this.#query)
  }
}

/** What the operators of the branch's join left, when the branch is what comes behind it. */
function handedTo({ part, source }: Branch, handOvers: readonly HandOver[]): readonly unknown[] {
  if (part === 'rows') return []
  return handOvers.filter(({ node }) => node === source).map(({ value }) => value)
}

/** Rows that a node makes, or looks at: a nested loop compares all pairs, however few of them match. */
function rowsMade(node: PhysicalPlan): number {
  if (node.kind !== 'nested-loop-join' || node.range !== undefined) return node.estimate.rows
  return Math.max(node.estimate.rows, node.probe.estimate.rows * node.build.estimate.rows)
}
