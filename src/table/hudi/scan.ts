/**
 * Scan planning: from file slices to tasks. Partitions are left out by their paths; what is inside of files is left to the reader.
 */
import { mightMatch } from '../../expr/prune.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { ColumnSource, ProjectedColumn, Pushdown, ScanTask } from '../table.ts'
import type { BaseFile, FileSlice } from './file-slices.ts'
import type { IndexPruner } from './metadata/index-pruner.ts'
import { isDefaultPartition, partitionTexts, partitionValue } from './partitions.ts'
import { assertNoBlockLost } from './lost-blocks.ts'
import { MergePlanner } from './merge-task.ts'
import { ColumnSources, fileRefOf } from './scan-columns.ts'
import type { HudiSnapshot, SlicesOfSnapshot } from './snapshot.ts'

export interface ScanMetrics {
  files_total: number
  files_skipped_by_partition: number
  files_skipped_by_index: number
  log_files: number
  /** Base files with their logs. */
  file_slices: number
}

export function emptyMetrics(): ScanMetrics {
  return { files_total: 0, files_skipped_by_partition: 0, files_skipped_by_index: 0, log_files: 0, file_slices: 0 }
}

export interface ScanOptions {
  /** Base files only, as they are. */
  readonly readOptimized: boolean
  readonly metrics: ScanMetrics
  /** What else rules slices out, opened when several are left. */
  readonly index: (slices: readonly FileSlice[]) => Promise<IndexPruner | undefined>
}

/** The tasks that read the slices. */
export async function* planScan(
  snapshot: HudiSnapshot,
  { slices, view }: SlicesOfSnapshot,
  pushdown: Pushdown,
  options: ScanOptions,
): AsyncGenerator<ScanTask> {
  const { readOptimized, metrics } = options
  const columns = new ColumnSources(snapshot, pushdown.columns)
  let merges: MergePlanner | undefined
  for (const slice of await leftSlices(snapshot, slices, pushdown, options)) {
    const logs = readOptimized ? [] : slice.logs
    metrics.log_files += logs.length
    metrics.file_slices++
    if (logs.length > 0) await assertNoBlockLost(snapshot, slice, view)
    const task = logs.length === 0 ? undefined : (merges ??= new MergePlanner(snapshot, view, pushdown)).task(slice)
    if (task !== undefined) yield task
    else if (slice.base !== undefined) {
      yield baseTask(slice.base, columns.of(slice.base.instant, slice.partition, slice.base), pushdown)
    }
  }
}

/** The slices that may have rows which match. */
async function leftSlices(
  snapshot: HudiSnapshot,
  slices: readonly FileSlice[],
  pushdown: Pushdown,
  { readOptimized, metrics, index }: ScanOptions,
): Promise<readonly FileSlice[]> {
  const pruner = new PartitionPruner(snapshot, pushdown)
  const countOf = ({ base, logs }: FileSlice): number =>
    (base === undefined ? 0 : 1) + (readOptimized ? 0 : logs.length)
  const ofPartitions = slices.filter((slice) => {
    const matches = pruner.mightMatch(slice.partition)
    metrics.files_total += countOf(slice)
    if (!matches) metrics.files_skipped_by_partition += countOf(slice)
    return matches
  })
  const indexed = ofPartitions.length > 1 ? await index(ofPartitions) : undefined
  if (indexed === undefined) return ofPartitions
  return ofPartitions.filter((slice) => {
    const matches = indexed.mightMatch(readOptimized ? { ...slice, logs: [] } : slice, snapshot.config.version < 8)
    if (!matches) metrics.files_skipped_by_index += countOf(slice)
    return matches
  })
}

function baseTask(base: BaseFile, columns: readonly ColumnSource[], { predicate }: Pushdown): ScanTask {
  return { file: fileRefOf(base), columns, deletes: [], residual: predicate }
}

/** Which partitions a predicate leaves, by the values in their paths. */
class PartitionPruner {
  readonly #snapshot: HudiSnapshot
  readonly #pushdown: Pushdown
  readonly #verdicts = new Map<string, boolean>()

  constructor(snapshot: HudiSnapshot, pushdown: Pushdown) {
    this.#snapshot = snapshot
    this.#pushdown = pushdown
  }

  mightMatch(partition: string): boolean {
    const { predicate, columns } = this.#pushdown
    if (predicate === null) return true
    let verdict = this.#verdicts.get(partition)
    if (verdict === undefined) {
      const texts = partitionTexts(partition, this.#snapshot.config)
      verdict = mightMatch(predicate, (input) => texts && this.#range(columns[input]!, texts))
      this.#verdicts.set(partition, verdict)
    }
    return verdict
  }

  #range({ name, type }: ProjectedColumn, texts: readonly string[]): ColumnRange | undefined {
    const { partitionFields } = this.#snapshot.config
    const index = partitionFields.findIndex((field) => field.name === name && field.isIdentity)
    if (index < 0) return undefined
    const text = texts[index]!
    if (isDefaultPartition(text)) return { exact: true, nullCount: 1, valueCount: 1 }
    const value = partitionValue(text, type)
    if (value === undefined) return undefined
    return { min: value, max: value, exact: true, nullCount: 0, nanCount: 0, valueCount: 1 }
  }
}
