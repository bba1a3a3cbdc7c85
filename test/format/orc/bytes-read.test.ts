/**
 * Bytes read for one column of one row, found by its key: at most 1.2 times what the row index makes possible.
 *
 *   possible   of the key's column and of the one that is read: their row indexes, and the streams from the row group's positions to the next one's
 *
 * What is read of streams comes in pieces, so each may end one piece later.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { BIGINT, BOOLEAN } from '../../../src/core/types.ts'
import { valueAt } from '../../../src/core/vector-values.ts'
import { call, input, literal } from '../../../src/expr/expr.ts'
import type { OrcDataFile } from '../../../src/format/orc/data-file.ts'
import { orcFormat } from '../../../src/format/orc/index.ts'
import { DATA, LENGTH, ROW_INDEX } from '../../../src/format/orc/stripe-streams.ts'
import { createTestEngine, openFile, readWhole, targetOf } from '../parquet/read-file.ts'

const PATH = join(fileURLToPath(new URL('../../fixtures/orc', import.meta.url)), 'uncompressed', 'part-0.orc')
const STRIDE = 1000
/** The runs of both columns that a row group's last value lies in: 512 values of two bytes, most of them behind its end. */
const RUNS_BYTES = 2 * 512 * 2
const engine = createTestEngine()

/** The value of `name` in a row, and the bytes read of the stripe for it. */
function lookUp(row: number, name: string): { readonly value: unknown; readonly bytes: number } {
  const { fields, columns } = readWhole(engine, openFile(PATH), undefined, orcFormat)
  const file = orcFormat.open(openFile(PATH), engine)
  const reader = file.bind(fields.map(targetOf)).openRowGroup(0)
  const arena = new Arena(engine.memory, 'a test')
  const at = fields.findIndex((field) => field.name === name)
  const key = BigInt(String(columns[0]![row]))
  const ranges = reader.candidateRanges(call('eq', [input(0, BIGINT), literal(key, BIGINT)], BOOLEAN))
  const [range] = ranges
  expect(range).toEqual({ start: row - (row % STRIDE), end: row - (row % STRIDE) + STRIDE })
  reader.prefetch([0], ranges)
  reader.read(0, range!.start, range!.end, null, arena)
  reader.prefetch([at], [{ start: row, end: row + 1 }])
  const pointer = arena.allocate(4)
  engine.memory.u32[pointer >>> 2] = row - range!.start
  const vector = reader.read(at, range!.start, range!.end, { pointer, count: 1 }, arena)
  const result = { value: valueAt(engine.memory, vector, 0), bytes: reader.bytesRead }
  expect(result.value).toEqual(columns[at]![row])
  reader.close()
  arena.free()
  return result
}

/** Of column `number` of the file: its row index, and from the positions of row group `group` to those of the next one. */
function possible(
  file: OrcDataFile,
  number: number,
  group: number,
  streams: readonly (readonly [number, number])[],
): number {
  const stripe = file.streams(0)
  const entries = file.rowIndex(0, number, () => undefined)!
  const index = stripe.range(number, ROW_INDEX)!
  let sum = index.end - index.start
  streams.forEach(([kind, position]) => {
    const { start, end } = stripe.range(number, kind)!
    sum += (entries[group + 1]?.positions[position] ?? end - start) - entries[group]!.positions[position]!
  })
  return sum
}

// Streams, and where among the positions of the row index their byte is: a text has its bytes' place, then that of its length and how many of a run to skip.
const STREAMS = {
  key: [[DATA, 0]],
  v: [[DATA, 0]],
  name: [
    [DATA, 0],
    [LENGTH, 1],
  ],
} as const

test.each(['v', 'name'] as const)('%s', (name) => {
  const file = orcFormat.open(openFile(PATH), engine) as OrcDataFile
  const columns = { key: 1, v: 2, name: 3 }
  for (const row of [0, 999, 1000, 4321, 6500]) {
    const group = Math.floor(row / STRIDE)
    const limit =
      possible(file, columns.key, group, STREAMS.key) + possible(file, columns[name], group, STREAMS[name]) + RUNS_BYTES
    const { bytes } = lookUp(row, name)
    expect(bytes).toBeGreaterThan(0)
    expect(bytes / limit, `row ${row}: ${limit} are possible, ${bytes} were read`).toBeLessThanOrEqual(1.2)
  }
})
