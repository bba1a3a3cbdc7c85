/**
 * What of a query can be computed commit by commit, so that the results of all commits together are the result: what makes rows of one row at a time.
 * Everything else is refused by its name.
 */
import { unsupported } from '../../core/errors.ts'
import { type LogicalPlan, inputsOf } from '../../plan/logical.ts'
import type { Query } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'

/** Clauses that the plan does not show, as each commit's query has none of them or its own. */
export function checkStreamClauses({ orderBy, orderByAll, offset, withTies }: Query): void {
  if (orderBy.length > 0 || orderByAll !== null) throw refused('ORDER BY')
  if (offset !== null) throw refused('OFFSET')
  if (withTies) throw refused('WITH TIES')
}

/** 0A000 for a plan that does more than look at the rows of `stream` one by one. */
export function checkStreamPlan(plan: LogicalPlan, stream: Table): void {
  const below = inputsOf(plan).filter((input) => reads(input, stream))
  if (below.length > 1) throw refused('a join')
  switch (plan.kind) {
    case 'aggregate':
      throw refused('an aggregate or GROUP BY')
    case 'window':
      throw refused('a window function')
    case 'distinct':
      throw refused('DISTINCT')
    case 'sort':
      throw refused('ORDER BY')
    case 'limit':
      throw refused('LIMIT within the query')
    case 'set-operation':
      throw refused(plan.operator.toUpperCase())
    case 'join': {
      const isLeft = below[0] === plan.left
      const isFed = plan.type === 'inner' || (plan.type === 'right' ? !isLeft : plan.type !== 'full' && isLeft)
      if (!isFed) throw refused(`a join that keeps rows without a match in it`)
      break
    }
    case 'with':
      if (below[0] === plan.definition) throw refused('a common table')
      break
    case 'scan':
    case 'values':
    case 'cte-reference':
    case 'filter':
    case 'project':
    case 'unnest':
  }
  for (const input of below) checkStreamPlan(input, stream)
}

function reads(plan: LogicalPlan, table: Table): boolean {
  return plan.kind === 'scan' ? plan.table === table : inputsOf(plan).some((input) => reads(input, table))
}

function refused(what: string) {
  return unsupported(`${what} over STREAM`, {
    hint: 'Rows of a stream are filtered, projected and joined with tables one by one; table_changes(...) gives those of a range to any query.',
  })
}
