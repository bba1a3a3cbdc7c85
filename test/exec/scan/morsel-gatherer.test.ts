import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { createMemory } from '../../../src/core/memory.ts'
import { BIGINT, INTEGER, VARCHAR } from '../../../src/core/types.ts'
import type { Batch } from '../../../src/core/vector.ts'
import { MorselGatherer } from '../../../src/exec/scan/morsel-gatherer.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'
import { type Value, makeFlat, makeVector, readBatch } from '../vector-values.ts'

const memory = createMemory(64 << 20)
const kernels = createKernels(memory)

/** Rows (number, text, name of the morsel) come out as they went in, whatever happens to the memory of the morsels. */
function gathered(sizes: readonly number[]): {
  readonly given: Value[][]
  readonly batches: number[]
  readonly taken: Value[][]
} {
  const gatherer = new MorselGatherer({ memory, kernels })
  const arena = new Arena(memory, 'a test')
  const [given, taken]: [Value[][], Value[][]] = [[], []]
  const batches: number[] = []
  const take = (batch: Batch | null): void => {
    if (batch === null) return
    batches.push(batch.rowCount)
    taken.push(...(readBatch(memory, batch) as Value[][]))
  }
  sizes.forEach((size, morsel) => {
    const numbers = Array.from({ length: size }, (_, i) => (i % 7 === 3 ? null : BigInt(morsel * 100_000 + i)))
    const texts = Array.from({ length: size }, (_, i) => (i % 5 === 4 ? null : `text ${'x'.repeat(i % 20)}${i % 9}`))
    const name = `morsel ${morsel}`
    const space = { memory, arena }
    const columns = [
      makeFlat(space, BIGINT, numbers),
      makeVector(space, VARCHAR, texts, morsel % 2),
      { ...makeFlat(space, VARCHAR, [name]), encoding: 'constant', isNull: false, length: size } as const,
      { encoding: 'constant', type: INTEGER, length: size, data: 0, isNull: true, children: [] } as const,
    ]
    given.push(...numbers.map((number, i) => [number, texts[i]!, name, null]))
    take(gatherer.add({ rowCount: size, columns }))
    const [start, end] = [columns[0]!.data, arena.allocate(0)]
    if (start < end) memory.u8.fill(0xee, start, end)
    arena.reset()
  })
  take(gatherer.flush())
  gatherer.close()
  arena.free()
  return { given, batches, taken }
}

it('keeps rows and their order', () => {
  const size = fc.oneof({ arbitrary: fc.integer({ min: 1, max: 40 }), weight: 6 }, fc.constantFrom(1024, 3000, 8192))
  fc.assert(
    fc.property(fc.array(size, { maxLength: 12 }), (sizes) => {
      const { given, taken } = gathered(sizes)
      expect(taken).toEqual(given)
    }),
    { numRuns: 15 },
  )
})

it('lets the first small batches through, then gathers a bounded number of them', () => {
  const { batches } = gathered(Array.from({ length: 60 }, () => 2))
  expect(batches).toEqual([2, 2, 2, 48, 48, 18])
  expect(gathered([2000, 2000]).batches).toEqual([2000, 2000])
})
