import { describe, expect, it } from 'vitest'
import { typeName } from '../../../src/core/types.ts'
import { bindInsert } from '../../../src/plan/bind/bind-insert.ts'
import { printLogicalQuery } from '../../../src/plan/print-logical.ts'
import { parse } from '../../../src/sql/parse.ts'
import { sampleContext } from './sample-tables.ts'
import { tablesOf } from './fake-table.ts'

const table = tablesOf('create table x (a integer, b varchar, c decimal(5,2), "Day" date not null)').get('x')!
const context = sampleContext()

async function insert(sql: string): Promise<string> {
  const [statement] = parse(sql)
  if (statement?.kind !== 'insert') throw new Error('not an INSERT')
  const { query } = await bindInsert(statement, table, context)
  expect(query.output.map(({ name, type }) => `${name} ${typeName(type)}`).join(', ')).toBe(
    'a integer, b varchar, c decimal(5,2), Day date',
  )
  expect(query.plan.columns).toHaveLength(4)
  return printLogicalQuery(query).replace(/(Scan \w+) \([^)]*\)/g, '$1')
}

const failure = (sql: string): Promise<unknown> =>
  insert(sql).then(
    () => null,
    (error: unknown) => error,
  )

describe('INSERT', () => {
  it('reads literals in the types of the columns', async () => {
    expect(
      await insert("insert into x values (1, 2, '1.5', '2024-01-01'), (null, 'x', 3, default)"),
    ).toMatchInlineSnapshot(
      `"Values (a, b, c, Day): (1, CAST(2 AS varchar), 1.50, DATE '2024-01-01'), (NULL, 'x', 3.00, NULL)"`,
    )
  })

  it('fills up the columns that the values leave out', async () => {
    expect(await insert('insert into x values (1, 2)')).toMatchInlineSnapshot(`
      "Project a, b, NULL as c, NULL as Day
        Values (a, b): (1, CAST(2 AS varchar))"
    `)
    expect(await insert('insert into x default values')).toMatchInlineSnapshot(`
      "Project NULL as a, NULL as b, NULL as c, NULL as Day
        Values ()"
    `)
  })

  it('puts named columns into their places, with or without case', async () => {
    expect(await insert("insert into x (day, a) select '2024-01-01', n from t")).toMatchInlineSnapshot(`
      "Project n#14, NULL as b#15, NULL as c#16, ?column?
        Project DATE '2024-01-01' as ?column?, CAST(n#9 AS integer) as n#14
          Scan t"
    `)
  })

  it('converts as assignments do', async () => {
    expect(await insert('insert into x select n, a, f, ts from t order by a limit 3')).toMatchInlineSnapshot(`
      "Project CAST(n#9 AS integer) as n#12, CAST(a#1 AS varchar) as a#13, CAST(f#6 AS decimal(5,2)) as f#14, CAST(ts#5 AS date) as ts#15
        Limit 3
          Sort a#1
            Project n#9, a#1, f#6, ts#5
              Scan t"
    `)
  })

  it('takes a query as it is when nothing has to change', async () => {
    expect(await insert('insert into x select a, b, 1.50::decimal(5,2), d from t')).toMatchInlineSnapshot(`
      "Project a, b, 1.50 as numeric, d
        Scan t"
    `)
  })

  it('matches columns by name', async () => {
    expect(await insert('insert into x by name select b, a from t')).toMatchInlineSnapshot(`
      "Project a, b, NULL as c#12, NULL as Day
        Project b, a
          Scan t"
    `)
  })

  it.each([
    ['insert into x (a, nope) values (1, 2)', '42703', 'column "nope" of relation "x" does not exist'],
    ['insert into x (a, a) values (1, 2)', '42701', 'column "a" specified more than once'],
    ['insert into x values (1, 2, 3, null, 5)', '42601', 'INSERT has more expressions than target columns'],
    ['insert into x (a, b) values (1)', '42601', 'INSERT has more target columns than expressions'],
    ['insert into x values (1, 2), (1)', '42601', 'VALUES lists must all be the same length'],
    ['insert into x (a) values (true)', '42804', 'column "a" is of type integer but expression is of type boolean'],
    [
      'insert into x (a) select flag from t',
      '42804',
      'column "a" is of type integer but expression is of type boolean',
    ],
    ["insert into x (a) values ('q')", '22P02', 'invalid input syntax for type integer: "q"'],
  ])('%s fails', async (sql, sqlstate, message) => {
    expect(await failure(sql)).toMatchObject({ sqlstate, message, at: expect.anything() })
  })
})
