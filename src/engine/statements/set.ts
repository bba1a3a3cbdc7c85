import type { SetStatement } from '../../sql/ast.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

/** SET name = value, RESET name, RESET ALL. Engine-wide settings can be set until the first query starts the engine. */
export async function runSet(session: Session, statement: SetStatement): Promise<StatementResult> {
  const { name } = statement
  const value = statement.value === null ? null : statement.value.join(', ')
  if (name === 'all' && value === null) session.resetSettings()
  else if (name === 'search_path') await session.setSearchPath(value)
  // Clients say which isolation they want; each statement here reads one snapshot, which is as good as any of them.
  else if (name !== 'transaction' && name !== 'session characteristics') session.settings.set(name, value)
  return commandResult(value === null ? 'RESET' : 'SET', () => session.engine.memory)
}

/** DISCARD ALL: the session as it was when it began. */
export function runDiscard(session: Session): StatementResult {
  session.reset()
  return commandResult('DISCARD ALL', () => session.engine.memory)
}
