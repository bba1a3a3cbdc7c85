/**
 * WITH whose members change data: all of it is one transaction, and every part reads the tables as they were before.
 *
 *   tables named anywhere -> opened first    member by member: a change runs, the rows of its RETURNING become a table
 *                                            the statement itself reads those tables -> its rows, kept until the commit has happened
 *
 * A second change of one table is refused unless it only adds rows: what it would find is not what the statement began with.
 */
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { countReferences } from '../../plan/bind/ctes.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import { plainQuery } from '../../sql/make-query.ts'
import type {
  ChangeTable,
  CommonTable,
  DataChange,
  Identifier,
  QualifiedName,
  Query,
  QueryStatement,
  TableName,
  TableQuery,
  WithChangesStatement,
  WithClause,
} from '../../sql/ast.ts'
import { createMemoryTable } from '../../table/memory/memory-table.ts'
import type { Table } from '../../table/table.ts'
import { locateTable } from '../names.ts'
import { inTransaction } from '../own-transaction.ts'
import { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runStatement } from './index.ts'
import { withViews } from './prepare-query.ts'

/** Rows that the statement and each RETURNING may give. */
const ROWS_MAX = 5_000_000

export async function runWithChanges(
  session: Session,
  statement: WithChangesStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  return inTransaction(session, async () => new ChangingWith(session, options).run(await withViews(session, statement)))
}

class ChangingWith {
  readonly #session: Session
  readonly #options: ExecuteOptions
  /** By the parts of their names. */
  readonly #tables = new Map<string, Table>()
  /** Tables that members changed. */
  readonly #changed = new Set<string>()

  constructor(session: Session, options: ExecuteOptions) {
    this.#session = session
    // What it runs is no plan of the statement.
    const { observer: _, ...rest } = options
    this.#options = {
      ...rest,
      tables: (parts) => {
        const table = this.#tables.get(keyOf(parts))
        return table === undefined ? undefined : Promise.resolve(table)
      },
    }
  }

  async run({ members, statement }: WithChangesStatement): Promise<StatementResult> {
    for (const name of [...members, statement].flatMap(tableNames)) await this.#open(name)
    const ctes: CommonTable[] = []
    for (const [i, member] of members.entries()) {
      refuseTwice(members, i)
      if (!('change' in member)) {
        ctes.push(member)
        continue
      }
      const { change } = member
      if (change.kind === 'unsupported') throw unsupported(change.what, { at: change.at })
      const result = await this.#change(change, ctes)
      const later = [...members.slice(i + 1), statement]
      if (change.returning !== null) ctes.push(await this.#tableOf(member, result))
      else if (later.some((node) => countReferences(node, member.name.name) > 0)) throw noReturning(member.name)
    }
    const result =
      statement.kind === 'query'
        ? await runStatement(this.#session, ofQuery(statement, ctes), this.#options)
        : await this.#change(statement, ctes)
    return this.#held(result)
  }

  /** The table as it is now; names of no table are common tables, or errors where they are read. */
  async #open({ parts, at }: QualifiedName): Promise<void> {
    const key = keyOf(parts)
    if (this.#tables.has(key)) return
    try {
      this.#tables.set(key, (await locateTable(this.#session.names, parts, null, at)).table)
    } catch (error) {
      if (!(error instanceof SqlError)) throw error
    }
  }

  async #change(change: DataChange, ctes: readonly CommonTable[]): Promise<StatementResult> {
    const name = change.kind === 'insert' ? change.table : change.table.name
    const { place } = await locateTable(this.#session.names, name.parts, null, name.at)
    const key = JSON.stringify([place?.catalog.name, place?.schema, place?.table])
    if (this.#changed.has(key) && !isPlainInsert(change)) {
      throw unsupported(`changing "${name.parts.at(-1)!.name}" twice in one statement`, { at: name.at })
    }
    this.#changed.add(key)
    return runStatement(this.#session, ofChange(change, ctes), this.#options)
  }

  /** The rows of a RETURNING as a common table. */
  async #tableOf({ name, columns, at }: ChangeTable, result: StatementResult): Promise<CommonTable> {
    const rows = await rowsOf(result, at)
    if (columns.length > result.fields.length) {
      throw new SqlError(
        '42P10',
        `WITH query "${name.name}" has ${result.fields.length} columns available but ${columns.length} columns specified`,
        { at },
      )
    }
    const fields = result.fields.map((field, i): Field => ({
      name: columns[i]?.name ?? field.name,
      type: field.type,
      nullable: true,
    }))
    const part: Identifier = { name: ` change ${this.#tables.size}`, quoted: true, at }
    this.#tables.set(
      keyOf([part]),
      createMemoryTable(
        name.name,
        { fields },
        fields.map((_, i) => rows.map((row) => row[i]!)),
      ),
    )
    const query = plainQuery({ kind: 'table', name: { parts: [part], at }, at }, at)
    return { at, name, columns: [], materialized: null, query }
  }

  /** The result with its rows read: what they are made of goes with the commit. */
  async #held(result: StatementResult): Promise<StatementResult> {
    if (result.fields.length === 0) return result
    const rows = await rowsOf(result, undefined)
    const memory = (): Session['engine']['memory'] => this.#session.engine.memory
    return new StatementResult(result.fields, result.command, { kind: 'literals', rows }, memory)
  }
}

