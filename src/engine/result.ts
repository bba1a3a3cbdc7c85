/**
 * What a statement gives: a command tag, columns, and rows either as batches that stream out of the executor or as a few literal
 * rows (SHOW, EXPLAIN). Consumers see both in the same two forms: chunks of literal rows, and Arrow record batches.
 */
import type { RecordBatch, Table as ArrowTable } from 'apache-arrow'
import { Arena } from '../core/arena.ts'
import { loadArrow, toRecordBatch, arrowSchema } from '../core/arrow.ts'
import { SqlError } from '../core/errors.ts'
import type { EngineMemory } from '../core/memory.ts'
import type { Field } from '../core/types.ts'
import type { Batch } from '../core/vector.ts'
import { columnValues } from '../core/vector-export.ts'
import { vectorFromLiterals } from '../core/vector-values.ts'
import type { LiteralValue } from '../expr/expr.ts'

/** A batch in shared memory that the consumer gives back with `release`. */
export interface OwnedBatch extends Batch {
  release(): void
}

/** Where a result's rows come from. */
export type ResultRows =
  | { readonly kind: 'batches'; readonly batches: AsyncIterable<OwnedBatch> }
  | { readonly kind: 'literals'; readonly rows: readonly (readonly LiteralValue[])[] }

/** Some rows of a result, copied out of the engine's memory. */
export interface ColumnChunk {
  readonly rowCount: number
  /** One array a field, each with `rowCount` values. */
  readonly columns: readonly (readonly LiteralValue[])[]
}

/** What a commit gives to a query that follows a table: perhaps no rows. */
export interface ResultPart {
  readonly result: StatementResult
  /** Plain JSON: to go on behind this commit. */
  readonly offset: object
}

export class StatementResult {
  readonly fields: readonly Field[]
  /** `SELECT`, `INSERT 0`, `SET`, ...: without the row count. */
  command: string
  /** Whether the tag ends in a row count. */
  readonly countsRows: boolean
  #rows: ResultRows
  readonly #memory: () => EngineMemory
  #rowCount = 0
  #isRead = false

  constructor(
    fields: readonly Field[],
    command: string,
    rows: ResultRows,
    memory: () => EngineMemory,
    countsRows = true,
    rowCount = 0,
  ) {
    this.fields = fields
    this.command = command
    this.countsRows = countsRows
    this.#rows = rows
    this.#memory = memory
    this.#rowCount = rowCount
  }

  /** PostgreSQL's command tag; the count is right once all rows were read. */
  get tag(): string {
    return this.countsRows ? `${this.command} ${this.#rowCount}` : this.command
  }

  /** Rows read so far (INSERT: rows written). */
  get rowCount(): number {
    return this.#rowCount
  }

  /** The same rows as those of another command. */
  withCommand(command: string): this {
    this.command = command
    return this
  }

  /** The same result with other errors; to be called before it is read. */
  withErrors(explain: (error: unknown) => unknown): this {
    if (this.#rows.kind === 'batches') {
      this.#rows = { kind: 'batches', batches: explained(this.#rows.batches, explain) }
    }
    return this
  }

