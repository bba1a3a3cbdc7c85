/** Tables of Hudi and Paimon made of one Parquet file that is there: the least metadata that says so. */
import { linkSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonValue } from '../../src/core/exact-json.ts'
import type { AvroObject } from '../../src/format/avro/decoder.ts'
import { writeAvroFile } from '../../src/format/avro/write-file.ts'

const TYPES = {
  key: ['long', 'BIGINT'],
  v: ['long', 'BIGINT'],
  name: ['string', 'STRING'],
  code: ['int', 'INT'],
} as const
const ROWS = 300_000n

/** A copy-on-write table of version 6 without meta columns: one commit, one file. */
export function writeHudiTable(table: string, file: string): void {
  const [instant, fileId] = ['20240101000000000', 'f1-0']
  const name = `${fileId}_0-1-1_${instant}.parquet`
  mkdirSync(join(table, '.hoodie'), { recursive: true })
  linkSync(file, join(table, name))
  const properties = {
    'hoodie.table.name': 'hudi',
    'hoodie.table.version': '6',
    'hoodie.table.type': 'COPY_ON_WRITE',
    'hoodie.timeline.layout.version': '1',
    'hoodie.populate.meta.fields': 'false',
    'hoodie.table.recordkey.fields': 'key',
  }
  const text = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(join(table, '.hoodie', 'hoodie.properties'), text.join(''))
  writeFileSync(join(table, '.hoodie_partition_metadata'), `commitTime=${instant}\npartitionDepth=0\n`)
  const fields = Object.entries(TYPES).map(([column, [type]]) => ({
    name: column,
    type: ['null', type],
    default: null,
  }))
  const commit = {
    partitionToWriteStats: {
      '': [{ fileId, path: name, numWrites: Number(ROWS), fileSizeInBytes: statSync(file).size }],
    },
    extraMetadata: { schema: JSON.stringify({ type: 'record', name: 'row', fields }) },
    operationType: 'BULK_INSERT',
  }
  writeFileSync(join(table, '.hoodie', `${instant}.commit`), JSON.stringify(commit))
}

/** A binary row without fields, behind its arity. */
const NO_VALUES = new Uint8Array(12)
const STATS = { _MIN_VALUES: NO_VALUES, _MAX_VALUES: NO_VALUES, _NULL_COUNTS: [] }

const record = (name: string, fields: Readonly<Record<string, JsonValue>>): JsonValue => ({
  type: 'record',
  name,
  fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
})
const stats = (name: string): JsonValue =>
  record(name, { _MIN_VALUES: 'bytes', _MAX_VALUES: 'bytes', _NULL_COUNTS: { type: 'array', items: 'long' } })

const LIST_SCHEMA = record('list', {
  ...{
    _VERSION: 'int',
    _FILE_NAME: 'string',
    _FILE_SIZE: 'long',
    _NUM_ADDED_FILES: 'long',
    _NUM_DELETED_FILES: 'long',
  },
  ...{ _PARTITION_STATS: stats('partition_stats'), _SCHEMA_ID: 'long' },
})
const ENTRY_SCHEMA = record('entry', {
  ...{ _VERSION: 'int', _KIND: 'int', _PARTITION: 'bytes', _BUCKET: 'int', _TOTAL_BUCKETS: 'int' },
  _FILE: record('file', {
    ...{ _FILE_NAME: 'string', _FILE_SIZE: 'long', _ROW_COUNT: 'long', _MIN_KEY: 'bytes', _MAX_KEY: 'bytes' },
    ...{ _KEY_STATS: stats('key_stats'), _VALUE_STATS: stats('value_stats'), _MIN_SEQUENCE_NUMBER: 'long' },
    ...{ _MAX_SEQUENCE_NUMBER: 'long', _SCHEMA_ID: 'long', _LEVEL: 'int' },
    _EXTRA_FILES: { type: 'array', items: 'string' },
    _VALUE_STATS_COLS: { type: 'array', items: 'string' },
  }),
})

/** An append table without buckets: one snapshot, one file, no statistics of it. */
export function writePaimonTable(table: string, file: string): void {
  const put = (path: string, content: string | Uint8Array): void => writeFileSync(join(table, path), content)
  for (const part of ['schema', 'snapshot', 'manifest', 'bucket-0']) mkdirSync(join(table, part), { recursive: true })
  linkSync(file, join(table, 'bucket-0', 'data-1-0.parquet'))
  const fields = Object.entries(TYPES).map(([name, [, type]], i) => ({ id: i + 1, name, type }))
  const keys = { partitionKeys: [], primaryKeys: [] }
  put(
    'schema/schema-0',
    JSON.stringify({ version: 3, id: 0, fields, highestFieldId: 4, ...keys, options: { bucket: '-1' } }),
  )
  const data: AvroObject = {
    ...{ _FILE_NAME: 'data-1-0.parquet', _FILE_SIZE: BigInt(statSync(file).size), _ROW_COUNT: ROWS },
    ...{ _MIN_KEY: NO_VALUES, _MAX_KEY: NO_VALUES, _KEY_STATS: STATS, _VALUE_STATS: STATS, _MIN_SEQUENCE_NUMBER: 0n },
    ...{ _MAX_SEQUENCE_NUMBER: 0n, _SCHEMA_ID: 0n, _LEVEL: 0, _EXTRA_FILES: [], _VALUE_STATS_COLS: [] },
  }
  const entry = { _VERSION: 2, _KIND: 0, _PARTITION: NO_VALUES, _BUCKET: 0, _TOTAL_BUCKETS: -1, _FILE: data }
  const manifest = writeAvroFile(ENTRY_SCHEMA, new Map(), [entry])
  put('manifest/manifest-0', manifest)
  const meta = { _VERSION: 2, _FILE_NAME: 'manifest-0', _FILE_SIZE: BigInt(manifest.length), _NUM_ADDED_FILES: 1n }
  const listed = { ...meta, _NUM_DELETED_FILES: 0n, _PARTITION_STATS: STATS, _SCHEMA_ID: 0n }
  put('manifest/delta-0', writeAvroFile(LIST_SCHEMA, new Map(), [listed]))
  put('manifest/base-0', writeAvroFile(LIST_SCHEMA, new Map(), []))
  const lists = { baseManifestList: 'base-0', deltaManifestList: 'delta-0' }
  const commit = { commitKind: 'APPEND', commitUser: 'test', commitIdentifier: 1, timeMillis: 1_700_000_000_000 }
  put(
    'snapshot/snapshot-1',
    JSON.stringify({ version: 3, id: 1, schemaId: 0, ...lists, ...commit, totalRecordCount: 300_000 }),
  )
}
