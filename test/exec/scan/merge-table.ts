/** Tables of sorted runs in memory files, and what merging them must give, row by row. */
import { Table as ArrowTable, Int32, Int64, Utf8, vectorFromArray } from 'apache-arrow'
import { BIGINT, type DataType, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import type { ScanSource } from '../../../src/exec/executor.ts'
import { createParquetWriter } from '../../../src/format/parquet/write/parquet-writer.ts'
import type { PhysicalScan } from '../../../src/plan/physical.ts'
import { and } from '../../../src/expr/expr.ts'
import { storageFor } from '../../../src/storage/index.ts'
import type { MergeTask } from '../../../src/table/merge.ts'
import type { ColumnSource, FileRef, ScanTask, Table } from '../../../src/table/table.ts'

/** One row of a run. */
export interface RunRow {
  readonly id: number
  readonly name: string | null
  readonly seq: bigint
  readonly kind: number
  readonly a: number | null
  readonly text: string | null
}

export const TYPES: Readonly<Record<'id' | 'name' | 'seq' | 'kind' | 'a' | 'text', DataType>> = {
  id: INTEGER,
  name: VARCHAR,
  seq: BIGINT,
  kind: INTEGER,
  a: INTEGER,
  text: VARCHAR,
}
export type ColumnName = keyof typeof TYPES

let files = 0

export async function writeFile(rows: readonly RunRow[], rowGroupRows: number): Promise<FileRef> {
  const parts: Uint8Array[] = []
  const writer = await createParquetWriter({
    codec: 'snappy',
    rowGroupRows,
    write: async (bytes) => void parts.push(bytes.slice()),
  })
  const columns = {
    id: vectorFromArray(
      rows.map(({ id }) => id),
      new Int32(),
    ),
    name: vectorFromArray(
      rows.map(({ name }) => name),
      new Utf8(),
    ),
    seq: vectorFromArray(
      rows.map(({ seq }) => seq),
      new Int64(),
    ),
    kind: vectorFromArray(
      rows.map(({ kind }) => kind),
      new Int32(),
    ),
    a: vectorFromArray(
      rows.map(({ a }) => a),
      new Int32(),
    ),
    text: vectorFromArray(
      rows.map(({ text }) => text),
      new Utf8(),
    ),
  }
  await writer.write(new ArrowTable(columns).batches)
  await writer.finish()
  const url = `memory:merge/${files++}.parquet`
  const bytes = Buffer.concat(parts)
  await storageFor(url).put(url, bytes)
  return { url, format: 'parquet', byteCount: bytes.length }
}

export function sourceOf(name: ColumnName): ColumnSource {
  return { kind: 'file', field: { names: [name], type: TYPES[name], children: [] } }
}

/** A table of one task. */
export function mergeSource(plan: PhysicalScan, merge: MergeTask): ScanSource {
  const predicate = plan.filters.length === 0 ? null : and(plan.filters)
  async function* scan(): AsyncGenerator<ScanTask> {
    yield { file: merge.runs[0]!.files[0]!.file, columns: [], deletes: [], residual: predicate, merge }
  }
  const table: Table = {
    name: 'merged',
    format: 'paimon',
    schema: { fields: [] },
    hiddenColumns: [],
    statistics: async () => ({ rowCount: 0, exact: false, byteCount: 0, fileCount: 0, columns: new Map() }),
    scan,
    metadataTables: () => [],
  }
  return { table, pushdown: { columns: plan.columns.map(({ name, type }) => ({ name, type })), predicate } }
}
