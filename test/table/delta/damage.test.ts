/**
 * Damaged logs give rows or an error that names them, never a crash.
 *
 * Method: flips, cuts and repeats bytes of a commit, a checkpoint and a deletion vector, at places that a seed fixes.
 */
import { expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
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

const MUTATIONS = 600

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

test('rows or an error', async () => {
  let seed = 1
  const below = (limit: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000
    return Math.floor((seed / 0x8000_0000) * limit)
  }
  const names = Object.keys(LOG)
  const outcomes = new Map<string, number>()
  for (let i = 0; i < MUTATIONS; i++) {
    const name = names[below(names.length)]!
    const outcome = await outcomeOf({ ...LOG, [name]: mutate(Buffer.from(LOG[name]!), below) })
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  expect([...outcomes.keys()].filter((outcome) => !['rows', 'XX001', '0A000', '58P01'].includes(outcome))).toEqual([])
  // Both kinds happen, else the mutations would test nothing.
  expect(outcomes.get('rows')).toBeGreaterThan(20)
  expect(outcomes.get('XX001')).toBeGreaterThan(20)
})

function mutate(bytes: Buffer, below: (limit: number) => number): Uint8Array {
  const at = below(bytes.length)
  switch (below(4)) {
    case 0:
      return bytes.subarray(0, at)
    case 1:
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at, at + 20), bytes.subarray(at)])
    default:
      bytes[at] = bytes[at]! ^ (1 << below(8))
      return bytes
  }
}

async function outcomeOf(log: LogFiles): Promise<string> {
  try {
    const table = await openLog(log)
    await table.statistics()
    await tasksOf(table)
    for (const kind of table.metadataTables()) await table.metadataTable(kind)
    return 'rows'
  } catch (error) {
    return error instanceof SluiceError ? error.sqlstate : String(error)
  }
}
