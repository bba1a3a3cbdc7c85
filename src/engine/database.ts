/**
 * The embedded API: `open()` gives a Database, `db.query()` a QueryResult.
 *
 * @example
 * const db = await open({ catalog: './lake' })
 * const result = await db.query('select n_name from nation where n_regionkey = $1', [1])
 * const names = (await result.rows()).map((row) => row.n_name)
 * await db.close()
 */
import { type ParameterValue, toParameter } from './api-value.ts'
import { type Engine, startEngine } from './engine.ts'
import {
  type BatchCallback,
  type FunctionOptions,
  type ScalarCallback,
  haveSameParameters,
  programFunction,
} from './functions/program-function.ts'
import type { ChangeBatch, FollowOptions } from './follow/change-batch.ts'
import { type ApiRow, QueryResult } from './query-result.ts'
import type { RegisteredData } from './register.ts'
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
  /** Of this query: `mysql`, `spark`, ... (docs/dialects.md). Default: the setting `dialect`. */
  readonly dialect?: string
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

  /**
   * The changes of a table, commit by commit: those that are there, then those that come. Waits without end; leaving the loop, the signal, or closing
   * the database ends it.
   *
   * @example
   * for await (const batch of db.follow('orders', { from: saved })) {
   *   for await (const row of batch.stream()) apply(row._change_type, row)
   *   saved = JSON.stringify(batch.offset)
   * }
   *
   * Errors: 22023 when what follows `from` is no longer kept, 0A000 for tables whose format keeps no changes.
   */
  async *follow(table: string, options: FollowOptions = {}): AsyncGenerator<ChangeBatch> {
    const { followTable } = await import('./follow/change-batch.ts')
    yield* followTable(this.#session, table, options)
  }

  /** Makes an Arrow table or an array of objects known as a table; an older one of that name is replaced. */
  async register(name: string, data: RegisteredData): Promise<void> {
    const { registerTable } = await import('./register.ts')
    this.#engine.registered.set(name, await registerTable(name, data))
  }

  unregister(name: string): boolean {
    return this.#engine.registered.delete(name)
  }

  /**
   * Makes a function of the program callable in queries, by its name in lower case. It runs on the calling thread, and so does a query that calls it. One of that name
   * and those parameters is replaced; others of the name stay beside it.
   *
   * @example
   * db.registerFunction('initials', { parameters: ['text'], returns: 'text' }, (name) => String(name).replace(/\B./g, ''))
   *
   * Errors: 42723 for a name of the language, 42704 for types that there are not. What it throws is 38000 in the query.
   */
  registerFunction(name: string, options: FunctionOptions & { readonly vectorized?: false }, run: ScalarCallback): void
  registerFunction(name: string, options: FunctionOptions & { readonly vectorized: true }, run: BatchCallback): void
  registerFunction(
    name: string,
    options: FunctionOptions & { readonly vectorized?: boolean },
    run: ScalarCallback | BatchCallback,
  ): void {
    const made = programFunction(name.toLowerCase(), options, run)
    const { functions } = this.#engine
    const others = (functions.get(made.name) ?? []).filter((one) => !haveSameParameters(one, made))
    functions.set(made.name, [...others, made])
  }

  /** Forgets all functions of the name; queries that run keep them. False when there are none. */
  unregisterFunction(name: string): boolean {
    return this.#engine.functions.delete(name.toLowerCase())
  }

  /**
   * COPY ... FROM STDIN with the data given here: texts or bytes, in the format that the statement names (`text` unless it says another). Returns the number of rows.
   *
   * @example
   * await db.copyFrom('COPY t FROM STDIN WITH (FORMAT csv)', createReadStream('t.csv'))
   */
  async copyFrom(
    sql: string,
    data: string | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>,
    options: QueryOptions = {},
  ): Promise<number> {
    const copyInput = chunksOf(typeof data === 'string' ? [data] : data)
    return (await this.#session.query(sql, { ...executeOptions([], options), copyInput })).rowCount
  }

  /** COPY ... TO STDOUT: `write` takes the pieces, one after the other. Returns the number of rows. */
  async copyTo(
    sql: string,
    write: (text: string) => Promise<void> | void,
    options: QueryOptions = {},
  ): Promise<number> {
    return (await this.#session.query(sql, { ...executeOptions([], options), copyOutput: write })).rowCount
  }

  /** Stops the workers and frees the memory. Running queries fail, an open transaction is rolled back. */
  async close(): Promise<void> {
    await this.#engine.close()
  }
}

async function* chunksOf(data: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>) {
  yield* data
}

function executeOptions(parameters: readonly ParameterValue[], options: QueryOptions): ExecuteOptions {
  return {
    parameters: parameters.map((value, i) => toParameter(value, i + 1)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
    ...(options.dialect === undefined ? {} : { dialect: options.dialect }),
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
