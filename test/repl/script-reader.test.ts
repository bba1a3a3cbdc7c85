import { describe, expect, test } from 'vitest'
import { type ScriptPiece, ScriptReader } from '../../src/repl/script-reader.ts'

const SCRIPT = "select 1;\n\\dt\n  \\x on\nselect 'a\n\\not a command\n'; select 2\n;\n\\echo end"

function read(pieces: readonly string[]): ScriptPiece[] {
  const reader = new ScriptReader()
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]
}

describe('statements and backslash commands', () => {
  const expected: ScriptPiece[] = [
    { kind: 'statement', text: 'select 1' },
    { kind: 'command', text: '\\dt' },
    { kind: 'command', text: '\\x on' },
    { kind: 'statement', text: "select 'a\n\\not a command\n'" },
    { kind: 'statement', text: 'select 2' },
    { kind: 'command', text: '\\echo end' },
  ]

  test('commands begin a line between statements; inside of strings they are text', () => {
    expect(read([SCRIPT])).toEqual(expected)
  })

  test('any cut of the text gives the same pieces', () => {
    for (let at = 1; at < SCRIPT.length; at++) {
      expect(read([SCRIPT.slice(0, at), SCRIPT.slice(at)])).toEqual(expected)
    }
    expect(read([...SCRIPT])).toEqual(expected)
  })

  test('a statement is there as soon as its semicolon is', () => {
    expect(new ScriptReader().push('select 1;')).toEqual([{ kind: 'statement', text: 'select 1' }])
  })
})

describe('data', () => {
  const SOURCE =
    'copy t from stdin;\n1\tselect 1;\n\\.\nselect 2;\n\\copy t from pstdin\n3\n\\.\n-- c\nCOPY t (a) FROM STDIN;\n4'

  test('stands behind COPY FROM STDIN, up to its end', () => {
    expect(read([SOURCE])).toEqual([
      { kind: 'statement', text: 'copy t from stdin' },
      { kind: 'data', text: '1\tselect 1;\n' },
      { kind: 'data-end', text: '' },
      { kind: 'statement', text: 'select 2' },
      { kind: 'command', text: '\\copy t from pstdin' },
      { kind: 'data', text: '3\n' },
      { kind: 'data-end', text: '' },
      { kind: 'statement', text: '-- c\nCOPY t (a) FROM STDIN' },
      { kind: 'data', text: '4' },
      { kind: 'data-end', text: '' },
    ])
  })

  test('any cut of the text gives the same', () => {
    const joined = (pieces: readonly ScriptPiece[]): string =>
      pieces.map(({ kind, text }) => (kind === 'data' ? text : `[${kind} ${text}]`)).join('')
    for (let at = 1; at < SOURCE.length; at++) {
      expect(joined(read([SOURCE.slice(0, at), SOURCE.slice(at)]))).toBe(joined(read([SOURCE])))
    }
  })

  test('is none where it comes from elsewhere, and behind queries', () => {
    expect(new ScriptReader(false).push('copy t from stdin;\nselect 1;\n').map(({ kind }) => kind)).toEqual([
      'statement',
      'statement',
    ])
    expect(read([`copy (select 'from stdin') to 'x';\nselect 1;`]).map(({ kind }) => kind)).toEqual([
      'statement',
      'statement',
    ])
  })
})
