/**
 * A session: one client's settings, current catalog and statements.
 *
 * A statement runs in three steps: parse (sql/), `execute` finds the file of its kind in statements/, and the result streams.
 */
import { SqlError, CancelledError, type TextRange } from '../core/errors.ts'
import type { QueryProgress } from '../exec/executor.ts'
import type { SessionValues } from '../expr/functions/function.ts'
import type { LiteralExpr } from '../expr/expr.ts'
import type { Identifier, Statement } from '../sql/ast.ts'
import type { Table } from '../table/table.ts'
import { parseText } from './parsed-texts.ts'
import { DEFAULT_CATALOG, type SessionHost } from './session-host.ts'
import type { NameSpace } from './names.ts'
import type { StatementResult } from './result.ts'
import { Settings } from './settings.ts'
import { statementLimits, unlessAborted } from './statement-limits.ts'
import { zoneOfSetting } from '../expr/values/zone-by-name.ts'
import type { Cursors } from './cursors.ts'
import type { MemoryFunctions } from './functions/memory-functions.ts'
import type { QueryObserver } from './statements/explain-change.ts'
import type { SessionSequences } from './sequences/session-sequences.ts'
import type { TemporaryTables } from './temporary-tables.ts'
import type { TransactionBlock } from './transaction-block.ts'

export interface ExecuteOptions {
  /** Of this text; else the setting's. */
  readonly dialect?: string
  /** Values of $1, $2, ...: bound as typed literals. */
  readonly parameters?: readonly LiteralExpr[]
  readonly signal?: AbortSignal
  /** Called at most every 100 ms while rows are computed. */
  readonly onProgress?: (progress: QueryProgress) => void
  /** What COPY FROM STDIN reads. */
  readonly copyInput?: AsyncIterable<string | Uint8Array>
  /** Takes what COPY TO STDOUT writes. */
  readonly copyOutput?: (text: string) => Promise<void> | void
  /** Tables that the statement reads instead of those that names mean now; undefined for other names. */
  readonly tables?: (parts: readonly Identifier[], at: TextRange) => Promise<Table> | undefined
  /** Sees the queries that the statement plans and runs. */
  readonly observer?: QueryObserver
}

export type { QueryProgress as Progress } from '../exec/executor.ts'

export class Session {
  readonly engine: SessionHost
  readonly settings: Settings
  currentCatalog: string = DEFAULT_CATALOG
  currentSchema = 'main'
  /** The rest of the search path. */
  otherSchemas: readonly string[] = []
  /** PREPARE's statements, by name. */
  readonly prepared: Map<string, Statement> = new Map()
  /** Made when the first cursor is. */
  cursors: Cursors | null = null
  /** Made when the first temporary table is. */
  temporary: TemporaryTables | null = null
  /** Made when the first temporary function is. */
  functions: MemoryFunctions | null = null
  /** Made when the first value of a sequence is asked for. */
  sequences: SessionSequences | null = null
  /** Between BEGIN and COMMIT. */
  transaction: TransactionBlock | null = null

  constructor(engine: SessionHost) {
    this.engine = engine
    this.settings = new Settings(engine.settings)
  }

  get names(): NameSpace {
    return {
      catalogs: this.transaction?.catalogsOf(this.engine.catalogs) ?? this.engine.catalogs,
      currentCatalog: this.currentCatalog,
      currentSchema: this.currentSchema,
      ...(this.otherSchemas.length === 0 ? {} : { otherSchemas: this.otherSchemas }),
      registered: this.engine.registered,
      ...(this.temporary === null
        ? {}
        : { temporary: this.transaction?.within(this.temporary.catalog) ?? this.temporary.catalog }),
      settings: {
        deltaCommitTime: this.settings.text('delta_commit_time') === 'commit_info' ? 'commit_info' : 'file',
        usesIndexes: this.settings.text('use_indexes') === 'true',
      },
    }
  }

  /** Values fixed for a statement that starts now. */
  sessionValues(): SessionValues {
    const statementMicros = BigInt(Date.now()) * 1000n
    const nowMicros = this.transaction?.startMicros ?? statementMicros
    const checksPages = this.settings.text('verify_page_checksums') === 'true'
    return {
      nowMicros,
      statementMicros,
      timeZone: zoneOfSetting(this.settings.text('timezone')),
      ...(checksPages ? { checksPages } : {}),
    }
  }

