/**
 * Method: the 22 queries are bound, optimized and planned with the statistics of scale factor 1, and the plans held against the files
 * beside this one (q01.txt ...). `vitest -u` writes them anew; a change is reviewed like code.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { explainText } from '../../../src/plan/explain.ts'
import { printLogical } from '../../../src/plan/print-logical.ts'
import { planPhysical } from '../../../src/plan/physical-planner.ts'
import { optimize } from '../../../src/plan/rules/index.ts'
import { bindText, contextOf } from '../bind/fake-table.ts'
import { tpchTables } from '../bind/tpch-tables.ts'
import { tpchStatistics } from './statistics.ts'

const QUERIES = new URL('../../../tpch/queries/', import.meta.url)
const context = contextOf(tpchTables())
const options = {
  disabledRules: new Set<string>(),
  session: { nowMicros: 1_700_000_000_000_000n, timeZone: 'UTC' },
  statistics: tpchStatistics,
  verify: true,
}
const textOf = (name: string): string => readFileSync(new URL(name, QUERIES), 'utf8').replace(/;\s*$/, '')

describe('plans of TPC-H', () => {
  const names = readdirSync(QUERIES)
    .filter((name) => name.endsWith('.sql'))
    .sort()

  it.each(names)('%s', async (name) => {
    const plan = optimize(await bindText(textOf(name), context), options)
    const { plan: physical } = planPhysical(plan, options)
    const text = `${printLogical(plan)}\n\n${explainText(physical).join('\n')}\n`
    await expect(text).toMatchFileSnapshot(`./${name.replace('.sql', '.txt')}`)
  })
})
