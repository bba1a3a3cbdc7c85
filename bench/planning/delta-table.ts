/** Writes the log of a Delta table of very many files, as Spark leaves it: a checkpoint with statistics as JSON; the data files need not be there. */
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { loadArrow } from '../../src/core/arrow.ts'
import { createParquetWriter } from '../../src/format/parquet/write/parquet-writer.ts'
import { CLUSTER_FILES, type PlannedFile, ROWS_A_FILE, fileAt } from './table-shape.ts'

const SCHEMA = {
  type: 'struct',
  fields: [
    { name: 'id', type: 'long', nullable: true, metadata: {} },
    { name: 'region', type: 'string', nullable: true, metadata: {} },
    { name: 'at', type: 'timestamp', nullable: true, metadata: {} },
    { name: 'amount', type: 'double', nullable: true, metadata: {} },
    { name: 'note', type: 'string', nullable: true, metadata: {} },
  ],
}
const PROTOCOL = { minReaderVersion: 1, minWriterVersion: 2 }
const METADATA = {
  id: '00000000-0000-0000-0000-000000000000',
  format: { provider: 'parquet', options: {} },
  schemaString: JSON.stringify(SCHEMA),
  partitionColumns: ['region'],
  configuration: {},
  createdTime: 1_700_000_000_000,
}
const VERSION = '00000000000000000010'

export interface DeltaTableOptions {
  readonly fileCount: number
  /** Partition values as columns too (`delta.checkpoint.writeStatsAsStruct`): row groups have their bounds. */
  readonly withParsedPartitions: boolean
}

export async function writeDeltaTable(folder: string, options: DeltaTableOptions): Promise<void> {
  const log = join(folder, '_delta_log')
  mkdirSync(log, { recursive: true })
  await writeCheckpoint(join(log, `${VERSION}.checkpoint.parquet`), options)
  const commit = [
    { commitInfo: { timestamp: 1_700_000_000_000, operation: 'WRITE' } },
    { protocol: PROTOCOL },
    { metaData: METADATA },
  ]
  writeFileSync(join(log, `${VERSION}.json`), commit.map((action) => `${JSON.stringify(action)}\n`).join(''))
  writeFileSync(join(log, '_last_checkpoint'), JSON.stringify({ version: 10, size: options.fileCount + 2 }))
}

async function writeCheckpoint(path: string, { fileCount, withParsedPartitions }: DeltaTableOptions): Promise<void> {
  const arrow = await loadArrow()
  const text = new arrow.Utf8()
  const field = (name: string, type: InstanceType<typeof arrow.DataType>) => new arrow.Field(name, type, true)
  const entries = new arrow.Field(
    'key_value',
    new arrow.Struct([new arrow.Field('key', text, false), field('value', text)]),
    false,
  )
  const texts = new arrow.Map_(entries as never)
  const add = new arrow.Struct([
    field('path', text),
    field('partitionValues', texts),
    field('size', new arrow.Int64()),
    field('modificationTime', new arrow.Int64()),
    field('dataChange', new arrow.Bool()),
    field('stats', text),
    ...(withParsedPartitions ? [field('partitionValues_parsed', new arrow.Struct([field('region', text)]))] : []),
  ])
  const protocol = new arrow.Struct([
    field('minReaderVersion', new arrow.Int32()),
    field('minWriterVersion', new arrow.Int32()),
  ])
  const metaData = new arrow.Struct([
    field('id', text),
    field('format', new arrow.Struct([field('provider', text), field('options', texts)])),
    field('schemaString', text),
    field('partitionColumns', new arrow.List(field('element', text))),
    field('configuration', texts),
    field('createdTime', new arrow.Int64()),
  ])
  const file = createWriteStream(path)
  const writer = await createParquetWriter({
    codec: 'snappy',
    rowGroupRows: CLUSTER_FILES * 5,
    write: async (bytes) => {
      if (!file.write(bytes)) await once(file, 'drain')
    },
  })
  const batchOf = (adds: readonly unknown[], protocols: readonly unknown[], metadata: readonly unknown[]) => {
    const table = new arrow.Table({
      add: arrow.vectorFromArray(adds, add),
      protocol: arrow.vectorFromArray(protocols, protocol),
      metaData: arrow.vectorFromArray(metadata, metaData),
    })
    return table.batches
  }
  const first = {
    ...METADATA,
    format: { provider: 'parquet', options: new Map() },
    configuration: new Map(),
    createdTime: 1_700_000_000_000n,
  }
  await writer.write(batchOf([null, null], [PROTOCOL, null], [null, first]))
  for (let start = 0; start < fileCount; start += CLUSTER_FILES) {
    const count = Math.min(CLUSTER_FILES, fileCount - start)
    const nulls = Array.from({ length: count }, () => null)
    const adds = nulls.map((_, i) => addOf(fileAt(start + i), withParsedPartitions))
    await writer.write(batchOf(adds, nulls, nulls))
  }
  await writer.finish()
  file.end()
  await once(file, 'finish')
}

function addOf(file: PlannedFile, withParsedPartitions: boolean): object {
  const at = (second: number): string => new Date(second * 1000).toISOString()
  const bounds = (end: 'first' | 'last'): object => ({
    id: file[`${end}Id`],
    at: at(file[`${end}Second`]),
    amount: file[`${end}Id`] / 8,
    note: `note ${file[`${end}Id`]}`,
  })
  const stats = {
    numRecords: ROWS_A_FILE,
    minValues: bounds('first'),
    maxValues: bounds('last'),
    nullCount: { id: 0, at: 0, amount: 0, note: 0 },
  }
  return {
    path: file.path,
    partitionValues: new Map([['region', file.region]]),
    size: 4096n,
    modificationTime: 1_700_000_000_000n,
    dataChange: false,
    stats: JSON.stringify(stats),
    ...(withParsedPartitions ? { partitionValues_parsed: { region: file.region } } : {}),
  }
}
