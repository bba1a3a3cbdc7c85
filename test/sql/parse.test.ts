import { describe, expect, test } from 'vitest'
import type { Statement } from '../../src/sql/ast.ts'
import { checkSyntax } from '../../src/sql/check-syntax.ts'
import { parse } from '../../src/sql/parse.ts'

function one(text: string): Statement {
  const statements = parse(text)
  expect(statements).toHaveLength(1)
  return statements[0] as Statement
}

/** The first item of FROM. */
function from(text: string): unknown {
  const statement = one(`select * from ${text}`)
  if (statement.kind !== 'query' || statement.query.body.kind !== 'select') return statement
  return statement.query.body.from[0]
}

function item(text: string): unknown {
  const statement = one(`select ${text}`)
  if (statement.kind !== 'query' || statement.query.body.kind !== 'select') return statement
  return statement.query.body.items[0]
}

function expression(text: string): unknown {
  return (item(text) as { expression: unknown }).expression
}

function message(text: string): string {
  try {
    parse(text)
    return 'ok'
  } catch (error) {
    const { sqlstate, message: shown, at } = error as { sqlstate: string; message: string; at?: { start: number } }
    return `${sqlstate} ${shown} @${at?.start}`
  }
}

describe("syntax errors are PostgreSQL's", () => {
  test.each([
    ['selec 1', '42601 syntax error at or near "selec" @0'],
    ['(selec 1)', '42601 syntax error at or near "selec" @1'],
    ['select 1 from', '42601 syntax error at end of input @13'],
    ['select a b c', '42601 syntax error at or near "c" @11'],
    ['select a, from t', '42601 syntax error at or near "from" @10'],
    ['select (1', '42601 syntax error at end of input @9'],
    ['select 1)', '42601 syntax error at or near ")" @8'],
    ['select * from t x y', '42601 syntax error at or near "y" @18'],
    ['select * from a join b', '42601 syntax error at end of input @22'],
    ['select * from t where', '42601 syntax error at end of input @21'],
    ['select * form t', '42601 syntax error at or near "form" @9'],
    ["select 'a' 'b'", '42601 syntax error at or near "\'b\'" @11'],
    ['select 1; selec 2', '42601 syntax error at or near "selec" @10'],
    ['select 1 limit 2 limit 3', '42601 multiple LIMIT clauses not allowed @17'],
    ['insert into t values (1', '42601 syntax error at end of input @23'],
    ['create table t (a int,,)', '42601 syntax error at or near "," @22'],
    ['create table t (a)', '42601 syntax error at or near ")" @17'],
    ['update t set a = (1', '42601 syntax error at end of input @19'],
    ['set a', '42601 syntax error at end of input @5'],
  ])('%s', (text, expected) => {
    expect(message(text)).toBe(expected)
  })
})

test('no statement, several, comments', () => {
  expect(parse('')).toEqual([])
  expect(parse(' ;; -- x\n /* y */ ;')).toEqual([])
  const text = 'select 1; -- one\nselect 2;'
  expect(parse(text).map(({ at }) => text.slice(at.start, at.end))).toEqual(['select 1', 'select 2'])
  expect(checkSyntax(text)).toEqual({ ok: true })
  expect(checkSyntax('select (')).toEqual({ ok: false, error: 'syntax error at end of input' })
})

