/** What must be computed before a query is bound: rows of recursive common tables, values of PIVOT. Most queries need nothing. */
import type { BindContext } from '../../plan/bind/context.ts'
import type { Query } from '../../sql/ast.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { hasOpenPivot } from './pivot-values.ts'
import { bindContext } from './plan.ts'
import { isRecursive } from './recursion.ts'

export interface PreparedQuery {
  readonly query: Query
  readonly context: BindContext
}

/** The query as the binder takes it, and the context that finds its tables. */
export async function prepareQuery(
  session: Session,
  query: Query,
  options: ExecuteOptions,
  context: BindContext = bindContext(session, options),
): Promise<PreparedQuery> {
  if (!isRecursive(query) && !hasOpenPivot(query)) return { query, context }
  const { withoutRecursion } = await import('./recursive.ts')
  return withoutRecursion(session, query, context, options)
}
