/** Delta Lake: deletion vectors and mapped columns. Spec: Delta PROTOCOL.md. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeZ85 } from './z85.ts'
import { add, column as field, metadata, protocol } from '../table/delta/make-table.ts'
import { type Column, writeDataFile } from './data-file.ts'
import { DeltaMaker, deletionVectorFile } from './delta-maker.ts'
import { type LakeRead, column, range } from './lake-read.ts'

const COLUMNS: readonly Column[] = [
  { id: 1, name: 'id', type: 'long' },
  { id: 2, name: 'grp', type: 'string' },
]

const SCHEMA = [field('id', 'long'), field('grp', 'string')]
const WITH_VECTORS = metadata(SCHEMA, { configuration: { 'delta.enableDeletionVectors': 'true' } })

/** Name of a vector's file by its id; the descriptor has the id in Z85. */
const VECTOR_ID = '00112233-4455-6677-8899-aabbccddeeff'

/** A table whose file has 300 rows in three row groups; the second version deletes rows by a vector in a folder of its own. */
async function makeVectors(folder: string, deleted: readonly number[]): Promise<void> {
  const table = new DeltaMaker(join(folder, 't'))
  const rows = range(0, 300).map((id) => [BigInt(id), `g${id % 3}`])
  const file = await writeDataFile(table.folder, COLUMNS, rows, { name: 'a.parquet', rowGroupRows: 100 })
  const stats = {
    numRecords: 300,
    minValues: { id: 0, grp: 'g0' },
    maxValues: { id: 299, grp: 'g2' },
    nullCount: { id: 0, grp: 0 },
  }
  const parts = { size: file.byteCount, stats }
  await table.commit(protocol(['deletionVectors']), WITH_VECTORS, add('a.parquet', parts))
  const { bytes, sizeInBytes } = deletionVectorFile(deleted)
  await mkdir(join(table.folder, 'ab'), { recursive: true })
  await writeFile(join(table.folder, 'ab', `deletion_vector_${VECTOR_ID}.bin`), bytes)
  const deletionVector = {
    storageType: 'u',
    pathOrInlineDv: `ab${encodeZ85(Buffer.from(VECTOR_ID.replaceAll('-', ''), 'hex'))}`,
    offset: 1,
    sizeInBytes,
    cardinality: deleted.length,
  }
  await table.commit(
    { remove: { path: 'a.parquet', deletionTimestamp: 1, dataChange: true } },
    add('a.parquet', { ...parts, deletionVector }),
  )
}

export const DELTA_READS: readonly LakeRead[] = [
  {
    number: 15,
    title: 'a deletion vector applied after filters and repartitioning',
    reported: 'delta-rs#4692',
    why: 'the vector names rows of the file as it lies there',
    async make(folder) {
      await makeVectors(folder, [0, 99, 100, 150, 299])
      return [
        { sql: 'SELECT count(*), sum(id) FROM t', rows: [['295', String(44850 - 0 - 99 - 100 - 150 - 299)]] },
        { sql: 'SELECT id FROM t WHERE id BETWEEN 98 AND 102', rows: column('98', '101', '102') },
        { sql: `SELECT count(*) FROM t WHERE grp = 'g0'`, rows: column('97') },
        { sql: 'SELECT id FROM t WHERE id > 296', rows: column('297', '298') },
      ]
    },
  },
  {
    number: 16,
    title: 'mapped columns are read as nulls',
    reported: 'duckdb-delta#50',
    why: 'files have the physical names (or ids) of the schema, partition values too',
    async make(folder) {
      const table = new DeltaMaker(join(folder, 't'))
      const mapped = (name: string, type: string, id: number) =>
        field(name, type, { 'delta.columnMapping.id': id, 'delta.columnMapping.physicalName': `col-${id}` })
      const schema = [mapped('id', 'long', 1), mapped('name', 'string', 2), mapped('grp', 'string', 3)]
      await writeDataFile(
        table.folder,
        [
          { id: 1, name: 'col-1', type: 'long' },
          { id: 2, name: 'col-2', type: 'string' },
        ],
        [
          [1n, 'a'],
          [2n, null],
        ],
        { name: 'm.parquet' },
      )
      await table.commit(
        { protocol: { minReaderVersion: 2, minWriterVersion: 5 } },
        metadata(schema, {
          partitionBy: ['grp'],
          configuration: { 'delta.columnMapping.mode': 'name', 'delta.columnMapping.maxColumnId': '3' },
        }),
        add('m.parquet', { partitionValues: { 'col-3': 'north' } }),
      )
      return [
        {
          sql: 'SELECT id, name, grp FROM t',
          rows: [
            ['1', 'a', 'north'],
            ['2', null, 'north'],
          ],
        },
        { sql: `SELECT id FROM t WHERE grp = 'north' AND name = 'a'`, rows: column('1') },
      ]
    },
  },
  {
    number: 17,
    title: 'a deletion vector counts for versions before it, or a filter column that is not read breaks',
    reported: 'ducklake#1072, ducklake#1201',
    why: 'a version has the vectors that its own actions name; filters may read columns that the result has not',
    async make(folder) {
      await makeVectors(folder, [10, 20])
      return [
        { sql: 'SELECT count(*) FROM t FOR VERSION AS OF 0', rows: column('300') },
        { sql: 'SELECT count(*) FROM t FOR VERSION AS OF 1', rows: column('298') },
        { sql: 'SELECT id FROM t FOR VERSION AS OF 0 WHERE id IN (9, 10)', rows: column('9', '10') },
        { sql: `SELECT id FROM t WHERE grp = 'g1' AND id < 12`, rows: column('1', '4', '7') },
        { sql: `SELECT grp FROM t WHERE id IN (20, 21)`, rows: column('g0') },
      ]
    },
  },
  {
    number: 18,
    title: 'the path of a deletion vector in a table whose location ends in a slash',
    reported: 'duckdb-delta#17',
    why: 'the vector lies below the table, however its location is written',
    async make(folder) {
      await makeVectors(folder, [1, 2, 3])
      return [
        { sql: 'SELECT count(*) FROM t', rows: column('297') },
        { sql: 'SELECT count(*) FROM {lake}_slash.t', rows: column('297') },
      ]
    },
  },
]
