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
import { BLOCK_TYPES, logFile, recordsContent, text } from '../../format/hudi-log/log-writer.ts'

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
  readonly properties?: readonly string[]
  readonly schemaFields: readonly string[]
  /** All fields of the logs are texts. */
  readonly logFields: readonly string[]
  readonly commits: readonly (readonly (readonly string[])[])[]
}

function recordSchema(fields: readonly string[]): string {
  return JSON.stringify({ type: 'record', name: 'r', fields: fields.map((name) => ({ name, type: 'string' })) })
}

async function makeTable(
  name: string,
  { properties = [], schemaFields, logFields, commits }: MadeTable,
): Promise<void> {
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
    const content = recordsContent(records.map((record) => Uint8Array.from(record.flatMap(text))))
    const block = { type: BLOCK_TYPES.avro, header: { 0: instant, 2: recordSchema(logFields) }, content }
    await writeFile(join(table, path), logFile([block]))
    const commit = {
      partitionToWriteStats: { '': [{ fileId: 'f-0', path }] },
      extraMetadata: { schema: recordSchema(schemaFields) },
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
