/**
 * CREATE INDEX and DROP INDEX. A unique index is a UNIQUE constraint. Others are done at once, as there are no indexes; what they would speed up, the
 * metadata of files does.
 */
import { SqlError } from '../../core/errors.ts'
import type { AlterTableStatement, IndexStatement, QualifiedName } from '../../sql/ast.ts'
import { candidatesOf, locateTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'

/** 42P01 when there is no such table. */
export async function runIndex(
  session: Session,
  statement: IndexStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { tag, table, names = [] } = statement
  if (table !== null) {
    const found = await locateTable(session.names, table.parts, null, table.at)
    if (statement.unique !== undefined) await addKey(session, statement, found.table.name, options)
  }
  for (const name of names) await dropKey(session, name)
  return commandResult(tag, () => session.engine.memory)
}

async function addKey(
  session: Session,
  { unique, table, ifNotExists, at }: IndexStatement,
  name: string,
  options: ExecuteOptions,
): Promise<void> {
  const given = unique!
  // PostgreSQL's name for an index that is given none.
  const own = { name: [name, ...given.columns.map((column) => column.name), 'idx'].join('_'), quoted: true, at }
  const key = { ...given, name: given.name ?? own }
  if (ifNotExists === true) {
    const { table: found } = await locateTable(session.names, table!.parts, null, at)
    if (found.rules?.keys.some((one) => one.name === key.name.name) === true) return
  }
  const alter: AlterTableStatement = {
    kind: 'alter-table',
    at,
    name: table!,
    ifExists: false,
    actions: [{ kind: 'add-key', at, key }],
  }
  await (await import('./alter-table.ts')).runAlterTable(session, alter, options)
}

/** Takes away the constraint that a unique index is; other indexes are nowhere. */
async function dropKey(session: Session, { parts, at }: QualifiedName): Promise<void> {
  const name = parts.at(-1)!.name
  for (const { catalog, schema } of await candidatesOf(session.names, parts, at)) {
    for await (const { name: table, format } of catalog.tables(schema)) {
      if (format !== 'iceberg') continue
      const found = await catalog.table(schema, table).catch(() => undefined)
      const key = found?.rules?.keys.find((one) => one.name === name)
      if (key === undefined) continue
      if (key.isPrimary) {
        const hint = `You can drop constraint ${name} on table ${table} instead.`
        const what = `constraint ${name} on table ${table}`
        throw new SqlError('2BP01', `cannot drop index ${name} because ${what} requires it`, { at, hint })
      }
      await catalog.alterTable!(schema, table, [{ kind: 'drop-key', name }])
      return
    }
  }
}
