/** Random batches and expressions for property tests: every storage and encoding, with the values that break things. */
import fc from 'fast-check'
import { Arena } from '../../src/core/arena.ts'
import { infinityOf } from '../../src/core/infinity.ts'
import { createMemory, freePagesOf, withOwner } from '../../src/core/memory.ts'
import {
  type DataType,
  BIGINT,
  BOOLEAN,
  BYTEA,
  DATE,
  DOUBLE,
  INTEGER,
  INTERVAL,
  REAL,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  UUID,
  VARCHAR,
  decimal,
} from '../../src/core/types.ts'
import { constantVector, vectorFromLiterals } from '../../src/core/vector-values.ts'
import type { Batch, Vector } from '../../src/core/vector.ts'
import type { LiteralValue } from '../../src/expr/expr.ts'
import type { EvaluateContext, SessionValues } from '../../src/expr/functions/function.ts'
import { createKernels } from '../../src/kernel/kernels.ts'

export const SESSION: SessionValues = {
  nowMicros: 1_700_000_000_123_456n,
  timeZone: 'Europe/Berlin',
}

const OWNER = 7

/** Frees what earlier evaluations hold; the context's arena must be made anew. */
export function freshContext({ memory, kernels }: EvaluateContext): EvaluateContext {
  freePagesOf(memory, OWNER)
  return { memory, kernels, arena: new Arena(memory, 'test', 65_536), session: SESSION }
}

export function testContext(): EvaluateContext {
  const memory = withOwner(createMemory(256 << 20), OWNER)
  return {
    memory,
    kernels: createKernels(memory),
    arena: new Arena(memory, 'test'),
    session: SESSION,
  }
}

export const TYPES: readonly DataType[] = [
  BOOLEAN,
  INTEGER,
  { kind: 'smallint' },
  BIGINT,
  DOUBLE,
  REAL,
  decimal(9, 2),
  decimal(15, 2),
  decimal(18, 4),
  decimal(38, 10),
  decimal(38, 37),
  VARCHAR,
  BYTEA,
  UUID,
  DATE,
  TIME,
  TIMESTAMP,
  TIMESTAMPTZ,
  { kind: 'timestamp', unit: 'ns', zone: false },
  INTERVAL,
  { kind: 'list', element: { name: 'element', type: INTEGER, nullable: true } },
  {
    kind: 'struct',
    fields: [
      { name: 'a', type: INTEGER, nullable: true },
      { name: 'b', type: VARCHAR, nullable: true },
    ],
  },
]

const TEXTS = [
  '',
  'a',
  'A',
  'ab',
  'abc',
  'PROMO BRUSHED',
  'special packages requests',
  'é',
  '😀',
  'a😀b',
  '\uffff',
  '12',
  ' 7 ',
  '1994-01-31',
  '%',
  '_',
  'a%b',
  'longer than sixteen bytes of text',
]

function bigintIn(bits: number): fc.Arbitrary<bigint> {
  const limit = 1n << BigInt(bits - 1)
  return fc.oneof(
    fc.bigInt({ min: -limit, max: limit - 1n }),
    fc.bigInt({ min: -20n, max: 20n }),
    fc.constantFrom(0n, 1n, -1n, limit - 1n, -limit),
  )
}

/** A value of the type, never NULL. */
export function valueOf(type: DataType): fc.Arbitrary<LiteralValue> {
  switch (type.kind) {
    case 'boolean':
      return fc.boolean()
    case 'smallint':
      return bigintIn(16).map(Number)
    case 'integer':
      return fc.oneof(bigintIn(32).map(Number), fc.integer({ min: -9, max: 9 }))
    case 'bigint':
      return fc.oneof(bigintIn(64), fc.constant(9_007_199_254_740_993n))
    case 'decimal': {
      const limit = 10n ** BigInt(type.precision) - 1n
      return fc.oneof(
        fc.bigInt({ min: -limit, max: limit }),
        fc.bigInt({ min: -1000n, max: 1000n }),
        fc.constantFrom(0n, limit, -limit),
      )
    }
    case 'double':
      return fc.oneof(fc.double(), fc.constantFrom(0, -0, 1.5, -2.5, Number.NaN, Infinity, -Infinity, 1e308, 5e-324))
    case 'real':
      return fc.oneof(fc.float(), fc.constantFrom(0, -0, 0.5, Number.NaN, Infinity, -Infinity)).map(Math.fround)
    case 'varchar':
      return fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary', maxLength: 40 }))
    case 'bytea':
      return fc.uint8Array({ maxLength: 24 }).map((bytes) => new Uint8Array(bytes))
    case 'uuid':
      return fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new Uint8Array(bytes))
    case 'date':
      return mostly(
        fc.oneof(fc.integer({ min: -800_000, max: 800_000 }), fc.integer({ min: -3000, max: 20_000 })),
        type,
      )
    case 'time':
      return fc.bigInt({ min: 0n, max: 86_399_999_999n })
    case 'timestamp':
      return mostly(
        fc.oneof(
          fc.bigInt({ min: -60_000_000_000_000_000n, max: 60_000_000_000_000_000n }),
          fc.bigInt({ min: -5_000_000_000n, max: 5_000_000_000n }),
        ),
        type,
      )
    case 'interval':
      return mostly(
        fc.record({
          months: fc.integer({ min: -30, max: 30 }),
          days: fc.integer({ min: -70, max: 70 }),
          micros: fc.bigInt({ min: -200_000_000_000n, max: 200_000_000_000n }),
        }),
        type,
      )
    case 'list':
      return fc.array(nullable(type.element.type), { maxLength: 4 })
    case 'struct':
      return fc.tuple(...type.fields.map((field) => nullable(field.type)))
    default:
      throw new Error(`no values of ${type.kind}`)
  }
}

