/** BEGIN, COMMIT, ROLLBACK and savepoints; what a failed transaction still hears. */
import { SqlError } from '../../core/errors.ts'
import type { Statement, TransactionStatement } from '../../sql/ast.ts'
import { type StatementResult, commandResult } from '../result.ts'
import type { Session } from '../session.ts'
import { TransactionBlock } from '../transaction-block.ts'

export async function runTransaction(session: Session, statement: TransactionStatement): Promise<StatementResult> {
  const done = (tag: string): StatementResult => commandResult(tag, () => session.engine.memory)
  const block = session.transaction
  switch (statement.action) {
    case 'begin':
      // One that is open goes on, as in PostgreSQL, which warns.
      session.transaction ??= new TransactionBlock(statement.modes?.includes('read only') === true)
      return done('BEGIN')
    case 'commit':
      session.transaction = null
      await session.cursors?.endTransaction()
      if (block?.isFailed === true) {
        await block.rollback()
        return done('ROLLBACK')
      }
      await block?.commit()
      return done('COMMIT')
    case 'rollback':
      session.transaction = null
      await session.cursors?.endTransaction()
      await block?.rollback()
      return done('ROLLBACK')
    case 'savepoint':
      inBlock(block, 'SAVEPOINT', statement).savepoint(statement.name!)
      return done('SAVEPOINT')
    case 'release':
      inBlock(block, 'RELEASE SAVEPOINT', statement).release(statement.name!)
      return done('RELEASE')
    case 'rollback-to':
      await inBlock(block, 'ROLLBACK TO SAVEPOINT', statement).rollbackTo(statement.name!)
      return done('ROLLBACK')
  }
}

function inBlock(block: TransactionBlock | null, what: string, { at }: TransactionStatement): TransactionBlock {
  if (block !== null) return block
  throw new SqlError('25P01', `${what} can only be used in transaction blocks`, { at })
}

const WRITES: ReadonlySet<Statement['kind']> = new Set<Statement['kind']>([
  ...([
    'insert',
    'update',
    'delete',
    'merge',
    'with-changes',
    'truncate',
    'create-table',
    'create-schema',
    'drop-table',
    'drop-schema',
    'refresh-view',
    'alter-table',
    'create-sequence',
    'alter-sequence',
    'drop-sequence',
    'rename',
    'rename-view',
    'create-view',
    'drop-view',
    'create-function',
    'drop-function',
  ] as const),
])

/** 25P02 in a transaction that has failed, 25006 for writes in one that only reads. */
export function checkTransaction({ transaction }: Session, statement: Statement): void {
  if (transaction === null) return
  if (transaction.isFailed && !(statement.kind === 'transaction' && ENDS.has(statement.action))) {
    throw new SqlError('25P02', 'current transaction is aborted, commands ignored until end of transaction block')
  }
  if (transaction.isReadOnly && WRITES.has(statement.kind)) {
    const what = statement.kind.replaceAll('-', ' ').toUpperCase()
    throw new SqlError('25006', `cannot execute ${what} in a read-only transaction`, { at: statement.at })
  }
}

const ENDS: ReadonlySet<TransactionStatement['action']> = new Set(['commit', 'rollback', 'rollback-to'] as const)