describe('time travel', () => {
  const version = { kind: 'version', value: { kind: 'number', text: '3' } }
  const timestamp = { kind: 'timestamp', value: { kind: 'string', value: 'x' } }
  test.each([
    ['t for version as of 3', version, null],
    ['t version as of 3 as x', version, 'x'],
    ['t for system_version as of 3 x', version, 'x'],
    ['t at (version => 3)', version, null],
    ['t x for version as of 3', version, 'x'],
    ['t@v3', version, null],
    ["t for timestamp as of 'x'", timestamp, null],
    ["t timestamp as of 'x' as y", timestamp, 'y'],
    ["t for system_time as of 'x'", timestamp, null],
    ["t at (timestamp => 'x') y", timestamp, 'y'],
  ])('%s', (text, travel, alias) => {
    expect(from(text)).toMatchObject({
      kind: 'table-name',
      travel,
      alias: alias === null ? null : { name: { name: alias } },
    })
  })

  test('by an expression, by an offset', () => {
    expect(from("t for timestamp as of now() - interval '1' day where a")).toMatchObject({
      travel: { value: { kind: 'binary', right: { kind: 'interval', value: '1', from: 'day' } } },
    })
    expect(from('t at (offset => -60)')).toMatchObject({
      travel: {
        kind: 'timestamp',
        value: { operator: '+', left: { name: { parts: [{ name: 'now' }] } } },
      },
    })
    expect(from('t at')).toMatchObject({ travel: null, alias: { name: { name: 'at' } } })
    expect(from('t version')).toMatchObject({ travel: null, alias: { name: { name: 'version' } } })
    expect(message('select * from t for version as of 1 x for version as of 2')).toMatch(/^42601/)
  })
})

describe('FROM', () => {
  test('joins nest as written', () => {
    expect(from('a join b join c on x on y')).toMatchObject({
      left: { name: { parts: [{ name: 'a' }] } },
      right: { kind: 'join', on: { parts: [{ name: 'x' }] } },
      on: { parts: [{ name: 'y' }] },
    })
    expect(from('a cross join b natural left join c')).toMatchObject({
      natural: true,
      type: 'left',
      left: { type: 'cross' },
    })
    expect(from('a asof left join b using (id, ts)')).toMatchObject({
      asof: true,
      type: 'left',
      using: [{ name: 'id' }, { name: 'ts' }],
    })
    expect(from('a left semi join b on c')).toMatchObject({ type: 'semi' })
    expect(from('a asof join b match_condition (x) on y')).toMatchObject({ on: { kind: 'and' } })
  })

  test('functions, lateral, files, values, parentheses', () => {
    expect(from("read_parquet('x', from => 1, table => 2) with ordinality as t(a, b)")).toMatchObject({
      kind: 'table-function',
      ordinality: true,
      call: { arguments: [{ name: null }, { name: 'from' }, { name: 'table' }] },
      alias: { columns: [{ name: 'a' }, { name: 'b' }] },
    })
    expect(from('table(f(1)) x')).toMatchObject({ kind: 'table-function' })
    expect(from("'s3://a/*.parquet'")).toMatchObject({
      name: { path: true, parts: [{ name: 's3://a/*.parquet' }] },
    })
    expect(from('(a join b on c) as x')).toMatchObject({
      kind: 'derived-table',
      alias: { name: { name: 'x' } },
    })
    expect(from('((select 1) union (select 2)) x')).toMatchObject({ kind: 'derived-table' })
    expect(from('(values (1), (2)) t(a)')).toMatchObject({
      query: { body: { kind: 'values', rows: [[{}], [{}]] } },
    })
    expect(from('lateral (select 1) x')).toMatchObject({ lateral: true })
  })

  test('FROM first', () => {
    expect(one('from t')).toMatchObject({
      query: { body: { items: [{ kind: 'star' }], from: [{}] } },
    })
    expect(one('from t select a where b')).toMatchObject({
      query: { body: { items: [{ kind: 'expression' }], where: { kind: 'column' } } },
    })
  })
})

