import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { BIGINT, DATE, DOUBLE, type DataType, INTEGER, REAL, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { KeyTable } from '../../../src/exec/rows/key-table.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'

const VALUES: readonly { readonly type: DataType; readonly value: fc.Arbitrary<LiteralValue> }[] = [
  { type: INTEGER, value: fc.integer({ min: -3, max: 40 }) },
  { type: BIGINT, value: fc.constantFrom(0n, 1n, -1n, 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n) },
  { type: DATE, value: fc.integer({ min: 0, max: 9 }) },
  { type: DOUBLE, value: fc.constantFrom(0, -0, 1.5, NaN, Infinity) },
  { type: REAL, value: fc.constantFrom(0, -0, 1.5, NaN) },
  {
    type: VARCHAR,
    value: fc.constantFrom('', 'a', 'b', 'a text of more than eight bytes', 'a text of more than 8 bytes'),
  },
]

const keysOf = fc.array(fc.constantFrom(...VALUES), { minLength: 1, maxLength: 3 }).chain((columns) => {
  const row = fc.tuple(...columns.map(({ value }) => fc.option(value, { nil: null, freq: 5 })))
  return fc.record({
    types: fc.constant(columns.map(({ type }) => type)),
    added: fc.array(row, { maxLength: 60 }),
    asked: fc.array(row, { minLength: 1, maxLength: 40 }),
  })
})

const name = (row: readonly LiteralValue[]): string =>
  row.map((value) => (Object.is(value, -0) ? '-0' : `${typeof value} ${String(value)}`)).join('|')

it('finds the keys that were added, NULLs, zeroes and NaNs as Java does', () => {
  fc.assert(
    fc.property(keysOf, ({ types, added, asked }) => {
      const context = new SimulatedWorkers({ workers: 1 }).contexts[0]!
      const { memory } = context
      const table = new KeyTable(context, types, { stateBytes: 8, what: 'a test' })
      const arena = new Arena(memory, 'a test')
      const vectors = (rows: readonly (readonly LiteralValue[])[]) =>
        types.map((type, i) =>
          vectorFromLiterals(
            memory,
            arena,
            type,
            rows.map((row) => row[i]!),
          ),
        )
      const places = new Map<string, number>()
      // In two goes: the index grows in between.
      for (const part of [added.slice(0, 5), added.slice(5)]) {
        const rows = table.add(vectors(part), part.length)
        part.forEach((row, i) => {
          const place = memory.u32[(rows >>> 2) + i]!
          expect(place).toBe(places.get(name(row)) ?? place)
          places.set(name(row), place)
        })
      }
      expect(table.keyCount).toBe(places.size)
      expect(new Set(places.values()).size).toBe(places.size)
      const found = table.find(vectors(asked), asked.length)
      asked.forEach((row, i) => expect(memory.u32[(found >>> 2) + i]).toBe(places.get(name(row)) ?? 0))
      table.free()
    }),
    { numRuns: 60 },
  )
})
