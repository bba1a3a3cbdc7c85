/** Which commits of others a change of rows goes with, by the rules of Iceberg's isolation levels. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { INTEGER } from '../../../../src/core/types.ts'
import { type Expr, call, literal } from '../../../../src/expr/expr.ts'
import { BOOLEAN } from '../../../../src/core/types.ts'
import { createStorageAccess } from '../../../../src/storage/storage-access.ts'
import { IcebergTable, openIcebergTable } from '../../../../src/table/iceberg/iceberg-table.ts'
import { IcebergRowChange } from '../../../../src/table/iceberg/write/row-change.ts'
import { IcebergWrite } from '../../../../src/table/iceberg/write/table-write.ts'
import { RowSet } from '../../../../src/table/row-set.ts'
import type { RowChangeKind, Table } from '../../../../src/table/table.ts'
import { createContext, createNumbers, numbersBatch, orphansOf } from './numbers.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-conflicts-'))
const context = createContext()
const access = createStorageAccess()
let tables = 0

afterAll(() => rmSync(root, { recursive: true, force: true }))

type Properties = Readonly<Record<string, string>>

/** A table of two files, [1, 2, 3] and [11, 12, 13]. */
async function twoFiles(properties: Properties = {}): Promise<string> {
  const url = join(root, `t${++tables}`)
  await createNumbers(url, access, new Map(Object.entries(properties)))
  await append(url, [1, 2, 3])
  await append(url, [11, 12, 13])
  return url
}

async function append(url: string, values: readonly number[]): Promise<void> {
  const { metadata } = await openTable(url)
  const write = new IcebergWrite({ access, url, name: 'numbers' }, { metadata, context })
  await write.append(numbersBatch(context, values))
  await write.commit()
}

const openTable = async (url: string): Promise<IcebergTable> => openIcebergTable(url, { name: 'numbers', access })

/** A statement that has read the rows with `n <= to`, and removes row 1 of the file that begins with `first`. */
async function begin(url: string, kind: RowChangeKind, to: number, first = 1) {
  const table = await openTable(url)
  const change = new IcebergRowChange(
    table,
    { access, url, name: 'numbers' },
    { metadata: table.metadata, context, kind },
  )
  const input: Expr = { kind: 'input', index: 0, type: INTEGER }
  const predicate = call('le', [input, literal(to, INTEGER)], BOOLEAN)
  const columns = [{ name: 'n', type: INTEGER, fieldId: 1 }]
  const paths: string[] = []
  for await (const task of change.source.scan({ columns, predicate })) paths.push(task.file.url)
  const path = (await filesOf(table)).get(first)!
  const rows = new RowSet()
  rows.add(1)
  return { change, path, rows, read: paths.length }
}

/** Paths by the least value of the file. */
async function filesOf(table: IcebergTable): Promise<ReadonlyMap<number, string>> {
  const files = (await table.metadataTable('files')).literalRows!
  const fields = (await table.metadataTable('files')).schema.fields
  const at = (name: string): number => fields.findIndex((field) => field.name === name)
  const lower = at('lower_bounds')
  return new Map(
    files
      .filter((row) => row[at('content')] === 0)
      .map((row) => {
        const [[, bound]] = row[lower] as [[number, Uint8Array]]
        return [new DataView(bound.buffer, bound.byteOffset).getInt32(0, true), row[at('file_path')] as string] as const
      }),
  )
}

async function end({ change, path, rows }: Awaited<ReturnType<typeof begin>>): Promise<string> {
  try {
    const kept: Table | null = await change.remove(new Map([[path, rows]]))
    if (kept !== null) await change.append(numbersBatch(context, [100, 101]))
    await change.commit()
    return 'done'
  } catch (error) {
    await change.abort()
    return `${(error as { sqlstate: string }).sqlstate} ${(error as { detail?: string }).detail ?? ''}`
  }
}

const ADDED = '40001 Rows that the statement might have changed were added meanwhile.'
const CHANGED = '40001 Rows of a data file whose rows are changed were changed meanwhile.'
const REMOVED = '40001 A data file whose rows are changed was removed meanwhile.'

describe('rows that were added meanwhile', () => {
  test.each([
    ['delete', 'serializable', 5, 'done'],
    ['delete', 'serializable', 60, ADDED],
    ['update', 'serializable', 60, ADDED],
    ['update', 'snapshot', 60, 'done'],
    ['merge', 'snapshot', 60, 'done'],
  ] as const)('%s, %s, reads up to %i', async (kind, isolation, to, expected) => {
    const url = await twoFiles({ [`write.${kind}.isolation-level`]: isolation })
    const own = await begin(url, kind, to)
    await append(url, [50])
    expect(await end(own)).toBe(expected)
    expect(await orphansOf(url)).toEqual([])
  })
})

describe('rows that were removed meanwhile', () => {
  test.each([
    // Of the same file: two deletes agree, two updates would leave two rows.
    ['delete', 1, 'done'],
    ['update', 1, CHANGED],
    ['merge', 1, CHANGED],
    // Of the other file.
    ['update', 11, 'done'],
  ] as const)('%s, of the file %i', async (kind, first, expected) => {
    const url = await twoFiles()
    const own = await begin(url, kind, 20)
    expect(await end(await begin(url, 'delete', 20, first))).toBe('done')
    expect(await end(own)).toBe(expected)
    expect(await orphansOf(url)).toEqual([])
  })

  test('files that were written anew', async () => {
    const url = await twoFiles({ 'write.merge.mode': 'copy-on-write', 'write.merge.isolation-level': 'snapshot' })
    const own = await begin(url, 'delete', 5)
    const copies = await begin(url, 'merge', 5)
    expect(await end(await begin(url, 'merge', 5))).toBe('done')
    expect(await end(own)).toBe(REMOVED)
    expect(await end(copies)).toBe(REMOVED)
    expect(await orphansOf(url)).toEqual([])
  })

  test('copy-on-write does not lose what was deleted meanwhile', async () => {
    const url = await twoFiles({ 'write.update.mode': 'copy-on-write' })
    const own = await begin(url, 'update', 5)
    expect(await end(await begin(url, 'delete', 5))).toBe('done')
    expect(await end(own)).toBe(CHANGED)
  })

  test('properties that say what is not known', async () => {
    const url = await twoFiles({ 'write.delete.mode': 'never' })
    expect(await end(await begin(url, 'delete', 5))).toMatch(/^22023/)
  })
})
