import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { createTestEngine, openFile } from './read-file.ts'

/** `t9` holds 23:59:59.999999999: its rounded bound once answered max(t9) although reading the column is refused. */
test('a bound between two microseconds is no bound', () => {
  const path = fileURLToPath(new URL('../../fixtures/parquet/ts_units/part-0.parquet', import.meta.url))
  const file = parquetFormat.open(openFile(path), createTestEngine())
  const field = file.fields.find(({ name }) => name === 't9')!
  const bound = file.bind([{ names: ['t9'], type: field.type, children: [] }])
  const range = bound.statistics(0, 0)
  expect(range?.max).toBeUndefined()
  expect(range?.nullCount).toBeDefined()
})
