/** What the tests of statements ask of a database: the command tag, the rows, the error. */
import type { ApiValue, Database } from '../../src/index.ts'

/** Runs a statement to its end; its command tag. */
export async function commandOf(database: Database, sql: string): Promise<string> {
  const result = await database.query(sql)
  await result.rows()
  return result.command
}

/** The rows as lists, in the order of the columns. */
export async function rowsOf(database: Database, sql: string): Promise<ApiValue[][]> {
  const result = await database.query(sql)
  return (await result.rows()).map((row) => result.schema.map(({ name }) => row[name] ?? null))
}

/** SQLSTATE and message of a statement's error; `none` when it has none. */
export async function failureOf(database: Database, sql: string): Promise<string> {
  return commandOf(database, sql).then(
    () => 'none',
    (error: { sqlstate: string; message: string }) => `${error.sqlstate} ${error.message}`,
  )
}
