/** The queries of one seed asked here and of the oracle, and what differs. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEngine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { textRows } from '../slt/runner/run-slt.ts'
import { type Answer, answerLines, type Oracle } from './postgresql-oracle.ts'
import { RandomSql } from './random-sql.ts'
import { TABLES } from './random-values.ts'

/** How often each outcome came. */
export interface Counts {
  same: number
  sameError: number
  errorOfData: number
  oracleRefused: number
  /** By what was refused. */
  refused: Record<string, number>
}

export function noCounts(): Counts {
  return { same: 0, sameError: 0, errorOfData: 0, oracleRefused: 0, refused: {} }
}

async function ours(session: Session, sql: string): Promise<Answer> {
  try {
    return { kind: 'rows', rows: await textRows(session, sql), types: [] }
  } catch (error) {
    const { sqlstate, message, stack } = error as { sqlstate?: string; message: string; stack?: string }
    return { kind: 'error', sqlstate: sqlstate ?? 'XX000', message: sqlstate === undefined ? String(stack) : message }
  }
}

/** Null where the answers agree, else what differs. */
export function difference(here: Answer, there: Answer, ordered: boolean, counts: Counts): string | null {
  if (here.kind === 'error') {
    const text = `${here.sqlstate} ${here.message}`
    if (here.sqlstate === 'XX000') return `internal error: ${text}`
    if (here.sqlstate === '0A000') {
      counts.refused[here.message] = (counts.refused[here.message] ?? 0) + 1
      return null
    }
    if (there.kind === 'rows') return `an error only here: ${text}`
    // Which of two errors is met first is nobody's promise.
    counts.sameError += 1
    return here.sqlstate.slice(0, 2) === there.sqlstate.slice(0, 2)
      ? null
      : `${text}, not ${there.sqlstate} ${there.message}`
  }
  if (there.kind === 'error') {
    // Rows that are not needed are not computed: an error of data may stay away.
    if (there.sqlstate.startsWith('22')) counts.errorOfData += 1
    // A literal without a type is a text here where PostgreSQL finds no type for it.
    else if (there.sqlstate === '0A000' || /unknown/.test(there.message)) counts.oracleRefused += 1
    else return `rows, not ${there.sqlstate} ${there.message}`
    return null
  }
  const [got, wanted] = [here, there].map(({ rows }) => answerLines(rows, there.types, ordered).join('\n'))
  if (got === wanted) {
    counts.same += 1
    return null
  }
  return `rows:\n${got}\nnot:\n${wanted}`
}

/** Each difference with the statements that show it. */
export async function trySeed(
  seed: number,
  queries: number,
  oracle: Oracle,
  counts: Counts,
): Promise<readonly Difference[]> {
  const random = new RandomSql(seed)
  const dataDirectory = await mkdtemp(join(tmpdir(), 'differential-'))
  const engine = await startEngine({ dataDirectory, settings: { threads: 1 } })
  const found: Difference[] = []
  try {
    const session = engine.createSession()
    for (const table of TABLES) await oracle.run(`DROP TABLE IF EXISTS ${table}`)
    const tables = random.tables()
    for (const statement of tables) {
      await textRows(session, statement)
      const made = await oracle.run(statement)
      if (made.kind === 'error') throw new Error(`${statement}: ${made.message}`)
    }
    for (let i = 0; i < queries; i++) {
      const { sql, ordered } = random.randomQuery()
      const what = difference(await ours(session, sql), await oracle.run(sql), ordered, counts)
      if (what !== null) found.push({ tables, text: `seed ${seed}, query ${i}: ${sql}\n${what}` })
    }
  } finally {
    await engine.close()
    await rm(dataDirectory, { recursive: true, force: true })
  }
  return found
}

export interface Difference {
  readonly tables: readonly string[]
  readonly text: string
}
