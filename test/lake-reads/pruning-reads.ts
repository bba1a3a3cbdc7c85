/** What may be left unread: partitions, bounds, statistics and pages say "might match", and on any doubt the rows are read. */
import { join } from 'node:path'
import { BYTEA, DATE, DOUBLE, INTEGER, REAL, TIMESTAMP, UUID, VARCHAR } from '../../src/core/types.ts'
import type { JsonObject, JsonValue } from '../../src/core/exact-json.ts'
import type { Column, ColumnType } from './data-file.ts'
import { IcebergMaker } from './iceberg-maker.ts'
import { type LakeRead, column, range } from './lake-read.ts'

const ID: Column = { id: 1, name: 'id', type: 'long' }

const of = (name: string, type: ColumnType, id = 2): Column => ({ id, name, type })

function partition(
  name: string,
  transform: string,
  source: number,
  avro: JsonValue,
): { fields: JsonObject[]; avro: JsonValue[] } {
  return {
    fields: [{ name, transform, 'source-id': source, 'field-id': 1000 }],
    avro: [{ name, type: ['null', avro], default: null, 'field-id': 1000 }],
  }
}

const NONE = { fields: [], avro: [] }

const uuid = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll('-', ''), 'hex'))

export const PRUNING_READS: readonly LakeRead[] = [
  {
    number: 25,
    title: 'a predicate on a partition field that was added later gives rows that do not match',
    reported: 'Daft#7428',
    why: 'files of the older spec have rows of every partition: the predicate is checked for each row',
    async make(folder) {
      const columns = [ID, of('city', 'string')]
      const specs = [NONE, partition('city', 'identity', 2, 'string')]
      const table = new IcebergMaker(join(folder, 't'), { columns, specs })
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'Oslo'],
              [2n, 'Rome'],
              [3n, null],
            ],
          },
        ],
      })
      await table.evolve(columns, 1)
      await table.commit({
        data: [
          { rows: [[4n, 'Oslo']], partition: { city: 'Oslo' } },
          { rows: [[5n, 'Rome']], partition: { city: 'Rome' } },
        ],
      })
      return [
        { sql: `SELECT id FROM t WHERE city = 'Oslo'`, rows: column('1', '4') },
        { sql: `SELECT id FROM t WHERE city <> 'Oslo'`, rows: column('2', '5') },
        { sql: `SELECT id FROM t WHERE city IS NULL`, rows: column('3') },
      ]
    },
  },
  {
    number: 26,
    title: 'any filter fails when the source column of an older spec was dropped',
    reported: 'iceberg-rust#2844',
    why: 'a partition field without its column takes no part in pruning',
    async make(folder) {
      const region = of('region', 'string', 3)
      const specs = [partition('region', 'identity', 3, 'string'), NONE]
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, region], specs })
      await table.commit({
        data: [
          {
            rows: [
              [1n, 'n'],
              [2n, 'n'],
            ],
            partition: { region: 'n' },
          },
        ],
      })
      await table.evolve([ID], 1)
      await table.commit({ data: [{ rows: [[3n]], columns: [ID] }] })
      return [
        { sql: 'SELECT id FROM t WHERE id >= 2', rows: column('2', '3') },
        { sql: 'SELECT * FROM t', rows: column('1', '2', '3') },
      ]
    },
  },
  {
    number: 27,
    title: 'NaN and min/max; statistics that writers leave out for long texts',
    reported: 'ClickHouse#118110, ClickHouse#116725, hudi#18792',
    why: 'bounds leave NaN out, which is greater than every number; a missing bound says nothing',
    async make(folder) {
      const columns = [ID, of('d', 'double'), of('s', 'string', 3)]
      const table = new IcebergMaker(join(folder, 't'), { columns })
      const long = 'x'.repeat(5000)
      await table.commit({
        data: [
          {
            rows: [
              [1n, 1, 'a'],
              [2n, Number.NaN, long],
              [3n, 2, `${long}y`],
            ],
            bounds: [{ id: 2, type: DOUBLE, lower: 1, upper: 2 }],
            nulls: { 2: 0, 3: 0 },
            nans: { 2: 1 },
          },
          {
            rows: [
              [4n, Number.NaN, null],
              [5n, null, 'b'],
            ],
            nulls: { 2: 1, 3: 1 },
            bounds: [{ id: 2, type: DOUBLE, lower: Number.NaN, upper: Number.NaN }],
          },
        ],
      })
      return [
        { sql: `SELECT id FROM t WHERE d = 'NaN'`, rows: column('2', '4') },
        { sql: 'SELECT id FROM t WHERE d > 5', rows: column('2', '4') },
        { sql: 'SELECT id FROM t WHERE d <= 2', rows: column('1', '3') },
        { sql: `SELECT id FROM t WHERE s = repeat('x', 5000)`, rows: column('2') },
        { sql: `SELECT id FROM t WHERE s > 'x'`, rows: column('2', '3') },
        { sql: `SELECT max(d) FROM t`, rows: column('NaN') },
        { sql: `SELECT min(d), max(length(s)) FROM t`, rows: [[1, 5001]] },
      ]
    },
  },
  {
    number: 28,
    title: 'statistics of a column whose type was widened',
    reported: 'trino#30544',
    why: 'bounds have the type that the column had when the file was written',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, of('v', 'int'), of('f', 'float', 3)] })
      const bounds = [
        { id: 2, type: INTEGER, lower: -5, upper: 2147483647 },
        { id: 3, type: REAL, lower: 0.5, upper: Math.fround(0.1) + 1 },
      ]
      await table.commit({
        data: [
          {
            rows: [
              [1n, -5, 0.5],
              [2n, 2147483647, Math.fround(0.1) + 1],
            ],
            bounds,
          },
        ],
      })
      await table.evolve([ID, of('v', 'long'), of('f', 'double', 3)])
      await table.commit({ data: [{ rows: [[3n, 3000000000n, 7]] }] })
      return [
        { sql: 'SELECT id FROM t WHERE v = 2147483647', rows: column('2') },
        { sql: 'SELECT id FROM t WHERE v > 2000000000', rows: column('2', '3') },
        { sql: 'SELECT id FROM t WHERE v < 0', rows: column('1') },
        { sql: 'SELECT id FROM t WHERE v = 3000000000', rows: column('3') },
        { sql: 'SELECT id FROM t WHERE f > 1 AND f < 2', rows: column('2') },
      ]
    },
  },
  {
    number: 29,
    title: 'a filter on several columns skips row groups by the page index',
    reported: 'trino#20267',
    why: 'pages of two columns have different rows: what is left is what both leave',
    async make(folder) {
      const columns = [ID, of('wide', 'string'), of('low', 'int', 3)]
      const table = new IcebergMaker(join(folder, 't'), { columns })
      const rows = range(0, 30_000).map((id) => [
        BigInt(id),
        `${String(id).padStart(6, '0')}-${'w'.repeat(id % 40)}`,
        id >> 10,
      ])
      await table.commit({ data: [{ rows, rowGroupRows: 15_000 }] })
      return [
        {
          sql: `SELECT id FROM t WHERE low = 20 AND wide >= '021000' AND wide < '021002'`,
          rows: column('21000', '21001'),
        },
        {
          sql: `SELECT count(*) FROM t WHERE low IN (3, 27) AND wide > '004000'`,
          rows: column(String(4096 - 4000 + 1024)),
        },
        {
          sql: `SELECT count(*), min(id) FROM t WHERE id > 14998 AND low = 14 AND wide < '015003'`,
          rows: [['4', '14999']],
        },
      ]
    },
  },
  {
    number: 30,
    title: 'the order of UUIDs in statistics',
    reported: 'ClickHouse#118387',
    why: 'UUIDs compare as unsigned bytes, the first one first',
    async make(folder) {
      const ids = [
        '00000000-0000-0000-0000-000000000001',
        '7fffffff-ffff-ffff-ffff-ffffffffffff',
        '80000000-0000-0000-0000-000000000000',
        'ffffffff-ffff-ffff-ffff-fffffffffffe',
      ]
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, of('u', 'uuid')] })
      const bounds = [{ id: 2, type: UUID, lower: uuid(ids[0]!), upper: uuid(ids[3]!) }]
      await table.commit({ data: [{ rows: ids.map((text, i) => [BigInt(i), uuid(text)]), bounds }] })
      return [
        ...ids.map((text, i) => ({ sql: `SELECT id FROM t WHERE u = '${text}'`, rows: column(String(i)) })),
        { sql: `SELECT id FROM t WHERE u > '7fffffff-ffff-ffff-ffff-ffffffffffff'`, rows: column('2', '3') },
        { sql: `SELECT id FROM t WHERE u < '80000000-0000-0000-0000-000000000000'`, rows: column('0', '1') },
      ]
    },
  },
  {
    number: 31,
    title: 'IN with a null in its list, where nulls were not counted',
    reported: 'parquet-java#3639',
    why: 'a null in the list matches nothing, and makes NOT IN unknown',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, of('v', 'int')] })
      await table.commit({
        data: [
          {
            rows: [
              [1n, 1],
              [2n, null],
              [3n, 3],
            ],
            bounds: [{ id: 2, type: INTEGER, lower: 1, upper: 3 }],
          },
        ],
      })
      return [
        { sql: 'SELECT id FROM t WHERE v IN (3, NULL)', rows: column('3') },
        { sql: 'SELECT id FROM t WHERE v NOT IN (3, NULL)', rows: [] },
        { sql: 'SELECT id FROM t WHERE v NOT IN (3)', rows: column('1') },
        { sql: 'SELECT id FROM t WHERE v IS NULL', rows: column('2') },
      ]
    },
  },
  {
    number: 32,
    title: 'statistics of floats: the two zeroes, and numbers that floats round',
    reported: 'trino#21754',
    why: '-0 equals 0 whatever the bound says; a float is compared as what it is, not as the number that it was rounded from',
    async make(folder) {
      const table = new IcebergMaker(join(folder, 't'), { columns: [ID, of('f', 'float')] })
      await table.commit({
        data: [
          {
            rows: [
              [1n, -0],
              [2n, 0],
            ],
            bounds: [{ id: 2, type: REAL, lower: 0, upper: 0 }],
          },
          {
            rows: [[3n, Math.fround(0.1)]],
            bounds: [{ id: 2, type: REAL, lower: Math.fround(0.1), upper: Math.fround(0.1) }],
          },
        ],
      })
      return [
        { sql: 'SELECT id FROM t WHERE f = 0', rows: column('1', '2') },
        { sql: 'SELECT id FROM t WHERE f >= 0 AND f < 0.05', rows: column('1', '2') },
        { sql: 'SELECT id FROM t WHERE f <= 0', rows: column('1', '2') },
        { sql: 'SELECT id FROM t WHERE f = 0.1::real', rows: column('3') },
        { sql: 'SELECT count(*) FROM t WHERE f > 0.1::double precision', rows: column('1') },
        {
          sql: `SELECT (SELECT count(*) FROM t WHERE f = 0.1) = (SELECT count(*) FILTER (WHERE f = 0.1) FROM t)`,
          rows: column(true),
        },
      ]
    },
  },
  {
    number: 33,
    title:
      'pruning through casts, by binary partitions, by a nested field with the name of a column, with an empty spec',
    reported: 'trino#13537, trino#9755, trino#15408, trino#21253',
    why: 'a predicate is about the column that it names, in the type to which it is cast',
    async make(folder) {
      const day = 86_400_000_000n
      const columns = [
        ID,
        of('ts', 'timestamp'),
        of('bin', 'binary', 3),
        of('s', { struct: [{ id: 5, name: 'id', type: 'long' }] }, 4),
      ]
      const specs = [
        partition('bin', 'identity', 3, 'bytes'),
        partition('ts_day', 'day', 2, { type: 'int', logicalType: 'date' }),
        NONE,
      ]
      const table = new IcebergMaker(join(folder, 't'), { columns, specs })
      const file = (id: number, micros: bigint, bytes: readonly number[]) => ({
        rows: [[BigInt(id), micros, Uint8Array.from(bytes), { id: BigInt(100 - id) }]],
        bounds: [
          { id: 2, type: TIMESTAMP, lower: micros, upper: micros },
          { id: 3, type: BYTEA, lower: Uint8Array.from(bytes), upper: Uint8Array.from(bytes) },
        ],
      })
      await table.commit({
        data: [{ ...file(1, 10n * day - 1n, [255, 0]), partition: { bin: Uint8Array.of(255, 0) } }],
      })
      await table.evolve(columns, 1)
      await table.commit({ data: [{ ...file(2, -1n, [1]), partition: { ts_day: -1 } }] })
      await table.evolve(columns, 2)
      await table.commit({ data: [file(3, 10n * day, [127])] })
      return [
        { sql: `SELECT id FROM t WHERE CAST(ts AS date) = DATE '1970-01-10'`, rows: column('1') },
        { sql: `SELECT id FROM t WHERE CAST(ts AS date) = DATE '1969-12-31'`, rows: column('2') },
        { sql: `SELECT id FROM t WHERE CAST(ts AS date) >= DATE '1970-01-10'`, rows: column('1', '3') },
        { sql: `SELECT id FROM t WHERE bin = '\\xff00'::bytea`, rows: column('1') },
        { sql: `SELECT id FROM t WHERE bin > '\\x7f'::bytea`, rows: column('1') },
        { sql: 'SELECT id FROM t WHERE s.id = 98', rows: column('2') },
        { sql: 'SELECT id FROM t WHERE id = 3 AND (s).id > 5', rows: column('3') },
      ]
    },
  },
  {
    number: 35,
    title: 'bounds that were cut, the order of texts, days before 1970, large ids, LIMIT with WHERE',
    reported: 'icebird#34, icebird#35, icebird#27, icebird#32, icebird 0.8.17 and 0.8.18',
    why: 'a cut bound is a prefix, texts compare by code points, days are counted downwards, snapshot ids have 64 bits, and LIMIT counts rows that match',
    async make(folder) {
      const columns = [ID, of('s', 'string'), of('d', 'date', 3)]
      const specs = [partition('d_day', 'day', 3, { type: 'int', logicalType: 'date' })]
      const table = new IcebergMaker(join(folder, 't'), { columns, specs })
      const file = (rows: [bigint, string, number][], lower: string, upper: string) => ({
        rows,
        partition: { d_day: rows[0]![2] },
        bounds: [
          { id: 2, type: VARCHAR, lower, upper },
          { id: 3, type: DATE, lower: rows[0]![2], upper: rows[0]![2] },
        ],
      })
      const [first] = [
        await table.commit({
          data: [
            file(
              [
                [1n, 'aaaazzz', -1],
                [2n, 'aaaa', -1],
              ],
              'aaaa',
              'aaab',
            ),
          ],
        }),
        await table.commit({
          data: [
            // By UTF-16 units the second would be below the first.
            file(
              [
                [3n, '\uffff', 0],
                [4n, '\u{1f600}', 0],
              ],
              '\uffff',
              '\u{1f600}',
            ),
            file(
              [
                [5n, 'x', -400],
                [6n, 'x', -400],
                [7n, 'y', -400],
              ],
              'x',
              'y',
            ),
          ],
        }),
      ]
      return [
        { sql: `SELECT id FROM t WHERE s = 'aaaazzz'`, rows: column('1') },
        { sql: `SELECT id FROM t WHERE s > 'aaaa' AND s < 'b'`, rows: column('1') },
        { sql: `SELECT id FROM t WHERE s > U&'\\FFFF'`, rows: column('4') },
        { sql: `SELECT id FROM t WHERE s >= U&'\\+01F600'`, rows: column('4') },
        { sql: `SELECT id FROM t WHERE d = DATE '1969-12-31'`, rows: column('1', '2') },
        { sql: `SELECT id FROM t WHERE d < DATE '1969-01-01'`, rows: column('5', '6', '7') },
        { sql: `SELECT id FROM t WHERE s = 'y' LIMIT 1`, rows: column('7') },
        { sql: `SELECT count(*) FROM (SELECT id FROM t WHERE d < DATE '1970-01-01' LIMIT 4) x`, rows: column('4') },
        { sql: `SELECT count(*) FROM t FOR VERSION AS OF ${table.snapshots[0]}`, rows: column('2') },
        { sql: `SELECT snapshot_id FROM "t$snapshots"`, rows: table.snapshots.map((id) => [String(id)]) },
        { sql: `SELECT count(*) FROM t WHERE _file = '${first![0]}'`, rows: column('2') },
      ]
    },
  },
]