describe('expressions', () => {
  test('subqueries and parentheses', () => {
    expect(expression('((select 1) + 1)')).toMatchObject({
      kind: 'binary',
      left: { kind: 'scalar-query' },
    })
    expect(expression('((select 1))')).toMatchObject({ kind: 'scalar-query' })
    expect(expression('a in ((select 1))')).toMatchObject({ kind: 'in-query' })
    expect(expression('a in ((select 1), 2)')).toMatchObject({
      kind: 'in-list',
      values: [{ kind: 'scalar-query' }, {}],
    })
    expect(expression('coalesce((select 1), 2)')).toMatchObject({
      kind: 'function',
      arguments: [{}, {}],
    })
    expect(expression('f((select 1))')).toMatchObject({
      arguments: [{ value: { kind: 'scalar-query' } }],
    })
  })

  test('calls with keywords become plain', () => {
    const call = (name: string, count: number): object => ({
      kind: 'function',
      name: { parts: [{ name }] },
      arguments: Array(count).fill({}),
    })
    expect(expression('substring(x from 2 for 3)')).toMatchObject(call('substring', 3))
    expect(expression('substring(x for 3)')).toMatchObject(call('substring', 3))
    expect(expression("trim(leading 'x' from y)")).toMatchObject(call('ltrim', 2))
    expect(expression('trim(y)')).toMatchObject(call('btrim', 1))
    expect(expression('overlay(a placing b from 1 for 2)')).toMatchObject(call('overlay', 4))
    expect(expression("position('a' in b)")).toMatchObject({
      ...call('position', 2),
      arguments: [{ value: { kind: 'string' } }, { value: { kind: 'column' } }],
    })
    // PostgreSQL's function has the text first.
    expect(expression("position(b, 'a')")).toMatchObject(call('strpos', 2))
    expect(expression('current_timestamp(3)')).toMatchObject(call('current_timestamp', 1))
    expect(expression('extract(year from d)')).toMatchObject({ kind: 'extract', field: 'year' })
  })

  test('literals and types', () => {
    expect(expression("interval '1-2' year to month")).toMatchObject({
      value: '1-2',
      from: 'year',
      to: 'month',
    })
    expect(expression('interval 5 days')).toMatchObject({ value: { text: '5' }, from: 'day' })
    expect(expression("timestamp with time zone 'x'")).toMatchObject({
      type: { name: 'timestamp with time zone' },
    })
    expect(expression("numeric(4, 2) '1.5'")).toMatchObject({
      kind: 'typed',
      type: { modifiers: [4, 2] },
    })
    expect(expression('cast(a as struct<a: int, b: map<varchar, row(c double precision)>>[])')).toMatchObject({
      type: {
        name: 'array',
        arguments: [
          {
            name: 'struct',
            fields: [{}, { type: { name: 'map', arguments: [{}, { name: 'struct' }] } }],
          },
        ],
      },
    })
    expect(expression("{'a': 1, b: 2}")).toMatchObject({ fields: [{ name: 'a' }, { name: 'b' }] })
    expect(expression("map {'k': 1}")).toMatchObject({ kind: 'map' })
    expect(expression('(x).y.z[1:2]')).toMatchObject({ kind: 'slice', operand: { kind: 'field' } })
    expect(expression('transform(a, (s, x) -> s + x)')).toMatchObject({
      arguments: [{}, { value: { operator: '->' } }],
    })
  })

  test('parameters', () => {
    expect(item('?, ?')).toMatchObject({ expression: { kind: 'parameter', index: 1 } })
    expect(expression('a ? ?')).toMatchObject({
      kind: 'binary',
      operator: '?',
      right: { index: 1 },
    })
    expect(expression('$2')).toMatchObject({ index: 2, name: null })
    expect(expression('$name')).toMatchObject({ index: null, name: 'name' })
    expect(expression(':name')).toMatchObject({ index: null, name: 'name' })
  })

  test('windows and aggregates', () => {
    expect(
      expression(
        'sum(distinct a order by b) filter (where c) over (w partition by d order by e desc nulls last rows between 1 preceding and unbounded following exclude ties)',
      ),
    ).toMatchObject({
      distinct: true,
      filter: { kind: 'column' },
      over: {
        base: { name: 'w' },
        orderBy: [{ descending: true, nulls: 'last' }],
        frame: {
          unit: 'rows',
          start: { kind: 'preceding' },
          end: { kind: 'unbounded-following' },
          exclude: 'ties',
        },
      },
    })
    expect(expression('lag(x) ignore nulls over w')).toMatchObject({
      nullTreatment: 'ignore',
      over: { name: 'w' },
    })
  })
})

