/**
 * Any stretch of rows of a Lance file, and any rows by their numbers, are the same rows as those of the whole file; rows by number cost few bytes.
 *
 * Method: every data file of test/fixtures/lance, all columns, against reading the file from its first row to its last.
 */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import type { FileField, RowGroupReader } from '../../../src/format/format.ts'
import { bindTree } from '../../../src/format/bind-tree.ts'
import { LanceDataFile } from '../../../src/format/lance/data-file.ts'
import { readLanceMetadata } from '../../../src/format/lance/file-metadata.ts'
import { LanceGroupReader } from '../../../src/format/lance/group-reader.ts'
import { openLanceContext } from '../../../src/format/lance/reader-context.ts'
import type { SyncFile } from '../../../src/storage/storage.ts'
import { seededBelow } from '../../mutations.ts'
import { createTestEngine, openFile, targetOf } from '../parquet/read-file.ts'
import { type Json, vectorJson } from '../vector-json.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/lance', import.meta.url))
const engine = createTestEngine()

const FILES = readdirSync(FOLDER, { recursive: true, withFileTypes: true })
  .filter(({ name, parentPath }) => name.endsWith('.lance') && parentPath.endsWith('data'))
  .map(({ name, parentPath }) => join(parentPath, name))
  .toSorted()

function columnsOf(reader: RowGroupReader, count: number): Json[][] {
  const arena = new Arena(engine.memory, 'test')
  try {
    return Array.from({ length: count }, (_, column) =>
      vectorJson(engine.memory, reader.read(column, 0, reader.rowCount, null, arena)),
    )
  } finally {
    arena.free()
    reader.close()
  }
}

function stretch(file: SyncFile, data: LanceDataFile, start: number, end: number): Json[][] {
  const { metadata, columnOf } = data
  const columns = bindTree(data.fields.map(targetOf), metadata.columns)
  return columnsOf(
    new LanceGroupReader(openLanceContext(file, engine, data.dictionaries), {
      metadata,
      columnOf,
      columns,
      rows: { start, end },
    }),
    columns.length,
  )
}

function open(path: string): { file: ReturnType<typeof openFile>; data: LanceDataFile } {
  const file = openFile(path)
  return { file, data: new LanceDataFile(file, engine, readLanceMetadata(file)) }
}

/** Some rows of a file's first row group. */
function selected(data: LanceDataFile, field: FileField, rows: readonly number[]): Json[] {
  const arena = new Arena(engine.memory, 'test')
  const reader = data.bind([targetOf(field)]).openRowGroup(0)
  const pointer = arena.allocate(rows.length * 4)
  engine.memory.u32.set(rows, pointer >>> 2)
  try {
    return vectorJson(engine.memory, reader.read(0, 0, reader.rowCount, { pointer, count: rows.length }, arena))
  } finally {
    arena.free()
    reader.close()
  }
}

describe('rows of every file', () => {
  test.each(FILES.map((path) => [path.slice(FOLDER.length + 1), path]))('%s', (_, path) => {
    const { file, data } = open(path)
    const { rowCount } = data
    const whole = stretch(file, data, 0, rowCount)
    const below = seededBelow(3)
    for (let i = 0; i < 12 && rowCount > 0; i++) {
      const start = below(rowCount)
      const end = start + 1 + below(rowCount - start)
      expect(stretch(file, data, start, end)).toEqual(whole.map((column) => column.slice(start, end)))
    }
    for (const [c, field] of data.fields.entries()) {
      const { openRows } = data.bind([targetOf(field)])
      if (openRows === undefined) continue
      for (let i = 0; i < 4; i++) {
        const rows = Float64Array.from({ length: rowCount }, (_value, row) => row).filter(() => below(3) === 0)
        expect(columnsOf(openRows(rows), 1)).toEqual([[...rows].map((row) => whole[c]![row])])
      }
      // So few of a slice that they are read alone, and more, which are chosen from all.
      const [few, many] = [Math.floor(rowCount / 64), Math.ceil(rowCount / 16)]
      for (const count of [few, many].filter((n) => n > 0)) {
        const rows = Array.from({ length: count }, (_value, i) => i * Math.floor(rowCount / count) + below(2))
        expect(selected(data, field, rows)).toEqual(rows.map((row) => whole[c]![row]))
      }
    }
    file.close()
    expect(memoryUse(engine.memory).usedBytes).toBe(0)
  })
})

test('zipped pages have the values that were written', () => {
  const folder = join(FOLDER, 'zipped_2_1', 'data')
  const { file, data } = open(join(folder, readdirSync(folder)[0]!))
  const rows = (start: number, end: number): Json[][] => stretch(file, data, start, end)
  const [id, s, t, v] = rows(36, 38)
  expect(id).toEqual(['36', '37'])
  expect(s).toEqual([`0036${'x'.repeat(257)}`, `0037${'x'.repeat(258)}`])
  expect(t).toEqual([`0036${'y'.repeat(336)}`, `0037${'y'.repeat(337)}`])
  const numbers = (i: number): (number | null)[] =>
    Array.from({ length: 72 }, (_, j) => ((i * j) % 17 === 5 ? null : i * 100 + j))
  expect(v).toEqual([null, numbers(37)])
  file.close()
})

test('constant pages have the value that was written, where it lies beside the layout too', () => {
  const folder = join(FOLDER, 'constant_2_2', 'data')
  const { file, data } = open(join(folder, readdirSync(folder)[0]!))
  const [a, b, c, d, e] = stretch(file, data, 3, 5)
  expect([a, b, d, e]).toEqual([
    ['hello', 'hello'],
    [null, 'hello'],
    [
      [1.5, 2.5],
      [1.5, 2.5],
    ],
    [
      ['x', 'x'],
      ['x', 'x'],
    ],
  ])
  expect(c).toEqual(['000102'.repeat(200), '000102'.repeat(200)])
  file.close()
})

test('a row by its number costs the bytes of its values', () => {
  const folder = join(FOLDER, 'zipped_2_1', 'data')
  const { file, data } = open(join(folder, readdirSync(folder)[0]!))
  const column = (name: string): NonNullable<ReturnType<typeof data.bind>['openRows']> =>
    data.bind([targetOf(data.fields.find((field) => field.name === name)!)]).openRows!
  for (const [name, bytes] of [
    ['t', 340 + 4 + 2 * 4],
    ['w', 72 * 4],
  ] as const) {
    columnsOf(column(name)(Float64Array.of(40)), 1)
    const before = file.counts.bytes
    columnsOf(column(name)(Float64Array.of(40)), 1)
    expect(file.counts.bytes - before).toBeLessThanOrEqual(bytes)
  }
  file.close()
})
