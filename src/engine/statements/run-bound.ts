/** From a bound query to its result. */
import type { Field } from '../../core/types.ts'
import type { LogicalQuery } from '../../plan/logical.ts'
import type { QueryRun } from '../../exec/executor.ts'
import { type ResultRows, StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { constantRows } from './constant-rows.ts'
import { type PlannedQuery, planQuery } from './plan.ts'

/** Plans and starts a bound query. */
export async function runBound(
  session: Session,
  query: LogicalQuery,
  options: ExecuteOptions,
): Promise<StatementResult> {
  return runPlanned(session, query.output, await planQuery(session, query), options)
}

/** Starts a planned query, whose result has the columns of `output`. */
export async function runPlanned(
  session: Session,
  output: readonly Field[],
  planned: PlannedQuery,
  options: ExecuteOptions,
): Promise<StatementResult> {
  if (options.observer === undefined) {
    const constants = constantRows(planned.physical.plan)
    if (constants !== undefined) return queryResult(session, output, { kind: 'literals', rows: constants })
  }
  const { batches } = await startQuery(session, planned, options)
  return queryResult(session, output, { kind: 'batches', batches })
}

/** Hands a plan to the executor; nothing is read before the first batch is asked for. */
export async function startQuery(session: Session, query: PlannedQuery, options: ExecuteOptions): Promise<QueryRun> {
  const { plan, sources } = query.physical
  options.observer?.planned(query)
  const executor = await session.engine.executor()
  const run = executor.run(plan, sources, {
    session: session.sessionValues(),
    ...(query.callsCode ? { placement: 'local' } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  options.observer?.started(query, run)
  return run
}

function queryResult(session: Session, output: readonly Field[], rows: ResultRows): StatementResult {
  return new StatementResult(output, 'SELECT', rows, () => session.engine.memory)
}