describe('statements', () => {
  test.each<[string, object]>([
    ["set search_path to a, 'b'", { kind: 'set', name: 'search_path', value: ['a', 'b'] }],
    ['set x.y = -5', { kind: 'set', name: 'x.y', value: [-5] }],
    ['set a = default', { kind: 'set', value: null }],
    ["set time zone 'UTC'", { kind: 'set', name: 'timezone', value: ['UTC'] }],
    ['reset all', { kind: 'set', name: 'all', value: null }],
    ['show transaction isolation level', { kind: 'show', what: 'setting' }],
    ["show tables from a.b like 'x%'", { kind: 'show', what: 'tables', like: 'x%' }],
    [
      'begin isolation level repeatable read, read only',
      { action: 'begin', modes: ['isolation level repeatable read', 'read only'] },
    ],
    ['rollback to savepoint x', { kind: 'transaction', action: 'rollback-to', name: { name: 'x' } }],
    ['savepoint x', { kind: 'transaction', action: 'savepoint' }],
    ['release x', { kind: 'transaction', action: 'release' }],
    [
      'alter table t add column a int not null default 1 + 2 check (a > 0) after b, drop column if exists s.f, rename c to d, alter e type bigint',
      {
        kind: 'alter-table',
        actions: [
          {
            kind: 'add-column',
            definition: { defaultText: '1 + 2', check: { text: 'a > 0' } },
            position: { after: {} },
          },
          { kind: 'drop-column', column: { parts: [{ name: 's' }, { name: 'f' }] }, ifExists: true },
          { kind: 'rename-column', to: { name: 'd' } },
          { kind: 'set-type', type: { name: 'bigint' } },
        ],
      },
    ],
    [
      'alter table t add partition field bucket(4, a) as x',
      { actions: [{ kind: 'add-partition', name: { name: 'x' } }] },
    ],
    ["comment on column t.a is 'x'", { kind: 'alter-table', actions: [{ kind: 'comment-column', comment: 'x' }] }],
    ['alter table t enable row level security', { kind: 'unsupported', what: 'ALTER TABLE' }],
    [
      'create table t (a int check (a > 1), constraint c check (a < 9))',
      { checks: [{ name: null, expression: { text: 'a > 1' } }, { name: { name: 'c' } }] },
    ],
    ['discard all', { kind: 'unsupported', what: 'DISCARD ALL' }],
    ['use catalog c', { kind: 'use', name: { parts: [{ name: 'c' }] } }],
    [
      "attach if not exists 'x' as c (type lake, remap 'a=b', ro)",
      {
        ifNotExists: true,
        uri: 'x',
        options: [{ value: 'lake' }, { name: 'remap', value: 'a=b' }, { value: true }],
      },
    ],
    [
      'explain (analyze, costs off, format json) select 1',
      { options: [{ name: 'analyze', value: true }, { value: false }, { value: 'json' }] },
    ],
    ['explain analyze verbose select 1', { options: [{ name: 'analyze' }, { name: 'verbose' }] }],
    [
      'insert into t (a, b) values (1, default)',
      { kind: 'insert', columns: [{}, {}], query: { body: { kind: 'values' } } },
    ],
    ['insert overwrite t by name select 1', { overwrite: true, byName: true }],
    ['with a as (select 1) insert into t select * from a', { kind: 'insert', query: { with: { ctes: [{}] } } }],
    ['insert into t default values', { kind: 'insert', query: null }],
    ['create or replace table t as select 1', { orReplace: true, columns: [], query: {} }],
    [
      'create table t (a int default 1 + 1 not null, primary key (a) not enforced)',
      {
        columns: [{ notNull: true, default: {} }],
        keys: [{ isPrimary: true, enforced: false, columns: [{ name: 'a' }] }],
      },
    ],
    [
      "create table t (a int) using iceberg partitioned by (day(a), b) location 'x' tblproperties ('A.b' = 'c')",
      {
        using: 'iceberg',
        partitionedBy: [{ kind: 'function' }, { kind: 'column' }],
        properties: [{ name: 'A.b', value: 'c' }],
      },
    ],
    [
      'create table t (a int primary key, b int constraint u unique not null, unique (a, b), foreign key (a) references s not enforced)',
      {
        columns: [{ notNull: true }, { notNull: true }],
        keys: [{ isPrimary: true, enforced: true }, { name: { name: 'u' }, isPrimary: false }, { columns: [{}, {}] }],
      },
    ],
    ['create table t (a text collate "C" not null)', { columns: [{ notNull: true }] }],
    ['create table t (a text collate "de_DE")', { kind: 'unsupported', what: 'this COLLATE in CREATE TABLE' }],
    ['create table t (a int references s (a))', { kind: 'unsupported', what: 'REFERENCES' }],
    ['drop table if exists a, b', { names: [{}, {}], ifExists: true }],
    [
      'update only t as x set a = 1, (b, x.c) = (default, 2), (d, e) = (select 1, 2) from u where x.a = u.a returning *, a as b',
      {
        kind: 'update',
        table: { name: { parts: [{ name: 't' }] }, alias: { name: 'x' } },
        set: [
          { columns: [{ parts: [{ name: 'a' }] }], values: [{ kind: 'number' }], source: null },
          { columns: [{}, { parts: [{ name: 'x' }, { name: 'c' }] }], values: [{ kind: 'default' }, {}] },
          { columns: [{}, {}], values: null, source: { body: { kind: 'select' } } },
        ],
        from: [{ kind: 'table-name' }],
        where: { kind: 'binary' },
        returning: [{ kind: 'star' }, { alias: { name: 'b' } }],
      },
    ],
    ['delete from t', { kind: 'delete', using: [], where: null, returning: null }],
    [
      'with w as (select 1) delete from t x using w, u join v using (a) where x.a = 1',
      { kind: 'delete', with: { ctes: [{}] }, using: [{ kind: 'table-name' }, { kind: 'join' }] },
    ],
    ['delete from t where current of c', { kind: 'unsupported', what: 'WHERE CURRENT OF' }],
    [
      `merge into t using (select 1) s on t.a = s.a when matched and s.b then update set a = 1 when matched then delete
       when not matched then insert (a) values (default) when not matched by source then do nothing
       when not matched by target and true then insert default values returning merge_action()`,
      {
        kind: 'merge',
        clauses: [
          { match: 'matched', condition: { kind: 'column' }, action: { kind: 'update', set: [{}] } },
          { match: 'matched', condition: null, action: { kind: 'delete' } },
          { match: 'not-matched', action: { kind: 'insert', columns: [{ name: 'a' }], values: [{ kind: 'default' }] } },
          { match: 'not-matched-by-source', action: { kind: 'nothing' } },
          { match: 'not-matched', action: { kind: 'insert', columns: [], values: [] } },
        ],
        returning: [{}],
      },
    ],
    [
      'merge into t using s using (a, b) when matched then update set * when not matched then insert *',
      {
        on: null,
        columns: [{ name: 'a' }, { name: 'b' }],
        clauses: [{ action: { kind: 'update-all', byName: true } }, { action: { kind: 'insert-all', byName: true } }],
      },
    ],
    ['truncate table a, only b cascade', { kind: 'truncate', names: [{}, {}] }],
    [
      'insert into t as x (a) replace where a > 1 values (1) returning a',
      { kind: 'insert', alias: { name: 'x' }, replaceWhere: { kind: 'binary' }, returning: [{}] },
    ],
    ['create or replace view v (a) as select 1 + 1', { kind: 'create-view', orReplace: true, text: 'select 1 + 1' }],
    ['create recursive view v (a) as select 1', { kind: 'unsupported', what: 'CREATE VIEW' }],
    [
      'copy (select 1) to stdout csv header',
      { kind: 'copy', path: null, options: [{ name: 'format' }, { name: 'header' }] },
    ],
    ['fetch forward 3 from c', { kind: 'fetch', count: 3, moves: false }],
    ['prepare p (int) as select ?', { kind: 'prepare', statement: { kind: 'query' } }],
    ['refresh materialized view v', { kind: 'refresh-view' }],
    [
      'select * from t match_recognize (a)',
      { kind: 'unsupported', what: 'MATCH_RECOGNIZE', featureAt: { start: 16, end: 35 } },
    ],
    ['select 1 from t for update', { kind: 'unsupported', what: 'FOR UPDATE/SHARE' }],
    ['select a from t before', { kind: 'query' }],
  ])('%s', (text, expected) => {
    expect(one(text)).toMatchObject(expected)
  })
})

