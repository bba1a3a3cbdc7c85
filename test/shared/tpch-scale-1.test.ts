/**
 * The 22 queries at scale 1 against the recorded answers, in plenty of memory and spilling.
 *
 * Needs the tables of `sluice tpch --scale 1 --into DIR/` in SLUICE_TPCH_1 (a gigabyte: not made by every run).
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { type Answer, QUERY_NAMES, answerProblem, readQuery } from '../../tpch/answers.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

const LAKE = process.env['SLUICE_TPCH_1']
const QUERIES = fileURLToPath(new URL('../../tpch/queries', import.meta.url))

describe.skipIf(!HAS_SHARED || LAKE === undefined)('TPC-H at scale 1', () => {
  for (const memoryLimit of ['1GB', '128MB']) {
    test(`22 right answers with memory_limit ${memoryLimit}`, { timeout: 900_000 }, async () => {
      const file = join(SHARED, 'tpc/tpch-answers-sf1.json')
      const { answers } = JSON.parse(readFileSync(file, 'utf8')) as { answers: Record<string, Answer> }
      const { open } = (await import('../../dist/src/index.js' as string)) as typeof import('../../src/index.ts')
      const database = await open({ catalog: LAKE!, threads: 2, memoryLimit })
      const wrong: string[] = []
      try {
        for (const name of QUERY_NAMES) {
          const result = await database.query(readQuery(QUERIES, name))
          const rows = (await result.rows()).map((row) => result.schema.map((field) => row[field.name]))
          const problem = answerProblem(answers[name]!, rows)
          if (problem !== undefined) wrong.push(`${name}: ${problem}`)
        }
      } finally {
        await database.close()
      }
      expect(wrong).toEqual([])
    })
  }
})
