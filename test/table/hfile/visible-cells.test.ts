/** Method: cells are written down as `row family:qualifier @ts type`, in HBase's order; those that a get shows are named. */
import { expect, test } from 'vitest'
import { CellCursor } from '../../../src/format/hfile/cell-cursor.ts'
import { VisibleCells, compareCells } from '../../../src/table/hfile/visible-cells.ts'

const TYPES: Readonly<Record<string, number>> = { put: 4, delete: 8, familyVersion: 10, column: 12, family: 14 }

/** A block of plain cells, as HBase writes it without encoding. */
function block(cells: readonly string[]): Uint8Array {
  const parts = cells.map((text) => {
    const [, row, family, qualifier, time, type] = /^(\w+) (\w+):(\w*) @(\d+) (\w+)$/.exec(text)!
    const key = Buffer.alloc(12 + row!.length + family!.length + qualifier!.length)
    key.writeUInt16BE(row!.length, 0)
    key.write(row!, 2)
    key[2 + row!.length] = family!.length
    key.write(family! + qualifier!, 3 + row!.length)
    key.writeBigInt64BE(BigInt(time!), key.length - 9)
    key[key.length - 1] = TYPES[type!]!
    const head = Buffer.alloc(8)
    head.writeInt32BE(key.length, 0)
    head.writeInt32BE(0, 4)
    return Buffer.concat([head, key])
  })
  return new Uint8Array(Buffer.concat(parts))
}

function cursorOf(cells: readonly string[]): CellCursor {
  return new CellCursor(block(cells), false, { hasTags: false, hasCompressedTags: false, hasMvcc: false }, 'block')
}

function visible(cells: readonly string[]): string[] {
  const cursor = cursorOf(cells)
  const view = new VisibleCells()
  const seen: string[] = []
  for (const cell of cells) {
    expect(cursor.next()).toBe(true)
    if (view.isVisible(cursor)) seen.push(cell)
  }
  return seen
}

test('the newest put of each column', () => {
  const cells = ['r f:a @3 put', 'r f:a @2 put', 'r f:b @1 put', 'r g:a @1 put', 's f:a @1 put']
  expect(visible(cells)).toEqual(['r f:a @3 put', 'r f:b @1 put', 'r g:a @1 put', 's f:a @1 put'])
})

test('a delete hides its version only', () => {
  expect(visible(['r f:a @2 delete', 'r f:a @2 put', 'r f:a @1 put'])).toEqual(['r f:a @1 put'])
})

test('deletes of a column and of a family hide what is not newer', () => {
  expect(visible(['r f:a @3 put', 'r f:a @2 column', 'r f:a @2 put'])).toEqual(['r f:a @3 put'])
  expect(visible(['r f: @2 family', 'r f:a @3 put', 'r f:b @2 put', 'r g:b @2 put', 's f:b @1 put'])).toEqual([
    'r f:a @3 put',
    'r g:b @2 put',
    's f:b @1 put',
  ])
  expect(visible(['r f: @2 familyVersion', 'r f:a @2 put', 'r f:a @1 put'])).toEqual(['r f:a @1 put'])
})

test('cells compare as HBase sorts them', () => {
  const sorted = [
    'a f: @9 put',
    'ab e:a @1 put',
    'ab f:a @2 column',
    'ab f:a @2 put',
    'ab f:a @1 put',
    'ab f:ab @3 put',
  ]
  const cursors = sorted.map((cell) => {
    const cursor = cursorOf([cell])
    cursor.next()
    return cursor
  })
  cursors.forEach((cursor, i) => {
    cursors.forEach((other, j) => expect(Math.sign(compareCells(cursor, other))).toBe(Math.sign(i - j)))
  })
})
