/** Columns of a scan: from the files, or from the partition's path. */
import { unsupported } from '../../core/errors.ts'
import type { ColumnSource, ProjectedColumn, ScanTask } from '../table.ts'
import type { BaseFile } from './file-slices.ts'
import { DEFAULT_PARTITION, isDefaultPartition, partitionTexts, partitionValue } from './partitions.ts'
import { type HudiSnapshot, targetOf } from './snapshot.ts'

export function fileRefOf({ url, format, byteCount }: BaseFile): ScanTask['file'] {
  if (format === 'hfile') throw unsupported('a Hudi table with base files in HFile format', { detail: `file "${url}"` })
  return { url, format, byteCount }
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
    // Only with ids do names differ by instant, and only values from paths by partition.
    const hasPartitionValues = config.dropsPartitionColumns || partition.includes(DEFAULT_PARTITION)
    const key = `${internal === undefined ? '' : instant}|${hasPartitionValues ? partition : ''}`
    let sources = this.#known.get(key)
    if (sources === undefined) {
      sources = this.#columns.map((column) => this.#source(column, instant, partition))
      this.#known.set(key, sources)
    }
    return sources
  }

  #source({ name, type }: ProjectedColumn, instant: string, partition: string): ColumnSource {
    const { config } = this.#snapshot
    const index = config.partitionFields.findIndex((field) => field.name === name)
    const { isIdentity } = config.partitionFields[index] ?? { isIdentity: false }
    const text = index < 0 ? undefined : partitionTexts(partition, config)?.[index]
    // The default partition's rows have no value, whatever their file has: so every reader that takes values from paths sees them.
    if (isIdentity && text !== undefined && isDefaultPartition(text)) return { kind: 'constant', value: null, type }
    if (index < 0 || !config.dropsPartitionColumns) {
      return { kind: 'file', field: targetOf(this.#snapshot, name, type, instant) }
    }
    const value = isIdentity && text !== undefined ? partitionValue(text, type) : undefined
    if (value === undefined) {
      throw unsupported(`partition column "${name}", which is only in paths such as "${partition}",`)
    }
    return { kind: 'constant', value, type }
  }
}
