/**
 * GRANT, REVOKE, OWNER TO and DROP ROLE. There is one user, who owns everything and whom nothing is forbidden: what gives that user something is true
 * already and done at once; what takes something away, or names another, cannot be.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { PrivilegesStatement } from '../../sql/ast.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'
import { USER_NAME } from '../system/server-version.ts'

/** 42704 for roles that there are not. */
export async function runPrivileges(
  session: Session,
  { tag, roles, ifExists, at }: PrivilegesStatement,
): Promise<StatementResult> {
  for (const { name, at: place } of roles) {
    const isOwner = name === null || name === USER_NAME
    if (tag === 'DROP ROLE' && isOwner) throw new SqlError('55006', 'current user cannot be dropped', { at: place })
    // What everybody may do is asked of nobody but the owner, who may do it anyway.
    if (tag === 'REVOKE' && isOwner) throw unsupported('REVOKE of what the only user may do', { at })
    if (isOwner || (name === 'public' && tag !== 'DROP ROLE') || ifExists === true) continue
    throw new SqlError('42704', `role "${name}" does not exist`, {
      at: place,
      hint: `There is one role, "${USER_NAME}", which owns everything.`,
    })
  }
  return commandResult(tag, () => session.engine.memory)
}