  /** The statements of a text; 42601 with the place of a syntax error. */
  parse(text: string): readonly Statement[] {
    try {
      return parseText(text)
    } catch (error) {
      if (this.transaction !== null) this.transaction.isFailed = true
      throw error
    }
  }

  /** The statements of a text in the session's dialect or that of the options: 0A000 for what another dialect means in its own way. */
  async parseIn(text: string, dialect: string = this.settings.text('dialect')): Promise<readonly Statement[]> {
    if (dialect.toLowerCase() === 'postgresql') return this.parse(text)
    const { parseDialect } = await import('../sql/dialect/parse-dialect.ts')
    try {
      return await parseDialect(text, dialect)
    } catch (error) {
      if (this.transaction !== null) this.transaction.isFailed = true
      throw error
    }
  }

  /** `T` and `E` between BEGIN and COMMIT, before and after a failure; else `I`: as the wire protocol calls it. */
  get transactionStatus(): 'I' | 'T' | 'E' {
    if (this.transaction === null) return 'I'
    return this.transaction.isFailed ? 'E' : 'T'
  }

  /** Runs one statement. The rows of a query are computed while the result is read. */
  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    const { runStatement } = await import('./statements/index.ts')
    const limits = statementLimits(options.signal, this.settings.number('statement_timeout'))
    const { signal } = limits
    const block = this.transaction
    if (signal === undefined && block === null && this.sequences === null) {
      return this.#settled(await runStatement(this, statement, options))
    }
    const explain = (error: unknown): unknown => {
      // Also when it fails while its rows are read.
      if (block !== null) block.isFailed = true
      return limits.explain(error)
    }
    try {
      if (signal === undefined) return this.#settled((await runStatement(this, statement, options)).withErrors(explain))
      if (signal.aborted) throw new CancelledError()
      const running = runStatement(this, statement, { ...options, signal })
      // A query does nothing that others see, so planning it needs not be waited for; writes clean up first.
      const result = await (statement.kind === 'query' ? unlessAborted(running, signal) : running)
      return this.#settled(result.withErrors(explain))
    } catch (error) {
      this.sequences?.giveBack()
      throw explain(error)
    }
  }

  /** What the statement took of sequences and did not use goes back at its end. */
  #settled(result: StatementResult): StatementResult {
    const { sequences } = this
    return sequences === null ? result : result.atEnd(() => sequences.giveBack())
  }

  /** Rolls back what is open: the session is over. */
  async end(): Promise<void> {
    const block = this.transaction
    this.transaction = null
    await block?.rollback()
    this.sequences?.giveBack(true)
    this.sequences = null
    await this.cursors?.close(null)
    this.temporary?.remove()
    this.temporary = null
  }

  /** RESET ALL. */
  resetSettings(): void {
    this.settings.resetAll()
    this.usePath([])
  }

  /** DISCARD ALL: settings, catalog and schema as at the beginning. */
  reset(): void {
    if (this.transaction !== null) {
      throw new SqlError('25001', 'DISCARD ALL cannot run inside a transaction block')
    }
    this.resetSettings()
    this.prepared.clear()
    this.functions = null
    void this.cursors?.close(null)
    this.temporary?.remove()
    this.temporary = null
    this.currentCatalog = DEFAULT_CATALOG
  }

  /** SET search_path: plain names are looked up in the schemas of the list that exist, and new tables come into the first. */
  async setSearchPath(value: string | null): Promise<void> {
    const wanted = (value ?? 'main').split(',').map((name) => name.trim().replaceAll(/^"|"$/g, ''))
    const known = (await this.engine.catalogs.get(this.currentCatalog)?.schemas()) ?? []
    this.usePath(wanted.filter((name) => known.includes(name)))
    this.settings.set('search_path', value)
  }

  /** Looks plain names up in these schemas; in `main` when there are none. */
  usePath([first = 'main', ...others]: readonly string[]): void {
    this.currentSchema = first
    this.otherSchemas = others
  }

  /** Parses and runs a text of exactly one statement. */
  async query(text: string, options: ExecuteOptions = {}): Promise<StatementResult> {
    const statements = await this.parseIn(text, options.dialect)
    if (statements.length !== 1) {
      throw new SqlError('42601', `expected one statement, found ${statements.length}`)
    }
    return this.execute(statements[0]!, options)
  }
}
