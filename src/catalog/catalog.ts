/** Names to tables. A catalog kind is a file here plus a line in catalog/index.ts. */
import type { Schema } from '../core/types.ts'
import type { ReadContext } from '../format/format.ts'
import type { ReadSettings, Table, TableWrite, VersionSpec } from '../table/table.ts'

export interface Catalog {
  readonly name: string
  /** `embedded`, `lake`, `memory`, ... */
  readonly kind: string
  /** Schema names; a flat catalog has `main` only. */
  schemas(): Promise<readonly string[]>
  /** Tables of a schema; listing is lazy and tolerant: damaged tables are listed, foreign folders are not. */
  tables(schema: string): AsyncIterable<{ readonly name: string; readonly format: string }>
  /** Undefined when there is no such table. `name` may end in `$snapshots` and the like. Damaged: DataError. */
  table(schema: string, name: string, at?: VersionSpec, settings?: ReadSettings): Promise<Table | undefined>
  createTable?(request: CreateTableRequest): Promise<Table>
  /** Begins a table that appears, with the rows written, when the write commits (CREATE TABLE AS). */
  stageTable?(request: CreateTableRequest, context: ReadContext): Promise<TableWrite>
  dropTable?(schema: string, name: string): Promise<boolean>
  createSchema?(schema: string): Promise<void>
}

export interface CreateTableRequest {
  readonly schema: string
  readonly name: string
  readonly columns: Schema
  readonly partitionBy: readonly PartitionField[]
  readonly properties: ReadonlyMap<string, string>
  readonly orReplace: boolean
}

export interface PartitionField {
  readonly column: string
  readonly transform: 'identity' | 'year' | 'month' | 'day' | 'hour' | 'bucket' | 'truncate' | 'void'
  /** Buckets or width; absent for the others. */
  readonly parameter?: number
}
