/**
 * File groups and slices: which files of a partition hold its rows at an instant.
 *
 *   file group f1      base @10      log   log      base @40      log  log
 *                      |---- slice @10 ------|      |---- slice @40 ----|
 *
 * The slice that counts has the newest base file that is committed and not after the instant, and the logs behind it:
 *
 *   versions 5, 6   logs named after the base file's instant, or after a later one that has no base file yet (a pending compaction)
 *   versions 8, 9   logs whose delta commit was completed after the base file's instant was requested
 *
 * A group that a completed replace commit (clustering, INSERT OVERWRITE, DELETE PARTITION) names is gone from that instant on.
 *
 * Spec: Apache Hudi technical specification 1.0, "File Layout Hierarchy" and "Reader Expectations".
 */
import type { FormatName } from '../../format/format.ts'
import type { DataFileName } from './file-names.ts'
import { type Timeline, compareTexts } from './timeline.ts'

export interface ListedDataFile {
  readonly name: string
  readonly url: string
  readonly byteCount: number
  readonly modifiedMs: number
  readonly parsed: DataFileName
}

export interface BaseFile {
  readonly url: string
  readonly name: string
  readonly byteCount: number
  readonly modifiedMs: number
  readonly format: FormatName
  readonly instant: string
}

export interface LogFile {
  readonly url: string
  readonly name: string
  readonly byteCount: number
  readonly modifiedMs: number
  /** As its name says. */
  readonly instant: string
  readonly version: number
}

export interface FileSlice {
  /** Path of the partition's folder below the table's; '' for a table without partitions. */
  readonly partition: string
  readonly fileId: string
  readonly base: BaseFile | undefined
  /** Oldest first. */
  readonly logs: readonly LogFile[]
}

export interface SliceView {
  readonly timeline: Timeline
  /** Log files are named by their delta commit (versions 8 and later). */
  readonly logsHaveOwnInstant: boolean
  /** The last instant whose data counts; undefined: all. */
  readonly until: string | undefined
  /** When a committed instant was completed. */
  completedAt(instant: string): string
  /** The instant that replaced a file group, if one did. */
  replacedBy(partition: string, fileId: string): string | undefined
  /** The file groups of a partition that were replaced, with the instants. */
  replacedIn(partition: string): readonly { readonly fileId: string; readonly by: string }[]
}

/** The slices of a partition's file groups that hold rows, in the order of the file ids. */
export function slicesOf(partition: string, files: readonly ListedDataFile[], view: SliceView): FileSlice[] {
  const groups = new Map<string, ListedDataFile[]>()
  for (const file of files) {
    const group = groups.get(file.parsed.fileId)
    if (group === undefined) groups.set(file.parsed.fileId, [file])
    else group.push(file)
  }
  const slices: FileSlice[] = []
  for (const [fileId, group] of [...groups].sort(([a], [b]) => compareTexts(a, b))) {
    if (isReplaced(view, partition, fileId)) continue
    const slice = sliceOf(partition, fileId, group, view)
    if (slice.base !== undefined || slice.logs.length > 0) slices.push(slice)
  }
  return slices
}

function isReplaced(view: SliceView, partition: string, fileId: string): boolean {
  const by = view.replacedBy(partition, fileId)
  return by !== undefined && (view.until === undefined || by <= view.until)
}

function sliceOf(partition: string, fileId: string, group: readonly ListedDataFile[], view: SliceView): FileSlice {
  let base: BaseFile | undefined
  for (const { parsed, url, name, byteCount, modifiedMs } of group) {
    if (parsed.kind !== 'base' || !counts(parsed.instant, view)) continue
    const { instant, format } = parsed
    // Of two files of one instant (a task that was tried twice and not cleaned up) the later attempt counts, as for Hudi.
    if (base !== undefined && (instant < base.instant || (instant === base.instant && name < base.name))) continue
    base = { url, name, byteCount, modifiedMs, format, instant }
  }
  const logs: LogFile[] = []
  for (const { parsed, url, name, byteCount, modifiedMs } of group) {
    if (parsed.kind !== 'log' || !isBehind(parsed.instant, base, view)) continue
    logs.push({ url, name, byteCount, modifiedMs, instant: parsed.instant, version: parsed.version })
  }
  logs.sort((a, b) => compareTexts(a.instant, b.instant) || a.version - b.version || compareTexts(a.name, b.name))
  return { partition, fileId, base, logs }
}

function counts(instant: string, { timeline, until }: SliceView): boolean {
  return (until === undefined || instant <= until) && timeline.isCommitted(instant)
}

function isBehind(instant: string, base: BaseFile | undefined, view: SliceView): boolean {
  if (view.logsHaveOwnInstant) {
    if (!counts(instant, view)) return false
    return base === undefined || view.completedAt(instant) >= base.instant
  }
  // The blocks say themselves which commit wrote them; the name only says which base file they change.
  if (view.until !== undefined && instant > view.until) return false
  return base === undefined || instant >= base.instant
}
