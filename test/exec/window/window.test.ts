/** Window functions against a model that looks at every row of the partition for every row. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BIGINT, INTEGER, VARCHAR, type DataType } from '../../../src/core/types.ts'
import { createWindow } from '../../../src/exec/window/index.ts'
import { input, literal } from '../../../src/expr/expr.ts'
import type {
  PhysicalAggregateCall,
  PhysicalFrame,
  PhysicalFrameBound,
  PhysicalWindow,
} from '../../../src/plan/physical.ts'
import { toBatches, valuesPlan } from '../plans.ts'
import { SimulatedWorkers } from '../simulated-workers.ts'
import type { Value } from '../vector-values.ts'

type Row = readonly [partition: number, key: number, value: number | null, text: string | null]

const TYPES: readonly DataType[] = [INTEGER, INTEGER, INTEGER, VARCHAR]

function call(name: string, args: readonly number[], type: DataType): PhysicalAggregateCall {
  return { name, args: args.map((i) => input(i, TYPES[i]!)), distinct: false, filter: null, type }
}

const CALLS = [
  call('row_number', [], BIGINT),
  call('rank', [], BIGINT),
  call('dense_rank', [], BIGINT),
  call('count', [2], BIGINT),
  call('sum', [2], BIGINT),
  call('min', [2], INTEGER),
  call('max', [3], VARCHAR),
  call('first_value', [2], INTEGER),
  call('last_value', [3], VARCHAR),
  call('lag', [3], VARCHAR),
  call('lead', [2], INTEGER),
]

const KINDS = ['unbounded-preceding', 'preceding', 'current-row', 'following', 'unbounded-following'] as const

interface Case {
  readonly rows: readonly Row[]
  readonly unit: PhysicalFrame['unit']
  readonly start: { readonly kind: PhysicalFrameBound['kind']; readonly offset: number }
  readonly end: { readonly kind: PhysicalFrameBound['kind']; readonly offset: number }
  readonly exclude: PhysicalFrame['exclude']
}

/** Place of `other` beside `row` in the unit of the frame: rows, groups of peers, or keys apart. */
function distance({ unit }: Case, partition: readonly Row[], row: number, other: number): number {
  if (unit === 'rows') return other - row
  if (unit === 'range') return partition[other]![1] - partition[row]![1]
  const keys = [...new Set(partition.map(([, key]) => key))]
  return keys.indexOf(partition[other]![1]) - keys.indexOf(partition[row]![1])
}

function frameOf(test: Case, partition: readonly Row[], row: number): Row[] {
  const limit = ({ kind, offset }: Case['start']): number =>
    ({
      'unbounded-preceding': -Infinity,
      preceding: -offset,
      'current-row': 0,
      following: offset,
      'unbounded-following': Infinity,
    })[kind]
  return partition.filter((one, i) => {
    const apart = distance(test, partition, row, i)
    const isPeer = one[1] === partition[row]![1]
    if (test.exclude === 'current-row' && i === row) return false
    if (test.exclude === 'group' && isPeer) return false
    if (test.exclude === 'ties' && isPeer && i !== row) return false
    return apart >= limit(test.start) && apart <= limit(test.end)
  })
}

function expected(test: Case): Value[][] {
  return test.rows.map((row) => {
    const partition = test.rows.filter((one) => one[0] === row[0])
    const at = partition.indexOf(row)
    const frame = frameOf(test, partition, at)
    const numbers = frame.flatMap(([, , value]) => (value === null ? [] : [value]))
    const texts = frame.flatMap(([, , , text]) => (text === null ? [] : [text]))
    const before = partition.filter(([, key]) => key < row[1])
    return [
      ...row,
      BigInt(at + 1),
      BigInt(before.length + 1),
      BigInt(new Set(before.map(([, key]) => key)).size + 1),
      BigInt(numbers.length),
      numbers.length === 0 ? null : BigInt(numbers.reduce((sum, one) => sum + one, 0)),
      numbers.length === 0 ? null : Math.min(...numbers),
      texts.toSorted().at(-1) ?? null,
      frame[0]?.[2] ?? null,
      frame.at(-1)?.[3] ?? null,
      partition[at - 1]?.[3] ?? null,
      partition[at + 1]?.[2] ?? null,
    ]
  })
}

function run(test: Case, batchRows: number): Value[][] {
  const bound = ({ kind, offset }: Case['start']): PhysicalFrameBound => {
    const has = kind === 'preceding' || kind === 'following'
    return { kind, offset: has ? literal(BigInt(offset), BIGINT) : null }
  }
  const plan: PhysicalWindow = {
    kind: 'window',
    id: 2,
    output: [],
    estimate: { rows: 0, bytes: 0 },
    child: valuesPlan(1, TYPES),
    partitionBy: [input(0, INTEGER)],
    orderBy: [{ expr: input(1, INTEGER), descending: false, nullsFirst: false }],
    calls: CALLS,
    frame: { unit: test.unit, start: bound(test.start), end: bound(test.end), exclude: test.exclude },
  }
  const simulated = new SimulatedWorkers({ workers: 1 })
  const rows = simulated.runOperator((context) => createWindow(context, plan), toBatches(TYPES, test.rows, batchRows))
  return rows
}

const aRow: fc.Arbitrary<Row> = fc.tuple(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 12 }),
  fc.option(fc.integer({ min: -50, max: 50 }), { nil: null }),
  fc.option(fc.constantFrom('', 'a', 'ab', 'abcdefghij', 'abcdefghik', 'zz'), { nil: null }),
)
const aBound = fc.record({ kind: fc.constantFrom(...KINDS), offset: fc.integer({ min: 0, max: 4 }) })
const aCase: fc.Arbitrary<Case> = fc.record({
  rows: fc.array(aRow, { maxLength: 90 }).map((rows) => rows.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])),
  unit: fc.constantFrom('rows', 'range', 'groups'),
  start: aBound.filter(({ kind }) => kind !== 'unbounded-following'),
  end: aBound.filter(({ kind }) => kind !== 'unbounded-preceding'),
  exclude: fc.constantFrom('no-others', 'current-row', 'group', 'ties'),
})

test('gives what the model gives, whatever the frame and the batches', () => {
  fc.assert(
    fc.property(aCase, fc.constantFrom(1, 3, 7, 100), (one, batchRows) => {
      expect(run(one, batchRows)).toEqual(expected(one))
    }),
    { numRuns: 150 },
  )
})
