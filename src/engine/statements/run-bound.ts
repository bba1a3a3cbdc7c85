/** From a bound query to its result. */
import { type Expr, someExpr } from '../../expr/expr.ts'
import { type LogicalPlan, type LogicalQuery, inputsOf } from '../../plan/logical.ts'
import { expressionsOf } from '../../plan/node-expressions.ts'
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
  const planned = await planQuery(session, query)
  if (options.observer === undefined) {
    const constants = constantRows(planned.physical.plan)
    if (constants !== undefined) return queryResult(session, query, { kind: 'literals', rows: constants })
  }
  const { batches } = await startQuery(session, planned, options)
  return queryResult(session, query, { kind: 'batches', batches })
}

/** Hands a plan to the executor; nothing is read before the first batch is asked for. */
export async function startQuery(session: Session, query: PlannedQuery, options: ExecuteOptions): Promise<QueryRun> {
  const { logical, physical } = query
  const { plan, sources } = physical
  options.observer?.planned(query)
  const executor = await session.engine.executor()
  const run = executor.run(plan, sources, {
    session: session.sessionValues(),
    ...(callsCode(logical) ? { placement: 'local' } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }),
  })
  options.observer?.started(query, run)
  return run
}

/** Whether a plan calls functions that only this thread has. */
function callsCode(plan: LogicalPlan): boolean {
  const isCode = (expr: Expr): boolean =>
    someExpr(
      expr,
      (part) => part.kind === 'call' && (part.own !== undefined || (part.lambda !== undefined && isCode(part.lambda))),
    )
  return expressionsOf(plan).some(isCode) || inputsOf(plan).some(callsCode)
}

function queryResult(session: Session, query: LogicalQuery, rows: ResultRows): StatementResult {
  return new StatementResult(query.output, 'SELECT', rows, () => session.engine.memory)
}
