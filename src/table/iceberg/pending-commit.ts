/**
 * Commits of several tables at once, as readers meet them.
 *
 *   v<N+1>.metadata.json   as version N, with property "sluice.pending-commit": the table takes part in a commit
 *   <record>               "committed" or "aborted"; whoever writes it first decides, for all tables
 *   v<N+2>.metadata.json   the table after the commit; until it is there, pending-<id>.metadata.json is that
 *
 * Engines that do not know the property see version N until N+2 is there. A commit that is not decided is none yet: readers see the table as it
 * was, and a writer that needs to go on decides against it after a while (write/settle-commit.ts).
 */
import { DataError, corrupt } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { TableMetadata } from './metadata.ts'

export const PENDING_PROPERTY = 'sluice.pending-commit'

export interface PendingCommit {
  readonly id: string
  /** Location of the record. */
  readonly record: string
}

export type CommitDecision = 'committed' | 'aborted' | 'open'

/** The commit that a table takes part in; XX001 for a property that says nothing. */
export function pendingCommitOf({ properties, location }: TableMetadata): PendingCommit | undefined {
  const text = properties.get(PENDING_PROPERTY)
  if (text === undefined) return undefined
  const [, id, record] = /^([0-9a-f-]{36}) (.+)$/.exec(text) ?? []
  if (id === undefined || record === undefined) throw corrupt(location, `malformed property "${PENDING_PROPERTY}"`)
  return { id, record }
}

export function pendingProperty({ id, record }: PendingCommit): string {
  return `${id} ${record}`
}

/** The metadata file that a table has after the commit. */
export function pendingFile(tableUrl: string, { id }: PendingCommit): string {
  return joinLocation(tableUrl, 'metadata', `pending-${id}.metadata.json`)
}

const RECORD_BYTES_MAX = 64

export async function decisionOf(access: StorageAccess, { record }: PendingCommit): Promise<CommitDecision> {
  const url = access.locate(record)
  try {
    const text = new TextDecoder().decode(await access.storageFor(url).readAll(url, RECORD_BYTES_MAX))
    return text === 'committed' ? 'committed' : 'aborted'
  } catch (error) {
    if (error instanceof DataError && error.sqlstate === '58P01') return 'open'
    throw error
  }
}
