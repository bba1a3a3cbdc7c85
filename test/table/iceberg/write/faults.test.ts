/**
 * Writing while things go wrong, at every single change to the storage.
 *
 * Method: count the changes of a write that succeeds, then repeat it once for each, with a fault at that change. Whatever happens, the
 * table has the old rows or the new ones; an error that says so left nothing behind.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SluiceError } from '../../../../src/core/errors.ts'
import type { Database } from '../../../../src/engine/database.ts'
import { parseStagedTable } from '../../../../src/table/iceberg/write/commit.ts'
import { openIcebergTable } from '../../../../src/table/iceberg/iceberg-table.ts'
import { IcebergRowChange } from '../../../../src/table/iceberg/write/row-change.ts'
import { IcebergWrite } from '../../../../src/table/iceberg/write/table-write.ts'
import { RowSet } from '../../../../src/table/row-set.ts'
import { createStorageAccess } from '../../../../src/storage/storage-access.ts'
import { type Fault, createFaultyAccess } from './faulty-storage.ts'
import { createContext, createNumbers, currentMetadata, numbersBatch, orphansOf, stagedNumbers } from './numbers.ts'
import { effortSteps } from '../../../effort.ts'

const root = mkdtempSync(join(tmpdir(), 'sluice-faults-'))
const context = createContext()
const FAULTS = ['fail', 'fail-after', 'die', 'die-after'] as const satisfies readonly Fault[]
let database: Database

beforeAll(async () => {
  const { open } = (await import(
    '../../../../dist/src/index.js' as string
  )) as typeof import('../../../../src/index.ts')
  database = await open({ catalog: root, threads: 1, memoryLimit: '128MB' })
})

afterAll(async () => {
  await database.close()
  rmSync(root, { recursive: true, force: true })
})

/** Writes 3 numbers through the faulty storage; gives the SQLSTATE (or message) of the failure. */
async function write(kind: 'append' | 'create', url: string, fault: Fault, at: number) {
  const access = createFaultyAccess(fault, at)
  const target = { access, url, name: 'numbers' }
  const staged = kind === 'create' ? stagedNumbers(url) : undefined
  const metadata = staged === undefined ? await createNumbers(url) : parseStagedTable(staged)
  const running = new IcebergWrite(target, { metadata, context, ...(staged === undefined ? {} : { staged }) })
  let failure: string | undefined
  try {
    await running.append(numbersBatch(context, [3, 4, 5]))
    await running.commit()
  } catch (error) {
    failure = (error as SluiceError).sqlstate ?? (error as Error).message
    await running.abort()
  }
  return { failure, changes: access.changes() }
}

async function rowsOf(name: string): Promise<number[] | undefined> {
  const tables = await (await database.query(`show tables`)).rows()
  if (!JSON.stringify(tables).includes(`"${name}"`)) return undefined
  return (await (await database.query(`select n from ${name} order by n`)).rows()).map((row) => Number(row['n']))
}

/** Of a table of [1, 2, 3] and [4, 5, 6], removes 2 and the second file, and adds 7. */
async function change(mode: string, url: string, fault: Fault, at: number) {
  const plain = createStorageAccess()
  await createNumbers(url, plain, new Map([['write.merge.mode', mode]]))
  for (const values of [
    [1, 2, 3],
    [4, 5, 6],
  ]) {
    const metadata = await currentMetadata(url)
    const setUp = new IcebergWrite({ access: plain, url, name: 'numbers' }, { metadata, context })
    await setUp.append(numbersBatch(context, values))
    await setUp.commit()
  }
  const access = createFaultyAccess(fault, at)
  const table = await openIcebergTable(url, { name: 'numbers', access })
  const target = { access, url, name: 'numbers' }
  const running = new IcebergRowChange(table, target, { metadata: table.metadata, context, kind: 'merge' })
  let failure: string | undefined
  try {
    const removed = new Map<string, RowSet>()
    for await (const { file } of running.source.scan({ columns: [], predicate: null })) {
      const rows = new RowSet()
      const all = removed.size === 0 ? [1] : [0, 1, 2]
      // The newest file stands last.
      for (const row of all) rows.add(row)
      removed.set(file.url, rows)
    }
    const kept = await running.remove(removed)
    await running.append(numbersBatch(context, kept === null ? [7] : [1, 3, 7]))
    await running.commit()
  } catch (error) {
    failure = (error as SluiceError).sqlstate ?? (error as Error).message
    await running.abort()
  }
  return { failure, changes: access.changes() }
}

for (const mode of ['merge-on-read', 'copy-on-write']) {
  describe(mode, () => {
    for (const [phase, fault] of FAULTS.entries()) {
      test(`${fault} at every change`, async () => {
        const prefix = `c_${mode.slice(0, 4)}_${fault.replace('-', '_')}`
        const { changes, failure: none } = await change(mode, join(root, `${prefix}_whole`), fault, 1e9)
        expect(none).toBeUndefined()
        expect(await rowsOf(`${prefix}_whole`)).toEqual([1, 3, 7])
        expect(changes).toBeGreaterThan(5)
        for (const at of effortSteps(changes, { step: 2, phase })) {
          const name = `${prefix}_${at}`
          const { failure } = await change(mode, join(root, name), fault, at)
          const rows = await rowsOf(name)
          const [old, now] = [
            [1, 2, 3, 4, 5, 6],
            [1, 3, 7],
          ]
          const where = `${fault} at change ${at} of ${changes}: ${failure}`
          if (failure === undefined) expect(rows, where).toEqual(now)
          else if (failure === '08007' || fault.startsWith('die')) expect([old, now], where).toContainEqual(rows)
          else expect(rows, where).toEqual(old)
          if (!fault.startsWith('die')) expect(await orphansOf(join(root, name)), where).toEqual([])
        }
      })
    }
  })
}

for (const kind of ['append', 'create'] as const) {
  describe(kind, () => {
    for (const [phase, fault] of FAULTS.entries()) {
      test(`${fault} at every change`, async () => {
        const { changes } = await write(kind, join(root, `whole_${kind}_${fault.replace('-', '_')}`), fault, 1e9)
        expect(changes).toBeGreaterThan(5)
        for (const at of effortSteps(changes, { step: 2, phase })) {
          const name = `t_${kind}_${fault.replace('-', '_')}_${at}`
          const { failure } = await write(kind, join(root, name), fault, at)
          const rows = await rowsOf(name)
          const old = kind === 'append' ? [] : undefined
          const where = `${fault} at change ${at} of ${changes}: ${failure}`
          if (failure === undefined) expect(rows, where).toEqual([3, 4, 5])
          else if (failure === '08007') expect([old, [3, 4, 5]], where).toContainEqual(rows)
          else if (fault === 'fail' || fault === 'fail-after') expect(rows, where).toEqual(old)
          // Dead processes report nothing: either state will do.
          else expect([old, [3, 4, 5]], where).toContainEqual(rows)
          if (!fault.startsWith('die')) expect(await orphansOf(join(root, name)), where).toEqual([])
        }
      })
    }
  })
}

test('what is left of a dead CREATE TABLE is neither a table nor a schema, and does not get into the way', async () => {
  const url = join(root, 'again')
  await write('create', url, 'die', 5)
  const schemas = JSON.stringify(await (await database.query('show schemas')).rows())
  expect(schemas).not.toContain('again')
  await database.query('create table again as select 7 as n')
  expect(await rowsOf('again')).toEqual([7])
})
