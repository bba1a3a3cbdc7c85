/** Method: trees are frozen before they run, so that whatever would change one fails; every statement runs twice over the same tree. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseText } from '../../src/engine/parsed-texts.ts'
import { type Engine, startEngine } from '../../src/engine/engine.ts'
import type { Session } from '../../src/engine/session.ts'
import { textRows } from '../slt/runner/run-slt.ts'

let folder: string
let engine: Engine
let session: Session
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parsed-texts-'))
  engine = await startEngine({ dataDirectory: folder, settings: { threads: 1 } })
  session = engine.createSession()
  await textRows(session, 'create table t (a integer, b varchar, c decimal(5, 2), d date)')
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true })
})

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

const STATEMENTS = [
  "insert into t values (1, 'x', 1.5, date '2020-01-01'), (2, null, null, null)",
  'with w as (select a, b from t) select w.*, count(*) over (partition by w.b) from w join t using (a) order by 1 limit 5',
  'select b, sum(a) filter (where c > 1), grouping(b) from t group by rollup (b) having count(*) > 0',
  'select * from t where a in (select max(a) from t i where i.b = t.b) or exists (select 1 from t k where k.a > t.a)',
  'select case when a > 1 then c else -c end, d + interval 1 month, a::text || b from t qualify row_number() over (order by a) = 1',
  'select * from (values (1, 2), (3, 4)) v(x, y) union all select a, a from t except select 1, 2',
  'pivot t on b using sum(a)',
  'select columns(* exclude (d)) from t',
  'with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) select * from r',
  'select unnest(array[1, 2]), list_transform(array[a], x -> x + 1) from t tablesample 100 percent',
  'update t set a = a + 1 where b is not null returning *',
  "merge into t using (values (2, 'y')) s(k, v) on t.a = s.k when matched then update set b = s.v when not matched then insert (a, b) values (k, v)",
  'delete from t where a = 99',
  'explain select a from t order by 1',
  'begin',
  'rollback',
  "set timezone = 'UTC'",
  'show timezone',
]

describe('texts that are parsed once', () => {
  it('gives the same trees again', () => {
    expect(parseText('select 1 + 2')).toBe(parseText('select 1 + 2'))
    expect(parseText('select 1 + 2')).not.toBe(parseText('select 1 +  2'))
    expect(() => parseText('select from from')).toThrow('syntax error')
  })

  it.each(STATEMENTS)('%s', async (sql) => {
    const statements = parseText(sql)
    freeze(statements)
    await textRows(session, sql)
    await textRows(session, sql)
    expect(parseText(sql)).toBe(statements)
  })
})
