/** Rows deleted by their values. Spec: Iceberg table spec, "Equality Delete Files", "Scan Planning". */
import { join } from 'node:path'
import type { Column } from './data-file.ts'
import { IcebergMaker } from './iceberg-maker.ts'
import { type LakeRead, column, range } from './lake-read.ts'

const ID: Column = { id: 1, name: 'id', type: 'long' }
const NAME: Column = { id: 2, name: 'name', type: 'string' }
const COLUMNS = [ID, NAME]

const make = (folder: string): IcebergMaker => new IcebergMaker(join(folder, 't'), { columns: COLUMNS })

export const EQUALITY_DELETES: readonly LakeRead[] = [
  {
    number: 1,
    title: 'many equality deletes drop live rows',
    reported: 'duckdb-iceberg#624',
    why: 'a row goes only if its own key is in a delete file, however many files there are',
    async make(folder) {
      const table = make(folder)
      const rows = range(0, 3000).map((id) => [BigInt(id), `n${id}`])
      await table.commit({ data: [0, 1, 2].map((part) => ({ rows: rows.slice(part * 1000, part * 1000 + 1000) })) })
      // Every even id in 40 files, and as many ids that no row has.
      const equality = range(0, 40).map((file) => ({
        ids: [1],
        columns: [ID],
        rows: range(0, 75).map((i) => [BigInt((file * 75 + i) * 2)]),
      }))
      await table.commit({ equality })
      return [
        { sql: 'SELECT count(*), sum(id), count(DISTINCT name) FROM t', rows: [['1500', '2250000', '1500']] },
        { sql: 'SELECT id FROM t WHERE id BETWEEN 997 AND 1003', rows: column('997', '999', '1001', '1003') },
        { sql: 'SELECT count(*) FROM t WHERE id % 2 = 0', rows: column('0') },
      ]
    },
  },
  {
    number: 2,
    title: 'several equality-delete files, one with a null key, give no rows',
    reported: 'duckdb-iceberg#491',
    why: 'a null key deletes the rows whose column is null, and no others',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'a'],
              [2n, 'b'],
              [null, 'c'],
              [4n, null],
            ],
          },
        ],
      })
      await table.commit({ equality: [{ ids: [1], columns: [ID], rows: [[2n]] }] })
      await table.commit({ equality: [{ ids: [1], columns: [ID], rows: [[null]] }] })
      await table.commit({ equality: [{ ids: [2], columns: [NAME], rows: [['z']] }] })
      return [
        {
          sql: 'SELECT id, name FROM t',
          rows: [
            ['1', 'a'],
            ['4', null],
          ],
        },
      ]
    },
  },
  {
    number: 3,
    title: 'an equality delete on a nullable column deletes the rows with null',
    reported: 'iceberg-rust#2780',
    why: 'null equals only null here: the comparison is not the three-valued one of SQL',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'Oslo'],
              [2n, null],
              [3n, 'Rome'],
            ],
          },
        ],
      })
      await table.commit({ equality: [{ ids: [2], columns: [NAME], rows: [['Oslo']] }] })
      return [
        { sql: 'SELECT id FROM t', rows: column('2', '3') },
        { sql: 'SELECT id FROM t WHERE name IS NULL', rows: column('2') },
        { sql: 'SELECT count(*) FROM t', rows: column('2') },
      ]
    },
  },
  {
    number: 4,
    title: 'an equality delete is applied to data of its own commit',
    reported: 'iceberg-rust#1759',
    why: 'equality deletes hold for data with a smaller sequence number, position deletes also for data with the same one',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'old'],
              [2n, 'kept'],
            ],
          },
        ],
      })
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'new'],
              [3n, 'gone'],
              [4n, 'there'],
            ],
            name: 'new.parquet',
          },
        ],
        equality: [{ ids: [1], columns: [ID], rows: [[1n]] }],
        positions: [[[join(table.folder, 'data', 'new.parquet'), 1]]],
      })
      return [
        {
          sql: 'SELECT id, name FROM t',
          rows: [
            ['1', 'new'],
            ['2', 'kept'],
            ['4', 'there'],
          ],
        },
      ]
    },
  },
  {
    number: 5,
    title: 'a key written twice in one commit, with its equality delete, shows old rows',
    reported: 'iceberg#15305',
    why: 'of the commit itself only position deletes take rows away: the first row of the key by position, older ones by value',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [7n, 'first commit'],
              [8n, 'other'],
            ],
          },
        ],
      })
      await table.commit({
        data: [
          {
            rows: [
              [7n, 'x'],
              [7n, 'y'],
            ],
            name: 'upsert.parquet',
          },
        ],
        equality: [{ ids: [1], columns: [ID], rows: [[7n], [7n]] }],
        positions: [[[join(table.folder, 'data', 'upsert.parquet'), 0]]],
      })
      return [
        {
          sql: 'SELECT id, name FROM t',
          rows: [
            ['7', 'y'],
            ['8', 'other'],
          ],
        },
      ]
    },
  },
  {
    number: 6,
    title: 'the column of an equality delete is not among those that are read',
    reported: 'duckdb-iceberg#940',
    why: 'deletes are applied whatever the query reads',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'a'],
              [2n, 'b'],
              [3n, 'c'],
            ],
          },
        ],
      })
      await table.commit({ equality: [{ ids: [1], columns: [ID], rows: [[2n]] }] })
      return [
        { sql: 'SELECT name FROM t', rows: column('a', 'c') },
        { sql: 'SELECT count(*) FROM t', rows: column('2') },
        { sql: `SELECT max(name) FROM t WHERE name < 'c'`, rows: column('a') },
      ]
    },
  },
  {
    number: 7,
    title: 'an equality-delete file with further columns',
    reported: 'duckdb-iceberg#1217',
    why: 'only the columns of `equality_ids` are compared; the others are whatever the row had',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'a'],
              [2n, 'b'],
            ],
          },
        ],
      })
      const extra: Column = { id: 77, name: 'extra', type: 'double' }
      await table.commit({ equality: [{ ids: [1], columns: [NAME, ID, extra], rows: [['other', 2n, 0.5]] }] })
      return [{ sql: 'SELECT id, name FROM t', rows: [['1', 'a']] }]
    },
  },
  {
    number: 8,
    title: 'delete files with different key columns on one data file',
    reported: 'StarRocks#59709, StarRocks#42284',
    why: 'each file has its own key columns; a row goes when any file has its key',
    async make(folder) {
      const table = make(folder)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'a'],
              [2n, 'b'],
              [3n, 'c'],
              [4n, 'd'],
              [5n, 'a'],
              [3n, 'x'],
            ],
          },
        ],
      })
      await table.commit({
        equality: [
          { ids: [1], columns: [ID], rows: [[2n]] },
          { ids: [2], columns: [NAME], rows: [['d']] },
          {
            ids: [1, 2],
            columns: COLUMNS,
            rows: [
              [1n, 'a'],
              [5n, 'b'],
            ],
          },
          { ids: [2, 1], columns: [NAME, ID], rows: [['c', 3n]] },
        ],
      })
      return [
        {
          sql: 'SELECT id, name FROM t',
          rows: [
            ['5', 'a'],
            ['3', 'x'],
          ],
        },
      ]
    },
  },
]
