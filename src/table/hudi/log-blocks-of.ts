/**
 * The blocks of a file slice's logs that count, in the order in which they change rows.
 *
 * A block counts when the instant in its header is committed and not after the one that is read. A rollback command takes back the blocks of its
 * target; a log compaction's block stands in the place of those of the instants that it names. A torn block is what a failed write left
 * in a file that others append to (versions up to 6); later versions don't append, so there it is damage.
 *
 * Spec: Apache Hudi technical specification 1.0, "Log File Format" and "Reader Expectations".
 */
import { corrupt } from '../../core/errors.ts'
import { HEADER_KEYS, type LogBlock } from '../../format/hudi-log/log-blocks.ts'
import { logBlocksOf } from '../../format/hudi-log/data-file.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { LogFile, SliceView } from './file-slices.ts'

export interface PlacedBlock {
  readonly log: LogFile
  readonly block: LogBlock
  readonly instant: string
}

/** The number of a rollback among command blocks. */
const ROLLBACK = '0'

/** Reads the headers of the logs. XX001 for damaged ones, 0A000 for formats that can't be read. */
export function committedBlocks(access: StorageAccess, logs: readonly LogFile[], view: SliceView): PlacedBlock[] {
  const rolledBack = new Set<string>()
  const compacted = new Map<string, string>()
  const blocks: PlacedBlock[] = []
  for (const log of logs) {
    for (const block of blocksOf(access, log)) {
      const instant = block.header.get(HEADER_KEYS.instant)
      if (block.kind === 'corrupt') {
        if (view.logsHaveOwnInstant) throw corrupt(log.url, `damaged Hudi log at byte ${block.start}: a torn block`)
        continue
      }
      if (block.kind === 'command') {
        const target = block.header.get(HEADER_KEYS.targetInstant)
        if (block.header.get(HEADER_KEYS.command) === ROLLBACK && target !== undefined) rolledBack.add(target)
        continue
      }
      if (instant === undefined) throw corrupt(log.url, `the log block at byte ${block.start} has no instant`)
      if (view.logsHaveOwnInstant && instant !== log.instant) {
        throw corrupt(
          log.url,
          `the log block at byte ${block.start} is of instant ${instant}, its file of ${log.instant}`,
        )
      }
      const counts = (view.until === undefined || instant <= view.until) && view.timeline.isCommitted(instant)
      if (!counts || block.kind === 'cdc') continue
      for (const other of (block.header.get(HEADER_KEYS.compactedInstants) ?? '').split(',')) {
        if (other.trim() !== '') compacted.set(other.trim(), instant)
      }
      blocks.push({ log, block, instant })
    }
  }
  const left = blocks.filter(({ instant }) => !rolledBack.has(instant))
  return compacted.size === 0 ? left : withoutCompacted(left, compacted)
}

/** Blocks of compacted instants give way to those that they were compacted to. */
function withoutCompacted(blocks: readonly PlacedBlock[], compacted: ReadonlyMap<string, string>): PlacedBlock[] {
  const targets = new Set(compacted.values())
  const placed = new Set<string>()
  return blocks.flatMap((placedBlock) => {
    const { instant } = placedBlock
    const target = compacted.get(instant)
    if (target === undefined) return targets.has(instant) ? [] : [placedBlock]
    if (placed.has(target)) return []
    placed.add(target)
    return blocks.filter((other) => other.instant === target && !compacted.has(other.instant))
  })
}

/** The headers of a log's blocks. */
export function blocksOf(access: StorageAccess, { url }: LogFile): readonly LogBlock[] {
  const file = access.storageFor(url).openSync(url)
  try {
    return logBlocksOf(file)
  } finally {
    file.close()
  }
}
