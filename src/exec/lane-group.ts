/** The threads of one query: sends each what it is to do, waits for all, stops the others when one fails. */
import { CancelledError } from '../core/errors.ts'
import type { Lane } from './lane.ts'
import type { HandOver, MadeState, QueryStart, Round, ThreadMessage, ThreadReply } from './messages.ts'
import type { QueryControl } from './query-control.ts'
import type { QueryMetrics } from './query-metrics.ts'
import type { ResultQueue } from './result-queue.ts'
import type { Pipeline } from './split-pipelines.ts'

/** Rounds of one pipeline, then its end. */
export interface PipelineLanes {
  /** `finishes`: no round follows in this pipeline. `isOrdered`: worker 0 alone. */
  round(round: Round, options: { readonly isOrdered: boolean; readonly finishes: boolean }): Promise<void>
  /** What the sinks of the workers that took part left, in the order of the workers. */
  finish(): Promise<readonly unknown[]>
}

/**
 * Who does a pipeline, and when. `all`: all workers now, under the coordinator's messages. `alone`: worker 0 now, with the steps of its
 * breaker, whose state comes through `onState`. `later`: the same, but not before the next request to that worker: a pipeline of little work
 * is not worth a message of its own. `all-later`: all workers with the next request to any of them; they wait for each other where they
 * must, and the state comes through `onState`, too.
 */
export type Crew = 'all' | 'alone' | 'later' | 'all-later'

interface Seat {
  readonly lane: Lane
  readonly index: number
  /** Messages that go with the next request. */
  outbox: ThreadMessage[]
  isStarted: boolean
  /** The outbox has work, not only news. */
  hasWork: boolean
  blocksSent: number
}

export class LaneGroup {
  readonly #seats: readonly Seat[]
  readonly #query: number
  readonly #control: QueryControl
  readonly #metrics: QueryMetrics
  readonly #results: ResultQueue
  readonly #windowKib: number
  readonly #onState: (state: MadeState) => void
  /** Worker 0 is to make states that no other worker will know. */
  #hasUnshared = false

