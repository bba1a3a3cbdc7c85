/** Changes of a table that Spark wrote, from the fixtures; versions that are gone and modes that there are not. */
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createStorageAccess } from '../../../src/storage/storage-access.ts'
import { openPaimonTable } from '../../../src/table/paimon/paimon-table.ts'
import type { ChangesRequest } from '../../../src/table/changes.ts'
import type { ScanTask } from '../../../src/table/table.ts'

const FIXTURES = fileURLToPath(new URL('../../fixtures/paimon', import.meta.url))
const access = createStorageAccess()
const REQUEST: ChangesRequest = { from: null, to: null, mode: 'auto', net: false, identifierColumns: [] }

async function tasksOf(table: string, request: Partial<ChangesRequest>): Promise<ScanTask[]> {
  const paimon = await openPaimonTable(`${FIXTURES}/${table}`, { name: table, access })
  const { rows } = await paimon.changes({ ...REQUEST, ...request })
  const columns = rows.schema.fields.map(({ name, type }) => ({ name, type }))
  const tasks: ScanTask[] = []
  for await (const task of rows.scan({ columns, predicate: null })) tasks.push(task)
  return tasks
}

const id = (value: bigint): ChangesRequest['from'] => ({ kind: 'version', value })

describe('the changes of a table', () => {
  test('are the files that were added in between, with the version they lead to', async () => {
    const [task, ...others] = await tasksOf('flink_agg', { from: id(1n), to: id(2n) })
    expect(others).toEqual([])
    const columns = task!.merge?.runs[0]?.files[0]?.columns ?? task!.columns
    expect(columns).toContainEqual(expect.objectContaining({ kind: 'constant', value: 2n }))
    expect(columns).toContainEqual(expect.objectContaining({ kind: 'label' }))
  })

  test('of an empty range are none', async () => {
    expect(await tasksOf('flink_agg', { from: id(2n), to: id(2n) })).toEqual([])
  })

  test('whose snapshots have expired are gone', async () => {
    await expect(tasksOf('pai_tags_branches', { mode: 'delta' })).rejects.toThrow('are gone')
    await expect(tasksOf('pai_tags_branches', { from: id(1n) })).rejects.toThrow('snapshot 1 does not exist')
  })

  test('between two tags are the difference of the two', async () => {
    const tag = (value: string): ChangesRequest['from'] => ({ kind: 'version', value })
    const tasks = await tasksOf('pai_tags_branches', { from: tag('tag-2'), to: tag('t4') })
    const types = tasks.flatMap(({ columns, merge }) => merge?.runs[0]?.files[0]?.columns ?? columns)
    for (const value of ['delete', 'insert']) expect(types).toContainEqual(expect.objectContaining({ value }))
  })

  test('in a mode of another format are refused', async () => {
    await expect(tasksOf('flink_agg', { mode: 'cdc' })).rejects.toThrow('mode "cdc"')
  })
})

describe("what Paimon's own query shows of a range", () => {
  const open = (name: string): ReturnType<typeof openPaimonTable> =>
    openPaimonTable(`${FIXTURES}/${name}`, { name, access })
  const request: ChangesRequest = { ...REQUEST, asRows: true, from: id(1n), to: id(4n) }

  test('are rows: of changelog files the last of each key', async () => {
    const { rows, show } = await (await open('flink_pk_input')).changes(request)
    expect(show).toBe('rows')
    for await (const { merge } of rows.scan({ columns: [], predicate: null })) {
      // Files of a log have a key several times.
      expect(merge?.runs.map(({ isSorted, files }) => [isSorted, files.length > 0])).toEqual([
        [false, false],
        [false, true],
      ])
    }
  })

  test('of the log of changes have their kinds', async () => {
    const log = await (await open('flink_pk_input')).metadataTable('audit_log')
    const { rows, show } = await log.changes!(request)
    expect([show, rows.schema.fields[0]!.name]).toEqual(['kinds', 'rowkind'])
    for await (const { merge } of rows.scan({ columns: [], predicate: null })) expect(merge).toBeUndefined()
  })

  test('is not what table_changes shows of the log', async () => {
    const log = await (await open('flink_pk_input')).metadataTable('audit_log')
    await expect(log.changes!(REQUEST)).rejects.toThrow('table_changes of "flink_pk_input$audit_log"')
  })
})

describe('changelogs that outlive their snapshots', () => {
  const folder = mkdtempSync(join(tmpdir(), 'paimon-changelog-'))
  const table = join(folder, 't')

  beforeAll(() => {
    cpSync(`${FIXTURES}/flink_pk_input`, table, { recursive: true })
    mkdirSync(join(table, 'changelog'))
    for (const id of [1, 2]) {
      renameSync(join(table, `snapshot/snapshot-${id}`), join(table, `changelog/changelog-${id}`))
    }
  })

  afterAll(() => rmSync(folder, { recursive: true }))

  const filesOf = async (url: string, request: Partial<ChangesRequest>): Promise<string[]> => {
    const paimon = await openPaimonTable(url, { name: 't', access })
    const { rows } = await paimon.changes({ ...REQUEST, ...request })
    const files: string[] = []
    for await (const { file } of rows.scan({ columns: [], predicate: null })) files.push(file.url.slice(url.length))
    return files
  }

  test.each([
    [id(1n), id(4n)],
    [null, null],
    [id(1n), id(2n)],
  ])('from %o to %o', async (from, to) => {
    const request = { from, to, mode: 'changelog' } as const
    const before = await filesOf(`${FIXTURES}/flink_pk_input`, request)
    expect(before.length).toBeGreaterThan(0)
    expect(await filesOf(table, request)).toEqual(before)
  })

  test('do not make the snapshots readable', async () => {
    await expect(filesOf(table, { from: id(1n), mode: 'diff' })).rejects.toThrow('snapshot 1 does not exist')
    await expect(filesOf(table, { mode: 'delta' })).rejects.toThrow('are gone')
  })
})
