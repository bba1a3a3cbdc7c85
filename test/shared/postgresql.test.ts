/**
 * Random queries over random small tables, asked here and of PostgreSQL (PGlite, a development dependency): the same rows, in the same
 * order where the query has one. Differences that docs/postgresql-differences.md names are made the same before (postgresql-oracle.ts).
 *
 * SLUICE_SEED and SLUICE_SEEDS say where to begin and how many databases to try, SLUICE_QUERIES how many queries each is asked; a
 * failure names its seed.
 */
import { expect, it } from 'vitest'
import { type Answer, startOracle } from '../differential/postgresql-oracle.ts'
import { difference, noCounts, trySeed } from '../differential/try-seed.ts'

const FIRST_SEED = Number(process.env['SLUICE_SEED'] ?? 1)
const SEEDS = Number(process.env['SLUICE_SEEDS'] ?? 1)
const QUERIES = Number(process.env['SLUICE_QUERIES'] ?? 40)

it('tells other rows, another order and errors of one side alone', () => {
  const rows = (...values: string[]): Answer => ({ kind: 'rows', rows: values.map((value) => [value]), types: [23] })
  const error = (sqlstate: string): Answer => ({ kind: 'error', sqlstate, message: 'x' })
  const check = (here: Answer, there: Answer, ordered: boolean): string | null =>
    difference(here, there, ordered, noCounts())?.split('\n')[0] ?? null
  expect(check(rows('1', '2'), rows('2', '1'), false)).toBe(null)
  expect(check(rows('1', '2'), rows('2', '1'), true)).toBe('rows:')
  expect(check(rows('1'), rows('1', '1'), false)).toBe('rows:')
  expect(check(error('22012'), rows('1'), false)).toBe('an error only here: 22012 x')
  expect(check(error('XX000'), error('XX000'), false)).toBe('internal error: XX000 x')
  expect(check(rows('1'), error('42883'), false)).toBe('rows, not 42883 x')
  expect(check(error('0A000'), rows('1'), false)).toBe(null)
})

const LAST_SEED = FIRST_SEED + SEEDS - 1

it(`answers as PostgreSQL does: seeds ${FIRST_SEED} to ${LAST_SEED}`, { timeout: 36_000_000 }, async () => {
  const oracle = await startOracle()
  const counts = noCounts()
  try {
    for (let seed = FIRST_SEED; seed <= LAST_SEED; seed++) {
      const found = await trySeed(seed, QUERIES, oracle, counts)
      expect(found.map(({ tables, text }) => `${tables.join(';\n')};\n${text}`)).toEqual([])
    }
    // Else the queries are no good.
    expect(counts.same).toBeGreaterThan(SEEDS * QUERIES * 0.8)
  } finally {
    await oracle.close()
  }
})
