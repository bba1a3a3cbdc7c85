/** A thread as a query's coordinator sees it. */
import type { EngineMemory } from '../core/memory.ts'
import type { ResultBlock, ThreadReply, ThreadRequest } from './messages.ts'
import { EngineThread, threadResources } from './thread.ts'

export interface Lane {
  /** Rejects with the query's error, or with 57P01 when the thread is gone. Requests are done in order. */
  send(request: ThreadRequest): Promise<ThreadReply>
}

/** Runs small queries in the calling thread, in time slices, so that its event loop stays alive. */
export function createLocalLane(memory: EngineMemory, onBlock: (block: ResultBlock) => void): Lane {
  const thread = new EngineThread(threadResources(memory), onBlock)
  return {
    async send(request) {
      if (request.messages[0]?.kind === 'resume') await new Promise(setImmediate)
      return thread.handle(request)
    },
  }
}
