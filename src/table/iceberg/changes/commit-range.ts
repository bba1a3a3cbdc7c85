/**
 * Which commits lie between two versions: the snapshots on the way back from `to` to `from`.
 *
 *   from (exclusive)  <-parent-  s1  <-parent-  s2  <-parent-  to (inclusive)
 *
 * A range whose beginning is not an ancestor of its end (after a rollback, or of two branches) has no commits between: only the difference of the
 * two snapshots' files says what changed. The same holds where history has expired and the beginning of the table is asked for.
 */
import { SqlError } from '../../../core/errors.ts'
import type { ChangesRequest } from '../../changes.ts'
import type { VersionSpec } from '../../table.ts'
import type { Snapshot, TableMetadata } from '../metadata.ts'
import { resolveVersion, snapshotIdAtOrBefore } from '../snapshot.ts'

/** What changed from `before` (undefined: the empty table) to `snapshot`. */
export interface CommitStep {
  readonly before: Snapshot | undefined
  readonly snapshot: Snapshot
  /** From 0, over all commits of the range. */
  readonly ordinal: number
  /** `snapshot` is the commit that followed `before`, so its operation says what was done. */
  readonly isCommit: boolean
}

/** The steps of a request, oldest first. 22023 for versions that are not there, and for ranges without a common history. */
export function commitRange(metadata: TableMetadata, name: string, request: ChangesRequest): readonly CommitStep[] {
  const { mode } = request
  const to = resolveVersion(metadata, name, request.to ?? undefined).snapshot
  const from = request.from === null ? undefined : startOf(metadata, name, request.from)
  if (to === undefined || to.id === from?.id) return []
  if (mode === 'diff') return [{ before: from, snapshot: to, ordinal: 0, isCommit: false }]
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot.id, snapshot]))
  const chain: Snapshot[] = []
  const seen = new Set<bigint>()
  let at: Snapshot | undefined = to
  while (at !== undefined && at.id !== from?.id && !seen.has(at.id)) {
    seen.add(at.id)
    chain.push(at)
    at = at.parentId === undefined ? undefined : byId.get(at.parentId)
  }
  const oldest = chain.at(-1)!
  const reachesStart = from === undefined ? oldest.parentId === undefined : at?.id === from.id
  if (!reachesStart) return withoutHistory({ name, mode, from, to, oldest, chain })
  return stepsOf(from, chain, 0)
}

function stepsOf(from: Snapshot | undefined, chain: readonly Snapshot[], firstOrdinal: number): CommitStep[] {
  let before = from
  return chain.toReversed().map((snapshot, i) => {
    const step = { before, snapshot, ordinal: firstOrdinal + i, isCommit: true }
    before = snapshot
    return step
  })
}

interface BrokenRange {
  readonly name: string
  readonly mode: ChangesRequest['mode']
  readonly from: Snapshot | undefined
  readonly to: Snapshot
  readonly oldest: Snapshot
  readonly chain: readonly Snapshot[]
}

function withoutHistory({ name, mode, from, to, oldest, chain }: BrokenRange): readonly CommitStep[] {
  if (from === undefined) {
    if (mode !== 'auto') {
      throw new SqlError('22023', `the changes of table "${name}" before snapshot ${oldest.id} have expired`, {
        hint: `Ask from => ${oldest.id} on, or for mode => 'diff', which gives the rows of the version as inserts.`,
      })
    }
    // All that was there then counts as inserted by the oldest snapshot that is kept.
    const [first, ...rest] = stepsOf(undefined, chain, 0)
    return [{ ...first!, isCommit: false }, ...rest]
  }
  if (mode === 'auto') return [{ before: from, snapshot: to, ordinal: 0, isCommit: false }]
  throw new SqlError('22023', `snapshot ${from.id} of table "${name}" is not an ancestor of snapshot ${to.id}`, {
    hint: `mode => 'diff' compares any two snapshots.`,
  })
}

/** A time before the first snapshot means the beginning. */
export function startOf(metadata: TableMetadata, name: string, at: VersionSpec): Snapshot | undefined {
  if (at.kind === 'timestamp' && snapshotIdAtOrBefore(metadata, at.micros) === undefined) return undefined
  return resolveVersion(metadata, name, at).snapshot
}
