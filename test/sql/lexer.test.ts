import { describe, expect, test } from 'vitest'
import type { Expression } from '../../src/sql/ast.ts'
import { parse } from '../../src/sql/parse.ts'

function value(text: string): Expression {
  const [statement] = parse(`select ${text}`)
  if (statement?.kind !== 'query' || statement.query.body.kind !== 'select') throw new Error(text)
  const [item] = statement.query.body.items
  if (item?.kind !== 'expression') throw new Error(text)
  return item.expression
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

describe('strings', () => {
  test.each([
    ["'it''s'", "it's"],
    ["'a'\n  'b'", 'ab'],
    ["'a' -- why\n'b'", 'ab'],
    ["E'a\\n\\t\\\\\\'b''c\\x41\\101\\u00e4\\U0001F600'", "a\n\t\\'b'cAAä😀"],
    ["E'\\xc3\\xa4'", 'ä'],
    ["E'a'\n'b'", 'ab'],
    ["U&'d\\0061t\\+000061 \\\\'", 'data \\'],
    ["U&'d!0061t' uescape '!'", 'dat'],
    ["N'x'", 'x'],
    ["$$a'b$$", "a'b"],
    ['$fn$ $$ $fn$', ' $$ '],
    ["''", ''],
  ])('%s', (text, expected) => {
    expect(value(text)).toMatchObject({ kind: 'string', value: expected })
  })

  test('X and B strings', () => {
    expect(value("X'0aFF'")).toMatchObject({ kind: 'bytes', hex: '0aff' })
    expect(value("B'101'")).toMatchObject({ kind: 'typed', type: { name: 'bit' }, value: '101' })
    expect(value("X'1ff'")).toMatchObject({
      kind: 'typed',
      type: { name: 'bit' },
      value: '000111111111',
    })
  })
})

describe('numbers keep their digits', () => {
  test.each([
    ['123456789012.123456789012', '123456789012.123456789012'],
    ['1_000_000', '1000000'],
    ['.5e-3', '.5e-3'],
    ['1.', '1.'],
    ['0xFF', '255'],
    ['0b101', '5'],
    ['9223372036854775808', '9223372036854775808'],
  ])('%s', (text, expected) => {
    expect(value(text)).toMatchObject({ kind: 'number', text: expected })
  })
})

describe('names', () => {
  test('fold without quotes only', () => {
    expect(value('Ab."Cd e.f".`G h`')).toMatchObject({
      parts: [
        { name: 'ab', quoted: false },
        { name: 'Cd e.f', quoted: true },
        { name: 'G h', quoted: true },
      ],
    })
    expect(value('"a""b"')).toMatchObject({ parts: [{ name: 'a"b' }] })
    expect(value('t$snapshots')).toMatchObject({ parts: [{ name: 't$snapshots' }] })
    expect(value('U&"d\\0061ta"')).toMatchObject({ parts: [{ name: 'data', quoted: true }] })
  })

  test.each([
    'row',
    'type',
    'day',
    'value',
    'date',
    'timestamp',
    'time',
    'interval',
    'version',
    'at',
    'year',
    'position',
    'map',
    'values',
    'emit',
    'key',
  ])('column %s', (name) => {
    expect(value(`${name} from t`)).toMatchObject({ kind: 'column', parts: [{ name }] })
    expect(value(`t.${name} + 1`)).toMatchObject({ left: { parts: [{ name: 't' }, { name }] } })
  })
})

describe('operators', () => {
  test('end in + and - only with a special character', () => {
    expect(value('a+-b')).toMatchObject({ operator: '+', right: { operator: '-' } })
    expect(value('a=-1')).toMatchObject({ operator: '=', right: { operator: '-' } })
    expect(value('a@-1')).toMatchObject({ operator: '@-' })
    expect(value('a--1\n')).toMatchObject({ kind: 'column' })
    expect(value('a*/*x*/b')).toMatchObject({ operator: '*' })
  })

  test('> signs are put together', () => {
    expect(value('a >> b')).toMatchObject({ operator: '>>' })
    expect(value('cast(a as array<array<int>>)')).toMatchObject({
      type: { name: 'array', arguments: [{ name: 'array' }] },
    })
    expect(message('select a > > b')).toBe('42601 syntax error at or near ">" @11')
  })
})

describe('errors', () => {
  test.each([
    ["select 'abc", '42601 unterminated quoted string at or near "\'abc" @7'],
    ["select E'abc\\'", '42601 unterminated quoted string at or near "E\'abc\\\'" @7'],
    ['select "abc', '42601 unterminated quoted identifier at or near ""abc" @7'],
    ['select ""', '42601 zero-length delimited identifier at or near """" @7'],
    ['select 1 /* a /* b */', '42601 unterminated /* comment at or near "/* a /* b */" @9'],
    ['select $a$ b $$', '42601 unterminated dollar-quoted string at or near "$a$ b $$" @7'],
    ["select x'0g'", '22P02 "g" is not a valid hexadecimal digit @7'],
    ['select 123abc', '42601 trailing junk after numeric literal at or near "123a" @7'],
    ['select $1a', '42601 trailing junk after parameter at or near "$1a" @7'],
    ['select \\', '42601 syntax error at or near "\\" @7'],
    ["select E'\\ud800'", '42601 invalid Unicode surrogate pair @7'],
    ["select E'\\xff'", '22021 invalid byte sequence for encoding "UTF8": 0xff @7'],
    ["select E'\\u12'", '22025 invalid Unicode escape @7'],
  ])('%s', (text, expected) => {
    expect(message(text)).toBe(expected)
  })
})

test('only OPTIONS hints are kept', () => {
  const [statement] = parse("select /*+ broadcast(t) */ * from t /*+ OPTIONS('a'='b') */ as x")
  expect(statement).toMatchObject({
    query: { body: { from: [{ hint: "OPTIONS('a'='b')", alias: { name: { name: 'x' } } }] } },
  })
})
