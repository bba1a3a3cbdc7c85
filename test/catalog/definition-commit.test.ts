/** What a transaction made, dropped, renamed and changed is there as a whole, whatever happens at its commit. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { EmbeddedCatalog } from '../../src/catalog/embedded.ts'
import { INTEGER } from '../../src/core/types.ts'
import { type StorageAccess, createStorageAccess } from '../../src/storage/storage-access.ts'
import { effortSteps } from '../effort.ts'
import { createFaultyAccess } from '../table/iceberg/write/faulty-storage.ts'
import { createContext, numbersBatch } from '../table/iceberg/write/numbers.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-definitions-'))
const context = createContext()
afterAll(() => rmSync(root, { recursive: true, force: true }))

const COLUMNS = { fields: [{ name: 'n', type: INTEGER, nullable: true }] }
const REQUEST = { schema: 'main', columns: COLUMNS, partitionBy: [], properties: new Map(), orReplace: false }

function catalogAt(url: string, access: StorageAccess = createStorageAccess()): EmbeddedCatalog {
  return new EmbeddedCatalog('lake', { url, access })
}

async function createTables(url: string): Promise<void> {
  for (const name of ['kept', 'renamed', 'dropped']) await catalogAt(url).createTable({ ...REQUEST, name })
}

/** Renames, drops, makes and changes a table, and makes a view. */
async function changeAll(url: string, access: StorageAccess): Promise<string | undefined> {
  const transaction = catalogAt(url, access).transaction()
  try {
    await transaction.renameTable!({ schema: 'main', name: 'renamed' }, { schema: 'main', name: 'other' })
    await transaction.dropTable!('main', 'dropped')
    // Of the same name: in a folder of its own.
    await transaction.createTable!({ ...REQUEST, name: 'dropped' })
    for (const name of ['kept', 'dropped']) {
      const write = await (await transaction.table('main', name))!.begin!(context)
      await write.append(numbersBatch(context, [1, 2]))
      await write.commit()
    }
    const view = { sql: 'SELECT 1 AS n', columns: ['n'], schema: 'main', output: COLUMNS, orReplace: false }
    await transaction.createView!('main', 'seen', view)
    await transaction.createSchema!('made')
    await transaction.commit()
    return undefined
  } catch (error) {
    await transaction.rollback().catch(() => undefined)
    return (error as { sqlstate?: string }).sqlstate ?? (error as Error).message
  }
}

/** Names of relations with their rows, and of schemas. */
async function stateOf(url: string): Promise<readonly string[]> {
  const catalog = catalogAt(url)
  const found: string[] = []
  for await (const { name } of catalog.tables('main')) {
    const isView = (await catalog.hasViews()) && (await catalog.view('main', name)) !== undefined
    const table = isView ? undefined : await catalog.table('main', name)
    found.push(isView ? `${name} view` : `${name} ${(await table!.statistics!()).rowCount}`)
  }
  return [...found.sort(), ...(await catalog.schemas())]
}

const BEFORE = ['dropped 0', 'kept 0', 'renamed 0', 'main']
const AFTER = ['dropped 2', 'kept 2', 'other 0', 'seen view', 'main', 'made']

describe.each(['fail', 'fail-after', 'die', 'die-after'] as const)('%s at every change', (fault) => {
  test('all of it, or nothing', async () => {
    const whole = join(root, `${fault}_whole`)
    await createTables(whole)
    const access = createFaultyAccess(fault, 1e9)
    expect(await changeAll(whole, access)).toBeUndefined()
    expect(await stateOf(whole)).toEqual(AFTER)
    const changes = access.changes()
    for (const at of effortSteps(changes, { step: 4, phase: fault.length % 4 })) {
      const url = join(root, `${fault}_${at}`)
      await createTables(url)
      const failure = await changeAll(url, createFaultyAccess(fault, at))
      const state = await stateOf(url)
      const where = `${fault} at change ${at} of ${changes}: ${failure}`
      expect([BEFORE, AFTER], where).toContainEqual(state)
      if (failure === undefined) expect(state, where).toEqual(AFTER)
    }
  }, 120_000)
})

test('two transactions that take one name: the second one fails', async () => {
  const url = join(root, 'both')
  await createTables(url)
  const [first, second] = [catalogAt(url).transaction(), catalogAt(url).transaction()]
  for (const one of [first, second]) {
    await one.renameTable!({ schema: 'main', name: 'renamed' }, { schema: 'main', name: 'other' })
  }
  await first.commit()
  await expect(second.commit()).rejects.toMatchObject({ sqlstate: '40001' })
  expect(await stateOf(url)).toEqual(['dropped 0', 'kept 0', 'other 0', 'main'])
})
