/**
 * Random expressions parsed here and by PostgreSQL's own parser (libpg-query, a development dependency): the same trees, and the same
 * texts refused. SLUICE_SEED says where to begin, SLUICE_EXPRESSIONS how many to try.
 */
import { loadModule } from 'libpg-query'
import { beforeAll, expect, it } from 'vitest'
import { parse } from '../../../src/sql/parse.ts'
import { query } from './our-tree.ts'
import { postgresAccepts, postgresTree } from './postgresql-tree.ts'
import { RandomPostgresExpressions } from './random-expressions.ts'

const SEED = Number(process.env['SLUICE_SEED'] ?? 1)
const EXPRESSIONS = Number(process.env['SLUICE_EXPRESSIONS'] ?? 800)

beforeAll(loadModule)

function ourText(sql: string): string {
  try {
    const [statement] = parse(sql)
    if (statement?.kind !== 'query')
      return statement?.kind === 'unsupported' ? `unsupported: ${statement.what}` : 'no query'
    return query(statement.query)
  } catch (error) {
    return `refused: ${(error as Error).message}`
  }
}

it(`groups as PostgreSQL does: seed ${SEED}`, { timeout: 3_600_000 }, () => {
  const random = new RandomPostgresExpressions(SEED)
  const wrong: string[] = []
  let tried = 0
  while (tried < EXPRESSIONS) {
    const sql = `SELECT ${random.expression(1 + random.below(4))}`
    if (!postgresAccepts(sql)) continue
    tried += 1
    const [here, there] = [ourText(sql), postgresTree(sql)]
    if (here !== there) wrong.push(`${sql}\n  ${here}\n  ${there}`)
  }
  expect(wrong.sort((a, b) => a.length - b.length).slice(0, 10)).toEqual([])
})
