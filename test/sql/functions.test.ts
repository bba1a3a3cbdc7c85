/** The syntax of functions, macros, ON CONFLICT and what renames. */
import { describe, expect, test } from 'vitest'
import type { CreateFunctionStatement, InsertStatement, Statement } from '../../src/sql/ast.ts'
import { parse } from '../../src/sql/parse.ts'

const one = (sql: string): Statement => parse(sql)[0]!
const created = (sql: string): CreateFunctionStatement => one(sql) as CreateFunctionStatement

describe('CREATE FUNCTION', () => {
  test('clauses in any order, each once', () => {
    const { definitions, orReplace, temporary } = created(
      `create or replace temp function f(a int, b text default 'x', double precision) returns int strict immutable as $$ select 1 $$ language sql parallel safe cost 1`,
    )
    expect({ orReplace, temporary }).toEqual({ orReplace: true, temporary: true })
    const [definition] = definitions
    expect(definition!.parameters.map(({ name, type }) => [name?.name ?? null, type?.name])).toEqual([
      ['a', 'int'],
      ['b', 'text'],
      [null, 'double precision'],
    ])
    expect(definition).toMatchObject({
      returns: { kind: 'value', type: { name: 'int' } },
      language: 'sql',
      volatility: 'immutable',
      strict: true,
      body: { kind: 'text', text: ' select 1 ' },
    })
    expect(() => one(`create function f() returns int language sql language sql as ''`)).toThrow(
      'conflicting or redundant options',
    )
  })

  test('RETURN, RETURNS TABLE, SETOF', () => {
    expect(created('create function f(x int) returns int return (select 1) + x').definitions[0]!.body.kind).toBe(
      'expression',
    )
    expect(
      created('create function f() returns table (a int, b text) return select 1, 2').definitions[0],
    ).toMatchObject({
      returns: { kind: 'table', columns: [{ name: { name: 'a' } }, { name: { name: 'b' } }] },
      body: { kind: 'query' },
    })
    expect(
      created(`create function f() returns setof int called on null input as 'select 1'`).definitions[0],
    ).toMatchObject({
      returns: { kind: 'set', type: { name: 'int' } },
      strict: false,
    })
  })

  test('macros have definitions without types', () => {
    const { macro, definitions } = created('create macro m(a) as a + 1, (a, b := 2) as table select a, b')
    expect(macro).toBe(true)
    expect(definitions.map(({ body, text }) => [body.kind, text])).toEqual([
      ['expression', '(a) as a + 1'],
      ['query', '(a, b := 2) as table select a, b'],
    ])
    expect(created('create function add(a, b) as a + b')).toMatchObject({
      macro: true,
      definitions: [
        {
          parameters: [
            { name: { name: 'a' }, type: null },
            { name: { name: 'b' }, type: null },
          ],
        },
      ],
    })
    expect(() => one('create macro m(a) as (select 1')).toThrow('syntax error at end of input')
  })

  test('what no one runs is still a statement', () => {
    expect(one(`create function f() returns int language c as 'a', 'b'`)).toMatchObject({
      kind: 'unsupported',
      what: 'CREATE FUNCTION',
    })
    expect(one('drop function if exists f(int, b text), s.g')).toMatchObject({
      kind: 'drop-function',
      ifExists: true,
      functions: [{}, { parameters: null }],
    })
    expect(one('drop macro table m')).toMatchObject({ kind: 'drop-function', macro: true })
  })
})

test('ON CONFLICT', () => {
  const conflict = (sql: string): unknown => (one(`insert into t values (1) ${sql}`) as InsertStatement).onConflict
  expect(conflict('on conflict do nothing')).toMatchObject({ target: null, set: null })
  expect(
    conflict('on conflict (a, b) do update set a = excluded.a, b = default where t.a > 1 returning a'),
  ).toMatchObject({
    target: { columns: [{ name: 'a' }, { name: 'b' }] },
    set: [{}, {}],
    where: { kind: 'binary' },
  })
  expect(conflict('on conflict on constraint c do nothing')).toMatchObject({ target: { constraint: { name: 'c' } } })
  expect(one('insert into t values (1) on conflict (lower(a)) do nothing')).toMatchObject({ kind: 'unsupported' })
})

test('names that statements change', () => {
  expect(one('alter view if exists s.v rename to w')).toMatchObject({
    kind: 'rename-view',
    ifExists: true,
    to: { name: 'w' },
  })
  expect(one('alter table t set schema s')).toMatchObject({ kind: 'alter-table', actions: [{ kind: 'set-schema' }] })
  // New words are names still.
  expect(parse('select language, returns, strict, macro, volatile, input, function from function, macro').length).toBe(
    1,
  )
})
