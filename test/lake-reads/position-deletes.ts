/** Rows deleted by their places in a file, and the places of rows. Spec: Iceberg table spec, "Position Delete Files". */
import { join } from 'node:path'
import type { Column } from './data-file.ts'
import { IcebergMaker } from './iceberg-maker.ts'
import { type LakeRead, column, range } from './lake-read.ts'

const COLUMNS: readonly Column[] = [
  { id: 1, name: 'id', type: 'long' },
  { id: 2, name: 'grp', type: 'string' },
]

const rows = (start: number, end: number) => range(start, end).map((id) => [BigInt(id), `g${id % 3}`])

/** A table of one file, `rowGroupRows` rows in a row group, whose id is also its place, without the rows at these places. */
async function makeOne(
  folder: string,
  rowCount: number,
  rowGroupRows: number,
  deleted: readonly number[],
): Promise<void> {
  const table = new IcebergMaker(join(folder, 't'), { columns: COLUMNS })
  const [path] = await table.commit({ data: [{ rows: rows(0, rowCount), rowGroupRows }] })
  await table.commit({ positions: [deleted.map((at) => [path!, at] as const)] })
}

export const POSITION_DELETES: readonly LakeRead[] = [
  {
    number: 9,
    title: 'position deletes while row groups are skipped',
    reported: 'iceberg-rust#1806',
    why: 'a position counts all rows of the file, those of skipped row groups too',
    async make(folder) {
      await makeOne(folder, 500, 100, [0, 250, 301, 499])
      return [
        { sql: 'SELECT id FROM t WHERE id >= 298 AND id < 304', rows: column('298', '299', '300', '302', '303') },
        { sql: 'SELECT id FROM t WHERE id > 496', rows: column('497', '498') },
        { sql: 'SELECT count(*) FROM t WHERE id BETWEEN 240 AND 260', rows: column('20') },
      ]
    },
  },
  {
    number: 10,
    title: 'position deletes in a file of several row groups',
    reported: 'velox#9856, velox#14043',
    why: 'positions go on over row groups: they do not begin anew in each',
    async make(folder) {
      await makeOne(folder, 500, 100, [5, 105, 205, 405, 499])
      return [
        { sql: 'SELECT count(*), sum(id) FROM t', rows: [['495', String(124750 - 5 - 105 - 205 - 405 - 499)]] },
        { sql: 'SELECT id FROM t WHERE id % 100 = 5', rows: column('305') },
      ]
    },
  },
  {
    number: 11,
    title: 'the position of a row when a file is read in parts',
    reported: 'cudf-spark#14807',
    why: '`_pos` is the place in the file, whoever reads the part that holds the row',
    async make(folder) {
      await makeOne(folder, 900, 100, [0, 450])
      return [
        { sql: 'SELECT count(*) FROM t WHERE _pos = id', rows: column('898') },
        { sql: 'SELECT _pos FROM t WHERE id IN (1, 449, 451, 899)', rows: column('1', '449', '451', '899') },
      ]
    },
  },
  {
    number: 12,
    title: 'one position-delete file that names several data files',
    reported: 'ClickHouse#91525, ClickHouse#105888',
    why: 'a position counts for the file that stands beside it only',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: COLUMNS })
      const files = [rows(0, 10), rows(10, 20), rows(20, 30)].map((part) => ({ rows: part }))
      const [a, b, c] = (await table.commit({ data: files })) as [string, string, string]
      await table.commit({
        positions: [
          [
            [a, 1],
            [b, 2],
            [b, 9],
            [c, 0],
          ],
        ],
      })
      return [
        { sql: 'SELECT count(*) FROM t', rows: column('26') },
        { sql: 'SELECT id FROM t WHERE id IN (0, 1, 2, 11, 12, 19, 20, 22)', rows: column('0', '2', '11', '22') },
      ]
    },
  },
  {
    number: 13,
    title: 'a read by several workers brings deleted rows back',
    reported: 'ClickHouse#88287',
    why: 'every worker applies the deletes of the files that it reads',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: COLUMNS })
      const data = range(0, 12).map((file) => ({ rows: rows(file * 100, file * 100 + 100), rowGroupRows: 25 }))
      const paths = await table.commit({ data })
      await table.commit({
        positions: [
          paths.flatMap(
            (path) =>
              [
                [path, 7],
                [path, 99],
              ] as const,
          ),
        ],
      })
      await table.commit({ equality: [{ ids: [2], columns: [COLUMNS[1]!], rows: [['g2']] }] })
      const left = range(0, 1200).filter((id) => id % 100 !== 7 && id % 100 !== 99 && id % 3 !== 2)
      return [
        {
          sql: 'SELECT count(*), sum(id), count(DISTINCT id) FROM t',
          rows: [[String(left.length), String(left.reduce((sum, id) => sum + id, 0)), String(left.length)]],
        },
        { sql: `SELECT grp, count(*) FROM t WHERE grp > 'g1' GROUP BY grp`, rows: [] },
      ]
    },
  },
  {
    number: 14,
    title: 'positions counted after the WHERE was pushed down',
    reported: 'icebird#41',
    why: 'a position counts the rows of the file, not those that pass the filter',
    async make(folder) {
      await makeOne(folder, 60, 20, [3, 6, 30])
      return [
        {
          sql: `SELECT id FROM t WHERE grp = 'g0' AND id < 34`,
          rows: column('0', '9', '12', '15', '18', '21', '24', '27', '33'),
        },
        { sql: 'SELECT id FROM t WHERE id >= 29 AND id <= 31', rows: column('29', '31') },
        { sql: `SELECT _pos FROM t WHERE grp = 'g1' AND id > 50`, rows: column('52', '55', '58') },
      ]
    },
  },
]
