/**
 * Scan planning: from a snapshot to the data files to read.
 *
 *   files of the log, in batches --prune by partition values, then statistics--> deletion vectors of those left --> tasks
 *
 * Checkpoints are read batch by batch, so a consumer that stops early reads no further.
 */
import { unsupported } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { DeleteFilter, Pushdown, ScanTask } from '../table.ts'
import type { DeltaFile } from './actions.ts'
import type { CheckpointPruning } from './checkpoint-file.ts'
import { type BoundTable, ColumnBinder } from './column-sources.ts'
import { readDeletionVector } from './deletion-vector.ts'
import { statisticsOf } from './file-statistics.ts'
import { ScanPruner } from './pruning.ts'
import type { Snapshot } from './snapshot.ts'

export interface ScanContext extends BoundTable {
  readonly access: StorageAccess
  readonly tableUrl: string
  readonly snapshot: Snapshot
}

/** Files of a checkpoint that are read first where not all are wanted. */
const LIMITED_FILES = 64

export interface ScanMetrics {
  files_total: number
  files_skipped_by_partition: number
  files_skipped_by_statistics: number
  deletion_vectors: number
}

export function emptyMetrics(): ScanMetrics {
  return { files_total: 0, files_skipped_by_partition: 0, files_skipped_by_statistics: 0, deletion_vectors: 0 }
}

/** The tasks of a scan; `metrics` counts along. */
export async function* planScan(
  context: ScanContext,
  pushdown: Pushdown,
  metrics: ScanMetrics,
): AsyncGenerator<ScanTask> {
  const { snapshot, schema, tableUrl } = context
  const { provider } = snapshot.metadata
  if (provider.toLowerCase() !== 'parquet') throw unsupported(`a Delta table with data files in format "${provider}"`)
  const binder = new ColumnBinder(pushdown.columns, context)
  const pruner = new ScanPruner(pushdown, schema, binder)
  const pruning: CheckpointPruning = {
    partitionMightMatch: pruner.usesPartitions
      ? (partitionValues) => pruner.partitionMightMatch(binder.partitionValues({ partitionValues, path: tableUrl }))
      : undefined,
    mightMatch: (rangeOf) => pruner.partitionsMightMatch(rangeOf),
    ranges: pruner.ranges,
    skipped: (fileCount, by) => {
      metrics.files_total += fileCount
      metrics[`files_skipped_by_${by}`] += fileCount
    },
  }
  const isLimited = pushdown.limit !== undefined
  for await (const files of snapshot.files({
    // How many rows files have tells how few of them are enough.
    withStatistics: pruner.wantsStatistics || isLimited,
    ...(isLimited ? { batchRows: LIMITED_FILES } : {}),
    ...(pruner.usesPartitions || pruning.ranges.length > 0 ? { pruning } : {}),
  })) {
    metrics.files_total += files.length
    for (const file of files) {
      const values = binder.partitionValues(file)
      if (!pruner.partitionMightMatch(values)) {
        metrics.files_skipped_by_partition++
        continue
      }
      const statistics = statisticsOf(file)
      if (pruner.wantsStatistics && !pruner.fileMightMatch(file, statistics, values)) {
        metrics.files_skipped_by_statistics++
        continue
      }
      const url = fileUrl(context, file)
      const deletes = await deletesOf(context, file)
      metrics.deletion_vectors += deletes.length
      const rows = statistics.rowCount === undefined ? {} : { rowCount: statistics.rowCount }
      yield {
        file: { url, format: 'parquet', byteCount: file.byteCount, ...rows },
        ...rows,
        columns: binder.sources(url, file, values),
        deletes,
        residual: pruner.residual(values),
      }
    }
  }
}

/** Where a data file lies: relative to the table, or anywhere. */
export function fileUrl({ access, tableUrl }: ScanContext, { path }: { readonly path: string }): string {
  const isAbsolute = /^(?:[A-Za-z][A-Za-z0-9+.-]+:\/|\/)/.test(path)
  return isAbsolute ? access.locate(path) : joinLocation(tableUrl, path)
}

/** The rows of a file that are deleted. */
export async function deletesOf(
  { access, tableUrl }: ScanContext,
  { deletionVector }: DeltaFile,
): Promise<readonly DeleteFilter[]> {
  if (deletionVector === undefined) return []
  return [{ kind: 'positions', rows: await readDeletionVector(access, tableUrl, deletionVector) }]
}
