import { Table, TimeUnit, Timestamp, makeData, makeVector } from 'apache-arrow'
import { afterAll, expect, test } from 'vitest'
import { open } from '../../src/engine/database.ts'

const database = await open({ catalog: '/nonexistent' })
afterAll(() => database.close())

function timestamps(unit: TimeUnit, values: readonly bigint[]) {
  const type = new Timestamp(unit, null)
  const nullBitmap = Uint8Array.of(0b011)
  return makeVector(makeData({ type, length: 3, nullCount: 1, nullBitmap, data: BigInt64Array.from(values) }))
}

/** Arrow's JavaScript reads timestamps as doubles of milliseconds: late years and nanoseconds would be rounded. */
test('timestamps of every unit keep their digits', async () => {
  await database.register(
    'stamps',
    new Table({
      s: timestamps(TimeUnit.SECOND, [1n, -1n, 0n]),
      ms: timestamps(TimeUnit.MILLISECOND, [1n, -1n, 0n]),
      us: timestamps(TimeUnit.MICROSECOND, [253_402_300_799_999_999n, -1n, 0n]),
      ns: timestamps(TimeUnit.NANOSECOND, [1_700_000_000_123_456_789n, -1n, 0n]),
    }),
  )
  const rows = await (await database.query('select * from stamps')).rows()
  expect(rows).toEqual([
    {
      s: '1970-01-01T00:00:01.000000',
      ms: '1970-01-01T00:00:00.001000',
      us: '9999-12-31T23:59:59.999999',
      ns: '2023-11-14T22:13:20.123456789',
    },
    {
      s: '1969-12-31T23:59:59.000000',
      ms: '1969-12-31T23:59:59.999000',
      us: '1969-12-31T23:59:59.999999',
      ns: '1969-12-31T23:59:59.999999999',
    },
    { s: null, ms: null, us: null, ns: null },
  ])
})

test('objects become columns of the narrowest type that holds their values', async () => {
  await database.register('t', [
    { id: 1, big: 2n ** 60n, x: 0.5, name: 'a', at: new Date(0), flag: true },
    { id: 2, big: null, x: 1, name: null, at: null, flag: false },
  ])
  const result = await database.query('select id + 1 as next, big, x, name, at, flag from t order by id')
  expect(result.schema.map((field) => field.type.kind)).toEqual([
    'integer',
    'bigint',
    'double',
    'varchar',
    'timestamp',
    'boolean',
  ])
  expect(await result.rows()).toEqual([
    { next: 2, big: 2n ** 60n, x: 0.5, name: 'a', at: '1970-01-01T00:00:00.000000Z', flag: true },
    { next: 3, big: null, x: 1, name: null, at: null, flag: false },
  ])
})
