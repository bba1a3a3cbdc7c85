import { bindQuery } from '../../plan/bind/bind.ts'
import type { LogicalQuery } from '../../plan/logical.ts'
import type { QueryStatement } from '../../sql/ast.ts'
import type { QueryRun } from '../../exec/executor.ts'
import { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { type PlannedQuery, bindContext, planQuery } from './plan.ts'

/** SELECT, VALUES, TABLE, WITH: the rows are computed while they are read. */
export async function runQuery(
  session: Session,
  statement: QueryStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const query = await bindQuery(statement.query, bindContext(session, options))
  const run = startQuery(session, await planQuery(session, query), options)
  return queryResult(session, query, run)
}

/** Hands a plan to the executor; nothing is read before the first batch is asked for. */
export function startQuery(session: Session, { physical }: PlannedQuery, options: ExecuteOptions): QueryRun {
  const { plan, sources } = physical
  return session.engine.executor.run(plan, sources, {
    session: session.sessionValues(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
}

function queryResult(session: Session, query: LogicalQuery, run: QueryRun): StatementResult {
  const rows = { kind: 'batches', batches: run.batches } as const
  return new StatementResult(query.output, 'SELECT', rows, () => session.engine.memory)
}
