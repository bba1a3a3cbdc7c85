/** Tables whose rows are merged from several files: Hudi's logs, Paimon's levels. The tables are other writers', the rows those of the writers' own engines. */
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type LakeRead, column } from './lake-read.ts'

const TABLES = fileURLToPath(new URL('tables', import.meta.url))
const FIXTURES = fileURLToPath(new URL('../fixtures', import.meta.url))

async function copy(folder: string, ...source: readonly string[]): Promise<void> {
  await cp(join(...source), join(folder, 't'), { recursive: true })
}

export const MERGE_ON_READ: readonly LakeRead[] = [
  {
    number: 19,
    title: 'a Hudi merge-on-read table gives the rows of its base files',
    reported: 'ClickHouse#114994',
    why: 'updates and deletes stand in log files, which belong to the newest file slice',
    async make(folder) {
      await copy(folder, FIXTURES, 'hudi', 'hudi_mor_v6')
      return [
        { sql: 'SELECT count(*), count(DISTINCT id) FROM t', rows: [['20', '20']] },
        {
          sql: 'SELECT id, name, amt FROM t WHERE id IN (4, 5, 6, 9, 16)',
          rows: [
            ['4', 'b4', 2004.25],
            ['9', 'same', 9],
            ['16', 'c16', 3016.25],
          ],
        },
        { sql: 'SELECT name FROM "t$ro" WHERE id IN (4, 5)', rows: column('a4', 'a5') },
      ]
    },
  },
  {
    number: 20,
    title: 'a Paimon primary-key table gives several rows of a key',
    reported: 'ClickHouse#113360',
    why: 'runs of all levels are merged by key, the newest row of each is the one',
    async make(folder) {
      await copy(folder, TABLES, 'pai_pk_dedup_uncompacted')
      return [
        { sql: 'SELECT count(*), count(DISTINCT id) FROM t', rows: [['22', '22']] },
        {
          sql: 'SELECT id, k FROM t WHERE id IN (0, 1, 6, 7, 10, 18, 19)',
          rows: [
            [0, 'c0'],
            [1, 'c1'],
            [6, 'b6'],
            [10, 'upd'],
            [18, 'd18'],
          ],
        },
        { sql: 'SELECT count(*) FROM t FOR VERSION AS OF 3', rows: column('18') },
      ]
    },
  },
  {
    number: 21,
    title: 'level 0 is left out, or a filter on a value finds an older row of the key',
    reported: 'duckdb-paimon#95',
    why: 'filters on columns that are no key hold for merged rows, and files of level 0 count',
    async make(folder) {
      await copy(folder, TABLES, 'pai_pk_dedup_uncompacted')
      return [
        { sql: 'SELECT id FROM t WHERE v = 0', rows: [] },
        { sql: `SELECT id FROM t WHERE k LIKE 'a%'`, rows: column(3, 4, 5) },
        { sql: 'SELECT id FROM t WHERE v > 200', rows: column(10, 11, 20, 21, 22, 23) },
        { sql: 'SELECT count(*) FROM t WHERE v IS NULL', rows: column('3') },
      ]
    },
  },
  {
    number: 22,
    title: 'keys in several buckets come twice',
    reported: 'paimon#3157, paimon#3841',
    why: 'a key is in one bucket, which the index says for dynamic buckets',
    async make(folder) {
      await copy(folder, TABLES, 'flink_pk_dynamic')
      return [
        { sql: 'SELECT count(*), count(DISTINCT id) FROM t', rows: [['29', '29']] },
        {
          sql: `SELECT city, count(*) FROM t GROUP BY city`,
          rows: [
            ['Oslo', '15'],
            ['Rome', '14'],
          ],
        },
        { sql: 'SELECT count(*) FROM t WHERE id > 20 AND v < 25', rows: column('5') },
      ]
    },
  },
  {
    number: 23,
    title: 'compaction changes which of two rows of a key wins',
    reported: 'paimon#5872',
    why: 'the sequence field decides, among equal ones the row written last, before and after compaction alike',
    async make(folder) {
      await copy(folder, TABLES, 'pai_pk_dedup_seq')
      const rows = [
        [0, 'new0'],
        [4, 'old4'],
        [5, 'tie5'],
        [9, 'old9'],
        [10, 'old10'],
      ]
      const list = 'WHERE id IN (0, 4, 5, 9, 10)'
      return [
        { sql: `SELECT id, k FROM t FOR VERSION AS OF 3 ${list}`, rows },
        { sql: `SELECT id, k FROM t FOR VERSION AS OF 4 ${list}`, rows },
        { sql: `SELECT id, k FROM t ${list}`, rows },
      ]
    },
  },
  {
    number: 24,
    title: 'deletion vectors of a primary-key table; partial updates that lose values',
    reported: 'paimon#3277, paimon#2091',
    why: 'a row of a lower level that a vector names is gone; a partial update keeps what it does not set',
    async make(folder) {
      await copy(folder, TABLES, 'pai_pk_dv_parquet')
      const partial = join(FIXTURES, 'paimon', 'pai_pk_partial_update_groups')
      await cp(partial, join(folder, 'partial'), { recursive: true })
      return [
        { sql: 'SELECT count(*), count(DISTINCT id) FROM t', rows: [['22', '22']] },
        {
          sql: 'SELECT id, k FROM t WHERE id IN (0, 7, 10, 18, 19)',
          rows: [
            [0, 'c0'],
            [10, 'upd'],
            [18, 'd18'],
          ],
        },
        { sql: 'SELECT count(*) FROM t FOR VERSION AS OF 10', rows: column('19') },
        {
          sql: 'SELECT * FROM {lake}.partial',
          rows: [
            [1, 'late', 106, 12, 5, 'z', 9],
            [2, 'b2', 2, 21, 2, 'x', 5],
            [3, 'c', 3, 30, 3, null, null],
            [4, 'd', 4, 40, 4, 'd', 4],
          ],
        },
      ]
    },
  },
]
