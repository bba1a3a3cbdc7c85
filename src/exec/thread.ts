/**
 * A thread's side of the queries: does what the coordinator's requests say, one request at a time. The same code serves a worker thread
 * and, for small queries, the calling thread.
 */
import { BlockCache } from '../core/block-cache.ts'
import { InternalError } from '../core/errors.ts'
import type { EngineMemory } from '../core/memory.ts'
import { createKernels } from '../kernel/kernels.ts'
import type {
  HandOver,
  MadeState,
  ResultBlock,
  Round,
  Teamwork,
  ThreadMessage,
  ThreadReply,
  ThreadRequest,
} from './messages.ts'
import { breakerOf, hasTrailingRows } from './operators/index.ts'
import type { CombineStep, Sink } from './operators/operator.ts'
import { PipelineRun } from './pipeline.ts'
import { QueryContext, type ThreadResources } from './query-context.ts'
import { createResultSink } from './result-sink.ts'
import type { Segment } from './segment.ts'

/** What a thread needs, made from its view of the memory. */
export function threadResources(memory: EngineMemory): ThreadResources {
  return { memory, kernels: createKernels(memory), blockCache: BlockCache.attach(memory) }
}

export class EngineThread {
  readonly #resources: ThreadResources
  readonly #sendBlock: (block: ResultBlock) => void
  readonly #queries = new Map<number, ThreadQuery>()

  constructor(resources: ThreadResources, sendBlock: (block: ResultBlock) => void) {
    this.#resources = resources
    this.#sendBlock = sendBlock
  }

