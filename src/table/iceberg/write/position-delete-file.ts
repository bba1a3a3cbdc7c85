/**
 * Position delete files: rows (file_path, pos), ordered by both, for data files of one partition.
 *
 * Bounds of `file_path` are written whole: by them readers see which data files a delete file can name.
 *
 * Spec: Iceberg table spec, "Position Delete Files", "Reserved Field IDs".
 */
import { type Arrow, type RecordBatch, arrowSchema, loadArrow } from '../../../core/arrow.ts'
import { BIGINT, type Schema, VARCHAR } from '../../../core/types.ts'
import type { RowSet } from '../../row-set.ts'
import { FILE_PATH_ID } from '../delete-index.ts'
import type { StagedFile } from './data-file.ts'
import { type DataFileOptions, createDataFile } from './data-file-writer.ts'

const POSITION_ID = 2_147_483_545

const DELETE_SCHEMA: Schema = {
  fields: [
    { name: 'file_path', type: VARCHAR, nullable: false, id: FILE_PATH_ID },
    { name: 'pos', type: BIGINT, nullable: false, id: POSITION_ID },
  ],
}

/** Paths are written out a row: this many of them are some megabytes. */
const BATCH_ROWS = 32_768

export interface RemovedRows {
  /** Of the data file, as recorded. */
  readonly path: string
  readonly rows: RowSet
}

/** Writes the file; `files` are of one partition. */
export async function writePositionDeletes(
  options: Omit<DataFileOptions, 'schema'>,
  files: readonly RemovedRows[],
): Promise<StagedFile> {
  const arrow = await loadArrow()
  const writer = await createDataFile({ ...options, schema: DELETE_SCHEMA })
  const utf8 = new TextEncoder()
  const ordered = files
    .map(({ path, rows }) => ({ path: utf8.encode(path), rows }))
    .toSorted((a, b) => Buffer.compare(a.path, b.path))
  try {
    for (const { path, rows } of ordered) {
      const positions = rows.sorted()
      for (let start = 0; start < positions.length; start += BATCH_ROWS) {
        await writer.write([deleteBatch(arrow, path, positions.slice(start, start + BATCH_ROWS))])
      }
    }
    const staged = await writer.finish()
    return {
      ...staged,
      content: 'position-deletes',
      lowerBounds: new Map([...staged.lowerBounds, [FILE_PATH_ID, ordered[0]!.path]]),
      upperBounds: new Map([...staged.upperBounds, [FILE_PATH_ID, ordered.at(-1)!.path]]),
      ...(files.length === 1 ? { referencedDataFile: files[0]!.path } : {}),
    }
  } catch (error) {
    await writer.abandon()
    throw error
  }
}

function deleteBatch(arrow: Arrow, path: Uint8Array, positions: BigInt64Array): RecordBatch {
  const { length } = positions
  const data = new Uint8Array(path.length * length)
  const valueOffsets = new Int32Array(length + 1)
  for (let i = 0; i < length; i++) {
    data.set(path, i * path.length)
    valueOffsets[i + 1] = (i + 1) * path.length
  }
  const schema = arrowSchema(arrow, DELETE_SCHEMA)
  const children = [
    arrow.makeData({ type: new arrow.Utf8(), length, nullCount: 0, valueOffsets, data }),
    arrow.makeData({ type: new arrow.Int64(), length, nullCount: 0, data: positions }),
  ]
  const struct = arrow.makeData({ type: new arrow.Struct(schema.fields), length, nullCount: 0, children })
  return new arrow.RecordBatch(schema, struct)
}
