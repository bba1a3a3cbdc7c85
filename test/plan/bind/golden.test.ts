/**
 * Golden files: `golden/<topic>.sql` holds queries, `golden/<topic>.plan` what binding makes of each: the plan and the output's types, or
 * the error with its hint and its place. Look through the difference, then accept it with `npx vitest run -u test/plan/bind/golden`.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { type DataType, BIGINT, DATE, NULL_TYPE } from '../../../src/core/types.ts'
import { type LiteralValue, literal } from '../../../src/expr/expr.ts'
import { outputText, planText } from './fake-table.ts'
import { sampleContext } from './sample-tables.ts'

const FOLDER = new URL('golden/', import.meta.url)
const parameter = (value: LiteralValue, type: DataType) => literal(value, type)
/** $1: 7, $2: a text without a type, $3: a date. */
const context = sampleContext([parameter(7n, BIGINT), parameter('2024-05-06', NULL_TYPE), parameter(19_000, DATE)])

async function describeQuery(sql: string): Promise<string> {
  try {
    const plan = await planText(sql, context)
    // What a scan of a sample table reads is the same everywhere.
    const short = plan.replace(/(Scan "?[\w ]+"?(?: as \w+)?) \([^)\n]*\)/g, '$1')
    return `${short}\n-> ${await outputText(sql, context)}`
  } catch (error) {
    if (!(error instanceof SluiceError) || error.sqlstate === 'XX000') throw error
    const { at } = error
    expect(at, sql).toBeDefined()
    const hint = error.hint === undefined ? '' : `\nhint: ${error.hint}`
    return `error ${error.sqlstate}: ${error.message}${hint}\nat: ${sql.slice(at!.start, at!.end)}`
  }
}

describe('binding', () => {
  const topics = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.sql'))
    .map((name) => name.slice(0, -4))

  it.each(topics)('%s', async (topic) => {
    const blocks: string[] = []
    for (const sql of readFileSync(new URL(`${topic}.sql`, FOLDER), 'utf8').split(/;\n/)) {
      if (sql.trim() !== '') blocks.push(`## ${sql.trim()}\n${await describeQuery(sql.trim())}\n`)
    }
    await expect(blocks.join('\n')).toMatchFileSnapshot(`golden/${topic}.plan`)
  })
})
