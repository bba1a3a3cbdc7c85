/** Batches stored and read back, from memory and from a spill file, are the batches that went in. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Arena } from '../../src/core/arena.ts'
import { createMemory, memoryUse } from '../../src/core/memory.ts'
import { type DataType, BIGINT, BOOLEAN, INTEGER, UUID, VARCHAR, decimal } from '../../src/core/types.ts'
import { constantVector, sliceVector, valueAt, vectorFromLiterals } from '../../src/core/vector-values.ts'
import type { Batch, Vector } from '../../src/core/vector.ts'
import { BatchStore } from '../../src/exec/batch-store.ts'
import { freeSegment, loadSegment } from '../../src/exec/segment.ts'
import type { LiteralValue } from '../../src/expr/expr.ts'
import { createKernels } from '../../src/kernel/kernels.ts'

const memory = createMemory(64 << 20)
const context = { memory, kernels: createKernels(memory) }
const arena = new Arena(memory, 'the test')
const folder = mkdtempSync(join(tmpdir(), 'sluice-store-'))
afterAll(() => rmSync(folder, { recursive: true }))

const LIST: DataType = { kind: 'list', element: { name: 'element', type: VARCHAR, nullable: true } }
const STRUCT: DataType = {
  kind: 'struct',
  fields: [
    { name: 'a', type: INTEGER, nullable: true },
    { name: 'b', type: LIST, nullable: true },
  ],
}

function columnsOf(rows: number, seed: number): { values: LiteralValue[][]; vectors: Vector[] } {
  const numbers = Array.from({ length: rows }, (_, i) => i * 31 + seed)
  const orNull = (i: number, value: LiteralValue): LiteralValue => (i % 4 === 3 ? null : value)
  const typed: [DataType, (i: number) => LiteralValue][] = [
    [BIGINT, (i) => BigInt(i)],
    [BOOLEAN, (i) => orNull(i, i % 2 === 0)],
    [VARCHAR, (i) => orNull(i, 'é'.repeat(i % 50))],
    [VARCHAR, (i) => `a longer text that does not fit sixty-four bytes in any way whatsoever ${i}`],
    [decimal(30, 2), (i) => orNull(i, BigInt(i) << 70n)],
    [UUID, (i) => Uint8Array.from({ length: 16 }, (_, k) => (i + k) & 255)],
    [
      LIST,
      (i) =>
        orNull(
          i,
          Array.from({ length: i % 3 }, (_, k) => orNull(i + k, `element ${i + k}`)),
        ),
    ],
    [STRUCT, (i) => orNull(i, [orNull(i + 1, i), ['x', null]])],
  ]
  const values = typed.map(([, value]) => numbers.map(value))
  const vectors = typed.map(([type], c) => vectorFromLiterals(memory, arena, type, values[c]!))
  return { values, vectors }
}

function dictionary(values: readonly string[], codes: readonly (number | null)[]): Vector {
  const entries = vectorFromLiterals(memory, arena, VARCHAR, values)
  const data = arena.allocate(codes.length * 4)
  const validity = arena.allocate(codes.length)
  codes.forEach((code, i) => {
    memory.i32[(data >> 2) + i] = code ?? 0
    memory.u8[validity + i] = code === null ? 0 : 1
  })
  return {
    encoding: 'dictionary',
    type: VARCHAR,
    length: codes.length,
    data,
    validity,
    dictionary: entries,
  }
}

function read(batches: readonly Batch[]): LiteralValue[][][] {
  return batches.map(({ columns, rowCount }) =>
    columns.map((vector) => Array.from({ length: rowCount }, (_, row) => valueAt(memory, vector, row))),
  )
}

test.each(['memory', 'file'])('batches of all kinds of columns, from %s', (place) => {
  const before = memoryUse(memory).usedBytes - arena.byteCount
  const store = new BatchStore(context, 'the test')
  const expected: LiteralValue[][][] = []
  const words = Array.from({ length: 300 }, (_, i) => `word ${i}`)
  for (const [i, rows] of [3, 1000, 0, 8192, 17].entries()) {
    const { values, vectors } = columnsOf(rows, i)
    const codes = Array.from({ length: rows }, (_, row) => (row % 5 === 0 ? null : (row * 7) % 300))
    const constant = constantVector(memory, arena, VARCHAR, i === 0 ? null : `constant ${i}`, rows)
    const columns = [...vectors, dictionary(words, codes), constant]
    store.append({ rowCount: rows, columns })
    values.push(codes.map((code) => (code === null ? null : words[code]!)))
    values.push(Array.from({ length: rows }, () => (i === 0 ? null : `constant ${i}`)))
    expected.push(values)
    // What is stored must not depend on where it came from.
    if (i % 2 === 1) memory.u8.fill(255, columns[0]!.data, columns[0]!.data + rows * 8)
    arena.reset()
  }
  if (place === 'file') {
    store.spill(join(folder, 'spill'))
    expect(store.byteCount).toBe(0)
    expect(store.spilledBytes).toBeGreaterThan(100_000)
  }
  expect(store.rowCount).toBe(9212)
  const segments = structuredClone(store.detach())
  const found: LiteralValue[][][] = []
  for (const segment of segments) {
    const loaded = loadSegment(context, segment)
    found.push(...read(loaded.batches))
    loaded.release()
    freeSegment(memory, segment)
  }
  expect(found).toEqual(expected)
  arena.free()
  expect(memoryUse(memory).usedBytes).toBe(before)
})

test('a dictionary is stored once a segment, and not for a few rows', () => {
  const store = new BatchStore(context, 'the test')
  const words = Array.from({ length: 1000 }, (_, i) => `word ${i} ${'x'.repeat(100)}`)
  const codes = Array.from({ length: 1000 }, (_, i) => i)
  const vector = dictionary(words, codes)
  for (let i = 0; i < 5; i++) store.append({ rowCount: 1000, columns: [vector] })
  const [segment, ...others] = store.segments()
  expect(others.length).toBeLessThanOrEqual(1)
  const kinds = segment!.batches.map(({ columns }) => columns[0]!)
  expect(kinds.every(({ encoding }) => encoding === 'dictionary')).toBe(true)
  store.free()
  store.append({ rowCount: 3, columns: [{ ...vector, length: 3 }] })
  const [few] = store.segments()
  expect(few!.batches[0]!.columns[0]!.encoding).toBe('flat')
  expect(read(few!.batches)[0]![0]).toEqual(words.slice(0, 3))
  store.free()
  arena.free()
  expect(memoryUse(memory).usedBytes).toBe(0)
})

test('elements that no list refers to are not stored', () => {
  const store = new BatchStore(context, 'the test')
  const values = Array.from({ length: 8000 }, (_, i) => [`element ${i}`, null, 'x'.repeat(i % 90)])
  const vector = vectorFromLiterals(memory, arena, LIST, values)
  store.append({ rowCount: 2, columns: [sliceVector(vector, 5000, 2)] })
  const [segment] = store.segments()
  expect(segment!.byteCount).toBeLessThan(1000)
  expect(read(segment!.batches)).toEqual([[values.slice(5000, 5002)]])
  store.free()
  arena.free()
  expect(memoryUse(memory).usedBytes).toBe(0)
})

test('a store may go to a file when no page is left', () => {
  const tight = createMemory(4 << 20)
  const room = new Arena(tight, 'the test')
  let files = 0
  const spillFile = (): string => join(folder, `full-${files++}`)
  const tightContext = { memory: tight, kernels: createKernels(tight), spillFile }
  const values = Array.from({ length: 8000 }, (_, i) => BigInt(i))
  const vector = vectorFromLiterals(tight, room, BIGINT, values)
  const failing = new BatchStore(tightContext, 'the test')
  const batch = { rowCount: 8000, columns: [vector] }
  expect(() => {
    for (let i = 0; i < 200; i++) failing.append(batch)
  }).toThrow('out of memory: the test needs')
  failing.free()
  const store = new BatchStore(tightContext, 'the test', 'spill')
  for (let i = 0; i < 200; i++) store.append(batch)
  expect(files).toBeGreaterThan(1)
  // Reading needs room too.
  store.spill(spillFile())
  let rows = 0
  for (const segment of store.detach()) {
    const loaded = loadSegment(tightContext, segment)
    for (const { columns, rowCount } of loaded.batches) {
      rows += rowCount
      expect(valueAt(tight, columns[0]!, 7999)).toBe(7999n)
    }
    loaded.release()
  }
  expect(rows).toBe(200 * 8000)
  room.free()
  expect(memoryUse(tight).usedBytes).toBe(0)
})

test('many stores share little memory: one that finds none has all spill, and none takes more than its share', () => {
  const tight = createMemory(6 << 20)
  const room = new Arena(tight, 'the test')
  let files = 0
  const spillFile = (): string => join(folder, `shared-${files++}`)
  const context = { memory: tight, kernels: createKernels(tight), spillFile }
  const values = Array.from({ length: 1000 }, (_, i) => BigInt(i))
  const batch = { rowCount: 1000, columns: [vectorFromLiterals(tight, room, BIGINT, values)] }
  const spillAll = (): void => {
    for (const store of stores) if (store.byteCount > 0) store.spill(spillFile())
  }
  const stores = Array.from({ length: 32 }, () => new BatchStore(context, 'the test', spillAll, 100_000))
  for (let i = 0; i < 100; i++) for (const store of stores) store.append(batch)
  expect(files).toBeGreaterThan(32)
  spillAll()
  let rows = 0
  for (const store of stores) for (const segment of store.detach()) rows += segment.rowCount
  expect(rows).toBe(32 * 100_000)
  room.free()
  expect(memoryUse(tight).usedBytes).toBe(0)
})
