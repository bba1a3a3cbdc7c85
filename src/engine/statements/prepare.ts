/** PREPARE, EXECUTE and DEALLOCATE. */
import { SqlError } from '../../core/errors.ts'
import { bindConstant } from '../../plan/bind/bind.ts'
import type { DeallocateStatement, ExecutePreparedStatement, PrepareStatement } from '../../sql/ast.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runStatement } from './index.ts'
import { bindContext } from './plan.ts'

export async function runPrepared(
  session: Session,
  statement: PrepareStatement | ExecutePreparedStatement | DeallocateStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const { prepared } = session
  const done = (tag: string): StatementResult => commandResult(tag, () => session.engine.memory)
  switch (statement.kind) {
    case 'prepare': {
      const { name, at } = statement.name
      if (prepared.has(name)) throw new SqlError('42P05', `prepared statement "${name}" already exists`, { at })
      if (statement.statement.kind === 'prepare' || statement.statement.kind === 'execute') {
        throw new SqlError('42601', 'this statement cannot be prepared', { at: statement.statement.at })
      }
      prepared.set(name, statement.statement)
      return done('PREPARE')
    }
    case 'execute': {
      const found = prepared.get(statement.name.name)
      if (found === undefined) throw unknownName(statement.name)
      const context = bindContext(session, options)
      const parameters = statement.arguments.map((argument) => bindConstant(argument, context))
      return runStatement(session, found, { ...options, parameters })
    }
    case 'deallocate':
      if (statement.name === null) {
        prepared.clear()
        return done('DEALLOCATE ALL')
      }
      if (!prepared.delete(statement.name.name)) throw unknownName(statement.name)
      return done('DEALLOCATE')
  }
}

function unknownName({ name, at }: PrepareStatement['name']): SqlError {
  return new SqlError('26000', `prepared statement "${name}" does not exist`, { at })
}
