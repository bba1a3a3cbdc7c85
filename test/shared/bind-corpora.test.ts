import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bindText, contextOf, tablesOf } from '../plan/bind/fake-table.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

interface Entry {
  readonly id: string
  readonly sql: string
}

function corpus(name: string): readonly Entry[] {
  const text = readFileSync(join(SHARED, 'corpora/sql', `${name}.jsonl`), 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry)
}

/** What does not bind, as `id: message`. */
async function failures(name: string): Promise<readonly string[]> {
  const context = contextOf(tablesOf(readFileSync(join(SHARED, 'tpc/tpcds-small/schema.sql'), 'utf8')))
  const failed: string[] = []
  for (const { id, sql } of corpus(name)) {
    try {
      await bindText(sql, context)
    } catch (error) {
      failed.push(`${id}: ${(error as Error).message}`)
    }
  }
  return failed
}

describe.skipIf(!HAS_SHARED)('binding TPC-DS', () => {
  it('binds all 99 queries', async () => {
    expect(await failures('tpcds')).toEqual([])
  })

  it('binds the queries as Spark writes them', async () => {
    // The schema of that one has another column.
    expect(await failures('tpcds-spark')).toEqual(['q30.sql: column "c_last_review_date" does not exist'])
  })
})
