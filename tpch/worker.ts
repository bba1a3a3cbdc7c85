/** A generator thread: makes the rows of one job after another. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Chunk, clearChunk, createChunk } from './columns.ts'
import type { Job, JobResult, TextJob, WorkerMessage } from './jobs.ts'
import { TABLES } from './tables/index.ts'
import type { GeneratedTable } from './tables/table.ts'
import { type TextBuffer, formatRows } from './tbl.ts'

/** Rows made between two reports of progress. */
const CHUNK_ROWS = 10_000

const { pool: poolBuffer, poolBytes } = workerData as { pool: SharedArrayBuffer; poolBytes: number }
const pool = new Uint8Array(poolBuffer, 0, poolBytes)

const post = (message: WorkerMessage, transfer: ArrayBuffer[] = []): void => parentPort!.postMessage(message, transfer)

parentPort!.on('message', ({ id, job }: { id: number; job: Job }) => {
  run(job).then(
    (result) =>
      post({ kind: 'done', job: id, result }, result.bytes === undefined ? [] : [result.bytes.buffer as ArrayBuffer]),
    (error: unknown) =>
      post({ kind: 'failed', job: id, message: error instanceof Error ? error.message : String(error) }),
  )
})

async function run(job: Job): Promise<JobResult> {
  const table = TABLES.find(({ name }) => name === job.table)!
  if (job.kind === 'tbl') return makeText(job, table)
  const { writeTableFile } = await import('./parquet.ts')
  return writeTableFile(job, table, makeRows(job, table))
}

function makeText(job: TextJob, table: GeneratedTable): JobResult {
  const out: TextBuffer = { bytes: new Uint8Array(1 << 20), length: 0 }
  let rowCount = 0
  for (const chunk of makeRows(job, table)) {
    formatRows(chunk, out)
    rowCount += chunk.rowCount
  }
  return { rowCount, bytes: out.bytes.slice(0, out.length) }
}

/** The job's rows, chunk by chunk; the chunk is reused. */
function* makeRows(job: Job, table: GeneratedTable): Generator<Chunk> {
  const generator = table.generator(job.scale, pool)
  const chunk = createChunk(table.columns, CHUNK_ROWS + 8)
  const unitsPerChunk = Math.ceil(CHUNK_ROWS / table.rowsPerUnit)
  generator.skipTo(job.first)
  for (let unit = 0; unit < job.count;) {
    clearChunk(chunk)
    for (const end = Math.min(job.count, unit + unitsPerChunk); unit < end; unit++) generator.next(chunk)
    yield chunk
    post({ kind: 'progress', rows: chunk.rowCount })
  }
}
