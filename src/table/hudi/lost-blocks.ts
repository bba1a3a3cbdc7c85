/**
 * Whether blocks of completed commits are missing from the logs of a file slice.
 *
 * In files that writers append to (versions up to 6), a torn block and one of an unknown instant are what failed writes leave, and are passed over.
 * Damage looks the same. What a completed commit says that it wrote tells them apart: of its instant there must be a block.
 */
import { corrupt } from '../../core/errors.ts'
import { baseName } from '../../storage/file-location.ts'
import { HEADER_KEYS } from '../../format/hudi-log/log-blocks.ts'
import { readCommit } from './commit-metadata.ts'
import type { FileSlice, SliceView } from './file-slices.ts'
import { blocksOf } from './log-blocks-of.ts'
import type { HudiSnapshot } from './snapshot.ts'

/** XX001 naming the log and the instant whose block is not there. */
export async function assertNoBlockLost(
  { access, storage }: HudiSnapshot,
  { fileId, logs }: FileSlice,
  { timeline, until, logsHaveOwnInstant }: SliceView,
): Promise<void> {
  if (logsHaveOwnInstant) return
  const instantsByLog = new Map<string, Set<string>>()
  let isSuspect = false
  for (const log of logs) {
    const blocks = blocksOf(access, log)
    const instants = blocks.flatMap(({ header }) => header.get(HEADER_KEYS.instant) ?? [])
    isSuspect ||= blocks.length === 0 || blocks.some(({ kind }) => kind === 'corrupt')
    isSuspect ||= instants.some((instant) => !timeline.knows(instant))
    instantsByLog.set(log.name, new Set(instants))
  }
  if (!isSuspect) return
  for (const instant of timeline.writes) {
    if (until !== undefined && instant.time > until) continue
    for (const write of (await readCommit(storage, instant)).writes) {
      const found = write.fileId === fileId ? instantsByLog.get(baseName(write.path)) : undefined
      if (found === undefined || found.has(instant.time)) continue
      throw corrupt(write.path, `damaged Hudi log: the block that instant ${instant.time} wrote is not there`)
    }
  }
}
