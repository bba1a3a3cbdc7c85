/**
 * Scan planning: from a snapshot to the data files to read.
 *
 *   manifest list --prune by partition summaries--> manifests --prune by partition values, then bounds--> data files --> tasks
 *
 * Delete manifests are read first, as far as their partitions can matter; data manifests are read one after the other, so a consumer that
 * stops early reads no further ones.
 */
import type { Expr, LiteralValue } from '../../expr/expr.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { FileRef, Pushdown, ScanTask } from '../table.ts'
import { ColumnBinder, type NameMapping } from './column-sources.ts'
import { DeleteIndex, FILE_PATH_ID } from './delete-index.ts'
import type { EntryChoice } from './entry-choice.ts'
import { fileFormatOf } from './file-format.ts'
import {
  type ContentFile,
  type ManifestEntry,
  type ManifestFile,
  fitCache,
  readManifest,
  readManifestList,
} from './manifest.ts'
import type { Snapshot } from './metadata.ts'
import { type BoundSpec, partitionValues } from './partition.ts'
import { ScanPruner } from './pruning.ts'
import type { IcebergSchema } from './schema.ts'

/** Files above this are read in parts, by row groups, so that several workers share them. */
const SPLIT_FROM_BYTES = 32 << 20
/** Row groups are put together to parts of at least this size. */
const SPLIT_BYTES_MIN = 16 << 20

/** Bounds of `file_path` tell which data files a position delete file names. */
const BOUNDS_OF_PATHS: ReadonlySet<number> = new Set([FILE_PATH_ID])

export interface ScanContext {
  readonly access: StorageAccess
  readonly snapshot: Snapshot | undefined
  /** Of the version that is read. */
  readonly schema: IcebergSchema
  /** All schemas of the table, oldest first. */
  readonly schemas: readonly IcebergSchema[]
  readonly specs: ReadonlyMap<number, BoundSpec>
  readonly mapping: NameMapping | undefined
}

export interface ScanMetrics {
  manifests_total: number
  manifests_skipped: number
  files_total: number
  files_skipped_by_partition: number
  files_skipped_by_bounds: number
  delete_files: number
}

export function emptyMetrics(): ScanMetrics {
  return {
    manifests_total: 0,
    manifests_skipped: 0,
    files_total: 0,
    files_skipped_by_partition: 0,
    files_skipped_by_bounds: 0,
    delete_files: 0,
  }
}

/** The tasks of a scan; `metrics` counts along. */
export async function* planScan(
  context: ScanContext,
  pushdown: Pushdown,
  metrics: ScanMetrics,
): AsyncGenerator<ScanTask> {
  const { snapshot } = context
  if (snapshot === undefined) return
  const binder = new ColumnBinder(pushdown.columns, context.schema, context.mapping)
  const pruner = new ScanPruner(pushdown, (index) => binder.boundedId(index))
  const manifests: ManifestFile[] = []
  for await (const manifest of readManifestList(context.access, snapshot)) {
    metrics.manifests_total++
    if (manifest.content === 'data') metrics.files_total += liveFileCount(manifest)
    const spec = context.specs.get(manifest.specId)
    if (isEmpty(manifest) || (spec && !pruner.manifestMightMatch(spec, manifest))) metrics.manifests_skipped++
    else manifests.push(manifest)
  }
  const data = manifests.filter(({ content }) => content === 'data')
  if (data.length === 0) return
  const deletes = await loadDeletes(context, manifests)
  metrics.delete_files = deletes.fileCount
  const keep = fitCache(data)
  for (const manifest of data) {
    const choice = entryChoice(context.specs.get(manifest.specId), pruner, metrics)
    for await (const entries of readManifest(context.access, manifest, pruner.statistics, { keep, choice })) {
      for (const entry of entries) {
        if (entry.status !== 'deleted') yield* planFile(entry, { context, binder, pruner, deletes, metrics })
      }
    }
  }
}

