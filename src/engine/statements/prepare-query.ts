/** What must be computed before a query is bound: rows of recursive common tables, values of PIVOT, subqueries of LIMIT. Most queries need nothing. */
import type { BindContext } from '../../plan/bind/context.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type { Query, TableName, TableQuery } from '../../sql/ast.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { hasOpenPivot } from './pivot-values.ts'
import { bindContext } from './plan.ts'
import { hasLimitQuery, isRecursive } from './recursion.ts'

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
  const whole = await withViews(session, query)
  if (!isRecursive(whole) && !hasOpenPivot(whole) && !hasLimitQuery(whole)) return { query: whole, context }
  const { withoutRecursion } = await import('./recursive.ts')
  return withoutRecursion(session, whole, context, options)
}

/** The statement with the queries of the views that it names; the same object when it names none. */
export async function withViews<T extends SyntaxNode>(session: Session, root: T): Promise<T> {
  const names = tableNames(root)
  if (names.length === 0) return root
  const { catalogs, temporary } = session.names
  for (const catalog of temporary === undefined ? catalogs.values() : [temporary, ...catalogs.values()]) {
    if (await catalog.hasViews?.(names)) return (await import('./views.ts')).expandViews(session, root)
  }
  return root
}

/** The last parts of the names of tables. */
function tableNames(node: SyntaxNode): readonly string[] {
  if (node.kind === 'table-name' || node.kind === 'table')
    return [(node as TableName | TableQuery).name.parts.at(-1)!.name]
  return childNodes(node).flatMap(tableNames)
}
