/** Rows of a query as text, fields joined by `|`, NULL as `NULL`. */
import { formatValue } from '../../src/expr/values/format-value.ts'
import type { Session } from '../../src/engine/session.ts'

export async function queryText(session: Session, sql: string): Promise<readonly string[]> {
  const result = await session.query(sql)
  const rows: string[] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) {
      rows.push(
        row.map((value, i) => (value === null ? 'NULL' : formatValue(value, result.fields[i]!.type, 'UTC'))).join('|'),
      )
    }
  }
  return rows
}