/** Leaves out the partitions that can't match, and files by bounds that are compared at once; undefined when the predicate asks for neither. */
function entryChoice(spec: BoundSpec | undefined, pruner: ScanPruner, metrics: ScanMetrics): EntryChoice | undefined {
  const { ranges } = pruner
  const isPartitioned = spec !== undefined && pruner.usesPartitions(spec)
  if (!isPartitioned && ranges.size === 0) return undefined
  return {
    isWanted: (partition) => !isPartitioned || pruner.partitionMightMatch(spec, partitionValues(spec, { partition })),
    ranges,
    skipped: (by) => void metrics[by === 'partition' ? 'files_skipped_by_partition' : 'files_skipped_by_bounds']++,
  }
}

interface FilePlanning {
  readonly context: ScanContext
  readonly binder: ColumnBinder
  readonly pruner: ScanPruner
  readonly deletes: DeleteIndex
  readonly metrics: ScanMetrics
}

async function* planFile(
  entry: ManifestEntry,
  { context, binder, pruner, deletes, metrics }: FilePlanning,
): AsyncGenerator<ScanTask> {
  const { file } = entry
  const spec = context.specs.get(file.specId)
  const values = spec === undefined ? [] : partitionValues(spec, file)
  const verdict = pruner.fileMightMatch(spec, values, file)
  if (verdict !== 'keep') {
    metrics[verdict === 'partition' ? 'files_skipped_by_partition' : 'files_skipped_by_bounds']++
    return
  }
  const filters = await deletes.filtersFor(entry)
  const residual: Expr | null = pruner.residual(spec, values)
  const task: ScanTask = {
    file: dataFileRef(context, file),
    rowCount: file.recordCount,
    columns: binder.sources(entry, spec, values as readonly (LiteralValue | undefined)[]),
    deletes: filters,
    residual,
  }
  const splits = splitsOf(file)
  if (splits === undefined) yield task
  else {
    const { rowCount: _, ...part } = task
    for (const split of splits) yield { ...part, split }
  }
}

/** Where a data file lies; 0A000 for formats that can't be read. */
export function dataFileRef({ access }: ScanContext, file: ContentFile): FileRef {
  const { byteCount, recordCount: rowCount } = file
  return { url: access.locate(file.path), format: fileFormatOf(file, 'data'), byteCount, rowCount }
}

async function loadDeletes(context: ScanContext, manifests: readonly ManifestFile[]): Promise<DeleteIndex> {
  const index = new DeleteIndex(context)
  for (const manifest of manifests) {
    if (manifest.content !== 'deletes') continue
    for await (const entries of readManifest(context.access, manifest, BOUNDS_OF_PATHS)) {
      for (const entry of entries) if (entry.status !== 'deleted') index.add(entry)
    }
  }
  index.finish()
  return index
}

function liveFileCount({ addedFilesCount, existingFilesCount }: ManifestFile): number {
  return (addedFilesCount ?? 0) + (existingFilesCount ?? 0)
}

function isEmpty({ addedFilesCount, existingFilesCount }: ManifestFile): boolean {
  return addedFilesCount === 0 && existingFilesCount === 0
}

/** The parts of a large file by its writer's split offsets (starts of row groups); undefined: read it as one. */
function splitsOf({ byteCount, splitOffsets }: ContentFile): { start: number; end: number }[] | undefined {
  if (byteCount < SPLIT_FROM_BYTES || splitOffsets === undefined || splitOffsets.length < 2) return undefined
  const ascends = splitOffsets.every((offset, i) => offset < byteCount && offset > (splitOffsets[i - 1] ?? -1))
  if (!ascends) return undefined
  const splits: { start: number; end: number }[] = []
  let start = 0
  for (const offset of [...splitOffsets.slice(1), byteCount]) {
    if (offset - start < SPLIT_BYTES_MIN && offset !== byteCount) continue
    splits.push({ start, end: offset })
    start = offset
  }
  return splits
}
