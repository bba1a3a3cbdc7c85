/** What statistics, page indexes and Bloom filters let a reader leave out: the rows kept, and the bytes read for them. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { type DataType, BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { type Expr, and, call, input, literal } from '../../../src/expr/expr.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { vectorJson } from '../vector-json.ts'
import { bytesFile, createTestEngine, openFile, readWhole, targetOf } from './read-file.ts'
import type { ThriftStruct } from './thrift-writer.ts'
import { type Node, plain, writeFile } from './write-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/parquet', import.meta.url))
const engine = createTestEngine()
const pathOf = (name: string): string => join(FOLDER, name, 'part-0.parquet')

function compare(name: string, index: number, type: DataType, value: LiteralValue): Expr {
  return call(name, [input(index, type), literal(value, type)], BOOLEAN)
}

describe('page index', () => {
  const rows = readWhole(engine, openFile(pathOf('page_index'))).columns

  function open() {
    const counted = openFile(pathOf('page_index'))
    const file = parquetFormat.open(counted, engine)
    return { counted, file, bound: file.bind(file.fields.map(targetOf)) }
  }

  test('a point look-up reads one page of each column', () => {
    const { counted, file, bound } = open()
    const row = 17_500
    const predicate = and([compare('eq', 0, BIGINT, BigInt(3 * row)), compare('ge', 1, INTEGER, 0)])
    expect(file.rowGroups.map((_, i) => bound.mightMatch(i, predicate))).toEqual([false, true])
    const reader = bound.openRowGroup(1)
    expect(reader.candidateRanges(predicate)).toEqual([{ start: 5000, end: 6000 }])
    const at = row - file.rowGroups[1]!.firstRow
    const arena = new Arena(engine.memory, 'test')
    for (const column of [0, 1]) {
      const { bytes, reads } = counted.counts
      const vector = reader.read(column, at, at + 1, null, arena)
      expect(vectorJson(engine.memory, vector)).toEqual([rows[column]![row]])
      // 1,000 values of 4 or 8 bytes.
      expect(counted.counts.bytes - bytes).toBeLessThan(12_000)
      expect(counted.counts.reads - reads).toBe(1)
    }
    reader.close()
    arena.free()
  })

  test('prefetching rows reads their pages in few calls', () => {
    const { counted, bound } = open()
    const reader = bound.openRowGroup(1)
    const arena = new Arena(engine.memory, 'test')
    reader.prefetch([0, 1, 2, 3], [{ start: 4321, end: 4322 }])
    const { reads } = counted.counts
    for (const column of [0, 1, 2, 3]) {
      const vector = reader.read(column, 4321, 4322, null, arena)
      expect(vectorJson(engine.memory, vector)).toEqual([rows[column]![12_000 + 4321]])
    }
    expect(counted.counts.reads).toBe(reads)
    expect(reads).toBeLessThanOrEqual(3)
    reader.close()
    arena.free()
  })

  test('conjuncts of several columns intersect', () => {
    const { bound } = open()
    const predicate = and([
      compare('ge', 0, BIGINT, 30_000n),
      compare('lt', 0, BIGINT, 33_000n),
      compare('eq', 2, VARCHAR, 'value 10'),
    ])
    const reader = bound.openRowGroup(0)
    const ranges = reader.candidateRanges(predicate)
    expect(ranges.length).toBeGreaterThan(0)
    expect(ranges.every(({ start, end }) => start >= 9500 && end <= 11_500)).toBe(true)
    expect(reader.candidateRanges(compare('eq', 2, VARCHAR, 'value 99'))).toEqual([])
    reader.close()
  })

  test('reading ranges one after another skips pages in between', () => {
    const { counted, bound } = open()
    const reader = bound.openRowGroup(0)
    const arena = new Arena(engine.memory, 'test')
    for (const column of [0, 1, 2, 3]) {
      for (const start of [100, 3000, 7333, 11_990]) {
        const vector = reader.read(column, start, start + 10, null, arena)
        expect(vectorJson(engine.memory, vector)).toEqual(rows[column]!.slice(start, start + 10))
      }
    }
    expect(reader.bytesRead).toBeLessThanOrEqual(counted.counts.bytes)
    reader.close()
    arena.free()
  })
})

test('Bloom filters exclude row groups that do not hold a value', () => {
  const { columns } = readWhole(engine, openFile(pathOf('bloom')))
  const file = parquetFormat.open(openFile(pathOf('bloom')), engine)
  const bound = file.bind(file.fields.map(targetOf))
  const text = file.fields.findIndex(({ name }) => name === 'text')
  const kept = (value: string): number[] =>
    file.rowGroups.flatMap((_, i) => (bound.mightMatch(i, compare('eq', text, VARCHAR, value)) ? [i] : []))
  let keptInVain = 0
  for (let row = 0; row < columns[text]!.length; row += 97) {
    const value = columns[text]![row]
    if (typeof value !== 'string') continue
    const holding = file.rowGroups.flatMap(({ firstRow, rowCount }, i) =>
      columns[text]!.slice(firstRow, firstRow + rowCount).includes(value) ? [i] : [],
    )
    expect(kept(value)).toEqual(expect.arrayContaining(holding))
    keptInVain += kept(value).length - holding.length
  }
  expect(keptInVain).toBeLessThan(5)
  // Within the bounds, and in no row group.
  expect(kept('kkkk-none').length).toBeLessThanOrEqual(1)
})

describe('row group statistics', () => {
  let serial = 0
  function rangeOf(node: Node, statistics: ThriftStruct, type?: DataType) {
    const bytes = writeFile([node], 2, [{ pages: [{ valueCount: 2, values: new Uint8Array(32) }], statistics }])
    const file = parquetFormat.open(bytesFile(bytes, `statistics-${serial++}`), engine)
    const targets = file.fields.map((field) => ({
      ...targetOf(field),
      ...(type === undefined ? {} : { type }),
    }))
    return file.bind(targets).statistics(0, 0)
  }
  const both = (min: Uint8Array | string, max: Uint8Array | string): ThriftStruct => ({
    5: { binary: max },
    6: { binary: min },
  })
  const old = (min: Uint8Array | string, max: Uint8Array | string): ThriftStruct => ({
    1: { binary: max },
    2: { binary: min },
  })
  const int: Node = { name: 'a', physical: 'INT32' }
  const text: Node = { name: 'a', physical: 'BYTE_ARRAY', converted: 0 }
  const double: Node = { name: 'a', physical: 'DOUBLE' }

  test('integers, in the type asked for', () => {
    expect(rangeOf(int, { 3: { i64: 1 }, ...both(plain.int32(-5), plain.int32(9)) })).toEqual({
      min: -5,
      max: 9,
      exact: true,
      nullCount: 1,
      valueCount: 2,
    })
    expect(rangeOf(int, both(plain.int32(-5), plain.int32(9)), BIGINT)).toMatchObject({
      min: -5n,
      max: 9n,
    })
    expect(rangeOf(int, both(plain.int32(-5), plain.int32(9)), DOUBLE)).toMatchObject({
      min: -5,
      max: 9,
    })
  })

  test('deprecated bounds count for signed numbers only', () => {
    expect(rangeOf(int, old(plain.int32(-5), plain.int32(9)))).toMatchObject({ min: -5, max: 9 })
    expect(rangeOf(text, old('a', 'b'))).not.toHaveProperty('min')
    expect(rangeOf({ ...int, converted: 13 }, old(plain.int32(5), plain.int32(9)))).not.toHaveProperty('min')
  })

  test('unsigned numbers are read as such', () => {
    expect(rangeOf({ ...int, converted: 13 }, both(plain.int32(5), plain.int32(-1)))).toMatchObject({
      min: 5n,
      max: 4_294_967_295n,
    })
  })

  test('NaN bounds are dropped, zeroes widened to both signs', () => {
    expect(rangeOf(double, both(plain.double(NaN), plain.double(1)))).not.toHaveProperty('max')
    const zeroes = rangeOf(double, both(plain.double(0), plain.double(-0)))
    expect(Object.is(zeroes?.min, -0)).toBe(true)
    expect(Object.is(zeroes?.max, 0)).toBe(true)
    expect(zeroes?.exact).toBe(false)
  })

  test('text that was cut within a character', () => {
    const cut = Buffer.from('aé').subarray(0, 2)
    expect(rangeOf(text, both(cut, cut))).toMatchObject({ min: 'a' })
    expect(rangeOf(text, both(cut, cut))).not.toHaveProperty('max')
    expect(rangeOf(text, both('a', 'b'))).toMatchObject({ exact: false })
    expect(rangeOf(text, { ...both('a', 'b'), 7: { bool: true }, 8: { bool: true } })).toMatchObject({ exact: true })
  })

  test('decimals in bytes are signed numbers', () => {
    const decimal: Node = {
      name: 'a',
      physical: 'FIXED_LEN_BYTE_ARRAY',
      typeLength: 2,
      converted: 5,
      precision: 4,
      scale: 2,
    }
    expect(rangeOf(decimal, both(Uint8Array.of(0xff, 0x9c), Uint8Array.of(0, 100)))).toMatchObject({
      min: -100n,
      max: 100n,
    })
  })

  test('bounds that make no sense are dropped', () => {
    expect(rangeOf(int, both(plain.int32(9), plain.int32(-5)))).not.toHaveProperty('min')
    expect(rangeOf(int, both(Uint8Array.of(1), Uint8Array.of(2)))).not.toHaveProperty('min')
    expect(rangeOf({ name: 'a', physical: 'INT96' }, both(new Uint8Array(12), new Uint8Array(12)))).not.toHaveProperty(
      'min',
    )
  })

  test('a column that the file lacks has one value', () => {
    const bytes = writeFile([int], 2, [{ pages: [{ valueCount: 2, values: plain.int32(1, 2) }] }])
    const file = parquetFormat.open(bytesFile(bytes, `statistics-${serial++}`), engine)
    const bound = file.bind([
      { names: ['x'], type: INTEGER, children: [], missing: 4 },
      { names: ['y'], type: INTEGER, children: [] },
    ])
    expect(bound.statistics(0, 0)).toEqual({
      min: 4,
      max: 4,
      exact: true,
      nullCount: 0,
      valueCount: 2,
    })
    expect(bound.statistics(0, 1)).toEqual({ exact: true, nullCount: 2, valueCount: 2 })
    expect(bound.mightMatch(0, compare('eq', 0, INTEGER, 5))).toBe(false)
    expect(bound.mightMatch(0, compare('eq', 1, INTEGER, 5))).toBe(false)
  })
})
