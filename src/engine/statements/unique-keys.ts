/**
 * PRIMARY KEY and UNIQUE: a statement that writes runs in a transaction of its own, in which the table is searched for equal keys before it commits.
 *
 *   same rows as when the transaction began (else 40001)  -> the statement -> GROUP BY key HAVING count(*) > 1 -> COMMIT
 *
 * So two writers can't both add a key: the second one's commit finds other rows than it looked at. A lake has no index: each statement reads the
 * columns of its keys.
 */
import { SqlError } from '../../core/errors.ts'
import { formatValue } from '../../expr/values/format-value.ts'
import type { BindContext } from '../../plan/bind/context.ts'
import { bindQuery } from '../../plan/bind/bind.ts'
import { parse } from '../../sql/parse.ts'
import type { QualifiedName, Query, QueryStatement } from '../../sql/ast.ts'
import type { Table, TableKey } from '../../table/table.ts'
import { locateTable } from '../names.ts'
import { inTransaction } from '../own-transaction.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { bindContext } from './plan.ts'
import { runBound } from './run-bound.ts'

type Located = Awaited<ReturnType<typeof locateTable>>

/** Runs a statement that writes into the table of this name, and commits it if no key is there twice; 23505 else. */
export async function withKeys(
  session: Session,
  name: QualifiedName,
  run: (within: Located) => Promise<StatementResult>,
  options: ExecuteOptions,
): Promise<StatementResult> {
  return inTransaction(session, async () => {
    const find = (): Promise<Located> => locateTable(session.names, name.parts, null, name.at)
    const { place } = await find()
    await place!.catalog.alterTable!(place!.schema, place!.table, [{ kind: 'same-rows' }])
    const result = await run(await find())
    const { table } = await find()
    for (const key of table.rules?.keys ?? []) await checkKey(session, table, key, options)
    return result
  })
}

/** 23505 when two rows of the table have the same values in the key, NULLs aside. */
export async function checkKey(
  session: Session,
  table: Table,
  key: Pick<TableKey, 'name' | 'columns'>,
  options: ExecuteOptions,
): Promise<void> {
  const context: BindContext = { ...bindContext(session, options), resolveTable: async () => table }
  const query = await bindQuery(repeatedKey(table.name, key.columns), context)
  const result = await runBound(session, query, options)
  for await (const [row] of result.chunks()) {
    if (row === undefined) continue
    const values = row.map((value, i) => formatValue(value, result.fields[i]!.type, 'UTC'))
    throw new SqlError('23505', `duplicate key value violates unique constraint "${key.name}"`, {
      detail: `Key (${key.columns.join(', ')})=(${values.join(', ')}) already exists.`,
    })
  }
}

/** The first key that is there twice. */
function repeatedKey(table: string, columns: readonly string[]): Query {
  const keys = columns.map(quoteName)
  const where = keys.map((key) => `${key} IS NOT NULL`).join(' AND ')
  const list = keys.join(', ')
  const text = `SELECT ${list} FROM ${quoteName(table)} WHERE ${where} GROUP BY ${list} HAVING count(*) > 1 LIMIT 1`
  return (parse(text)[0] as QueryStatement).query
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