async function rowsOf(result: StatementResult, at: TextRange | undefined): Promise<(readonly LiteralValue[])[]> {
  const rows: (readonly LiteralValue[])[] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) rows.push(row)
    if (rows.length > ROWS_MAX)
      throw unsupported(`a WITH that changes data of more than ${ROWS_MAX} rows`, at && { at })
  }
  return rows
}

/** Adds rows and looks at none that are there. */
function isPlainInsert(change: DataChange): boolean {
  return (
    change.kind === 'insert' && !change.overwrite && change.replaceWhere === null && change.onConflict === undefined
  )
}

function ofQuery(statement: QueryStatement, ctes: readonly CommonTable[]): QueryStatement {
  return { ...statement, query: withMore(statement.query, ctes) }
}

function ofChange(change: DataChange, ctes: readonly CommonTable[]): DataChange {
  if (change.kind === 'insert') {
    return change.query === null ? change : { ...change, query: withMore(change.query, ctes) }
  }
  return { ...change, with: clauseOf(change.with, ctes, change.at) }
}

function withMore(query: Query, ctes: readonly CommonTable[]): Query {
  return { ...query, with: clauseOf(query.with, ctes, query.at) }
}

/** The clause with the tables before its own, which hide those of their names. */
function clauseOf(own: WithClause | null, ctes: readonly CommonTable[], at: TextRange): WithClause | null {
  const hidden = new Set(own?.ctes.map(({ name }) => name.name))
  const all = [...ctes.filter(({ name }) => !hidden.has(name.name)), ...(own?.ctes ?? [])]
  return all.length === 0 ? null : { recursive: own?.recursive ?? false, ctes: all, at: own?.at ?? at }
}

function refuseTwice(members: WithChangesStatement['members'], index: number): void {
  const { name } = members[index]!
  if (!members.slice(0, index).some((other) => other.name.name === name.name)) return
  throw new SqlError('42712', `WITH query name "${name.name}" specified more than once`, { at: name.at })
}

function noReturning({ name, at }: Identifier): SqlError {
  return new SqlError('0A000', `WITH query "${name}" does not have a RETURNING clause`, { at })
}

function keyOf(parts: readonly Identifier[]): string {
  return JSON.stringify(parts.map(({ name, quoted }) => [name, quoted]))
}

/** Names of tables that are read anywhere below. */
function tableNames(node: SyntaxNode): readonly QualifiedName[] {
  const own =
    node.kind === 'table-name' || node.kind === 'table' ? [(node as unknown as TableName | TableQuery).name] : []
  return [...own, ...childNodes(node).flatMap(tableNames)]
}
