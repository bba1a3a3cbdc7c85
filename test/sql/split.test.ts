import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { StatementSplitter } from '../../src/sql/split.ts'

function split(text: string, cuts: readonly number[] = []): string[] {
  const splitter = new StatementSplitter()
  const places = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b)
  const statements: string[] = []
  let from = 0
  for (const place of [...places, text.length]) {
    statements.push(...splitter.push(text.slice(from, place)))
    from = place
  }
  const last = splitter.end()
  return last === null ? statements : [...statements, last]
}

describe('statements end at a ; outside of everything', () => {
  test.each([
    ['select 1; select 2', ['select 1', 'select 2']],
    ['select \';\'; select ";", `;`', ["select ';'", 'select ";", `;`']],
    ["select 'it''s; x'; b", ["select 'it''s; x'", 'b']],
    ["select E'\\'; x'; b", ["select E'\\'; x'", 'b']],
    ["select e'a'';b\\\\'; c", ["select e'a'';b\\\\'", 'c']],
    ["select type'\\'; b", ["select type'\\'", 'b']],
    ['select $$;$$; $a$ ; $$ ; $a$; c', ['select $$;$$', '$a$ ; $$ ; $a$', 'c']],
    ['select a$b$;c$b$', ['select a$b$', 'c$b$']],
    ['select $1; b', ['select $1', 'b']],
    ['-- a;b\nselect 1; -- end', ['-- a;b\nselect 1']],
    ['/* a; /* b; */ c; */ select 1;', ['/* a; /* b; */ c; */ select 1']],
    ['create rule r (a; b); c', ['create rule r (a; b)', 'c']],
    [';;  ; select 1;;', ['select 1']],
    ['select 1 -', ['select 1 -']],
    ['', []],
    ['-- only this', []],
  ])('%s', (text, expected) => {
    expect(split(text)).toEqual(expected)
  })

  test('any cut of a text gives the same statements', () => {
    const piece = fc.constantFrom(
      "'",
      "''",
      '"',
      '`',
      '$',
      '$$',
      '$a$',
      ';',
      ' ;\n',
      '-',
      '--',
      '/*',
      '*/',
      '/',
      '*',
      '(',
      ')',
      '\\',
      'e',
      'E',
      "E'",
      'a',
      'select 1',
      '\n',
      ' ',
      '1',
      'ä',
      '😀',
      "u&'",
      '*/;',
    )
    const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(text, fc.array(fc.nat(400), { maxLength: 30 }), (sql, cuts) => {
        expect(split(sql, cuts)).toEqual(split(sql))
      }),
      { numRuns: 2000 },
    )
  })
})

test('tells what keeps a statement open', () => {
  const splitter = new StatementSplitter()
  expect(splitter.isEmpty).toBe(true)
  const open = (text: string): unknown => {
    splitter.clear()
    splitter.push(text)
    return splitter.open
  }
  expect(open("select 'a")).toBe("'")
  expect(open('select "a')).toBe('"')
  expect(open('select $x$ a ')).toBe('$')
  expect(open('select /* a ')).toBe('*')
  expect(open('select (a ')).toBe('(')
  expect(open('select a ')).toBe(null)
  expect(splitter.rest).toBe('select a ')
  expect(splitter.isEmpty).toBe(false)
})
