/** CREATE INDEX and DROP INDEX: done at once, as there are no indexes; what they would speed up, the metadata of files does. */
import type { IndexStatement } from '../../sql/ast.ts'
import { locateTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

/** 42P01 when there is no such table. */
export async function runIndex(session: Session, { tag, table }: IndexStatement): Promise<StatementResult> {
  if (table !== null) await locateTable(session.names, table.parts, null, table.at)
  return commandResult(tag, () => session.engine.memory)
}
