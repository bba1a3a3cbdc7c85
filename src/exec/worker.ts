/**
 * Entry point of a worker thread. The pool calls `runRequest` for each request; caches of files and compiled kernels live in this
 * module's thread from query to query.
 */
import { parentPort } from 'node:worker_threads'
import { InternalError, type PlainError, toPlainError } from '../core/errors.ts'
import { attachMemory, withOwner } from '../core/memory.ts'
import type { ThreadReply, ThreadRequest } from './messages.ts'
import { EngineThread, threadResources } from './thread.ts'

/** How errors leave the thread: structured clone would drop their SQLSTATE. */
export type WorkerReply = { readonly reply: ThreadReply } | { readonly error: PlainError }

let thread: EngineThread | null = null

export function runRequest(request: ThreadRequest): WorkerReply {
  try {
    const [first, ...others] = request.messages
    if (first?.kind !== 'attach') return { reply: attached().handle(request) }
    const memory = withOwner(attachMemory(first.memory), first.owner)
    thread = new EngineThread(threadResources(memory), (block) => parentPort?.postMessage(block))
    return { reply: attached().handle({ query: request.query, messages: others }) }
  } catch (error) {
    return { error: toPlainError(error) }
  }
}

function attached(): EngineThread {
  if (thread === null) throw new InternalError('the worker has no memory yet')
  return thread
}
