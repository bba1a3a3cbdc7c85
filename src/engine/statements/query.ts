import { bindQuery } from '../../plan/bind/bind.ts'
import type { Query, QueryStatement } from '../../sql/ast.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { PlanInputs, keepsPlans, keptPlan } from './kept-plans.ts'
import { bindContext, planQuery } from './plan.ts'
import { prepareQuery } from './prepare-query.ts'
import { runBound, runPlanned } from './run-bound.ts'
import { streamIn } from './stream-syntax.ts'

/** SELECT, VALUES, TABLE, WITH: the rows are computed while they are read. */
export async function runQuery(
  session: Session,
  statement: QueryStatement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  const stream = streamIn(statement.query)
  if (stream !== undefined) return (await import('./stream.ts')).runStream(session, statement.query, stream, options)
  if (keepsPlans(session, options)) return runKept(session, statement.query, options)
  const { query, context } = await prepareQuery(session, statement.query, options)
  return runBound(session, await bindQuery(query, context), options)
}

/** With the plan of an earlier run, or keeping the one that is made. */
async function runKept(session: Session, query: Query, options: ExecuteOptions): Promise<StatementResult> {
  const context = bindContext(session, options)
  const kept = await keptPlan(session, query, context)
  if (kept !== undefined) return runPlanned(session, kept.output, { ...kept, callsCode: false }, options)
  const inputs = new PlanInputs(session)
  const prepared = await prepareQuery(session, query, options, inputs.watch(context))
  // With a view's text, or rows that were computed first.
  if (prepared.query !== query) inputs.once()
  const bound = await bindQuery(prepared.query, prepared.context)
  const planned = await planQuery(session, bound, undefined, inputs.watchClock(session.sessionValues()))
  if (!planned.callsCode) inputs.keep(query, { output: bound.output, physical: planned.physical })
  return runPlanned(session, bound.output, planned, options)
}
