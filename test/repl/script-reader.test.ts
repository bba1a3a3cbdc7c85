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
