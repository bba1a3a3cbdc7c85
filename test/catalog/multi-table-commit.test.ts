/**
 * A commit of two tables while things go wrong, at every single change to the storage: afterwards both tables have it, or neither.
 *
 * Method: as test/table/iceberg/write/faults.test.ts. Readers are fresh ones, as those of another process.
 */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { EmbeddedCatalog } from '../../src/catalog/embedded.ts'
import { INTEGER } from '../../src/core/types.ts'
import { type StorageAccess, createStorageAccess } from '../../src/storage/storage-access.ts'
import type { IcebergTable } from '../../src/table/iceberg/iceberg-table.ts'
import { createFaultyAccess } from '../table/iceberg/write/faulty-storage.ts'
import { createContext, numbersBatch } from '../table/iceberg/write/numbers.ts'
import { effortSteps } from '../effort.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-two-tables-'))
const context = createContext()
const TABLES = ['a', 'b'] as const

afterAll(() => rmSync(root, { recursive: true, force: true }))

function catalogAt(url: string, access: StorageAccess = createStorageAccess()): EmbeddedCatalog {
  return new EmbeddedCatalog('lake', { url, access })
}

async function createTables(url: string): Promise<void> {
  const columns = { fields: [{ name: 'n', type: INTEGER, nullable: true }] }
  const rest = { columns, partitionBy: [], properties: new Map(), orReplace: false }
  for (const name of TABLES) await catalogAt(url).createTable({ schema: 'main', name, ...rest })
}

/** Appends a row to each table in one transaction. */
async function appendToBoth(url: string, access: StorageAccess): Promise<string | undefined> {
  const transaction = catalogAt(url, access).transaction()
  try {
    for (const name of TABLES) {
      const table = await transaction.table('main', name)
      const write = await table!.begin!(context)
      await write.append(numbersBatch(context, [1]))
      await write.commit()
    }
    await transaction.commit()
    return undefined
  } catch (error) {
    await transaction.rollback().catch(() => undefined)
    return (error as { sqlstate?: string }).sqlstate ?? (error as Error).message
  }
}

/** Rows of each table. */
async function counts(url: string): Promise<number[]> {
  const found: number[] = []
  for (const name of TABLES) {
    const table = (await catalogAt(url).table('main', name)) as IcebergTable
    found.push((await table.statistics()).rowCount)
    // What a snapshot refers to is there.
    for await (const { file } of table.scan({ columns: [], predicate: null })) expect(existsSync(file.url)).toBe(true)
  }
  return found
}

describe.each(['fail', 'fail-after', 'die', 'die-after'] as const)('%s at every change', (fault) => {
  const phase = fault.endsWith('after') ? 1 : 0
  test('both tables have the rows, or neither', async () => {
    const whole = join(root, `${fault}_whole`)
    await createTables(whole)
    const access = createFaultyAccess(fault, 1e9)
    expect(await appendToBoth(whole, access)).toBeUndefined()
    expect(await counts(whole)).toEqual([1, 1])
    const changes = access.changes()
    expect(changes).toBeGreaterThan(15)
    for (const at of effortSteps(changes, { step: 2, phase })) {
      const url = join(root, `${fault}_${at}`)
      await createTables(url)
      const failure = await appendToBoth(url, createFaultyAccess(fault, at))
      const rows = await counts(url)
      const where = `${fault} at change ${at} of ${changes}: ${failure}`
      expect(
        [
          [0, 0],
          [1, 1],
        ],
        where,
      ).toContainEqual(rows)
      if (failure === undefined) expect(rows, where).toEqual([1, 1])
    }
  }, 120_000)
})

test('a writer ends a commit whose writer died before it was decided', async () => {
  const url = join(root, 'undecided')
  await createTables(url)
  // The change at which the first table is claimed and the second is not yet.
  let at = 1
  for (; ; at++) {
    const probe = join(root, `probe_${at}`)
    await createTables(probe)
    await appendToBoth(probe, createFaultyAccess('die', at))
    const names = readdirSync(join(probe, 'a/metadata'))
    const isClaimed = names.includes('v2.metadata.json')
    if (isClaimed && readFileSync(join(probe, 'a/metadata/v2.metadata.json'), 'utf8').includes('pending-commit')) break
  }
  await appendToBoth(url, createFaultyAccess('die', at))
  expect(await counts(url)).toEqual([0, 0])
  expect(await appendToBoth(url, createStorageAccess())).toBeUndefined()
  expect(await counts(url)).toEqual([1, 1])
}, 60_000)
