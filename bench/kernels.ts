/**
 * What do joins, aggregates and sorts cost a row, without scans and threads? Prints nanoseconds a row, best of several runs.
 *
 * Shapes are TPC-H's at scale factor 1: 6 M line items, 1.5 M orders with clustered keys, 200 k parts with random keys.
 * Run: npx tsx bench/kernels.ts [substring of a case's name]
 */
import { Arena } from '../src/core/arena.ts'
import { type EngineMemory, createMemory } from '../src/core/memory.ts'
import { BIGINT, DATE, INTEGER, VARCHAR, type DataType, decimal } from '../src/core/types.ts'
import { type Batch, type FlatVector, type Vector, BATCH_ROWS_MAX } from '../src/core/vector.ts'
import { aggregateBreaker, createAggregateSource } from '../src/exec/aggregate/index.ts'
import { createProbe, hashJoinBreaker } from '../src/exec/join/index.ts'
import type { Breaker, OperatorContext, Source } from '../src/exec/operators/operator.ts'
import { createSortSource, sortBreaker } from '../src/exec/sort/index.ts'
import { input } from '../src/expr/expr.ts'
import { createKernels } from '../src/kernel/kernels.ts'
import type {
  HashAggregate,
  HashJoin,
  PhysicalAggregateCall,
  PhysicalPlan,
  PhysicalSort,
} from '../src/plan/physical.ts'

const LINES = 6_000_000
const ORDERS = 1_500_000
const PARTS = 200_000

const memory: EngineMemory = createMemory(2.5 * 2 ** 30)
const kernels = createKernels(memory)
const data = new Arena(memory, 'benchmark data')
let morsel = 0
const context: OperatorContext = {
  memory,
  kernels,
  arena: new Arena(memory, 'a benchmark'),
  workerIndex: 0,
  workerCount: 1,
  session: {
    nowMicros: 0n,
    timeZone: 'UTC',
  },
  state: () => [],
  nextMorsel: () => morsel++,
  checkCancelled: () => undefined,
  spillFile: () => '',
  spillThresholdBytes: () => Number.MAX_SAFE_INTEGER,
  count: () => undefined,
}

/** A column of `count` values, made by number. */
interface Column {
  readonly type: DataType
  readonly pointer: number
  readonly width: number
  readonly dictionary: FlatVector | null
}

function bigintColumn(type: DataType, count: number, value: (i: number) => number): Column {
  const pointer = data.allocate(count * 8)
  for (let i = 0; i < count; i++) {
    const number = value(i)
    memory.i32[(pointer >>> 2) + i * 2] = number
    memory.i32[(pointer >>> 2) + i * 2 + 1] = Math.floor(number / 2 ** 32)
  }
  return { type, pointer, width: 8, dictionary: null }
}

function intColumn(type: DataType, count: number, value: (i: number) => number): Column {
  const pointer = data.allocate(count * 4)
  for (let i = 0; i < count; i++) memory.i32[(pointer >>> 2) + i] = value(i)
  return { type, pointer, width: 4, dictionary: null }
}

function strings(texts: readonly string[]): FlatVector {
  const views = data.allocate(texts.length * 8)
  texts.forEach((text, i) => {
    const bytes = new TextEncoder().encode(text)
    const at = data.allocate(bytes.length)
    memory.u8.set(bytes, at)
    memory.u32[(views >>> 2) + i * 2] = at
    memory.u32[(views >>> 2) + i * 2 + 1] = bytes.length
  })
  return {
    encoding: 'flat',
    type: VARCHAR,
    length: texts.length,
    data: views,
    validity: 0,
    children: [],
  }
}

function codeColumn(count: number, texts: readonly string[], value: (i: number) => number): Column {
  return { ...intColumn(INTEGER, count, value), type: VARCHAR, dictionary: strings(texts) }
}

function textColumn(count: number, texts: readonly string[], value: (i: number) => number): Column {
  const { data: views } = strings(texts)
  const pointer = data.allocate(count * 8)
  for (let i = 0; i < count; i++) memory.u8.copyWithin(pointer + i * 8, views + value(i) * 8, views + value(i) * 8 + 8)
  return { type: VARCHAR, pointer, width: 8, dictionary: null }
}

const random = (i: number): number => {
  let x = Math.imul(i ^ (i >>> 16), 0x85ebca6b)
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35)
  return (x ^ (x >>> 16)) >>> 0
}

function* batchesOf(columns: readonly Column[], count: number): Generator<Batch> {
  for (let start = 0; start < count; start += BATCH_ROWS_MAX) {
    const length = Math.min(BATCH_ROWS_MAX, count - start)
    const vectors = columns.map(({ type, pointer, width, dictionary }): Vector => {
      const base = { type, length, data: pointer + start * width, validity: 0 }
      return dictionary === null
        ? { ...base, encoding: 'flat', children: [] }
        : { ...base, encoding: 'dictionary', dictionary }
    })
    yield { rowCount: length, columns: vectors }
  }
}

