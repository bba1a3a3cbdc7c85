/** Names to tables. A catalog kind is a file here plus a line in catalog/index.ts. */
import type { Schema } from '../core/types.ts'
import type { ReadContext } from '../format/format.ts'
import type { PartitionField, TableAlteration } from '../table/alteration.ts'
import type { SequenceStore } from './sequence.ts'
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
  /** Changes a table's columns and properties, all at once; 42P01 when there is no such table, 0A000 for what its format has not. */
  alterTable?(schema: string, name: string, changes: readonly TableAlteration[]): Promise<void>
  /** Gives a table or view another name; 42P07 when that is taken. */
  renameTable?(from: RelationName, to: RelationName): Promise<void>
  /** Gives a schema, with all that is in it, another name. */
  renameSchema?(from: string, to: string): Promise<void>
  createSchema?(schema: string): Promise<void>
  /** Takes away a schema that has no tables and no views. */
  dropSchema?(schema: string): Promise<void>
  /** Whether `view` may find one of these names: asked before every query, so it must cost little. */
  hasViews?(names: readonly string[]): Promise<boolean>
  /** Undefined when there is no view of that name. */
  view?(schema: string, name: string): Promise<ViewDefinition | undefined>
  /** 42P07 when the name is taken, by a table or, without `orReplace`, by a view. */
  createView?(schema: string, name: string, view: NewView): Promise<void>
  /** False when there is none; 42809 for a table. */
  dropView?(schema: string, name: string): Promise<boolean>
  /** Functions of a schema, of one name or, with null, all. Asked when a query calls what is no function of the language. */
  functions?(schema: string, name: string | null): Promise<readonly StoredFunction[]>
  /** 42723 when there is one of that name and those parameters, unless it is to be replaced. */
  createFunction?(schema: string, definition: StoredFunction, orReplace: boolean): Promise<void>
  /** False when there is none. */
  dropFunction?(schema: string, definition: Pick<StoredFunction, 'name' | 'signature'>): Promise<boolean>
  /** Its sequences; absent where there can be none. */
  sequences?(): Promise<SequenceStore>
  /** Begins a transaction; absent where every statement commits by itself. */
  transaction?(): CatalogTransaction
}

export interface RelationName {
  readonly schema: string
  readonly name: string
}

/** A function that a user defined. */
export interface StoredFunction {
  readonly name: string
  /** The types of its parameters, `integer, varchar`: what tells functions of one name apart. */
  readonly signature: string
  /** Its CREATE FUNCTION or CREATE MACRO. */
  readonly statement: string
}

export interface ViewDefinition {
  /** The query. */
  readonly sql: string
  /** Another SQL that it is written in; absent: this one. */
  readonly dialect?: string
  /** Names of its columns, in place of those of the query. */
  readonly columns: readonly string[]
  /** Where plain names of the query are looked up. */
  readonly schema: string
}

export interface NewView extends ViewDefinition {
  readonly output: Schema
  readonly orReplace: boolean
}

/**
 * The catalog as a transaction sees it: each table at the snapshot of its first use, with what the transaction did to it.
 *
 * What statements commit to its tables is staged, and published by `commit` at once: all of it or, with an error, nothing.
 */
export interface CatalogTransaction extends Catalog {
  /** The state now, for `rollbackTo`. */
  savepoint(): unknown
  rollbackTo(savepoint: unknown): Promise<void>
  /** 40001 when what others committed conflicts. The transaction is over, whatever happens. */
  commit(): Promise<void>
  rollback(): Promise<void>
}

export interface CreateTableRequest {
  readonly schema: string
  readonly name: string
  readonly columns: Schema
  readonly partitionBy: readonly PartitionField[]
  readonly properties: ReadonlyMap<string, string>
  /** Defaults and constraints. */
  readonly rules?: readonly TableAlteration[]
  readonly orReplace: boolean
}
