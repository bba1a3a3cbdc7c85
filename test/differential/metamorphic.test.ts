/**
 * Random queries asked in several ways that must agree: with and without the optimizer's rules; the rows of a condition, of its negation
 * and of its being unknown together (M. Rigger, Z. Su: Ternary Logic Partitioning, OOPSLA 2020); a condition as a filter and as a value
 * (Non-Optimizing Reference Engine, ESEC/FSE 2020).
 *
 * SLUICE_SEED and SLUICE_SEEDS say where to begin and how many databases to try; a failure names its seed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { ruleNames } from '../../src/plan/rules/index.ts'
import { resultLines } from '../slt/runner/compare.ts'
import { textRows } from '../slt/runner/run-slt.ts'
import { RandomSql } from './random-sql.ts'
import { effort } from '../effort.ts'

const FIRST_SEED = Number(process.env['SLUICE_SEED'] ?? 1)
const SEEDS = Number(process.env['SLUICE_SEEDS'] ?? effort({ quick: 1, whole: 4 }))
const QUERIES = 30

/** The rows in one order, or the error; refusals by name are no answer. */
async function answer(session: Session, sql: string): Promise<string | null> {
  try {
    return resultLines(await textRows(session, sql), 'rowsort').join('\n')
  } catch (error) {
    const { sqlstate, message, stack } = error as { sqlstate?: string; message: string; stack?: string }
    if (sqlstate === undefined) throw new Error(`${sql}\n${stack}`, { cause: error })
    return sqlstate === '0A000' ? null : `${sqlstate} ${message}`
  }
}

async function withDatabase(random: RandomSql, work: (engine: Engine) => Promise<void>): Promise<void> {
  const dataDirectory = await mkdtemp(join(tmpdir(), 'differential-'))
  const engine = await startEngine({ dataDirectory, settings: { threads: 1 } })
  try {
    const session = engine.createSession()
    for (const statement of random.tables()) await textRows(session, statement)
    await work(engine)
  } finally {
    await engine.close()
    await rm(dataDirectory, { recursive: true, force: true })
  }
}

const SEED_LIST = Array.from({ length: SEEDS }, (_, i) => FIRST_SEED + i)

it.each(SEED_LIST)('rules change no rows: seed %i', { timeout: 120_000 }, async (seed) => {
  const random = new RandomSql(seed)
  await withDatabase(random, async (engine) => {
    const session = engine.createSession()
    const plain = engine.createSession()
    await textRows(plain, `SET disabled_rules = '${ruleNames().join(',')}'`)
    for (let i = 0; i < QUERIES; i++) {
      const sql = random.query()
      const [optimized, direct] = [await answer(session, sql), await answer(plain, sql)]
      // An error that one plan meets the other may not come to.
      if (optimized !== null && direct !== null && !/^2\d{4} /.test(optimized) && !/^2\d{4} /.test(direct)) {
        expect(optimized, sql).toBe(direct)
      }
    }
  })
})

it.each(SEED_LIST)(
  'conditions part rows in three, and filter as they compute: seed %i',
  { timeout: 120_000 },
  async (seed) => {
    const random = new RandomSql(seed + 1_000_000)
    await withDatabase(random, async (engine) => {
      const session = engine.createSession()
      for (let i = 0; i < QUERIES; i++) {
        const { text, sources } = random.from()
        const condition = random.predicate(sources, 3)
        const items = sources.map(({ alias }) => `${alias}.*`).join(', ')
        const all = await answer(session, `SELECT ${items} FROM ${text}`)
        const parts = [condition, `NOT (${condition})`, `(${condition}) IS NULL`]
        const three = parts.map((part) => `SELECT ${items} FROM ${text} WHERE ${part}`).join(' UNION ALL ')
        const parted = await answer(session, three)
        if (all !== null && parted !== null) expect(parted, three).toBe(all)
        const filtered = await answer(session, `SELECT count(*) FROM ${text} WHERE ${condition}`)
        const computed = await answer(
          session,
          `SELECT count(*) FILTER (WHERE p) FROM (SELECT ${condition} AS p FROM ${text}) q`,
        )
        if (filtered !== null && computed !== null) expect(filtered, `${text} WHERE ${condition}`).toBe(computed)
      }
    })
  },
)