function tableOf(columns: readonly Column[]): PhysicalPlan {
  const output = columns.map(({ type }, i) => ({ name: `c${i}`, type, nullable: true }))
  return { kind: 'values', id: 1, output, estimate: { rows: 0, bytes: 0 }, rows: [] }
}

function fill(breaker: Breaker, columns: readonly Column[], count: number): readonly unknown[] {
  const sink = breaker.createSink(context)
  for (const batch of batchesOf(columns, count)) {
    sink.push(batch)
    context.arena.reset()
  }
  let outputs: readonly unknown[] = [sink.finish()]
  for (const step of breaker.steps) outputs = [step.run(context, outputs)]
  return outputs
}

function drain(source: Source): number {
  morsel = 0
  let rows = 0
  for (let batch = source.next(); batch !== null; batch = source.next()) {
    rows += batch.rowCount
    context.arena.reset()
  }
  source.close()
  return rows
}

const filter = process.argv[2] ?? ''

function report(name: string, rows: number, run: () => number): void {
  if (!name.includes(filter)) return
  let best = Number.POSITIVE_INFINITY
  let result = 0
  for (let i = 0; i < 5; i++) {
    const start = performance.now()
    result = run()
    best = Math.min(best, performance.now() - start)
  }
  const perRow = ((best * 1e6) / rows).toFixed(1)
  process.stdout.write(
    `${name.padEnd(52)} ${perRow.padStart(7)} ns/row ${best.toFixed(1).padStart(8)} ms   (${result})\n`,
  )
}

interface JoinBench {
  readonly name: string
  readonly build: readonly Column[]
  readonly buildRows: number
  readonly probe: readonly Column[]
  readonly keys: number
  /** Build columns that are put out, beside all probe columns. */
  readonly payload: readonly number[]
  readonly type?: HashJoin['type']
}

function benchJoin({ name, build, buildRows, probe, keys, payload, type = 'inner' }: JoinBench): void {
  if (!name.includes(filter)) return
  const keyExprs = (columns: readonly Column[]): HashJoin['probeKeys'] =>
    columns.slice(0, keys).map((column, i) => input(i, column.type))
  const plan: HashJoin = {
    kind: 'hash-join',
    id: 2,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    type,
    probe: tableOf(probe),
    build: tableOf(build),
    probeKeys: keyExprs(probe),
    buildKeys: keyExprs(build),
    nullsEqual: Array.from({ length: keys }, () => false),
    residual: null,
    nullAware: false,
    projection: [...probe.keys(), ...payload.map((column) => probe.length + column)],
    buildIsUnique: false,
    makesDynamicFilter: false,
  }
  const breaker = hashJoinBreaker(plan)
  report(`${name}: build`, buildRows, () => {
    const state = fill(breaker, build, buildRows)
    breaker.release(context, state)
    return buildRows
  })
  const state = fill(breaker, build, buildRows)
  report(`${name}: probe`, LINES, () => {
    let rows = 0
    const operator = createProbe(context, plan, state)
    for (const batch of batchesOf(probe, LINES)) {
      operator.push(batch, (out) => {
        rows += out.rowCount
        return true
      })
      context.arena.reset()
    }
    return rows
  })
  breaker.release(context, state)
}

function call(name: string, type: DataType, result: DataType, index: number): PhysicalAggregateCall {
  return { name, args: [input(index, type)], distinct: false, filter: null, type: result }
}

const COUNT_STAR: PhysicalAggregateCall = {
  name: 'count_star',
  args: [],
  distinct: false,
  filter: null,
  type: BIGINT,
}

function benchGroup(
  name: string,
  columns: readonly Column[],
  groups: number,
  calls: readonly PhysicalAggregateCall[],
): void {
  if (!name.includes(filter)) return
  const plan: HashAggregate = {
    kind: 'aggregate',
    id: 2,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    child: tableOf(columns),
    groupingSets: null,
    groups: columns.slice(0, groups).map((column, i) => input(i, column.type)),
    calls,
  }
  const breaker = aggregateBreaker(plan)
  report(name, LINES, () => {
    const state = fill(breaker, columns, LINES)
    const rows = drain(createAggregateSource(context, plan, state))
    breaker.release(context, state)
    return rows
  })
}

function benchSort(
  name: string,
  columns: readonly Column[],
  count: number,
  keys: readonly number[],
  limit: number | null,
): void {
  if (!name.includes(filter)) return
  const plan: PhysicalSort = {
    kind: 'sort',
    id: 2,
    output: [],
    estimate: {
      rows: 0,
      bytes: 0,
    },
    child: tableOf(columns),
    limit,
    offset: 0,
    keys: keys.map((index) => ({
      expr: input(index, columns[index]!.type),
      descending: true,
      nullsFirst: true,
    })),
  }
  const breaker = sortBreaker(plan)
  report(name, count, () => {
    const state = fill(breaker, columns, count)
    const rows = drain(createSortSource(context, plan, state))
    breaker.release(context, state)
    return rows
  })
}

