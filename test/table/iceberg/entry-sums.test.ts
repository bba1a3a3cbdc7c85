/** Sums over entries as columns say the same as sums over entries as objects. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, DATE, type DataType, DOUBLE, TIMESTAMP, VARCHAR, decimal } from '../../../src/core/types.ts'
import { encodeBound } from '../../../src/table/iceberg/bounds.ts'
import { readExactStatistics } from '../../../src/table/iceberg/statistics.ts'
import type { TableStatistics } from '../../../src/table/table.ts'
import { type MadeFile, makeTable } from './make-table.ts'

const TYPES: readonly (readonly [name: string, type: DataType])[] = [
  ['long', BIGINT],
  ['date', DATE],
  ['timestamp', TIMESTAMP],
  ['decimal(20, 2)', decimal(20, 2)],
  ['string', VARCHAR],
  ['double', DOUBLE],
]
const fields = TYPES.map(([type], i) => ({ id: i + 1, name: `c${i + 1}`, required: false, type }))

const big = fc.oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -3n, max: 3n }))
const small = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const texts = fc.string({ maxLength: 3 })
const VALUES = [big, small, big, big, texts, small]

/** A bound of column `i`; of a long also as it is written for an int. */
const bound = (i: number): fc.Arbitrary<Uint8Array> => {
  const whole = VALUES[i]!.map((value) => encodeBound(value, TYPES[i]![1])!)
  if (i > 0) return whole
  return fc.oneof(
    { weight: 20, arbitrary: whole },
    small.map((value) => encodeBound(value, DATE)!),
  )
}

const perColumn = <T>(value: (i: number) => fc.Arbitrary<T>): fc.Arbitrary<Record<number, T>> =>
  fc
    .tuple(...TYPES.map((_, i) => fc.option(value(i), { freq: 15, nil: undefined })))
    .map((values) => Object.fromEntries(values.flatMap((one, i) => (one === undefined ? [] : [[i + 1, one]]))))

const file: fc.Arbitrary<MadeFile> = fc.record({
  path: fc.constant('f'),
  rows: fc.constantFrom(0, 5, 7),
  status: fc.constantFrom(0, 1, 1, 2),
  nulls: perColumn(() => fc.constantFrom(0, 0, 2, 5, -1)),
  lower: perColumn(bound),
  upper: perColumn(bound),
})

/** Where only NULLs are asked for, bounds need not be known. */
function saidOf(statistics: TableStatistics | undefined, asked: ReadonlyMap<string, 'bounds' | 'nulls'>): unknown {
  const [[name, what]] = asked as unknown as [[string, string]]
  const range = statistics?.columns.get(name)
  return [statistics && { ...statistics, columns: null }, what === 'bounds' ? range : range?.nullCount]
}

test('of any entries', async () => {
  const asked = fields.flatMap(({ name }) => (['bounds', 'nulls'] as const).map((what) => new Map([[name, what]])))
  let answers = 0
  const property = fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 4 }), async (files) => {
    const { table } = await makeTable({ fields, manifests: [{ sequence: 1n, files }] })
    for (const one of asked) {
      const [columns, objects] = await Promise.all(
        [true, false].map(async (byColumns) => readExactStatistics(table.scanContext, one, { byColumns })),
      )
      expect(saidOf(columns, one)).toEqual(saidOf(objects, one))
      if (columns !== undefined) answers++
    }
  })
  await fc.assert(property, { numRuns: 25 })
  expect(answers).toBeGreaterThan(20)
})
