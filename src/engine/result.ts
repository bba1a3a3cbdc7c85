/**
 * What a statement gives: a command tag, columns, and rows either as batches that stream out of the executor or as a few literal
 * rows (SHOW, EXPLAIN). Consumers see both in the same two forms: chunks of literal rows, and Arrow record batches.
 */
import type { RecordBatch, Table as ArrowTable } from 'apache-arrow'
import { Arena } from '../core/arena.ts'
import { loadArrow, toRecordBatch, arrowSchema } from '../core/arrow.ts'
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

export interface Row {
  readonly [column: string]: LiteralValue
}

type Rows =
  | { readonly kind: 'batches'; readonly batches: AsyncIterable<OwnedBatch> }
  | { readonly kind: 'literals'; readonly rows: readonly (readonly LiteralValue[])[] }

export interface StatementMetrics {
  /** Milliseconds from text to executable plan. */
  readonly planMs: number
}

export class StatementResult {
  readonly fields: readonly Field[]
  /** `SELECT`, `INSERT 0`, `SET`, ...: without the row count. */
  readonly command: string
  /** Whether the tag ends in a row count. */
  readonly countsRows: boolean
  readonly #rows: Rows
  readonly #memory: () => EngineMemory
  #rowCount = 0
  #isRead = false

  constructor(
    fields: readonly Field[],
    command: string,
    rows: Rows,
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

  /** Rows in chunks, each row in the order of `fields`. Memory: one chunk. Can be read once. */
  async *chunks(): AsyncGenerator<readonly (readonly LiteralValue[])[]> {
    this.#markRead()
    if (this.#rows.kind === 'literals') {
      if (this.#rows.rows.length === 0) return
      this.#rowCount += this.#rows.rows.length
      yield this.#rows.rows
      return
    }
    for await (const batch of this.#rows.batches) {
      const rows = this.#transpose(batch)
      batch.release()
      this.#rowCount += rows.length
      yield rows
    }
  }

  #transpose(batch: Batch): LiteralValue[][] {
    const columns = batch.columns.map((column) => columnValues(this.#memory(), column))
    const rows = new Array<LiteralValue[]>(batch.rowCount)
    for (let i = 0; i < batch.rowCount; i++) rows[i] = columns.map((values) => values[i]!)
    return rows
  }

  /** Rows as Arrow record batches, copied out of the engine's memory. Can be read once. */
  async *recordBatches(): AsyncGenerator<RecordBatch> {
    const arrow = await loadArrow()
    const schema = { fields: this.fields }
    this.#markRead()
    for await (const batch of this.#ownedBatches()) {
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

  async *#ownedBatches(): AsyncGenerator<OwnedBatch> {
    if (this.#rows.kind === 'batches') {
      yield* this.#rows.batches
      return
    }
    const { rows } = this.#rows
    if (rows.length === 0) return
    const memory = this.#memory()
    const arena = new Arena(memory, 'result')
    const columns = this.fields.map((field, i) =>
      vectorFromLiterals(memory, arena, field.type, rows.map((row) => row[i] ?? null)),
    )
    yield { rowCount: rows.length, columns, release: () => arena.free() }
  }

  #markRead(): void {
    if (this.#isRead) throw new Error('the rows of a result can be read once')
    this.#isRead = true
  }
}

/** A result without rows. */
export function commandResult(command: string, memory: () => EngineMemory, rowCount?: number): StatementResult {
  const rows: Rows = { kind: 'literals', rows: [] }
  return new StatementResult([], command, rows, memory, rowCount !== undefined, rowCount ?? 0)
}