  /** Does the messages of a request; throws the query's error. After an error only `end` is to follow. */
  handle({ query: id, messages }: ThreadRequest): ThreadReply {
    const [first] = messages
    let query = this.#queries.get(id)
    if (first?.kind === 'start') {
      query = new ThreadQuery(new QueryContext(this.#resources, first.start), this.#sendBlock)
      this.#queries.set(id, query)
    }
    if (query === undefined) {
      if (first?.kind === 'end') return EMPTY_REPLY
      throw new InternalError(`query ${id} is not known to this thread`)
    }
    const reply = query.handle(messages)
    if (messages.at(-1)?.kind === 'end') this.#queries.delete(id)
    return reply
  }
}

const EMPTY_REPLY: ThreadReply = {
  status: 'done',
  handOvers: [],
  value: undefined,
  states: [],
  segments: [],
  blocksSent: 0,
  metrics: [],
}

class ThreadQuery {
  readonly #context: QueryContext
  readonly #sendBlock: (block: ResultBlock) => void
  /** Messages that wait behind a paused round. */
  #waiting: ThreadMessage[] = []
  #pipeline: PipelineRun | null = null
  #roundIsOpen = false
  #endsBranch = false
  #teamwork: Teamwork = 'coordinated'
  /** For the next reply. */
  #handOvers: HandOver[] = []
  /** For trailing branches of this pipeline, when the coordinator takes no part in it. */
  #handedOver: HandOver[] = []
  #value: unknown = undefined
  #states: MadeState[] = []
  #segments: readonly Segment[] = []
  #blocksSent = 0

  constructor(context: QueryContext, sendBlock: (block: ResultBlock) => void) {
    this.#context = context
    this.#sendBlock = sendBlock
  }

  handle(messages: readonly ThreadMessage[]): ThreadReply {
    // What a paused round left waiting comes after its `resume`; an `end` drops it.
    this.#waiting.unshift(...messages)
    let status: ThreadReply['status'] = 'done'
    while (this.#waiting.length > 0) {
      const message = this.#waiting.shift()!
      status = this.#do(message)
      if (status !== 'done') break
    }
    return this.#reply(status)
  }

  #do(message: ThreadMessage): ThreadReply['status'] {
    const context = this.#context
    switch (message.kind) {
      case 'attach':
      case 'start':
        return 'done'
      case 'state':
        context.setState(message.node, message.state)
        return 'done'
      case 'round':
        this.#teamwork = message.teamwork
        return this.#startRound(message.round)
      case 'resume':
        return this.#run()
      case 'finish':
        this.#finish()
        return 'done'
      case 'step': {
        const step = breakerOf(context.plan.node(message.node)).steps[message.step]
        if (step === undefined) throw new InternalError(`step ${message.step} does not exist`)
        this.#value = this.#runStep(message.node, step, message.previous)
        return 'done'
      }
      case 'combine':
        if (this.#teamwork === 'alone') context.asOnlyWorker(() => this.#combineAlone(message.node))
        else this.#combineTogether(message.node)
        return 'done'
      case 'share':
        this.#share()
        return 'done'
      case 'release':
        // Shared memory: freed once.
        if (context.workerIndex === 0 && context.hasState(message.node)) {
          breakerOf(context.plan.node(message.node)).release(context, context.state(message.node))
        }
        context.dropState(message.node)
        return 'done'
      case 'end':
        this.#waiting = []
        this.#pipeline?.abort()
        this.#pipeline = null
        context.arena.free()
        return 'done'
    }
  }

  #startRound(round: Round): ThreadReply['status'] {
    if (this.#teamwork === 'coordinated') return this.#beginRound(round)
    const { control, meeting, plan } = this.#context
    const { part, source } = round.pipeline.branches[round.branch]!
    const isTrailing = part === 'trailing'
    if (isTrailing && !hasTrailingRows(plan.node(source), this.#context.state(source))) return 'done'
    let handOvers: readonly HandOver[] = this.#handedOver
    const reset = (): void => control.resetForRound(round.scan?.tasks.length ?? 0)
    if (this.#teamwork === 'alone') reset()
    else if (isTrailing) handOvers = meeting.gather(handOvers, reset).flat() as HandOver[]
    else meeting.meet(reset)
    if (!isTrailing) return this.#beginRound(round)
    const values = handOvers.filter(({ node }) => node === source).map(({ value }) => value)
    return this.#beginRound({ ...round, handOvers: values })
  }

  #beginRound(round: Round): ThreadReply['status'] {
    if (this.#pipeline === null) {
      this.#pipeline = new PipelineRun(this.#context, round.pipeline, {
        createSink: (context): Sink => createResultSink(context, (segments) => this.#send(segments)),
      })
    }
    this.#pipeline.begin(round)
    this.#endsBranch = round.endsBranch
    this.#roundIsOpen = true
    return this.#run()
  }

  #run(): ThreadReply['status'] {
    if (this.#pipeline === null || !this.#roundIsOpen) return 'done'
    const status = this.#pipeline.run()
    if (status !== 'done') return status
    this.#roundIsOpen = false
    if (this.#endsBranch) {
      const target = this.#teamwork === 'coordinated' ? this.#handOvers : this.#handedOver
      target.push(...this.#pipeline.endBranch())
    }
    return 'done'
  }

  #finish(): void {
    const pipeline = this.#pipeline
    if (pipeline === null) throw new InternalError('no pipeline to finish')
    const partial = pipeline.finish()
    if (pipeline.pipeline.sink === null) this.#segments = partial as readonly Segment[]
    else this.#value = partial
    this.#pipeline = null
    this.#handedOver = []
  }

  #runStep(node: number, step: CombineStep, previous: readonly unknown[]): unknown {
    const context = this.#context
    const started = performance.now()
    const value = step.run(context, previous)
    context.arena.reset()
    context.count(node, 'time_ms', performance.now() - started)
    return value
  }

  /** As the coordinator does with many threads (see Breaker), without the messages in between. */
  #combineAlone(node: number): void {
    const context = this.#context
    let outputs: readonly unknown[] = [this.#value]
    for (const step of breakerOf(context.plan.node(node)).steps) {
      context.control.resetMorsels()
      outputs = [this.#runStep(node, step, outputs)]
    }
    context.setState(node, outputs)
    this.#states.push({ node, state: outputs, isShared: false })
    this.#value = undefined
  }

  /** The same by all threads, each of which goes on when all have done a step. */
  #combineTogether(node: number): void {
    const context = this.#context
    const { control, meeting, workerIndex } = context
    const reset = (): void => control.resetMorsels()
    let outputs = meeting.gather(this.#value, reset)
    for (const step of breakerOf(context.plan.node(node)).steps) {
      const isMine = step.workers === 'all' || workerIndex === 0
      const value = isMine ? this.#runStep(node, step, outputs) : undefined
      const values = meeting.gather(value, reset)
      outputs = step.workers === 'all' ? values : values.slice(0, 1)
    }
    context.setState(node, outputs)
    if (workerIndex === 0) this.#states.push({ node, state: outputs, isShared: true })
    this.#value = undefined
  }

  #share(): void {
    const { meeting, workerIndex } = this.#context
    const own = this.#states.filter(({ isShared }) => !isShared)
    const [states] = meeting.gather(own, () => undefined) as [readonly MadeState[]]
    if (workerIndex > 0) for (const { node, state } of states) this.#context.setState(node, state)
    this.#states = this.#states.map((made) => ({ ...made, isShared: true }))
  }

  #send(segments: readonly Segment[]): void {
    if (segments.length === 0) return
    this.#blocksSent++
    this.#sendBlock({ query: this.#context.query, segments })
  }

  #reply(status: ThreadReply['status']): ThreadReply {
    const reply: ThreadReply = {
      status,
      handOvers: this.#handOvers,
      value: this.#value,
      states: this.#states,
      segments: this.#segments,
      blocksSent: this.#blocksSent,
      metrics: this.#context.takeMetrics(),
    }
    this.#handOvers = []
    this.#value = undefined
    this.#states = []
    this.#segments = []
    return reply
  }
}
