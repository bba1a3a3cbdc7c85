/** Damaged tables of every format: rows, or an error that blames the file; never an exception, an internal error, a hang or memory beyond the limit. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { startBuiltEngine } from '../built-engine.ts'
import { reportLine } from '../damage-report.ts'
import { mutationCount } from '../mutations.ts'
import { damageTables } from '../table/damaged-tables.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

/** Of each format, the tables that are read by a few small files. */
const FORMATS = [
  {
    format: 'iceberg',
    tables: /^(jice_|pyice_|flink_upsert$|ice_dml_mor|ice_nested|ice_v3_|ice_types_v3|ice_part_)/,
  },
  { format: 'delta', tables: /^(delta_|rs_)/ },
  { format: 'paimon', tables: /^(flink_|pai_pk_|pai_append_)/ },
  { format: 'hudi', tables: /^hudi_(cow_deletes|mor_)/ },
  { format: 'lance', tables: /./ },
] as const

/** Files of a table that is used. */
const FILES_MAX = 120

let engine: Engine
let scratch: string

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ memory_limit: '256MB', threads: 1 })
  scratch = mkdtempSync(join(tmpdir(), 'damage-'))
})

afterAll(async () => {
  await engine?.close()
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true })
})

describe.skipIf(!HAS_SHARED)('damaged tables', () => {
  test.each(FORMATS)('$format', { timeout: 3_600_000 }, async ({ format, tables }) => {
    const folder = join(scratch, format)
    const names = readdirSync(join(SHARED, 'fixtures', format)).filter((name) => {
      if (name.includes('.') || /feature_store|many_|large|wide/.test(name) || !tables.test(name)) return false
      return readdirSync(join(SHARED, 'fixtures', format, name), { recursive: true }).length <= FILES_MAX
    })
    mkdirSync(folder)
    for (const name of names) cpSync(join(SHARED, 'fixtures', format, name), join(folder, name), { recursive: true })
    const report = await damageTables({
      format,
      engine,
      folder,
      writtenAt: `/tmp/lake/${format}`,
      tables: names,
      count: mutationCount(200),
      seed: Number(process.env['SLUICE_SEED'] ?? 1),
      memoryMegabytes: 256,
      keep: process.env['SLUICE_KEEP'],
    })
    console.log(reportLine(`${format}, ${names.length} tables`, report))
    expect(report.faults).toEqual([])
  })
})
