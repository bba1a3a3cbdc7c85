/** Statement kinds to the functions that run them. A new kind: one file here, one line below. What writes is loaded when needed: a start-up costs what it loads. */
import { unsupported } from '../../core/errors.ts'
import type { Statement } from '../../sql/ast.ts'
import { ViewInsteadOfTable } from '../../table/view-instead-of-table.ts'
import type { StatementResult } from '../result.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runAttach, runDetach, runUse } from './attach.ts'
import { runDescribe } from './describe.ts'
import { runQuery } from './query.ts'
import { runDiscard, runSet } from './set.ts'
import { runShow } from './show.ts'

export async function runStatement(
  session: Session,
  statement: Statement,
  options: ExecuteOptions,
): Promise<StatementResult> {
  try {
    return await runKind(session, statement, options)
  } catch (error) {
    // While a statement is bound, before it does anything: its catalog knows of the view now.
    if (!(error instanceof ViewInsteadOfTable)) throw error
    return runKind(session, statement, options)
  }
}

async function runKind(session: Session, statement: Statement, options: ExecuteOptions): Promise<StatementResult> {
  if (session.transaction !== null) (await import('./transaction.ts')).checkTransaction(session, statement)
  switch (statement.kind) {
    case 'query':
      return runQuery(session, statement, options)
    case 'explain':
      return (await import('./explain.ts')).runExplain(session, statement, options)
    case 'set':
      return runSet(session, statement)
    case 'show':
      return runShow(session, statement)
    case 'attach':
      return runAttach(session, statement)
    case 'detach':
      return runDetach(session, statement)
    case 'use':
      return runUse(session, statement)
    case 'create-table':
      return (await import('./create-table.ts')).runCreateTable(session, statement, options)
    case 'create-schema':
      return (await import('./schemas.ts')).runCreateSchema(session, statement)
    case 'drop-schema':
      return (await import('./schemas.ts')).runDropSchema(session, statement)
    case 'privileges':
      return (await import('./privileges.ts')).runPrivileges(session, statement)
    case 'create-sequence':
      return (await import('./sequences.ts')).runCreateSequence(session, statement)
    case 'alter-sequence':
      return (await import('./sequences.ts')).runAlterSequence(session, statement)
    case 'drop-sequence':
      return (await import('./sequences.ts')).runDropSequence(session, statement)
    case 'rename':
      return (await import('./rename.ts')).runRename(session, statement)
    case 'index':
      return (await import('./create-index.ts')).runIndex(session, statement, options)
    case 'refresh-view':
      return (await import('./materialized-views.ts')).runRefreshView(session, statement, options)
    case 'drop-table':
      return (await import('./create-table.ts')).runDropTable(session, statement)
    case 'insert':
      return (await import('./insert.ts')).runInsert(session, statement, options)
    case 'update':
    case 'delete':
    case 'merge':
      return (await import('./change-table.ts')).runChange(session, statement, options)
    case 'with-changes':
      return (await import('./with-changes.ts')).runWithChanges(session, statement, options)
    case 'prepare':
    case 'execute':
    case 'deallocate':
      return (await import('./prepare.ts')).runPrepared(session, statement, options)
    case 'declare-cursor':
    case 'fetch':
    case 'close-cursor':
      return (await import('./cursor.ts')).runCursor(session, statement, options)
    case 'copy':
      return (await import('./copy.ts')).runCopy(session, statement, options)
    case 'create-view':
      return (await import('./views.ts')).runCreateView(session, statement, options)
    case 'drop-view':
      return (await import('./views.ts')).runDropView(session, statement)
    case 'rename-view':
      return (await import('./views.ts')).runRenameView(session, statement, options)
    case 'create-function':
      return (await import('./functions.ts')).runCreateFunction(session, statement, options)
    case 'drop-function':
      return (await import('./functions.ts')).runDropFunction(session, statement)
    case 'alter-table':
      return (await import('./alter-table.ts')).runAlterTable(session, statement, options)
    case 'truncate':
      return (await import('./change-table.ts')).runTruncate(session, statement, options)
    case 'describe':
      return runDescribe(session, statement)
    case 'transaction':
      return (await import('./transaction.ts')).runTransaction(session, statement)
    case 'unsupported':
      if (statement.what === 'DISCARD ALL') return runDiscard(session)
      throw unsupported(statement.what, { at: statement.at })
  }
}
