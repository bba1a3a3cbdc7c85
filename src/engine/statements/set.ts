import type { SetStatement } from '../../sql/ast.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

/** SET name = value, RESET name. Engine-wide settings can be set until the first query starts the engine. */
export function runSet(session: Session, statement: SetStatement): StatementResult {
  const value = statement.value === null ? null : statement.value.join(', ')
  session.settings.set(statement.name, value)
  return commandResult(statement.value === null ? 'RESET' : 'SET', () => session.engine.memory)
}
