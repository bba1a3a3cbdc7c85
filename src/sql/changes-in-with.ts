/** WITH whose members change data: a statement of its own kind around the one that follows it. */
import { SqlError, type TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'

/** Members as the grammar gives them: a query or a change. */
export function isChange(member: ast.WithMember): member is ast.ChangeTable {
  return 'change' in member
}

/** What a member of a WITH clause does when it is no query. */
export function changeInWith(change: ast.Statement): Pick<ast.ChangeTable, 'change'> {
  return { change: change as ast.ChangeTable['change'] }
}

/** `statement` with its WITH clause still beside it. */
export function withChanges(
  members: readonly ast.WithMember[],
  statement: ast.Statement,
  { recursive, at }: { readonly recursive: boolean; readonly at: TextRange },
): ast.Statement {
  if (statement.kind === 'unsupported') return statement
  const refused = members.find((member) => isChange(member) && member.change.kind === 'unsupported')
  if (refused !== undefined && isChange(refused)) return refused.change as ast.UnsupportedStatement
  if (recursive) return { kind: 'unsupported', at, what: 'a statement that changes data in WITH RECURSIVE' }
  return { kind: 'with-changes', at, members, statement: statement as ast.WithChangesStatement['statement'] }
}

/** The error of a WITH that changes data in a subquery. */
export function changeBelow(at: TextRange): SqlError {
  return new SqlError('0A000', 'WITH clause containing a data-modifying statement must be at the top level', { at })
}
