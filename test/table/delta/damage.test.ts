/**
 * Damaged logs give rows or an error that names them, never a crash.
 *
 * Method: mutations (test/mutations.ts) of a commit, a checkpoint and a deletion vector.
 */
import { expect, test } from 'vitest'
import { mutationCount, readMutations } from '../../mutations.ts'
import {
  type LogFiles,
  add,
  checkpoint,
  column,
  commitName,
  lines,
  metadata,
  openLog,
  protocol,
  remove,
  tasksOf,
} from './make-table.ts'

const SCHEMA = '{"type":"struct","fields":[{"name":"id","type":"integer","nullable":true,"metadata":{}}]}'
const VECTOR = {
  storageType: 'i',
  pathOrInlineDv: 'wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
  sizeInBytes: 40,
  cardinality: 6,
}
const stats = { numRecords: 30, minValues: { id: 1 }, maxValues: { id: 9 }, nullCount: { id: 0 } }

const LOG: LogFiles = {
  [`${'1'.padStart(20, '0')}.checkpoint.parquet`]: checkpoint([
    { 'protocol.minReaderVersion': 1, 'protocol.minWriterVersion': 2 },
    { 'metaData.schemaString': SCHEMA, 'metaData.id': 'x' },
    { 'add.path': 'a', 'add.size': 1, 'add.stats': JSON.stringify(stats) },
    { 'add.path': 'b', 'add.size': 1 },
  ]),
  [commitName(2)]: lines([
    protocol(['deletionVectors']),
    metadata([column('id', 'integer'), column('s', { type: 'array', elementType: 'string', containsNull: true })]),
    add('c', { stats, deletionVector: VECTOR }),
  ]),
  [commitName(3)]: lines([remove('a'), add('d', { stats }), { commitInfo: { timestamp: 5, operation: 'WRITE' } }]),
}

test.each(Object.keys(LOG))('%s: rows or an error', { timeout: 600_000 }, async (name) => {
  let [rows, count] = [0, 0]
  await readMutations(Buffer.from(LOG[name]!), { seed: 1, count: mutationCount(200) }, async (bytes) => {
    count++
    const table = await openLog({ ...LOG, [name]: bytes })
    await table.statistics()
    await tasksOf(table)
    for (const kind of table.metadataTables()) await table.metadataTable(kind)
    rows++
  })
  // Both happen, else the mutations would test nothing.
  expect(rows).toBeGreaterThan(count / 40)
  expect(rows).toBeLessThan(count)
})