describe('time stays linear', () => {
  const times = (text: string, count: number): string => text.repeat(count)
  const within = (text: string, ms: number): void => {
    // Of the processor: other work on the machine does not count.
    const start = process.cpuUsage()
    checkSyntax(text)
    expect(process.cpuUsage(start).user / 1000).toBeLessThan(ms)
  }

  test.each([
    ['10,000 ANDs', `select * from t where ${times('a = 1 and ', 10_000)}b`],
    ['10,000 values in IN', `select a in (${times('1, ', 10_000)}1)`],
    ['1 MB string', `select '${times('x', 1_000_000)}'`],
    ['5,000 columns', `select ${times('abc, ', 5000)}d`],
    ['20,000 rows', `insert into t values ${times("(1, 'a', 2.5), ", 20_000)}(1)`],
    ['40,000 signs', `select 1${times('+-', 20_000)}1`],
    ['a statement of 1 MB', `select ${times("a + 'text', ", 90_000)}d from t`],
    ['2,000 joins without ON', `select * from a ${times('join b ', 2000)}`],
  ])('%s', (_, text) => within(text, 3000))

  test.each([
    ['5,000 brackets', `select ${times('(', 5000)}1${times(')', 5000)}`],
    ['10,000 elements', `select a in (${times("'abc', ", 10_000)}1)`],
    ['an error inside 30 brackets', `select ${times('(', 30)}1 1${times(')', 30)}`],
  ])('%s in a second', (_, text) => within(text, 1000))

  // Twice the time at each of 25 levels would be hours.
  const nested: readonly (readonly [string, string])[] = [
    ['(a + ', ')'],
    ['f(a, ', ')'],
    ['(select ', ')'],
    ['(select * from (select ', ') x)'],
    ['case when a then ', ' end'],
    ['[', ']'],
    ['a[', ']'],
    ['substring(', ' from 1)'],
    ['trim(', ')'],
    ['position(', ' in b)'],
    ['try_cast(', ' as int)'],
    ['interval (', ') day'],
    ['row(', ')'],
    ["{'a': ", '}'],
    ['map[', ']'],
    ['a in (', ')'],
    ['a in (select ', ')'],
    ['exists (select ', ')'],
    ['f() over (order by ', ')'],
    ['f(lambda x: a + ', ')'],
    ["json_object('a' value ", ')'],
    ['(select * from values (', ') x)'],
    ['(select a group by rollup (', '))'],
    ['(select * replace (', ' as a) from t)'],
    ['(select 1 qualify ', ')'],
    ['(with x as (select ', ') select 1)'],
    ['(pivot t on ', ' using sum(x))'],
    ['(pivot t on a in (', ') using sum(x))'],
    ['(pivot t using sum(', '))'],
    ['(unpivot t on ', ')'],
    ['(select * from t pivot (sum(', ') for a in (1)))'],
    ['(select * from t pivot (sum(x) for a in (', ')))'],
    ['(select * from t unpivot (v for n in (', ')))'],
    ['(select * from t tablesample (', ' rows))'],
    ['(select 1 from t using sample bernoulli (', '))'],
    ['[x for x in ', ']'],
    ['columns(* replace (', ' as a))'],
    ['f(*columns(', '))'],
    ['(select * like ', ' from t)'],
    ['(select 1 limit ', ' percent)'],
    ['(select * from rows from (f(', ')))'],
    ['(select * from t lateral view f(', ') v)'],
  ]
  test.each(nested)('an error in 25 times %s', (open, close) => {
    within(`select ${times(open, 25)}a b c d${times(close, 25)}`, 1000)
    expect(checkSyntax(`select ${open}1${close}`)).toEqual({ ok: true })
  })
})

describe('limits', () => {
  test('nesting', () => {
    expect(message(`select ${'('.repeat(1001)}1${')'.repeat(1001)}`)).toMatch(/^54001 stack depth limit exceeded/)
    expect(message(`select ${'- '.repeat(100_000)}1`)).toMatch(/^54001 stack depth limit exceeded/)
    expect(() => parse('select ((1))', { maxDepth: 1 })).toThrow('stack depth limit exceeded')
  })

  test('length', () => {
    expect(() => parse('select 1', { maxLength: 7 })).toThrow('statement is longer than 7 characters')
  })
})
