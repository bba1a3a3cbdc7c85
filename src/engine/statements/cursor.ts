/** DECLARE, FETCH, MOVE and CLOSE. */
import { SqlError } from '../../core/errors.ts'
import type { CloseCursorStatement, DeclareCursorStatement, FetchStatement } from '../../sql/ast.ts'
import { Cursors } from '../cursors.ts'
import { StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runQuery } from './query.ts'

export async function runCursor(
  session: Session,
  statement: DeclareCursorStatement | FetchStatement | CloseCursorStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const memory = () => session.engine.memory
  const cursors = (session.cursors ??= new Cursors())
  switch (statement.kind) {
    case 'declare-cursor': {
      const { name, hold, query, at } = statement
      if (session.transaction === null && !hold) {
        throw new SqlError('25P01', 'DECLARE CURSOR can only be used in transaction blocks', { at })
      }
      await cursors.declare(name, await runQuery(session, { kind: 'query', query, at }, options), hold)
      return commandResult('DECLARE CURSOR', memory)
    }
    case 'fetch': {
      const { cursor, count, moves } = statement
      const { fields, rows } = await cursors.fetch(cursor, count)
      if (moves) return commandResult('MOVE', memory, rows.length)
      return new StatementResult(fields, 'FETCH', { kind: 'literals', rows }, memory)
    }
    case 'close-cursor':
      await cursors.close(statement.name)
      return commandResult(statement.name === null ? 'CLOSE CURSOR ALL' : 'CLOSE CURSOR', memory)
  }
}