  constructor(
    lanes: readonly Lane[],
    start: Omit<QueryStart, 'workerIndex'>,
    control: QueryControl,
    metrics: QueryMetrics,
    results: ResultQueue,
    onState: (state: MadeState) => void,
  ) {
    this.#onState = onState
    this.#query = start.query
    this.#control = control
    this.#metrics = metrics
    this.#results = results
    this.#windowKib = start.resultWindowKib
    this.#seats = lanes.map((lane, index) => ({
      lane,
      index,
      outbox: [{ kind: 'start', start: { ...start, workerIndex: index } }],
      isStarted: false,
      hasWork: false,
      blocksSent: 0,
    }))
  }

  get size(): number {
    return this.#seats.length
  }

  /** Lets paused requests look at the control page again. */
  wake(): void {
    this.#results.wake()
  }

  /** Sends a message to every thread, with its next request. `from`: the first worker that needs it. */
  post(message: ThreadMessage, from: number = 0): void {
    for (const seat of this.#seats.slice(from)) seat.outbox.push(message)
  }

  /** Has the pipelines done that were put off: then all their states are known. */
  async catchUp(): Promise<void> {
    await this.#ask([], [])
  }

  /** `handOvers` collects what operators leave for trailing branches. */
  startPipeline(pipeline: Pipeline, handOvers: HandOver[], crew: Crew): PipelineLanes {
    if (crew === 'all') return this.#coordinated(handOvers)
    if (crew === 'all-later') {
      if (this.#hasUnshared) this.#putOff(this.#seats, [{ kind: 'share' }])
      this.#hasUnshared = false
    }
    const seats = crew === 'all-later' ? this.#seats : this.#seats.slice(0, 1)
    const teamwork = crew === 'all-later' ? 'meeting' : 'alone'
    return {
      round: async (round, { finishes }) => {
        const messages: ThreadMessage[] = [{ kind: 'round', round, teamwork }]
        if (finishes) messages.push({ kind: 'finish' })
        if (finishes && pipeline.sink !== null) {
          messages.push({ kind: 'combine', node: pipeline.sink })
          if (crew !== 'all-later') this.#hasUnshared = true
        }
        // The end of a branch is no news to the coordinator.
        const isPutOff = crew !== 'alone' || (round.endsBranch && !finishes)
        if (isPutOff) this.#putOff(seats, messages)
        else await this.#ask(seats, messages)
      },
      finish: () => Promise.resolve([]),
    }
  }

  #coordinated(handOvers: HandOver[]): PipelineLanes {
    const partials = new Map<Seat, unknown>()
    const open = new Set<Seat>()
    return {
      round: async (round, { isOrdered, finishes }) => {
        const seats = isOrdered ? this.#seats.slice(0, 1) : this.#seats
        this.#control.resetForRound(round.scan?.tasks.length ?? 0)
        const messages: ThreadMessage[] = [{ kind: 'round', round, teamwork: 'coordinated' }]
        if (finishes) messages.push({ kind: 'finish' })
        for (const seat of seats) open.add(seat)
        await this.#ask(seats, messages, (seat, reply) => {
          handOvers.push(...reply.handOvers)
          if (!finishes) return
          open.delete(seat)
          partials.set(seat, reply.value)
        })
      },
      finish: async () => {
        if (open.size > 0) {
          await this.#ask([...open], [{ kind: 'finish' }], (seat, reply) => partials.set(seat, reply.value))
        }
        return this.#seats.filter((seat) => partials.has(seat)).map((seat) => partials.get(seat))
      },
    }
  }

  /** Runs a step of a breaker; what it returned, in the order of the workers. */
  async step(
    node: number,
    step: number,
    workers: 'all' | 'one',
    previous: readonly unknown[],
  ): Promise<readonly unknown[]> {
    const seats = workers === 'one' ? this.#seats.slice(0, 1) : this.#seats
    this.#control.resetMorsels()
    const values = new Map<Seat, unknown>()
    await this.#ask(seats, [{ kind: 'step', node, step, previous }], (seat, reply) => values.set(seat, reply.value))
    return seats.map((seat) => values.get(seat))
  }

  /** Resolves when all results that threads sent have arrived. */
  async allBlocks(results: ResultQueue): Promise<void> {
    const sent = this.#seats.reduce((sum, { blocksSent }) => sum + blocksSent, 0)
    while (results.blockCount < sent && !this.#control.isStopped) await results.changed()
    this.#control.checkCancelled()
  }

  /** Makes every thread forget the query. */
  async end(): Promise<void> {
    const started = this.#seats.filter(({ isStarted }) => isStarted)
    await Promise.allSettled(
      started.map(async ({ lane }) => {
        const reply = await lane.send({ query: this.#query, messages: [{ kind: 'end' }] })
        this.#collect(reply)
      }),
    )
  }

  #putOff(seats: readonly Seat[], messages: readonly ThreadMessage[]): void {
    for (const seat of seats) {
      seat.outbox.push(...messages)
      seat.hasWork = true
    }
  }

  /** Sends messages to some threads, and at the same time to others what was put off for them: threads may have to wait for each other. */
  async #ask(
    seats: readonly Seat[],
    messages: readonly ThreadMessage[],
    onReply?: (seat: Seat, reply: ThreadReply) => void,
  ): Promise<void> {
    const asked = this.#seats.filter((seat) => seat.hasWork || seats.includes(seat))
    if (asked[0]?.index === 0) this.#hasUnshared = false
    await this.#all(asked, async (seat) => {
      const isMeant = seats.includes(seat)
      const reply = await this.#exchange(seat, isMeant ? messages : [])
      if (isMeant) onReply?.(seat, reply)
    })
  }

  async #exchange(seat: Seat, messages: readonly ThreadMessage[]): Promise<ThreadReply> {
    let request = [...seat.outbox.splice(0), ...messages]
    seat.hasWork = false
    seat.isStarted = true
    for (;;) {
      const reply = await seat.lane.send({ query: this.#query, messages: request })
      seat.blocksSent = reply.blocksSent
      // Blocks come by another channel, and may be overtaken by the reply that was sent after them.
      if (reply.segments.length > 0) await this.allBlocks(this.#results)
      this.#collect(reply)
      if (reply.status === 'done') return reply
      if (reply.status === 'full') await this.#drained()
      request = [{ kind: 'resume' }]
    }
  }

  #collect(reply: ThreadReply): void {
    for (const state of reply.states) this.#onState(state)
    for (const { node, counters } of reply.metrics) this.#metrics.add(node, counters)
    this.#results.add(reply.segments, 'reply')
  }

  /** Half of the window first: threads are not to be woken for every batch that is taken. */
  async #drained(): Promise<void> {
    while (this.#control.pendingKib > this.#windowKib / 2 && !this.#control.isStopped) {
      await this.#results.changed()
    }
  }

  async #all(seats: readonly Seat[], work: (seat: Seat) => Promise<void>): Promise<void> {
    const errors: unknown[] = []
    await Promise.all(
      seats.map(async (seat) => {
        try {
          await work(seat)
        } catch (error) {
          errors.push(error)
          this.#control.fail()
          this.#results.wake()
        }
      }),
    )
    // The others stopped because of the first one's error.
    const error = errors.find((candidate) => !(candidate instanceof CancelledError)) ?? errors[0]
    if (error !== undefined) throw error
  }
}
