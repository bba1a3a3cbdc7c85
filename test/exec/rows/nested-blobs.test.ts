import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { createMemory } from '../../../src/core/memory.ts'
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, VARCHAR, type DataType } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { valueAt, vectorFromLiterals } from '../../../src/core/vector-values.ts'
import { decodeNested, encodeNested } from '../../../src/exec/rows/nested-blobs.ts'
import { readColumn } from '../../../src/exec/rows/row-reader.ts'
import { layoutRows } from '../../../src/exec/rows/row-layout.ts'
import { RowStore } from '../../../src/exec/rows/row-store.ts'
import { RowWriter, initRows } from '../../../src/exec/rows/row-writer.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'

interface Typed {
  readonly type: DataType
  readonly value: fc.Arbitrary<LiteralValue>
}

const nullable = (value: fc.Arbitrary<LiteralValue>): fc.Arbitrary<LiteralValue> =>
  fc.option(value, { nil: null, freq: 4 })

const SCALARS: readonly Typed[] = [
  { type: INTEGER, value: fc.integer() },
  { type: BIGINT, value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
  { type: BOOLEAN, value: fc.boolean() },
  { type: DOUBLE, value: fc.constantFrom(0, 1.5, -2.25, Infinity) },
  { type: VARCHAR, value: fc.string({ maxLength: 12 }) },
]

const field = (name: string, type: DataType): { name: string; type: DataType; nullable: boolean } => ({
  name,
  type,
  nullable: true,
})

function nestedType(depth: number): fc.Arbitrary<Typed> {
  const inner = depth === 0 ? fc.constantFrom(...SCALARS) : fc.oneof(fc.constantFrom(...SCALARS), nestedType(depth - 1))
  const list = inner.map((element): Typed => ({
    type: { kind: 'list', element: field('element', element.type) },
    value: fc.array(nullable(element.value), { maxLength: 4 }),
  }))
  const struct = fc.array(inner, { minLength: 1, maxLength: 3 }).map((parts): Typed => ({
    type: { kind: 'struct', fields: parts.map(({ type }, i) => field(`f${i}`, type)) },
    value: fc.tuple(...parts.map((part) => nullable(part.value))),
  }))
  return fc.oneof(list, struct)
}

const column = nestedType(2).chain(({ type, value }) =>
  fc.record({ type: fc.constant(type), values: fc.array(nullable(value), { maxLength: 20 }) }),
)

describe('nested values in rows', () => {
  const memory = createMemory(64 << 20)
  const context = { memory, kernels: createKernels(memory), arena: new Arena(memory, 'a test') }
  const read = (vector: Parameters<typeof valueAt>[1]): LiteralValue[] =>
    Array.from({ length: vector.length }, (_, i) => valueAt(memory, vector, i))

  it('come back from blobs as they were', () => {
    fc.assert(
      fc.property(column, ({ type, values }) => {
        context.arena.reset()
        const vector = vectorFromLiterals(memory, context.arena, type, values)
        const blobs = encodeNested(context, vector, { asKeys: false })
        expect(read(decodeNested(context, type, blobs))).toEqual(values)
      }),
      { numRuns: 300 },
    )
  })

  it('come back from rows as they were', () => {
    fc.assert(
      fc.property(column, ({ type, values }) => {
        context.arena.reset()
        if (values.length === 0) return
        const vector = vectorFromLiterals(memory, context.arena, type, values)
        const layout = layoutRows({
          keys: [],
          wideKeys: false,
          payload: [INTEGER, type],
          withHash: false,
          stateBytes: 0,
        })
        const store = new RowStore(memory, layout, 'a test', { zeroed: false })
        const { start, count } = store.reserve(values.length)
        const target = { rows: start, rowBytes: layout.rowBytes, selection: 0, count }
        initRows(context, layout, target, 0)
        new RowWriter(store).write(context, layout.columns[1]!, vector, target)
        const rows = context.arena.allocate(count * 4)
        context.kernels.table.rowAddresses(count, start, layout.rowBytes, rows)
        expect(read(readColumn(context, layout.columns[1]!, rows, count))).toEqual(values)
        store.free()
      }),
      { numRuns: 100 },
    )
  })
})
