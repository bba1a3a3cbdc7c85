/**
 * The embedded API: `open()` gives a Database, `db.query()` a QueryResult.
 *
 * @example
 * const db = await open({ catalog: './lake' })
 * const result = await db.query('select n_name from nation where n_regionkey = $1', [1])
 * const names = (await result.rows()).map((row) => row.n_name)
 * await db.close()
 */
import type { RecordBatch, Table as ArrowTable } from 'apache-arrow'
import type { Field } from '../core/types.ts'
import { type ApiValue, type ParameterValue, toApiValue, toParameter } from './api-value.ts'
import { type Engine, startEngine } from './engine.ts'
import type { RegisteredData } from './register.ts'
import type { StatementResult } from './result.ts'
import type { ExecuteOptions, Progress, Session } from './session.ts'

export interface OpenOptions {
  /** Directory of the embedded catalog. Default `./lake`; it need not exist. */
  readonly catalog?: string
  /** Directories to attach: name -> path, as `ATTACH 'path' AS name`. */
  readonly attach?: Readonly<Record<string, string>>
  /** Bytes, or a text such as `1GB`. */
  readonly memoryLimit?: number | string
  readonly threads?: number
  readonly tempDirectory?: string
  /** Any other parameter that `SHOW ALL` lists. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>
}

export interface QueryOptions {
  /** Cancels the query: it fails with CancelledError (57014). */
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: Progress) => void
}

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

export class Database {
  readonly #engine: Engine
  readonly #session: Session

  constructor(engine: Engine) {
    this.#engine = engine
    this.#session = engine.createSession()
  }

  /** Runs one statement with values for `$1`, `$2`, ... Throws typed errors: SqlError, DataError, ResourceError, CancelledError. */
  async query(
    sql: string,
    parameters: readonly ParameterValue[] = [],
    options: QueryOptions = {},
  ): Promise<QueryResult> {
    return new QueryResult(await this.#session.query(sql, executeOptions(parameters, options)))
  }

  /** The rows of one statement, one by one, in flat memory. */
  async *stream(
    sql: string,
    parameters: readonly ParameterValue[] = [],
    options: QueryOptions = {},
  ): AsyncGenerator<ApiRow> {
    const result = await this.query(sql, parameters, options)
    yield* result.stream()
  }

  /** Makes an Arrow table or an array of objects known as a table; an older one of that name is replaced. */
  async register(name: string, data: RegisteredData): Promise<void> {
    const { registerTable } = await import('./register.ts')
    this.#engine.registered.set(name, await registerTable(name, data))
  }

  unregister(name: string): boolean {
    return this.#engine.registered.delete(name)
  }

  /** Stops the workers and frees the memory. Running queries fail, an open transaction is rolled back. */
  async close(): Promise<void> {
    await this.#session.end()
    await this.#engine.close()
  }
}

function executeOptions(parameters: readonly ParameterValue[], options: QueryOptions): ExecuteOptions {
  return {
    parameters: parameters.map((value, i) => toParameter(value, i + 1)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  }
}

/** Opens an engine of one's own. Close it when done: its workers keep the process alive. */
export async function open(options: OpenOptions = {}): Promise<Database> {
  const settings: Record<string, string | number | boolean> = { ...options.settings }
  if (options.memoryLimit !== undefined) settings['memory_limit'] = options.memoryLimit
  if (options.threads !== undefined) settings['threads'] = options.threads
  if (options.tempDirectory !== undefined) settings['temp_directory'] = options.tempDirectory
  const engine = await startEngine({
    settings,
    ...(options.catalog === undefined ? {} : { dataDirectory: options.catalog }),
  })
  const database = new Database(engine)
  for (const [name, uri] of Object.entries(options.attach ?? {})) {
    await database.query(`ATTACH '${uri.replaceAll("'", "''")}' AS "${name.replaceAll('"', '""')}"`)
  }
  return database
}
