/**
 * A session: one client's settings, current catalog and statements.
 *
 * A statement runs in three steps: parse (sql/), `execute` finds the file of its kind in statements/, and the result streams.
 */
import { SqlError } from '../core/errors.ts'
import type { QueryProgress } from '../exec/executor.ts'
import type { SessionValues } from '../expr/functions/function.ts'
import type { LiteralExpr } from '../expr/expr.ts'
import type { Statement } from '../sql/ast.ts'
import { parse } from '../sql/parse.ts'
import { DEFAULT_CATALOG, type Engine } from './engine.ts'
import type { NameSpace } from './names.ts'
import type { StatementResult } from './result.ts'
import { Settings } from './settings.ts'
import { runStatement } from './statements/index.ts'

export interface ExecuteOptions {
  /** Values of $1, $2, ...: bound as typed literals. */
  readonly parameters?: readonly LiteralExpr[]
  readonly signal?: AbortSignal
  /** Called at most every 100 ms while rows are computed. */
  readonly onProgress?: (progress: QueryProgress) => void
}

export type { QueryProgress as Progress } from '../exec/executor.ts'

export class Session {
  readonly engine: Engine
  readonly settings: Settings
  currentCatalog: string = DEFAULT_CATALOG
  currentSchema = 'main'

  constructor(engine: Engine) {
    this.engine = engine
    this.settings = new Settings()
    for (const { name, value } of engine.settings.all()) this.settings.set(name, value)
    this.settings.start()
  }

  get names(): NameSpace {
    return {
      catalogs: this.engine.catalogs,
      currentCatalog: this.currentCatalog,
      currentSchema: this.currentSchema,
      registered: this.engine.registered,
    }
  }

  /** Values fixed for a statement that starts now. */
  sessionValues(): SessionValues {
    return { nowMicros: BigInt(Date.now()) * 1000n, timeZone: this.settings.text('timezone') }
  }

  /** The statements of a text; 42601 with the place of a syntax error. */
  parse(text: string): readonly Statement[] {
    return parse(text)
  }

  /** Runs one statement. The rows of a query are computed while the result is read. */
  async execute(statement: Statement, options: ExecuteOptions = {}): Promise<StatementResult> {
    const timeout = this.settings.number('statement_timeout')
    if (timeout === 0) return runStatement(this, statement, options)
    const limit = AbortSignal.timeout(timeout)
    const signal = options.signal === undefined ? limit : AbortSignal.any([options.signal, limit])
    return runStatement(this, statement, { ...options, signal })
  }

  /** Parses and runs a text of exactly one statement. */
  async query(text: string, options: ExecuteOptions = {}): Promise<StatementResult> {
    const statements = this.parse(text)
    if (statements.length !== 1) {
      throw new SqlError('42601', `expected one statement, found ${statements.length}`)
    }
    return this.execute(statements[0]!, options)
  }
}
