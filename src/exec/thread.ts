/**
 * A thread's side of the queries: does what the coordinator's requests say, one request at a time. The same code serves a worker thread
 * and, for small queries, the calling thread.
 */
import { BlockCache } from '../core/block-cache.ts'
import { InternalError } from '../core/errors.ts'
import type { EngineMemory } from '../core/memory.ts'
import { createKernels } from '../kernel/kernels.ts'
import type { HandOver, NodeState, ResultBlock, Round, ThreadMessage, ThreadReply, ThreadRequest } from './messages.ts'
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
  #isAlone = false
  /** For the next reply. */
  #handOvers: HandOver[] = []
  /** For trailing branches of this pipeline, which this thread does alone. */
  #handedOver: HandOver[] = []
  #value: unknown = undefined
  #states: NodeState[] = []
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
        return this.#startRound(message)
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
        context.asOnlyWorker(() => this.#combine(message.node))
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

  #startRound({ round, isAlone }: ThreadMessage & { kind: 'round' }): ThreadReply['status'] {
    this.#isAlone = isAlone
    const { part, source } = round.pipeline.branches[round.branch]!
    if (isAlone) this.#context.control.resetForRound(round.scan?.tasks.length ?? 0)
    if (isAlone && part === 'trailing') {
      if (!hasTrailingRows(this.#context.plan.node(source), this.#context.state(source))) return 'done'
      const handOvers = this.#handedOver.filter(({ node }) => node === source).map(({ value }) => value)
      return this.#beginRound({ ...round, handOvers })
    }
    return this.#beginRound(round)
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
    if (this.#endsBranch) (this.#isAlone ? this.#handedOver : this.#handOvers).push(...this.#pipeline.endBranch())
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
  #combine(node: number): void {
    const context = this.#context
    let outputs: readonly unknown[] = [this.#value]
    for (const step of breakerOf(context.plan.node(node)).steps) {
      context.control.resetMorsels()
      outputs = [this.#runStep(node, step, outputs)]
    }
    context.setState(node, outputs)
    this.#states.push({ node, state: outputs })
    this.#value = undefined
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
