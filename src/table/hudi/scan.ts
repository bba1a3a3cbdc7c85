/**
 * Scan planning: from file slices to tasks. Partitions are left out by their paths; what is inside of files is left to the reader.
 */
import { unsupported } from '../../core/errors.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { ColumnSource, ProjectedColumn, Pushdown, ScanTask } from '../table.ts'
import type { BaseFile, FileSlice } from './file-slices.ts'
import { partitionTexts, partitionValue } from './partitions.ts'
import { type HudiSnapshot, targetOf } from './snapshot.ts'

export interface ScanMetrics {
  files_total: number
  files_skipped_by_partition: number
  log_files: number
}

export function emptyMetrics(): ScanMetrics {
  return { files_total: 0, files_skipped_by_partition: 0, log_files: 0 }
}

export interface ScanOptions {
  /** Base files only, as they are. */
  readonly readOptimized: boolean
  readonly metrics: ScanMetrics
}

/** The tasks that read `slices`. */
export async function* planScan(
  snapshot: HudiSnapshot,
  slices: readonly FileSlice[],
  pushdown: Pushdown,
  { readOptimized, metrics }: ScanOptions,
): AsyncGenerator<ScanTask> {
  const pruner = new PartitionPruner(snapshot, pushdown)
  const columns = new ColumnSources(snapshot, pushdown.columns)
  for (const slice of slices) {
    const logs = readOptimized ? [] : slice.logs
    metrics.files_total += (slice.base === undefined ? 0 : 1) + logs.length
    if (!pruner.mightMatch(slice.partition)) {
      metrics.files_skipped_by_partition += (slice.base === undefined ? 0 : 1) + logs.length
      continue
    }
    metrics.log_files += logs.length
    if (logs.length > 0) throw unsupported('merging the log files of a Hudi table')
    if (slice.base !== undefined) yield baseTask(slice.base, columns.of(slice.base.instant, slice.partition), pushdown)
  }
}

function baseTask(base: BaseFile, columns: readonly ColumnSource[], { predicate }: Pushdown): ScanTask {
  return { file: fileRefOf(base), columns, deletes: [], residual: predicate }
}

export function fileRefOf({ url, format, byteCount }: BaseFile): ScanTask['file'] {
  if (format === 'hfile') throw unsupported('a Hudi table with base files in HFile format', { detail: `file "${url}"` })
  return { url, format, byteCount }
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

  #range({ name, type }: ProjectedColumn, texts: readonly (string | null)[]): ColumnRange | undefined {
    const { partitionFields } = this.#snapshot.config
    const index = partitionFields.findIndex((field) => field.name === name && field.isIdentity)
    const value = index < 0 ? undefined : partitionValue(texts[index]!, type)
    if (value === undefined) return undefined
    return { min: value, max: value, exact: true, nullCount: 0, nanCount: 0, valueCount: 1 }
  }
}

/** Where the pushdown's columns come from; the same array for files that agree. */
export class ColumnSources {
  readonly #snapshot: HudiSnapshot
  readonly #columns: readonly ProjectedColumn[]
  readonly #known = new Map<string, readonly ColumnSource[]>()

  constructor(snapshot: HudiSnapshot, columns: readonly ProjectedColumn[]) {
    this.#snapshot = snapshot
    this.#columns = columns
  }

  /** Of a file of `partition` that was written at `instant`. */
  of(instant: string, partition: string): readonly ColumnSource[] {
    const { config, internal } = this.#snapshot
    // Only with ids do names differ by instant, and only dropped partition columns by partition.
    const key = `${internal === undefined ? '' : instant}|${config.dropsPartitionColumns ? partition : ''}`
    let sources = this.#known.get(key)
    if (sources === undefined) {
      sources = this.#columns.map((column) => this.#source(column, instant, partition))
      this.#known.set(key, sources)
    }
    return sources
  }

  #source({ name, type }: ProjectedColumn, instant: string, partition: string): ColumnSource {
    const { config } = this.#snapshot
    const index = config.dropsPartitionColumns ? config.partitionFields.findIndex((field) => field.name === name) : -1
    if (index < 0) return { kind: 'file', field: targetOf(this.#snapshot, name, type, instant) }
    const text = partitionTexts(partition, config)?.[index]
    const isKnown = text !== undefined && config.partitionFields[index]!.isIdentity
    const value = isKnown && text !== null ? partitionValue(text, type) : isKnown ? null : undefined
    if (value === undefined) {
      throw unsupported(`partition column "${name}", which is only in paths such as "${partition}",`)
    }
    return { kind: 'constant', value, type }
  }
}