const money = decimal(15, 2)
const orderKey = (order: number): number => (order >> 3) * 32 + (order & 7) + 1
const lineOrder = bigintColumn(BIGINT, LINES, (i) => orderKey(i >> 2))
const linePart = bigintColumn(BIGINT, LINES, (i) => (random(i) % PARTS) + 1)
const lineSparse = bigintColumn(BIGINT, LINES, (i) => random(random(i) % ORDERS) * 1024)
const lineSupplier = bigintColumn(BIGINT, LINES, (i) => (random(i + 77) % 10_000) + 1)
const price = bigintColumn(money, LINES, (i) => random(i) % 10_000_000)
const quantity = bigintColumn(money, LINES, (i) => (random(i + 1) % 50) * 100)
const orderKeys = bigintColumn(BIGINT, ORDERS, orderKey)
const orderDates = intColumn(DATE, ORDERS, (i) => 8000 + (random(i) % 2500))
const partKeys = bigintColumn(BIGINT, PARTS, (i) => i + 1)
const partNames = textColumn(PARTS, ['almond antique', 'blue chartreuse lavender drab', 'forest green'], (i) => i % 3)
const sparseKeys = bigintColumn(BIGINT, ORDERS, (i) => random(i) * 1024)
const flags = codeColumn(LINES, ['A', 'N', 'R'], (i) => random(i) % 3)
const status = codeColumn(LINES, ['F', 'O'], (i) => random(i >> 3) % 2)
const flagTexts = textColumn(LINES, ['A', 'N', 'R'], (i) => random(i) % 3)

benchJoin({
  name: 'join dense clustered 1.5M',
  build: [orderKeys, orderDates],
  buildRows: ORDERS,
  probe: [lineOrder, price],
  keys: 1,
  payload: [1],
})
benchJoin({
  name: 'join dense random 200k',
  build: [partKeys, partNames],
  buildRows: PARTS,
  probe: [linePart, price],
  keys: 1,
  payload: [1],
})
benchJoin({
  name: 'join dense semi random 200k',
  build: [partKeys],
  buildRows: PARTS,
  probe: [linePart, price],
  keys: 1,
  payload: [],
  type: 'semi',
})
benchJoin({
  name: 'join hash random 1.5M',
  build: [sparseKeys, orderDates],
  buildRows: ORDERS,
  probe: [lineSparse, price],
  keys: 1,
  payload: [1],
})
benchJoin({
  name: 'join two keys 800k',
  buildRows: 8e5,
  keys: 2,
  payload: [2],
  build: [
    bigintColumn(BIGINT, 8e5, (i) => (i >> 2) + 1),
    bigintColumn(BIGINT, 8e5, (i) => (((i >> 2) + (i & 3) * 2500) % 1e4) + 1),
    bigintColumn(money, 8e5, (i) => random(i) % 1e5),
  ],
  probe: [linePart, lineSupplier, price],
})
benchJoin({
  name: 'join text 200k',
  buildRows: PARTS,
  keys: 1,
  payload: [1],
  build: [
    textColumn(
      PARTS,
      Array.from({ length: PARTS }, (_, i) => `Customer#${i}`),
      (i) => i,
    ),
    partKeys,
  ],
  probe: [
    textColumn(
      LINES,
      Array.from({ length: PARTS }, (_, i) => `Customer#${i}`),
      (i) => random(i) % PARTS,
    ),
  ],
})
const sum = (index: number): PhysicalAggregateCall => call('sum', money, decimal(38, 2), index)
const avg = (index: number): PhysicalAggregateCall => call('avg', money, decimal(38, 16), index)
benchGroup('group Q1: two codes, 8 calls', [flags, status, quantity, price, linePart, lineSupplier], 2, [
  sum(2),
  sum(3),
  call('sum', BIGINT, decimal(38, 0), 4),
  call('sum', BIGINT, decimal(38, 0), 5),
  avg(2),
  avg(3),
  call('avg', BIGINT, decimal(38, 16), 5),
  COUNT_STAR,
])
benchGroup('group text few groups, sum', [flagTexts, price], 1, [sum(1)])
benchGroup('group none: sum, count, min', [price], 0, [sum(0), COUNT_STAR, call('min', money, money, 0)])
benchGroup('group dense clustered 1.5M, sum', [lineOrder, quantity], 1, [sum(1)])
benchGroup('group dense random 200k, sum', [linePart, quantity], 1, [sum(1)])
benchGroup('group dense random 200k, avg', [linePart, quantity], 1, [avg(1)])
benchGroup('group hash random 1.5M, sum', [lineSparse, quantity], 1, [sum(1)])
benchGroup('group two keys 1.5M+, sum', [lineOrder, lineSupplier, quantity], 2, [sum(2)])
benchGroup('group order+date keys 1.5M, sum', [lineOrder, { ...quantity, type: BIGINT }, price], 1, [
  sum(2),
  COUNT_STAR,
])
benchSort('sort 1.5M by bigint', [bigintColumn(BIGINT, ORDERS, random), orderKeys], ORDERS, [0], null)
benchSort('sort 1.5M by date, key', [orderDates, orderKeys], ORDERS, [0, 1], null)
benchSort('top 100 of 6M', [price, lineOrder, linePart], LINES, [0], 100)
