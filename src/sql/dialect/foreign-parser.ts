/**
 * The foreign parser in a thread of its own, with limits of time and memory: some wrong texts take it a time that doubles with each
 * bracket, and one thread that is lost is replaced.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { InternalError, ResourceError, SqlError } from '../../core/errors.ts'
import type { ForeignGrammar } from './dialect.ts'
import type { ForeignReply } from './parser-worker.ts'

/** Of a text; the parser takes about 5 s for a megabyte. */
const MAX_LENGTH = 1_000_000
/** A grammar takes 20 MB, a tree about 1 kB a token. */
const LIMITS = { maxOldGenerationSizeMb: 512, stackSizeMb: 8 }

export interface ForeignTree {
  readonly tree: unknown
  /** The tree as the foreign parser prints it. */
  readonly printed: string
}

/** The thread, and who waits for its answer. */
interface Thread {
  readonly worker: Worker
  settle: ((reply: ForeignReply | Error) => void) | null
}

let thread: Thread | null = null
let lastId = 0
/** Requests wait for the one before: the time limit is a statement's. */
let queue: Promise<unknown> = Promise.resolve()

/** 42601 for a syntax error, 57014 beyond the time limit, 54000 for what is too long or takes too much memory. */
export function parseForeign(text: string, grammar: ForeignGrammar, timeoutMs: number): Promise<ForeignTree> {
  if (text.length > MAX_LENGTH) {
    throw new ResourceError('54000', `statement of another dialect is longer than ${MAX_LENGTH} characters`)
  }
  const result = queue.then(() => ask(text, grammar, timeoutMs))
  queue = result.catch(() => undefined)
  return result
}

async function ask(text: string, grammar: ForeignGrammar, timeoutMs: number): Promise<ForeignTree> {
  thread ??= startThread()
  const { worker } = thread
  const asked = thread
  lastId += 1
  const id = lastId
  let timer: NodeJS.Timeout | undefined
  worker.ref()
  const reply = await new Promise<ForeignReply | Error>((resolve) => {
    asked.settle = resolve
    timer = setTimeout(
      () => resolve(new ResourceError('57014', `parsing as ${grammar} took longer than ${timeoutMs} ms`)),
      timeoutMs,
    )
    worker.postMessage({ id, text, grammar })
  })
  asked.settle = null
  clearTimeout(timer)
  if (reply instanceof Error) {
    thread = null
    await worker.terminate()
    throw reply
  }
  // A program that is done ends although the thread waits for more.
  worker.unref()
  if ('message' in reply) throw syntaxError(reply.message, text, reply.offset)
  return { tree: JSON.parse(reply.tree) as unknown, printed: reply.printed }
}

function syntaxError(message: string, text: string, offset: number | null): SqlError {
  if (offset === null) return new SqlError('42601', `syntax error: ${message.slice(0, 100)}`)
  const near = /^\S+/.exec(text.slice(offset).trimStart())?.[0]
  return new SqlError(
    '42601',
    near === undefined ? 'syntax error at end of input' : `syntax error at or near "${near}"`,
  )
}

function startThread(): Thread {
  const worker = new Worker(workerFile(), { resourceLimits: LIMITS })
  const started: Thread = { worker, settle: null }
  worker.on('message', (reply: ForeignReply) => started.settle?.(reply))
  worker.on('error', () => started.settle?.(new ResourceError('54000', 'the statement takes too much memory to parse')))
  worker.on('exit', () => {
    if (thread === started) thread = null
    started.settle?.(new InternalError('the parser of other dialects ended'))
  })
  return started
}

/** dist/src/sql/dialect/parser-worker.js, from a bundle in dist/src/ or when this file runs as TypeScript from src/. */
function workerFile(): string {
  const name = 'sql/dialect/parser-worker.js'
  for (const candidate of [`../${name}`, `./${name}`, `../../../dist/src/${name}`]) {
    const file = fileURLToPath(new URL(candidate, import.meta.url))
    if (existsSync(file)) return file
  }
  throw new InternalError('parser-worker.js is missing: run npm run build')
}
