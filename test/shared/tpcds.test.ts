/** The 99 queries of TPC-DS on a part of scale 1, against recorded answers: ../shared/tpc/README.md says how these compare. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../src/engine/engine.ts'
import { toJson } from '../../src/engine/format-value.ts'
import type { Session } from '../../src/engine/session.ts'
import { HAS_SHARED, SHARED } from './shared-folder.ts'
import { startBuiltEngine } from '../built-engine.ts'

interface Answer {
  readonly columns: readonly { readonly name: string }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly order?: readonly { readonly column: number }[]
  /** LIMIT cuts through equal keys: any of these rows may come. */
  readonly ties?: unknown
}

const queries = HAS_SHARED
  ? readFileSync(join(SHARED, 'corpora/sql/tpcds.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: string; sql: string })
  : []

let engine: Engine
let session: Session

beforeAll(async () => {
  if (!HAS_SHARED) return
  const settings = { threads: 2, memory_limit: '1GB' }
  engine = await startBuiltEngine(settings)
  session = engine.createSession()
  await session.query(`ATTACH '${join(SHARED, 'tpc/tpcds-small')}' AS tpcds`)
  await session.query('USE tpcds')
})

afterAll(() => engine?.close())

describe.skipIf(!HAS_SHARED)('TPC-DS', () => {
  const { answers } = HAS_SHARED
    ? (JSON.parse(readFileSync(join(SHARED, 'tpc/tpcds-answers-small.json'), 'utf8')) as {
        answers: Readonly<Record<string, Answer>>
      })
    : { answers: {} }

  test.each(queries)('$id', { timeout: 120_000 }, async ({ id, sql }) => {
    const answer = answers[id.replace('.sql', '')]!
    const rows = await read(sql)
    const keys = (row: readonly unknown[]): string =>
      JSON.stringify((answer.order ?? []).map(({ column }) => rounded(row[column])))
    expect(rows.map(keys)).toEqual(answer.rows.map(keys))
    if (answer.ties === undefined) expect(sorted(rows)).toEqual(sorted(answer.rows))
  })
})

async function read(sql: string): Promise<unknown[][]> {
  const result = await session.query(sql)
  const rows: unknown[][] = []
  for await (const chunk of result.chunks())
    for (const row of chunk) rows.push(row.map((value, i) => toJson(value, result.fields[i]!.type)))
  return rows
}

/** Rows as texts, in an order of their own. */
function sorted(rows: readonly (readonly unknown[])[]): string[] {
  return rows.map((row) => JSON.stringify(row.map(rounded))).toSorted()
}

/** Numbers to nine digits: averages are doubles there and decimals here. */
function rounded(value: unknown): unknown {
  if (typeof value !== 'number' && !(typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value))) return value
  return Number(Number(value).toPrecision(9))
}
