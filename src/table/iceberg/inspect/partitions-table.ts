/** `t$partitions`: rows, files and deletes a partition. */
import { BIGINT, INTEGER, TIMESTAMPTZ } from '../../../core/types.ts'
import type { LiteralValue } from '../../../expr/expr.ts'
import type { ContentFile } from '../manifest.ts'
import { partitionValuesKey } from '../partition.ts'
import { partitionTypeOf } from '../partition-type.ts'
import { type MetadataTableContext, entriesOf } from './content.ts'
import { type Column, type Content, micros } from '../../metadata-content.ts'

interface PartitionSum {
  readonly value: LiteralValue
  specId: number
  updatedMs: bigint | null
  updatedBy: bigint | null
  readonly data: { records: bigint; files: number; bytes: bigint }
  readonly positions: { records: bigint; files: number }
  readonly equality: { records: bigint; files: number }
}

export async function partitions(context: MetadataTableContext): Promise<Content> {
  const partition = partitionTypeOf(context.specs)
  const times = new Map(context.metadata.snapshots.map(({ id, timestampMs }) => [id, timestampMs]))
  const sums = new Map<string, PartitionSum>()
  for await (const { status, snapshotId, file } of entriesOf(context)) {
    if (status === 'deleted') continue
    // As Iceberg has it: partitions of two specs are one when the specs' fields are the same.
    const key = `${file.partition.ids.join()}|${partitionValuesKey(file)}`
    let sum = sums.get(key)
    if (sum === undefined) sums.set(key, (sum = emptySum(partition.valueOf(file), file.specId)))
    addFile(sum, file)
    const updatedMs = snapshotId === undefined ? undefined : times.get(snapshotId)
    if (updatedMs !== undefined && (sum.updatedMs === null || updatedMs > sum.updatedMs)) {
      sum.updatedMs = updatedMs
      sum.updatedBy = snapshotId!
      sum.specId = file.specId
    }
  }
  const own: readonly Column[] =
    partition.type === null
      ? []
      : [
          ['partition', partition.type],
          ['spec_id', INTEGER],
        ]
  return {
    columns: [
      ...own,
      ['record_count', BIGINT],
      ['file_count', INTEGER],
      ['total_data_file_size_in_bytes', BIGINT],
      ['position_delete_record_count', BIGINT],
      ['position_delete_file_count', INTEGER],
      ['equality_delete_record_count', BIGINT],
      ['equality_delete_file_count', INTEGER],
      ['last_updated_at', TIMESTAMPTZ],
      ['last_updated_snapshot_id', BIGINT],
    ],
    rows: [...sums.values()].map(({ value, specId, data, positions, equality, updatedMs, updatedBy }) => [
      ...(partition.type === null ? [] : [value, specId]),
      data.records,
      data.files,
      data.bytes,
      positions.records,
      positions.files,
      equality.records,
      equality.files,
      updatedMs === null ? null : micros(updatedMs),
      updatedBy,
    ]),
  }
}

function emptySum(value: LiteralValue, specId: number): PartitionSum {
  return {
    value,
    specId,
    updatedMs: null,
    updatedBy: null,
    data: { records: 0n, files: 0, bytes: 0n },
    positions: { records: 0n, files: 0 },
    equality: { records: 0n, files: 0 },
  }
}

function addFile(sum: PartitionSum, file: ContentFile): void {
  const part = file.content === 'data' ? sum.data : file.content === 'position-deletes' ? sum.positions : sum.equality
  part.records += BigInt(file.recordCount)
  part.files++
  if (file.content === 'data') sum.data.bytes += BigInt(file.byteCount)
}