  /** Calls `work` when the rows have been read, or nobody will; at once where they are there. To be called before it is read. */
  atEnd(work: () => void): this {
    if (this.#rows.kind === 'batches') this.#rows = { kind: 'batches', batches: ending(this.#rows.batches, work) }
    else work()
    return this
  }

  /** Of a query that follows a table: what each commit gives, to be read instead of the rows. Undefined for every other result. */
  parts(): AsyncGenerator<ResultPart> | undefined {
    return undefined
  }

  /** Whether there are rows, which are read afterwards. */
  async hasRows(): Promise<boolean> {
    if (this.#rows.kind === 'literals') return this.#rows.rows.length > 0
    const iterator = this.#rows.batches[Symbol.asyncIterator]()
    const first = await iterator.next()
    this.#rows = { kind: 'batches', batches: continued(first, iterator) }
    return first.done !== true
  }

  /** Rows in chunks, each row in the order of `fields`. Memory: one chunk. Can be read once. */
  async *chunks(): AsyncGenerator<readonly (readonly LiteralValue[])[]> {
    if (this.#rows.kind === 'literals') {
      this.markRead()
      if (this.#rows.rows.length === 0) return
      this.#rowCount += this.#rows.rows.length
      yield this.#rows.rows
      return
    }
    for await (const { rowCount, columns } of this.columnChunks()) {
      const rows = new Array<LiteralValue[]>(rowCount)
      for (let i = 0; i < rowCount; i++) rows[i] = columns.map((values) => values[i]!)
      yield rows
    }
  }

  /** The rows in chunks, column by column: what formats text fastest. Can be read once. */
  async *columnChunks(): AsyncGenerator<ColumnChunk> {
    this.markRead()
    if (this.#rows.kind === 'literals') {
      const { rows } = this.#rows
      if (rows.length === 0) return
      this.#rowCount += rows.length
      yield { rowCount: rows.length, columns: this.fields.map((_, i) => rows.map((row) => row[i] ?? null)) }
      return
    }
    for await (const batch of this.#rows.batches) {
      const columns = batch.columns.map((column) => columnValues(this.#memory(), column))
      const { rowCount } = batch
      batch.release()
      this.#rowCount += rowCount
      yield { rowCount, columns }
    }
  }

  /** Rows as Arrow record batches, copied out of the engine's memory. Can be read once. */
  async *recordBatches(): AsyncGenerator<RecordBatch> {
    const arrow = await loadArrow()
    const schema = { fields: this.fields }
    this.markRead()
    for await (const batch of this.#batches()) {
      const result = toRecordBatch(arrow, this.#memory(), schema, batch)
      this.#rowCount += batch.rowCount
      batch.release()
      yield result
    }
  }

  async table(): Promise<ArrowTable> {
    const arrow = await loadArrow()
    const batches: RecordBatch[] = []
    for await (const batch of this.recordBatches()) batches.push(batch)
    return new arrow.Table(arrowSchema(arrow, { fields: this.fields }), batches)
  }

  /** The batches as they are, in the engine's memory: each is released by who reads it. Can be read once. */
  async *ownedBatches(): AsyncGenerator<OwnedBatch> {
    this.markRead()
    for await (const batch of this.#batches()) {
      this.#rowCount += batch.rowCount
      yield batch
    }
  }

  async *#batches(): AsyncGenerator<OwnedBatch> {
    if (this.#rows.kind === 'batches') {
      yield* this.#rows.batches
      return
    }
    const { rows } = this.#rows
    if (rows.length === 0) return
    const memory = this.#memory()
    const arena = new Arena(memory, 'result')
    const columns = this.fields.map((field, i) =>
      vectorFromLiterals(
        memory,
        arena,
        field.type,
        rows.map((row) => row[i] ?? null),
      ),
    )
    yield { rowCount: rows.length, columns, release: () => arena.free() }
  }

  /** 55000 when that was done before. */
  protected markRead(): void {
    if (this.#isRead) throw new SqlError('55000', 'the rows of a result can be read once')
    this.#isRead = true
  }
}

async function* explained(
  batches: AsyncIterable<OwnedBatch>,
  explain: (error: unknown) => unknown,
): AsyncGenerator<OwnedBatch> {
  try {
    yield* batches
  } catch (error) {
    throw explain(error)
  }
}

async function* ending(batches: AsyncIterable<OwnedBatch>, work: () => void): AsyncGenerator<OwnedBatch> {
  try {
    yield* batches
  } finally {
    work()
  }
}

async function* continued(
  first: IteratorResult<OwnedBatch>,
  rest: AsyncIterator<OwnedBatch>,
): AsyncGenerator<OwnedBatch> {
  try {
    for (let next = first; next.done !== true; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

/** A result without rows. */
export function commandResult(command: string, memory: () => EngineMemory, rowCount?: number): StatementResult {
  const rows: ResultRows = { kind: 'literals', rows: [] }
  return new StatementResult([], command, rows, memory, rowCount !== undefined, rowCount ?? 0)
}
