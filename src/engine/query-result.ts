/** The rows of a statement as the embedded API gives them. */
import type { RecordBatch, Table as ArrowTable } from 'apache-arrow'
import type { Field } from '../core/types.ts'
import { type ApiValue, toApiValue } from './api-value.ts'
import type { StatementResult } from './result.ts'

export type ApiRow = { readonly [column: string]: ApiValue }

/** The rows of a query. They are computed while they are read, and can be read once, in one of the ways below. */
export class QueryResult {
  readonly #result: StatementResult

  constructor(result: StatementResult) {
    this.#result = result
  }

  /** Columns: name, type, whether NULL may occur. */
  get schema(): readonly Field[] {
    return this.#result.fields
  }

  /** `SELECT 3`, `INSERT 0 5`, `CREATE TABLE`: PostgreSQL's command tag, complete once the rows were read. */
  get command(): string {
    return this.#result.tag
  }

  /** All rows as plain objects: for results that fit the memory. Later columns win where names are equal. */
  async rows(): Promise<ApiRow[]> {
    const rows: ApiRow[] = []
    for await (const row of this.stream()) rows.push(row)
    return rows
  }

  /** Rows as plain objects, one by one, in flat memory. */
  async *stream(): AsyncGenerator<ApiRow> {
    const { fields } = this.#result
    for await (const chunk of this.#result.chunks()) {
      for (const values of chunk) {
        const row: { [column: string]: ApiValue } = {}
        for (let i = 0; i < fields.length; i++) row[fields[i]!.name] = toApiValue(values[i]!, fields[i]!.type)
        yield row
      }
    }
  }

  /** Arrow record batches, in flat memory. */
  batches(): AsyncGenerator<RecordBatch> {
    return this.#result.recordBatches()
  }

  /** All rows as one Arrow table. */
  table(): Promise<ArrowTable> {
    return this.#result.table()
  }
}
