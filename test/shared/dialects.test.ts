/**
 * What share of other engines' statements the bridge of dialects converts, and that no tree is read in two ways: where this engine's own
 * grammar takes a text too, both trees have one form, or it is refused by that name.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDialect } from '../../src/sql/dialect/parse-dialect.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'

/** Of each corpus every so many statements are tried: dialect, file, step, least share in percent that is converted. */
const CORPORA: readonly (readonly [dialect: string, name: string, step: number, least: number])[] = [
  ['spark', 'tpcds-spark', 2, 50],
  ['spark', 'spark-sqltests-select', 10, 48],
  ['flinksql', 'flink-planner-select', 10, 60],
  ['trino', 'tpch', 1, 63],
  ['trino', 'tpcds', 2, 68],
  ['snowflake', 'tpcds', 2, 40],
  ['redshift', 'tpcds', 2, 58],
  ['redshift', 'datafusion-slt-select', 20, 70],
  ['mysql', 'tpch', 1, 77],
  ['bigquery', 'tpch', 1, 77],
  ['transactsql', 'tpch', 1, 50],
  ['sqlite', 'tpch', 1, 18],
]

describe.skipIf(!HAS_SHARED)('dialects', () => {
  test.each(CORPORA)('%s: %s', { timeout: 600_000 }, async (dialect, name, step, least) => {
    const lines = readFileSync(join(SHARED, 'corpora/sql', `${name}.jsonl`), 'utf8')
      .trim()
      .split('\n')
    const outcomes = new Map<string, number>()
    let tried = 0
    for (let i = 0; i < lines.length; i += step) {
      const { sql } = JSON.parse(lines[i]!) as { sql: string }
      const outcome = await outcomeOf(dialect, sql)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      tried += 1
    }
    const text = [...outcomes].sort(([, a], [, b]) => b - a).map(([outcome, count]) => `${count} ${outcome}`)
    if (process.env['SLUICE_LIST_FAILURES'] === '1')
      process.stdout.write(`${dialect} ${name}: ${tried}\n  ${text.join('\n  ')}\n`)
    const share = (100 * (outcomes.get('converted') ?? 0)) / tried
    expect(share, text.slice(0, 20).join('\n')).toBeGreaterThanOrEqual(least)
  })
})

/** Errors that are not the statement's fail the test. */
async function outcomeOf(dialect: string, sql: string): Promise<string> {
  try {
    await parseDialect(sql, dialect)
    return 'converted'
  } catch (error) {
    const { sqlstate, message } = error as { sqlstate?: string; message: string }
    if (sqlstate === '42601') return 'syntax error'
    if (sqlstate !== '0A000' && sqlstate !== '57014' && sqlstate !== '54001') throw error
    return message.replaceAll(/near ".*"/g, 'near ...').replace(' in another dialect is not supported', '')
  }
}