/** Finite values, and an infinity once in a while. */
function mostly(finite: fc.Arbitrary<LiteralValue>, type: DataType): fc.Arbitrary<LiteralValue> {
  const infinite = fc.constantFrom(infinityOf(type, 1), infinityOf(type, -1))
  return fc.oneof({ weight: 60, arbitrary: finite }, { weight: 1, arbitrary: infinite })
}

export function nullable(type: DataType): fc.Arbitrary<LiteralValue> {
  return fc.oneof({ weight: 5, arbitrary: valueOf(type) }, { weight: 1, arbitrary: fc.constant(null) })
}

/** A column as it will be laid out in memory. */
export interface RandomColumn {
  readonly type: DataType
  readonly values: readonly LiteralValue[]
  readonly encoding: 'flat' | 'dictionary' | 'constant'
}

export function columnOf(type: DataType, rowCount: number): fc.Arbitrary<RandomColumn> {
  const flat = fc
    .oneof(
      fc.array(nullable(type), { minLength: rowCount, maxLength: rowCount }),
      fc.array(valueOf(type), { minLength: rowCount, maxLength: rowCount }),
    )
    .map((values) => ({ type, values, encoding: 'flat' as const }))
  const dictionary = fc
    .array(valueOf(type), { minLength: 1, maxLength: 5 })
    .chain((items) =>
      fc
        .array(fc.option(fc.nat(items.length - 1), { nil: null }), {
          minLength: rowCount,
          maxLength: rowCount,
        })
        .map((codes) => codes.map((code) => (code === null ? null : items[code]!))),
    )
    .map((values) => ({ type, values, encoding: 'dictionary' as const }))
  const constant = nullable(type).map((value) => ({
    type,
    values: Array.from({ length: rowCount }, () => value),
    encoding: 'constant' as const,
  }))
  return fc.oneof(
    { weight: 4, arbitrary: flat },
    { weight: 3, arbitrary: dictionary },
    { weight: 1, arbitrary: constant },
  )
}

export function toVector({ memory, arena }: EvaluateContext, { type, values, encoding }: RandomColumn): Vector {
  if (encoding === 'flat') return vectorFromLiterals(memory, arena, type, values)
  if (encoding === 'constant') return constantVector(memory, arena, type, values[0] ?? null, values.length)
  const items: LiteralValue[] = []
  for (const value of values) if (value !== null && !items.some((item) => Object.is(item, value))) items.push(value)
  // An extra value that no row has: functions must not fail for it.
  const extra = items.length > 0 ? [...items, items[0]!] : items
  const dictionary = vectorFromLiterals(memory, arena, type, extra)
  const data = arena.allocate(values.length * 4)
  const validity = values.includes(null) ? arena.allocate(values.length) : 0
  for (const [i, value] of values.entries()) {
    memory.i32[(data >>> 2) + i] = value === null ? 0 : items.findIndex((item) => Object.is(item, value))
    if (validity !== 0) memory.u8[validity + i] = value === null ? 0 : 1
  }
  return { encoding, type, length: values.length, data, validity, dictionary }
}

export function toBatch(context: EvaluateContext, columns: readonly RandomColumn[], rowCount: number): Batch {
  return { rowCount, columns: columns.map((column) => toVector(context, column)) }
}
