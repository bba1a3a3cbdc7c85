/** Files of other writers: their rows, whole and in pieces. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { memoryUse } from '../../../src/core/memory.ts'
import { orcFormat } from '../../../src/format/orc/index.ts'
import { createTestEngine, openFile, readWhole, targetOf } from '../parquet/read-file.ts'
import { type Json, vectorJson } from '../vector-json.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/orc', import.meta.url))
const engine = createTestEngine()
const pathOf = (name: string): string => join(FOLDER, name, 'part-0.orc')
const columnsOf = (name: string, batchRows?: number): Json[][] =>
  readWhole(engine, openFile(pathOf(name)), batchRows, orcFormat).columns

afterEach(() => {
  expect(memoryUse(engine.memory).usedBytes).toBe(0)
})

function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'number' ? Math.fround(part) : part))
}

const withAnswers = readdirSync(FOLDER).filter((name) => existsSync(join(FOLDER, name, 'expected.json')))

test.each(withAnswers)('%s holds what was written', (name) => {
  const { rows } = JSON.parse(readFileSync(join(FOLDER, name, 'expected.json'), 'utf8')) as { rows: Json[][] }
  const columns = columnsOf(name)
  const found = columns[0]!.map((_, row) => canonical(columns.map((column) => column[row])))
  expect(found.toSorted()).toEqual(rows.map(canonical).toSorted())
})

test('every codec gives the same rows', () => {
  const zlib = columnsOf('java_zlib')
  expect(zlib[0]!.length).toBe(2500)
  for (const codec of ['lzo', 'zstd', 'snappy', 'lz4']) expect(columnsOf(`java_${codec}`)).toEqual(zlib)
})

test('unions are structs of the tag and a field for each type', () => {
  const text = (i: number): Json => (((i / 3) | 0) % 5 === 0 ? null : `text ${(i / 3) | 0}`)
  const value = (i: number): Json => {
    const [tag, at] = [i % 3, (i / 3) | 0]
    const list = tag === 2 ? [String(at), String(at + 1)] : null
    return { tag, field0: tag === 0 ? at * 7 : null, field1: tag === 1 ? text(i) : null, field2: list }
  }
  expect(columnsOf('union')[1]).toEqual(Array.from({ length: 3000 }, (_, i) => value(i)))
})

test.each(['prims_v011', 'prims_v012', 'nested', 'java_lzo', 'union'])(
  '%s is the same in batches of any size',
  (name) => {
    const whole = columnsOf(name)
    for (const batchRows of [1, 7, 64, 1000]) expect(columnsOf(name, batchRows)).toEqual(whole)
  },
)

test('rows that are passed over leave the right ones, with the row index and without', () => {
  for (const name of ['bloom', 'prims_v011', 'nested', 'java_zlib', 'union']) {
    const whole = columnsOf(name)
    const file = orcFormat.open(openFile(pathOf(name)), engine)
    const bound = file.bind(file.fields.map(targetOf))
    const { rowCount } = file
    for (const starts of [[1, 17, 50], [rowCount - 3], [499, 500, 5500], [1999, 2000, 2001]]) {
      const arena = new Arena(engine.memory, 'test')
      const reader = bound.openRowGroup(0)
      for (const start of starts.filter((row) => row < rowCount)) {
        const end = Math.min(rowCount, start + 1)
        const found = file.fields.map((_, c) => vectorJson(engine.memory, reader.read(c, start, end, null, arena))[0])
        expect(found, `${name} ${start}`).toEqual(whole.map((column) => column[start]))
      }
      reader.close()
      arena.free()
    }
  }
})

test('field ids are found in the attributes, missing columns are what the table says', () => {
  const file = orcFormat.open(openFile(pathOf('java_zlib')), engine)
  const bound = file.bind([
    { names: ['ID'], type: { kind: 'bigint' }, children: [] },
    { names: ['gone'], type: { kind: 'integer' }, children: [], missing: 7 },
    { names: ['i'], type: { kind: 'decimal', precision: 12, scale: 2 }, children: [] },
  ])
  const arena = new Arena(engine.memory, 'test')
  const reader = bound.openRowGroup(0)
  const read = (column: number): Json[] => vectorJson(engine.memory, reader.read(column, 0, 3, null, arena))
  expect(read(0)).toEqual(['0', '1', '2'])
  expect(read(1)).toEqual([7, 7, 7])
  const narrow = columnsNarrow()
  expect(read(2)).toEqual(narrow)
  reader.close()
  arena.free()

  function columnsNarrow(): Json[] {
    const at = file.fields.findIndex(({ name }) => name === 'i')
    return columnsOf('java_zlib')
      [at]!.slice(0, 3)
      .map((value) => (value === null ? null : `${String(value)}.00`))
  }
})
