/**
 * The worker threads: started by piscina at the first query that needs them, kept until the engine closes, replaced when they die.
 *
 * Each slot is a piscina of one thread, because requests of a query must reach the same thread each time: it holds the query's
 * operators. A request is many rounds, so a query costs a handful of messages. Requests of several queries take turns in a slot,
 * strictly in the order in which they came.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Piscina } from 'piscina'
import { dropBlockReaders } from '../core/block-cache.ts'
import { InternalError, ResourceError, fromPlainError } from '../core/errors.ts'
import { type EngineMemory, freePagesOf } from '../core/memory.ts'
import type { Lane } from './lane.ts'
import type { ResultBlock, ThreadMessage, ThreadReply, ThreadRequest } from './messages.ts'
import type { OwnerNumbers } from './owners.ts'
import type { WorkerReply } from './worker.ts'

export interface WorkerPool {
  readonly size: number
  /** A lane for one query, to worker `index`; starts the worker when it does not run. */
  lane(index: number): Lane
  /** Ids of the threads that run, for tests and diagnostics. */
  threadIds(): readonly number[]
  /** Ends a worker at once, as an out-of-memory condition would. */
  terminateWorker(index: number): Promise<void>
  close(): Promise<void>
}

interface Slot {
  piscina: Piscina | null
  /** Counts the threads that the slot has had. */
  generation: number
  isAttached: boolean
  /** Whose the thread's own pages are. */
  owner: number
  /** Resolves when the thread has stopped. */
  exited: Promise<unknown>
}

export function createWorkerPool(
  memory: EngineMemory,
  owners: OwnerNumbers,
  size: number,
  onBlock: (block: ResultBlock) => void,
): WorkerPool {
  const slots: Slot[] = Array.from({ length: size }, () => ({
    piscina: null,
    generation: 0,
    isAttached: false,
    owner: 0,
    exited: Promise.resolve(),
  }))

  function start(slot: Slot): Piscina {
    const piscina = new Piscina({
      filename: workerFile(),
      name: 'runRequest',
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      // Threads that wait for each other must get their queries' requests in one order.
      stricterFIFO: true,
      // Flags of the calling process (loaders, inspectors) are not for workers.
      execArgv: [],
      recordTiming: false,
    })
    const { generation } = slot
    slot.piscina = piscina
    slot.owner = owners.take()
    slot.isAttached = false
    slot.exited = Promise.all(piscina.threads.map((thread) => new Promise((resolve) => thread.once('exit', resolve))))
    piscina.on('message', onBlock)
    const drop = (): void => {
      if (slot.generation === generation) void retire(slot)
    }
    piscina.on('workerDestroy', drop)
    // Without a listener an error outside of a task would end the process.
    piscina.on('error', drop)
    return piscina
  }

  /** Forgets a slot's thread; the next request starts another. */
  async function retire(slot: Slot): Promise<void> {
    const { piscina, owner, exited } = slot
    slot.piscina = null
    slot.generation++
    if (piscina === null) return
    // Piscina may be in the middle of replacing the thread by itself: let it finish.
    await new Promise(setImmediate)
    void piscina.destroy()
    // Only then nobody uses what the thread had allocated.
    await exited
    freePagesOf(memory, owner)
    dropBlockReaders(memory, owner)
    owners.give(owner)
  }

  async function send(slot: Slot, generation: number, request: ThreadRequest): Promise<ThreadReply> {
    if (slot.generation !== generation) throw workerTerminated()
    const piscina = slot.piscina ?? start(slot)
    const attach: ThreadMessage[] = slot.isAttached
      ? []
      : [{ kind: 'attach', memory: memory.memory, owner: slot.owner }]
    slot.isAttached = true
    const messages = [...attach, ...request.messages]
    let reply: WorkerReply
    try {
      reply = (await piscina.run({ query: request.query, messages })) as WorkerReply
    } catch (error) {
      // The request is not plain data: no fault of the thread, which never got it.
      if (error instanceof DOMException) throw new InternalError(error.message, { cause: error })
      if (slot.generation === generation) void retire(slot)
      throw workerTerminated(error)
    }
    if ('error' in reply) throw fromPlainError(reply.error)
    return reply.reply
  }

  return {
    size,
    lane(index) {
      const slot = slots[index]
      if (slot === undefined) throw new InternalError(`there is no worker ${index}`)
      const { generation } = slot
      return { send: (request) => send(slot, generation, request) }
    },
    threadIds: () => slots.flatMap(({ piscina }) => piscina?.threads.map(({ threadId }) => threadId) ?? []),
    async terminateWorker(index) {
      await Promise.all(slots[index]?.piscina?.threads.map((thread) => thread.terminate()) ?? [])
    },
    async close() {
      await Promise.all(slots.map((slot) => retire(slot)))
    },
  }
}

function workerTerminated(cause?: unknown): ResourceError {
  return new ResourceError('57P01', 'terminating query because a worker thread ended unexpectedly', {
    hint: 'The worker is replaced: the query can be run again.',
    ...(cause instanceof Error ? { detail: cause.message } : {}),
    cause,
  })
}

/** dist/src/exec/worker.js, from a bundle in dist/src/ or when this file runs as TypeScript from src/. */
function workerFile(): string {
  for (const candidate of ['../exec/worker.js', '../../dist/src/exec/worker.js']) {
    const file = fileURLToPath(new URL(candidate, import.meta.url))
    if (existsSync(file)) return file
  }
  throw new InternalError('worker.js is missing: run npm run build')
}
