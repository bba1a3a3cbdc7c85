/**
 * Damaged tables, read by the whole engine: rows, or an error that blames the file; never an exception, an internal error or a hang.
 *
 * Method: mutations of the tables in test/fixtures. test/shared/damage.test.ts does the same with all tables at hand; Delta has damage.test.ts.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { jsonRows, startBuiltEngine } from '../built-engine.ts'
import { effort } from '../effort.ts'
import { mutationCount } from '../mutations.ts'
import { damageTables } from './damaged-tables.ts'

const FORMATS = [
  ['iceberg', /^(jice_eqdel_parquet|jice_v3_dv_eq|ice_dml_mor_v2_parquet|pyice_v1)$/],
  ['paimon', /^[a-z_]+$/],
  ['hudi', /^[a-z_0-9]+$/],
  ['lance', /^(dml|nested_2_1|prims_legacy)$/],
] as const

let engine: Engine
let scratch: string

beforeAll(async () => {
  engine = await startBuiltEngine({ memory_limit: '128MB', threads: 1 })
  scratch = mkdtempSync(join(tmpdir(), 'damage-'))
})

afterAll(async () => {
  await engine?.close()
  rmSync(scratch, { recursive: true, force: true })
})

test.each(FORMATS)('%s', { timeout: 3_600_000 }, async (format, names) => {
  const fixtures = fileURLToPath(new URL(`../fixtures/${format}`, import.meta.url))
  const tables = readdirSync(fixtures).filter((name) => names.test(name))
  const folder = join(scratch, format)
  mkdirSync(folder)
  for (const table of tables) cpSync(join(fixtures, table), join(folder, table), { recursive: true })
  const cases = {
    format,
    engine,
    folder,
    writtenAt: `/tmp/lake/${format}`,
    tables,
    memoryMegabytes: 128,
  }
  const { outcomes, faults } = await damageTables({
    ...cases,
    count: mutationCount(effort({ quick: 30, whole: 60 })),
    seed: 1,
  })
  expect(faults).toEqual([])
  // Both happen, else the mutations would test nothing.
  expect(outcomes.get('same rows')).toBeGreaterThan(3)
  expect(outcomes.get('XX001')).toBeGreaterThan(1)
})

test('pages of delete files are compared with their checksums too', async () => {
  const name = 'ice_dml_mor_v2_parquet'
  const folder = join(scratch, 'checksums')
  cpSync(fileURLToPath(new URL(`../fixtures/iceberg/${name}`, import.meta.url)), join(folder, name), {
    recursive: true,
  })
  const deletes = readdirSync(join(folder, name), { recursive: true }).filter((path) =>
    String(path).endsWith('deletes.parquet'),
  )
  for (const path of deletes) {
    const bytes = readFileSync(join(folder, name, String(path)))
    // The position in the first page of a file of one row.
    bytes[182]! ^= 4
    writeFileSync(join(folder, name, String(path)), bytes)
  }
  const session = engine.createSession()
  await session.query(`ATTACH '${folder}' AS checked (TYPE lake, REMAP '/tmp/lake/iceberg=${folder}')`)
  await session.query('SET verify_page_checksums = true')
  await expect(jsonRows(session, `SELECT * FROM checked.${name}`)).rejects.toThrow('its checksum is wrong')
  await session.query('DETACH checked')
})
