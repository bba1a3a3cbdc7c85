/** The engine of `dist`: its workers start on every supported Node. */
import type { Engine } from '../src/engine/engine.ts'
import { toJson } from '../src/engine/format-value.ts'
import type { Session } from '../src/engine/session.ts'

/** Without a data directory no table can be made in it. */
export async function startBuiltEngine(
  settings: Readonly<Record<string, string | number>> = {},
  dataDirectory: string = '/nonexistent',
): Promise<Engine> {
  const { startEngine } = (await import('../dist/src/engine/engine.js' as string)) as {
    startEngine: typeof import('../src/engine/engine.ts').startEngine
  }
  return startEngine({ dataDirectory, settings: { threads: 2, ...settings } })
}

/** The rows of a query as the recorded answers have them. */
export async function jsonRows(session: Session, sql: string): Promise<unknown[][]> {
  const result = await session.query(sql)
  const rows: unknown[][] = []
  for await (const chunk of result.chunks()) {
    for (const row of chunk) rows.push(row.map((value, i) => toJson(value, result.fields[i]!.type)))
  }
  return rows
}
