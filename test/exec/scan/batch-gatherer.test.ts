import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Arena } from '../../../src/core/arena.ts'
import { createMemory } from '../../../src/core/memory.ts'
import { BIGINT, VARCHAR } from '../../../src/core/types.ts'
import type { LiteralValue } from '../../../src/core/value.ts'
import { valueAt, vectorFromLiterals } from '../../../src/core/vector-values.ts'
import type { Batch } from '../../../src/core/vector.ts'
import type { QueryContext } from '../../../src/exec/query-context.ts'
import { BatchGatherer } from '../../../src/exec/scan/batch-gatherer.ts'
import { createKernels } from '../../../src/kernel/kernels.ts'

const memory = createMemory(64 << 20)
const kernels = createKernels(memory)

const row = fc.tuple(
  fc.option(fc.string({ maxLength: 9 }), { nil: null }),
  fc.option(fc.bigInt(0n, 99n), { nil: null }),
)
const slices = fc.array(fc.array(row, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 })

it('gives the rows of its slices, though what they lay in is written over: strings of theirs, of dictionaries, of constants', () => {
  fc.assert(
    fc.property(slices, fc.constantFrom('flat', 'dictionary', 'constant'), (given, encoding) => {
      const arena = new Arena(memory, 'slices')
      const gatherer = new BatchGatherer({ memory, kernels, arena } as unknown as QueryContext)
      const texts = (rows: (typeof given)[number]): LiteralValue[] =>
        rows.map(([text]) => (encoding === 'constant' ? rows[0]![0] : text))
      const batchOf = (rows: (typeof given)[number]): Batch => {
        const strings = vectorFromLiterals(memory, arena, VARCHAR, texts(rows))
        const numbers = vectorFromLiterals(
          memory,
          arena,
          BIGINT,
          rows.map(([, number]) => number),
        )
        if (encoding === 'flat' || strings.encoding !== 'flat')
          return { rowCount: rows.length, columns: [strings, numbers] }
        const codes = arena.allocate(rows.length * 4)
        for (let i = 0; i < rows.length; i++) memory.u32[(codes >>> 2) + i] = i
        const common = { type: VARCHAR, length: rows.length, validity: strings.validity, children: [] }
        const column =
          encoding === 'constant'
            ? ({ ...strings, encoding: 'constant', isNull: rows[0]![0] === null } as const)
            : ({ ...common, encoding: 'dictionary', data: codes, dictionary: strings } as const)
        return { rowCount: rows.length, columns: [column, numbers] }
      }
      const found: LiteralValue[][] = []
      const take = (batch: Batch | null): void => {
        for (let i = 0; i < (batch?.rowCount ?? 0); i++)
          found.push(batch!.columns.map((one) => valueAt(memory, one, i)))
      }
      for (const rows of given) {
        take(gatherer.add(batchOf(rows)))
        arena.reset()
        // The next slice writes where the one before was.
        memory.u8.fill(0x55, arena.allocate(4096), arena.allocate(0))
        arena.reset()
      }
      take(gatherer.flush())
      expect(found).toEqual(given.flatMap((rows) => rows.map(([, number], i) => [texts(rows)[i], number])))
      gatherer.close()
      arena.free()
    }),
    { numRuns: 100 },
  )
})
