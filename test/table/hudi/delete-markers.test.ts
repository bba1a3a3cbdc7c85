/**
 * Rows of logs that say by a column that they are deletes: a marker that the table's properties name, and Flink's `_hoodie_operation`. Tables are
 * written byte by byte: one file group of logs, without a base file.
 */
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import type { Session } from '../../../src/engine/session.ts'
import { jsonRows, startBuiltEngine } from '../../built-engine.ts'
import { BLOCK_TYPES, deletesContent, logFile, recordsContent, text, varint } from '../../format/hudi-log/log-writer.ts'

let engine: Engine
let session: Session
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hudi-markers-'))
  engine = await startBuiltEngine()
  session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS lake (TYPE lake)`)
})

afterAll(async () => {
  await engine?.close()
  await rm(folder, { recursive: true })
})

interface MadeTable {
  /** Keys that the last commit deletes. */
  readonly deletes?: readonly string[]
  /** Type of the column id, if no text. */
  readonly idType?: 'long'
  readonly properties?: readonly string[]
  readonly schemaFields: readonly string[]
  /** All fields of the logs are texts. */
  readonly logFields: readonly string[]
  readonly commits: readonly (readonly (readonly string[])[])[]
}

function recordSchema(fields: readonly string[], idType: string = 'string'): string {
  const typed = fields.map((name) => ({ name, type: name === 'id' ? idType : 'string' }))
  return JSON.stringify({ type: 'record', name: 'r', fields: typed })
}

async function makeTable(name: string, made: MadeTable): Promise<void> {
  const { properties = [], schemaFields, logFields, commits, deletes, idType } = made
  const [table, hoodie] = [join(folder, name), join(folder, name, '.hoodie')]
  await mkdir(hoodie, { recursive: true })
  const lines = [
    ...['hoodie.table.name=t', 'hoodie.table.version=6', 'hoodie.table.type=MERGE_ON_READ'],
    ...['hoodie.table.recordkey.fields=id', 'hoodie.record.merge.mode=COMMIT_TIME_ORDERING', ...properties],
  ]
  await writeFile(join(hoodie, 'hoodie.properties'), `${lines.join('\n')}\n`)
  for (const [i, records] of commits.entries()) {
    const instant = String(100 + i)
    const path = `.f-0_100.log.${i + 1}_0-0-0`
    const bytesOf = (value: string, column: number): number[] =>
      idType === 'long' && logFields[column] === 'id' ? varint(Number(value)) : text(value)
    const content = recordsContent(records.map((record) => Uint8Array.from(record.flatMap(bytesOf))))
    const block = { type: BLOCK_TYPES.avro, header: { 0: instant, 2: recordSchema(logFields, idType) }, content }
    const gone = (i === commits.length - 1 ? deletes : undefined)?.map((key) => ({ key }))
    const deleted = { type: BLOCK_TYPES.delete, header: { 0: instant }, content: deletesContent(gone ?? []) }
    await writeFile(join(table, path), logFile(gone === undefined ? [block] : [block, deleted]))
    const commit = {
      partitionToWriteStats: { '': [{ fileId: 'f-0', path }] },
      extraMetadata: { schema: recordSchema(schemaFields, idType) },
    }
    await writeFile(join(hoodie, `${instant}.deltacommit`), JSON.stringify(commit))
  }
}

test('rows with the marker of the table are deletes', async () => {
  const fields = ['_hoodie_record_key', 'id', 'op']
  const marker = 'hoodie.record.merge.property.hoodie.payload.delete.'
  await makeTable('marked', {
    properties: [`${marker}field=op`, `${marker}marker=D`],
    schemaFields: ['id', 'op'],
    logFields: fields,
    commits: [
      [
        ['a', 'a', 'I'],
        ['b', 'b', 'I'],
        ['c', 'c', 'I'],
      ],
      [
        ['a', 'a', 'D'],
        ['b', 'b', 'U'],
      ],
    ],
  })
  expect(await jsonRows(session, 'SELECT id, op FROM lake.marked ORDER BY id')).toEqual([
    ['b', 'U'],
    ['c', 'I'],
  ])
  expect(await jsonRows(session, 'SELECT count(*) FROM lake.marked')).toEqual([['2']])
})

test('operations of a changelog are deletes and rows before an update, of which the last one counts', async () => {
  await makeTable('changelog', {
    schemaFields: ['id', 'v'],
    logFields: ['_hoodie_record_key', '_hoodie_operation', 'id', 'v'],
    commits: [
      [
        ['a', 'I', 'a', '1'],
        ['b', 'I', 'b', '1'],
      ],
      [
        ['a', '-U', 'a', '1'],
        ['a', 'U', 'a', '2'],
        ['b', 'D', 'b', '1'],
      ],
    ],
  })
  expect(await jsonRows(session, 'SELECT id, v FROM lake.changelog')).toEqual([['a', '2']])
})

test('delete blocks of a table without meta columns name the values of its key', async () => {
  const virtual = ['hoodie.populate.meta.fields=false', 'hoodie.table.keygenerator.type=NON_PARTITION']
  const commits = [
    [
      ['7', 'x'],
      ['8', 'y'],
    ],
    [['9', 'z']],
  ]
  const columns = { schemaFields: ['id', 'v'], logFields: ['id', 'v'], commits }
  await makeTable('virtual', { ...columns, properties: virtual, deletes: ['7', '9'], idType: 'long' })
  expect(await jsonRows(session, 'SELECT id, v FROM lake.virtual')).toEqual([['8', 'y']])
  await makeTable('virtual_text', { ...columns, properties: virtual, deletes: ['8'] })
  expect(await jsonRows(session, 'SELECT id FROM lake.virtual_text ORDER BY id')).toEqual([['7'], ['9']])
  const [withoutMeta] = virtual
  await makeTable('virtual_complex', { ...columns, properties: [withoutMeta!], deletes: ['id:8'] })
  await expect(jsonRows(session, 'SELECT id FROM lake.virtual_complex')).rejects.toThrow('key is no plain column')
})
