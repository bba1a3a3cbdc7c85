import { bindQuery } from '../../plan/bind/bind.ts'
import type { QueryStatement } from '../../sql/ast.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { prepareQuery } from './prepare-query.ts'
import { runBound } from './run-bound.ts'
import { streamIn } from './stream-syntax.ts'

/** SELECT, VALUES, TABLE, WITH: the rows are computed while they are read. */
export async function runQuery(
  session: Session,
  statement: QueryStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const stream = streamIn(statement.query)
  if (stream !== undefined) return (await import('./stream.ts')).runStream(session, statement.query, stream, options)
  const { query, context } = await prepareQuery(session, statement.query, options)
  return runBound(session, await bindQuery(query, context), options)
}
