/** `t$files`: one row a live data file. */
import { BIGINT, TIMESTAMPTZ, VARCHAR, mapOf } from '../../../core/types.ts'
import { statisticsOf } from '../file-statistics.ts'
import { fileUrl } from '../scan.ts'
import { type MetadataTableContext, microsOfMs } from './content.ts'
import type { Content, Row } from '../../metadata-content.ts'

export async function files(context: MetadataTableContext): Promise<Content> {
  const rows: Row[] = []
  for await (const batch of context.snapshot.files({ withStatistics: true })) {
    for (const file of batch) {
      const { rowCount } = statisticsOf(file)
      rows.push([
        fileUrl(context, file),
        Object.entries(file.partitionValues),
        BigInt(file.byteCount),
        rowCount === undefined ? null : BigInt(rowCount),
        file.deletionVector === undefined ? 0n : BigInt(Math.max(file.deletionVector.cardinality, 0)),
        microsOfMs(file.modifiedMs),
        file.baseRowId ?? null,
        file.rowCommitVersion ?? null,
      ])
    }
  }
  return {
    columns: [
      ['file_path', VARCHAR],
      ['partition', mapOf(VARCHAR, VARCHAR)],
      ['file_size_in_bytes', BIGINT],
      ['record_count', BIGINT],
      ['deleted_record_count', BIGINT],
      ['modification_time', TIMESTAMPTZ],
      ['base_row_id', BIGINT],
      ['default_row_commit_version', BIGINT],
    ],
    rows,
  }
}
