/** A table of which only the planning of scans is another's. */
import type { Field, Schema } from '../../../core/types.ts'
import type { Pushdown, ScanTask, Table, TableRules, TableStatistics } from '../../table.ts'

export class ReadTable implements Table {
  readonly name: string
  readonly format: string
  readonly schema: Schema
  readonly hiddenColumns: readonly Field[]
  readonly rules?: TableRules
  readonly #table: Table
  readonly #scan: (pushdown: Pushdown) => AsyncIterable<ScanTask>

  constructor(table: Table, scan: (pushdown: Pushdown) => AsyncIterable<ScanTask>) {
    this.name = table.name
    this.format = table.format
    this.schema = table.schema
    this.hiddenColumns = table.hiddenColumns
    if (table.rules !== undefined) this.rules = table.rules
    this.#table = table
    this.#scan = scan
  }

  /** Never exact: a query that is answered from them would read nothing, and nobody would know what it depends on. */
  async statistics(): Promise<TableStatistics> {
    return { ...(await this.#table.statistics()), exact: false }
  }

  scan(pushdown: Pushdown): AsyncIterable<ScanTask> {
    return this.#scan(pushdown)
  }

  metadataTables(): readonly string[] {
    return this.#table.metadataTables()
  }
}
