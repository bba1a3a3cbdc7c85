/** What the command line prints, without a process: a client with outputs that remember. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Engine } from '../../src/engine/engine.ts'
import { runClient } from './run-client.ts'

let engine: Engine

beforeAll(() => {
  engine = new Engine({ dataDirectory: '/nonexistent', settings: { threads: 1, memory_limit: '64MB' } })
})
afterAll(() => engine.close())

const run = async (format: string, text: string, stopOnError = false) =>
  runClient(engine, { format, text, stopOnError })

const jsonRows = async (sql: string): Promise<unknown> => {
  const { out } = await run('jsonl', sql)
  return (JSON.parse(out) as { rows: unknown }).rows
}

describe('jsonl', () => {
  test.each([
    ['9007199254740993::bigint', '9007199254740993'],
    ['1.50::decimal(10,3)', '1.500'],
    ['0.1::real', 0.1],
    ["'NaN'::double precision", 'NaN'],
    ["'-Infinity'::real", '-Infinity'],
    ["date '10000-01-01'", '+010000-01-01'],
    ["timestamp '2024-01-01 01:02:03'", '2024-01-01T01:02:03.000000'],
    ["timestamptz '2024-01-01 01:02:03'", '2024-01-01T01:02:03.000000Z'],
    ["timestamp(9) '2024-01-01 01:02:03.123456789'", '2024-01-01T01:02:03.123456789'],
    ["'\\xDEAD'::bytea", 'dead'],
    ['array[1, 2]', [1, 2]],
    ["map(array['a'], array[1])", [['a', 1]]],
    ["row(1, 'x')", { f1: 1, f2: 'x' }],
    ['null', null],
    ['true', true],
  ])('%s', async (expression, expected) => {
    expect(await jsonRows(`select ${expression}`)).toEqual([[expected]])
  })

  test('minus zero keeps its sign', async () => {
    expect((await run('jsonl', "select '-0'::double precision")).out).toContain('[[-0.0]]')
  })

  test('one line a statement, empty columns for commands', async () => {
    const { out, err, ok } = await run(
      'jsonl',
      "set application_name = 'x'; use main; select 1 where false; reset all; discard all",
    )
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => (JSON.parse(line) as { command: string }).command),
    ).toEqual(['SET', 'USE', 'SELECT 0', 'RESET', 'DISCARD ALL'])
    expect(out).toContain('{"columns":[],"rows":[],"command":"SET"}\n')
    expect({ err, ok }).toEqual({ err: '', ok: true })
  })

  test('positions count characters from 1', async () => {
    const { out, ok } = await run('jsonl', "select '😀', x")
    expect(JSON.parse(out)).toEqual({
      error: { sqlstate: '42703', message: 'column "x" does not exist', position: 13 },
    })
    expect(ok).toBe(false)
  })
})

describe('scripts', () => {
  test('an error does not end the script', async () => {
    const { out, err, ok } = await run('csv', 'select bad; select 2 as b')
    expect(out).toBe('b\n2\n')
    expect(err).toBe('ERROR:  column "bad" does not exist\nLINE 1: select bad\n               ^\n')
    expect(ok).toBe(false)
  })

  test('unless it is told to', async () => {
    expect(await run('csv', 'select bad; select 2 as b', true)).toMatchObject({ out: '', ok: false })
  })

  test('backslash commands', async () => {
    const { out, err, ok } = await run('csv', '\\t\nselect 7;\n\\nope\n\\q\nselect 8')
    expect(out).toBe('7\n')
    expect(err).toBe('Tuples only is on.\nERROR:  invalid command \\nope\nHINT:  Try \\? for help.\n')
    expect(ok).toBe(false)
  })
})

test('csv quotes what must be quoted; NULL is empty', async () => {
  const { out } = await run('csv', `select 1 as a, null as b, 'x,y' as c, '' as d, 'q"q' as e`)
  expect(out).toBe('a,b,c,d,e\n1,,"x,y","","q""q"\n')
})

/** As PostgreSQL's output functions: the text of a value is the same whether it is printed or cast. */
test.each([
  ['1e15::double precision', '1e+15'],
  ['123456789012345::double precision', '123456789012345'],
  ['0.00001::double precision', '1e-05'],
  ['0.0001::double precision', '0.0001'],
  ["'-0'::double precision", '-0'],
  ['1234567::real', '1.234567e+06'],
  ['0.1::real', '0.1'],
  ["'1.4e-45'::real", '1e-45'],
  ['16777216::real', '1.6777216e+07'],
  ["interval '-1 mon 3 days'", '-1 mons +3 days'],
  ["interval '-2 days 04:05:06.5'", '-2 days +04:05:06.5'],
  ["interval '0'", '00:00:00'],
  ["date '0044-03-15 BC'", '0044-03-15 BC'],
])('%s is printed as %s', async (expression, text) => {
  expect((await run('csv', `select ${expression} as a, (${expression})::text as b`)).out).toBe(`a,b\n${text},${text}\n`)
})

test('markdown escapes pipes', async () => {
  expect((await run('markdown', "select 'a|b' as c")).out).toBe('| c    |\n|------|\n| a\\|b |\n')
})
