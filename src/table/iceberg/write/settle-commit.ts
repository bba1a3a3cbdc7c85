/** Ends a commit of several tables that stands in a writer's way: lets it finish, or decides against it. */
import type { StorageAccess } from '../../../storage/storage-access.ts'
import type { TableMetadata } from '../metadata.ts'
import { type CommitDecision, type PendingCommit, decisionOf, pendingCommitOf } from '../pending-commit.ts'

/** A commit needs some milliseconds from its first table to its decision: who takes this long has died. */
const WAIT_MS = 5000
const POLL_MS = 20

/** Waits until the commit that the table takes part in, if any, is decided. */
export async function settleCommit(access: StorageAccess, metadata: TableMetadata): Promise<void> {
  const pending = pendingCommitOf(metadata)
  if (pending === undefined) return
  const end = Date.now() + WAIT_MS
  while ((await decisionOf(access, pending)) === 'open') {
    if (Date.now() >= end) await decide(access, pending, 'aborted')
    else await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

/** Decides the commit unless somebody has; returns what it is now. */
export async function decide(
  access: StorageAccess,
  pending: PendingCommit,
  decision: Exclude<CommitDecision, 'open'>,
): Promise<CommitDecision> {
  const url = access.locate(pending.record)
  const isOurs = await access.storageFor(url).putIfAbsent(url, new TextEncoder().encode(decision))
  return isOurs ? decision : decisionOf(access, pending)
}
