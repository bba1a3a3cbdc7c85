/**
 * Work for the generator's threads: a job is a run of units of one table, a worker makes it, the caller gets the results in order.
 *
 *   caller: jobs 0 1 2 3 ...  --->  worker 1: 0 3 ...      at most WINDOW jobs a worker are out or waiting for their turn,
 *           results in order  <---  worker 2: 1 2 ...      so memory is flat in the scale
 */
import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { POOL_BYTES } from './text-pool.ts'

export interface TextJob {
  readonly kind: 'tbl'
  readonly table: string
  readonly scale: number
  readonly first: number
  readonly count: number
}

/** Writes one Parquet file. */
export interface FileJob {
  readonly kind: 'parquet'
  readonly table: string
  readonly scale: number
  readonly first: number
  readonly count: number
  readonly path: string
  readonly codec: 'snappy' | 'zstd'
  /** Field ids are written when the file is to be part of an Iceberg table. */
  readonly withFieldIds: boolean
}

export type Job = TextJob | FileJob

export interface JobResult {
  readonly rowCount: number
  /** tbl: the text. */
  readonly bytes?: Uint8Array
  /** parquet: what the commit needs to know of the file. */
  readonly file?: unknown
}

export type WorkerMessage =
  | { readonly kind: 'progress'; readonly rows: number }
  | { readonly kind: 'done'; readonly job: number; readonly result: JobResult }
  | { readonly kind: 'failed'; readonly job: number; readonly message: string }

const WINDOW = 3

export interface JobOptions {
  readonly threads: number
  readonly pool: Uint8Array
  readonly onProgress?: (rows: number) => void
}

/** Runs the jobs on worker threads and yields each one's result, in the order of the jobs. */
export async function* runJobs(jobs: readonly Job[], options: JobOptions): AsyncGenerator<JobResult> {
  const results = new Map<number, JobResult>()
  let sent = 0
  let taken = 0
  let failure: Error | undefined
  let wake = (): void => undefined
  const workers = Array.from({ length: Math.min(options.threads, jobs.length) }, () => startWorker(options.pool))
  const window = workers.length * WINDOW
  const idle: Worker[] = []
  const dispatch = (): void => {
    while (idle.length > 0 && sent < jobs.length && sent < taken + window) {
      idle.pop()!.postMessage({ id: sent, job: jobs[sent] })
      sent += 1
    }
  }
  for (const worker of workers) {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'progress') return options.onProgress?.(message.rows)
      if (message.kind === 'failed') failure = new Error(message.message)
      else results.set(message.job, message.result)
      idle.push(worker)
      dispatch()
      wake()
    })
    worker.on('error', (error: Error) => {
      failure = error
      wake()
    })
    idle.push(worker)
  }
  try {
    dispatch()
    while (taken < jobs.length) {
      const result = results.get(taken)
      if (failure !== undefined) throw failure
      if (result === undefined) {
        await new Promise<void>((resolve) => (wake = resolve))
        continue
      }
      results.delete(taken)
      taken += 1
      dispatch()
      yield result
    }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}

function startWorker(pool: Uint8Array): Worker {
  return new Worker(workerFile(), {
    workerData: { pool: pool.buffer, poolBytes: POOL_BYTES },
  })
}

/** dist/tpch/worker.js, from beside it or from a bundle in dist/src/chunks/. */
function workerFile(): URL {
  const beside = new URL('./worker.js', import.meta.url)
  return existsSync(beside) ? beside : new URL('../../tpch/worker.js', import.meta.url)
}
