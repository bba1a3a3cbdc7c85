/** Versions, names and places: which snapshot, which column, which table is meant. */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Column } from './data-file.ts'
import { IcebergMaker } from './iceberg-maker.ts'
import { type LakeRead, column } from './lake-read.ts'

const ID: Column = { id: 1, name: 'id', type: 'long' }

export const VERSION_READS: readonly LakeRead[] = [
  {
    number: 34,
    title: 'filters of time travel use the newest schema',
    reported: 'trino#23601',
    why: 'a snapshot is read, and filtered, with its own columns',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, { id: 2, name: 'a', type: 'int' }] })
      await table.commit({
        data: [
          {
            rows: [
              [1n, 10],
              [2n, 20],
            ],
          },
        ],
      })
      await table.evolve([ID, { id: 2, name: 'b', type: 'int' }, { id: 3, name: 'a', type: 'string' }])
      await table.commit({ data: [{ rows: [[3n, 30, 'x']] }] })
      const [first, second] = table.snapshots
      return [
        { sql: `SELECT id, a FROM t FOR VERSION AS OF ${first} WHERE a = 20`, rows: [['2', 20]] },
        {
          sql: `SELECT id, b FROM t WHERE b >= 20`,
          rows: [
            ['2', 20],
            ['3', 30],
          ],
        },
        { sql: `SELECT id FROM t FOR VERSION AS OF ${second} WHERE a = 'x'`, rows: column('3') },
        { sql: `SELECT id FROM t FOR VERSION AS OF ${second} WHERE a IS NULL`, rows: column('1', '2') },
      ]
    },
  },
  {
    number: 36,
    title: 'columns found by name: after a rename another column is read',
    reported: 'SQE README',
    why: 'a column is its field id; a new column of an old name has no values in old files',
    async make(folder) {
      const old: readonly Column[] = [ID, { id: 2, name: 'a', type: 'int' }, { id: 3, name: 'b', type: 'int' }]
      const table = new IcebergMaker(join(folder, 't'), { columns: old })
      await table.commit({ data: [{ rows: [[1n, 10, 100]] }] })
      // The names of two columns are swapped, and a third one gets the first column's.
      await table.evolve([
        { id: 4, name: 'id', type: 'long' },
        { id: 2, name: 'b', type: 'int' },
        { id: 3, name: 'a', type: 'int' },
        { id: 1, name: 'was_id', type: 'long' },
      ])
      await table.commit({ data: [{ rows: [[2n, 20, 200, 5n]] }] })
      return [
        {
          sql: 'SELECT id, a, b, was_id FROM t',
          rows: [
            [null, 100, 10, '1'],
            ['2', 200, 20, '5'],
          ],
        },
        { sql: 'SELECT was_id FROM t WHERE a = 100', rows: column('1') },
        { sql: 'SELECT was_id FROM t WHERE id IS NULL', rows: column('1') },
      ]
    },
  },
  {
    number: 37,
    title: 'the partitions table merges null with other keys',
    reported: 'iceberg#12529',
    why: 'null, the text null and the empty text are three partitions',
    async make(folder) {
      const specs = [
        {
          fields: [{ name: 'city', transform: 'identity', 'source-id': 2, 'field-id': 1000 }],
          avro: [{ name: 'city', type: ['null', 'string'], default: null, 'field-id': 1000 }],
        },
      ]
      const table = new IcebergMaker(join(folder, 't'), {
        columns: [ID, { id: 2, name: 'city', type: 'string' }],
        specs,
      })
      const file = (id: bigint, city: string | null) => ({ rows: [[id, city]], partition: { city } })
      await table.commit({ data: [file(1n, null), file(2n, 'null'), file(3n, ''), file(4n, null)] })
      return [
        {
          sql: 'SELECT partition.city, record_count, file_count FROM "t$partitions"',
          rows: [
            [null, '2', 2],
            ['null', '1', 1],
            ['', '1', 1],
          ],
        },
        { sql: 'SELECT id FROM t WHERE city IS NULL', rows: column('1', '4') },
        { sql: `SELECT id FROM t WHERE city = 'null'`, rows: column('2') },
        {
          sql: 'SELECT city, count(*) FROM t GROUP BY city',
          rows: [
            [null, '2'],
            ['null', '1'],
            ['', '1'],
          ],
        },
      ]
    },
  },
  {
    number: 38,
    title: 'a table that is dropped and made again at the same place',
    reported: 'ClickHouse#87574',
    why: 'nothing that was kept of the old table counts for the new one, though names of files are the same',
    async make(folder) {
      const place = join(folder, 't')
      const fill = async (id: bigint): Promise<void> => {
        const table = new IcebergMaker(place, { columns: [ID] })
        await table.commit({ data: [{ rows: [[id], [id + 1n]], name: 'same.parquet' }] })
      }
      await fill(1n)
      return [
        { sql: 'SELECT id FROM t', rows: column('1', '2') },
        {
          sql: 'SELECT id FROM t',
          rows: column('11', '12'),
          before: async () => {
            await rm(place, { recursive: true })
            await fill(11n)
          },
        },
        { sql: 'SELECT min(id), count(*) FROM t WHERE id > 5', rows: [['11', '2']] },
      ]
    },
  },
]
