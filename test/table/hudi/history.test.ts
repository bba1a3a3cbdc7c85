/** Method: the LSM timeline that Spark left of a table with nine commits, the older ones archived. */
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { storageFor } from '../../../src/storage/index.ts'
import { readCompletionTimes } from '../../../src/table/hudi/history.ts'
import { parseTableConfig } from '../../../src/table/hudi/table-config.ts'

const URL_OF_TABLE = fileURLToPath(new URL('../../fixtures/hudi-history', import.meta.url))
const CONFIG = parseTableConfig('hoodie.table.name=t\nhoodie.table.version=9\n', 'properties')

test('archived instants have the times at which they were completed', async () => {
  const times = await readCompletionTimes(storageFor(URL_OF_TABLE), URL_OF_TABLE, CONFIG)
  expect(times.size).toBe(8)
  expect(times.get('20261121081121543')).toBe('20261121081125614')
})

test('a table without history has none', async () => {
  const times = await readCompletionTimes(storageFor('/nonexistent'), '/nonexistent', CONFIG)
  expect(times.size).toBe(0)
})
