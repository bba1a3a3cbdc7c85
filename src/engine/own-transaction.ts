/** Statements that take several steps: all of them or none. */
import type { Session } from './session.ts'
import { TransactionBlock } from './transaction-block.ts'

/** Runs the steps in the session's transaction, or in one of their own that is committed when they are done and rolled back when one fails. */
export async function inTransaction<T>(session: Session, run: () => Promise<T>): Promise<T> {
  if (session.transaction !== null) return run()
  const own = new TransactionBlock(false)
  session.transaction = own
  try {
    const result = await run()
    session.transaction = null
    await own.commit()
    return result
  } catch (error) {
    session.transaction = null
    await own.rollback().catch(() => undefined)
    throw error
  }
}
