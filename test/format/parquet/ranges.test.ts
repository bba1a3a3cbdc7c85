/** Rows that are skipped and selected: the same values as when everything is read. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { parquetFormat } from '../../../src/format/parquet/index.ts'
import { vectorJson } from '../vector-json.ts'
import { createTestEngine, openFile, readWhole, targetOf } from './read-file.ts'

const FOLDER = fileURLToPath(new URL('../../fixtures/parquet', import.meta.url))
const engine = createTestEngine()

/** Gaps and lengths of the ranges read, and which of their rows are selected (one in `every`; 0: all, without a selection). */
const steps = fc.array(
  fc.record({
    gap: fc.nat(900),
    length: fc.integer({ min: 1, max: 700 }),
    every: fc.nat(9),
    first: fc.nat(9),
  }),
  { minLength: 1, maxLength: 8 },
)

describe.each([
  'prims_v26',
  'nested_page_v1',
  'nested_page_v2',
  'codec_zstd',
  'encoding_rle_page_v2',
  'encoding_delta_binary_packed_page_v2',
  'encoding_delta_length_byte_array_page_v1',
  'encoding_delta_byte_array_page_v2',
  'encoding_byte_stream_split_page_v1',
  'bloom',
])('%s', (name) => {
  const path = join(FOLDER, name, 'part-0.parquet')
  const { columns } = readWhole(engine, openFile(path))
  const file = parquetFormat.open(openFile(path), engine)
  const bound = file.bind(file.fields.map(targetOf))

  test('any ranges and selections give the rows asked for', () => {
    fc.assert(
      fc.property(fc.nat(columns.length - 1), fc.nat(file.rowGroups.length - 1), steps, (column, group, ranges) => {
        const { rowCount, firstRow } = file.rowGroups[group]!
        const reader = bound.openRowGroup(group)
        const arena = new Arena(engine.memory, 'test')
        try {
          let position = 0
          for (const { gap, length, every, first } of ranges) {
            const start = position + gap
            const end = Math.min(rowCount, start + length)
            if (start >= end) break
            const all = columns[column]!.slice(firstRow + start, firstRow + end)
            const rows = all.map((_, row) => row).filter((row) => every > 0 && row % every === first % every)
            const pointer = arena.allocate(rows.length * 4)
            engine.memory.u32.set(rows, pointer >>> 2)
            const selection = every === 0 ? null : { pointer, count: rows.length }
            const vector = reader.read(column, start, end, selection, arena)
            expect(vectorJson(engine.memory, vector)).toEqual(every === 0 ? all : rows.map((row) => all[row]))
            position = end
          }
        } finally {
          reader.close()
          arena.free()
        }
      }),
      { seed: 7, numRuns: 150 },
    )
  })
})
