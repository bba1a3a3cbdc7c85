/**
 * Method: queries run over small random tables (many NULLs, many equal values), once as they were bound and once optimized, by the interpreter
 * of interpret.ts; both must give the same rows. Again with each rule switched off.
 */
import { describe, expect, it } from 'vitest'
import type { LiteralValue } from '../../../src/expr/expr.ts'
import type { LogicalQuery } from '../../../src/plan/logical.ts'
import { planPhysical } from '../../../src/plan/physical-planner.ts'
import { printLogical, printLogicalQuery } from '../../../src/plan/print-logical.ts'
import { optimize, ruleNames } from '../../../src/plan/rules/index.ts'
import { bindText, contextOf, tablesOf } from '../bind/fake-table.ts'
import { type Database, MoreThanOneRow, type Row, interpret, keyOf } from './interpret.ts'
import { QUERIES } from './equivalence-queries.ts'
import { effort } from '../../effort.ts'

const TABLES = tablesOf(`
  create table t (a integer, b integer, c integer not null);
  create table u (x integer, y integer, z integer not null);
  create table v (k integer not null, w integer);
`)
const context = contextOf(TABLES)
const session = { nowMicros: 0n, timeZone: 'UTC' }

/** A generator of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function randomRows(random: () => number): ReadonlyMap<string, readonly Row[]> {
  const tables = new Map<string, readonly Row[]>()
  for (const [name, table] of TABLES) {
    const count = Math.floor(random() * 6)
    const row = (): Row =>
      table.schema.fields.map(({ nullable }): LiteralValue =>
        nullable && random() < 0.3 ? null : Math.floor(random() * 3),
      )
    tables.set(name, Array.from({ length: count }, row))
  }
  return tables
}

function rowsOf(plan: LogicalQuery['plan'], database: Database): readonly string[] | 'more than one row' {
  try {
    return interpret(plan, database).map(keyOf).sort()
  } catch (error) {
    if (error instanceof MoreThanOneRow) return 'more than one row'
    throw error
  }
}

async function check(sql: string, disabledRules: ReadonlySet<string>, runs: number): Promise<void> {
  const query = await bindText(sql, context)
  const options = { disabledRules, session, statistics: () => undefined, verify: true }
  const plan = optimize(query, options)
  for (let seed = 1; seed <= runs; seed++) {
    const tables = randomRows(randomOf(seed))
    const want = rowsOf(query.plan, { tables, subqueries: query.subqueries })
    const got = rowsOf(plan, { tables, subqueries: new Map() })
    if (want === 'more than one row') continue
    const message = `seed ${seed}\n${printLogicalQuery(query)}\n->\n${printLogical(plan)}`
    expect(got, message).toEqual(want)
  }
}

describe('optimized queries give the same rows', () => {
  it.each(QUERIES)('%s', async (sql) => {
    await check(sql, new Set(), effort({ quick: 15, whole: 120 }))
  })
})

describe('with a rule switched off', () => {
  it.each(ruleNames())('%s', async (rule) => {
    for (const sql of QUERIES) await check(sql, new Set([rule]), 4)
  })

  it('none at all', async () => {
    for (const sql of QUERIES) await check(sql, new Set(ruleNames()), 4)
  })
})

describe('physical plans', () => {
  it('are found for all but windows', async () => {
    for (const sql of QUERIES) {
      const query = await bindText(sql, context)
      const options = {
        disabledRules: new Set<string>(),
        session,
        statistics: () => undefined,
        verify: true,
      }
      const plan = optimize(query, options)
      try {
        planPhysical(plan, options)
      } catch (error) {
        expect(String(error), sql).toMatch(/window function|DISTINCT ON/)
      }
    }
  })
})
