/**
 * The metadata table of a Hudi table: `.hoodie/metadata`, itself a merge-on-read table of HFiles, whose partitions are indexes.
 *
 *   files             the files of each partition              column_stats      bounds of each column of each file
 *   partition_stats   bounds of each column of each partition  record_index      the file group of each record key
 *
 * It is an aid, never the truth: it is used when it has the very commits that the table's timeline has, and is whole. A table that it is not in
 * step with, or whose index is damaged, is read without it.
 *
 * Spec: Apache Hudi technical specification 1.0, "Metadata".
 */
import { SluiceError } from '../../../core/errors.ts'
import { joinLocation } from '../../../storage/file-location.ts'
import type { FileSlice, SliceView } from '../file-slices.ts'
import { type HudiSnapshot, openBareSnapshot, readSlices } from '../snapshot.ts'
import type { Timeline } from '../timeline.ts'

export type MetadataPartition = 'files' | 'column_stats' | 'partition_stats' | 'record_index'

export interface MetadataTable {
  readonly snapshot: HudiSnapshot
  readonly view: SliceView
  /** File slices by partition: several where keys are spread. */
  readonly slices: ReadonlyMap<string, readonly FileSlice[]>
  has(partition: MetadataPartition): boolean
}

/** Undefined for tables that have none which can be used. */
export async function openMetadataTable(table: HudiSnapshot): Promise<MetadataTable | undefined> {
  const { config, url, access, timeline, name } = table
  if (!config.metadataPartitions.has('files')) return undefined
  return ifSound(async () => {
    const snapshot = await openBareSnapshot(joinLocation(url, '.hoodie', 'metadata'), { name, access })
    if (!isInStep(timeline, snapshot.timeline)) return undefined
    const { slices: all, view } = await readSlices(snapshot)
    const slices = new Map<string, FileSlice[]>()
    for (const slice of all) {
      const known = slices.get(slice.partition)
      if (known === undefined) slices.set(slice.partition, [slice])
      else known.push(slice)
    }
    const has = (partition: MetadataPartition): boolean =>
      config.metadataPartitions.has(partition) && slices.has(partition)
    return { snapshot, view, slices, has }
  })
}

/** Damaged, not supported, too large, not there. */
const UNUSABLE: readonly string[] = ['XX001', '0A000', '54000', '58P01']

/** What `read` gives; undefined where an index is damaged, incomplete or of a form that is not known. */
export async function ifSound<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof SluiceError && UNUSABLE.includes(error.sqlstate)) return undefined
    throw error
  }
}

/** Both have the newest write, and the index none that the table does not have (yet). */
function isInStep(table: Timeline, index: Timeline): boolean {
  const newest = table.writes.at(-1)
  if (newest === undefined || index.write(newest.time) === undefined) return false
  const completed = new Set(table.instants.filter(({ state }) => state === 'completed').map(({ time }) => time))
  const start = table.instants[0]!.time
  // Its own compactions, and what it was made with before the table's timeline begins, say nothing of the table.
  return index.writes.every(({ time, action }) => action !== 'deltacommit' || time < start || completed.has(time))
}
