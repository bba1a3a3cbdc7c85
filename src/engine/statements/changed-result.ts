/** What a statement that changes rows gives: their number, and the rows of RETURNING. */
import type { LiteralValue } from '../../core/value.ts'
import type { Field } from '../../core/types.ts'
import { StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'

export interface Returned {
  readonly change: { readonly returning: readonly Field[] | null }
  /** Null: without RETURNING. */
  readonly rows: readonly (readonly LiteralValue[])[] | null
}

/** `command` is the tag without the count: `DELETE`, `INSERT 0`. */
export function changedResult(
  session: Session,
  command: string,
  rowCount: number,
  { change, rows }: Returned,
): StatementResult {
  const memory = () => session.engine.memory
  if (change.returning === null || rows === null) return commandResult(command, memory, rowCount)
  return new StatementResult(change.returning, command, { kind: 'literals', rows }, memory)
}
