/** Holds the recorded queries on a table of another writer against their answers. */
import type { Session } from '../../src/engine/session.ts'
import { jsonRows } from '../built-engine.ts'
import { type ExpectedQuery, type ExpectedTable, difference, toSql } from '../shared/expected.ts'

/** What is wrong with each query that is; queries of kinds that `toSql` has no text for are passed over. */
export async function recordedProblems(session: Session, { table, queries }: ExpectedTable): Promise<string[]> {
  const problems: string[] = []
  for (const query of queries) {
    const sql = toSql(query, table)
    const problem = sql === undefined ? undefined : await problemOf(session, query, sql)
    if (problem !== undefined) problems.push(`${sql}\n  ${problem}`)
  }
  return problems
}

async function problemOf(session: Session, query: ExpectedQuery, sql: string): Promise<string | undefined> {
  try {
    return difference(query, await jsonRows(session, sql))
  } catch (error) {
    if (query.note?.includes('must be an error') === true) return undefined
    return String(error)
  }
}
