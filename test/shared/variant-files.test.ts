/** Shredded variants of apache/parquet-testing: each file gives the variants that stand beside it, and damaged ones give errors. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { variantJson } from '../../src/expr/values/variant/variant-json.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

interface Case {
  readonly case_number: number
  readonly test: string
  readonly parquet_file?: string
  readonly variant_file?: string
  readonly variant_files?: readonly (string | null)[]
  readonly error_message?: string
}

const folder = join(SHARED, 'fixtures/public/parquet-testing/shredded_variant')
const cases = HAS_SHARED ? (JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as Case[]) : []

let engine: Engine

beforeAll(async () => {
  if (!HAS_SHARED) return
  engine = await startBuiltEngine({ threads: 1, memory_limit: '500MB' })
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('shredded variants', () => {
  for (const one of cases) {
    const file = join(folder, one.parquet_file ?? '')
    if (one.parquet_file === undefined || !existsSync(file)) continue
    test(`${one.case_number}: ${one.test}`, async () => {
      const session = engine.createSession()
      const read = async (): Promise<unknown[]> => {
        const result = await session.query(`SELECT to_json(var) FROM read_parquet('${file}') ORDER BY id`)
        const rows: unknown[] = []
        for await (const chunk of result.chunks()) for (const row of chunk) rows.push(row[0])
        return rows
      }
      if (one.error_message !== undefined) {
        await expect(read()).rejects.toThrow()
        return
      }
      const files = one.variant_files ?? [one.variant_file!]
      const expected = files.map((name) =>
        name === null ? null : variantJson(new Uint8Array(readFileSync(join(folder, name)))),
      )
      expect(await read()).toEqual(expected)
    })
  }
})
