import { bindQuery } from '../../plan/bind/bind.ts'
import type { LogicalQuery } from '../../plan/logical.ts'
import type { QueryStatement } from '../../sql/ast.ts'
import type { QueryRun } from '../../exec/executor.ts'
import { type ResultRows, StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { constantRows } from './constant-rows.ts'
import { isRecursive, withoutRecursion } from './recursive.ts'
import { type PlannedQuery, bindContext, planQuery } from './plan.ts'

/** SELECT, VALUES, TABLE, WITH: the rows are computed while they are read. */
export async function runQuery(
  session: Session,
  statement: QueryStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const context = bindContext(session, options)
  if (!isRecursive(statement.query)) return runBound(session, await bindQuery(statement.query, context), options)
  const rewritten = await withoutRecursion(session, statement.query, context, options)
  return runBound(session, await bindQuery(rewritten.query, rewritten.context), options)
}

/** Plans and starts a bound query. */
export async function runBound(
  session: Session,
  query: LogicalQuery,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const planned = await planQuery(session, query)
  const constants = constantRows(planned.physical.plan)
  if (constants !== undefined) return queryResult(session, query, { kind: 'literals', rows: constants })
  const { batches } = await startQuery(session, planned, options)
  return queryResult(session, query, { kind: 'batches', batches })
}

/** Hands a plan to the executor; nothing is read before the first batch is asked for. */
export async function startQuery(
  session: Session,
  { physical }: PlannedQuery,
  options: ExecuteOptions,
): Promise<QueryRun> {
  const { plan, sources } = physical
  const executor = await session.engine.executor()
  return executor.run(plan, sources, {
    session: session.sessionValues(),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
}

function queryResult(session: Session, query: LogicalQuery, rows: ResultRows): StatementResult {
  return new StatementResult(query.output, 'SELECT', rows, () => session.engine.memory)
}
