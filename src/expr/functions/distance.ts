/**
 * Distances of vectors: lists of numbers of the same length. Of pgvector's operators, `<->` is `l2_distance`, `<#>` `negative_inner_product` and, between
 * lists of floats, `<=>` `cosine_distance`.
 *
 * Sums have four lanes, as in the kernel (kernel/wasm/vector/distance.ts), so that constants and columns give the same.
 */
import { SqlError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, DOUBLE, isNumeric, storageOf } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../expr.ts'
import { flattenVector } from '../gather.ts'
import type { EvaluateContext, ScalarFunction, Signature } from './function.ts'

function resolveVectors(args: readonly DataType[]): Signature | null {
  const isVector = (type: DataType): boolean =>
    type.kind === 'null' || (type.kind === 'list' && isNumeric(type.element.type))
  if (args.length !== 2 || !args.every(isVector)) return null
  // A text or a parameter beside a vector is one of the same numbers.
  const [a, b] = args as readonly [DataType, DataType]
  return { args: [a.kind === 'null' ? b : a, b.kind === 'null' ? a : b], result: DOUBLE }
}

/** The numbers of a list; null when one of them is NULL. */
function numbersOf(list: LiteralValue, type: DataType): readonly number[] | null {
  if (type.kind !== 'list') return null
  const element = type.element.type
  const divisor = element.kind === 'decimal' ? 10 ** element.scale : 1
  const numbers: number[] = []
  for (const value of list as readonly LiteralValue[]) {
    if (value === null) return null
    numbers.push(Number(value) / divisor)
  }
  return numbers
}

/** The sum of `term(i)` in the order of the kernel. */
function sumOf(count: number, term: (i: number) => number): number {
  const lanes = [0, 0, 0, 0]
  const whole = count - (count % 4)
  for (let i = 0; i < whole; i++) lanes[i % 4] = lanes[i % 4]! + term(i)
  let sum = lanes[0]! + lanes[2]! + (lanes[1]! + lanes[3]!)
  for (let i = whole; i < count; i++) sum += term(i)
  return sum
}

function innerProduct(a: readonly number[], b: readonly number[]): number {
  return sumOf(a.length, (i) => a[i]! * b[i]!)
}

type Measure = (a: readonly number[], b: readonly number[]) => number

/** By the kernel's numbers of them. */
const MEASURES: readonly Measure[] = [
  (a, b) => Math.sqrt(sumOf(a.length, (i) => (a[i]! - b[i]!) * (a[i]! - b[i]!))),
  (a, b) => 1 - innerProduct(a, b) / Math.sqrt(innerProduct(a, a) * innerProduct(b, b)),
  (a, b) => -innerProduct(a, b),
]

function differentDimensions(a: number, b: number): SqlError {
  return new SqlError('22000', `different vector dimensions ${a} and ${b}`)
}

interface Items {
  readonly data: Pointer
  readonly isNarrow: boolean
  readonly validity: Pointer
}

/** The items of a list column as floats, those of other types as doubles; null for types that have no kernel. */
function itemsOf(context: EvaluateContext, list: FlatVector, narrow: 'keep' | 'widen'): Items | null {
  const { kernels, arena } = context
  const items = flattenVector(context, list.children[0]!)
  const { type, length, data, validity } = items
  if (type.kind === 'decimal') return null
  const storage = storageOf(type)
  if (storage === 'f64' || (storage === 'f32' && narrow === 'keep')) {
    return { data, isNarrow: storage === 'f32', validity }
  }
  const out = arena.allocate(length * 8)
  if (storage === 'f32') kernels.vector.f32ToF64(data, length, out)
  else if (storage === 'i32') kernels.vector.i32ToF64(data, length, out)
  else if (storage === 'i64' && type.kind === 'bigint') kernels.vector.i64ToF64(data, length, out)
  else return null
  return { data: out, isNarrow: false, validity }
}

interface Right {
  readonly views: Pointer
  readonly items: Items
  readonly dimension: number
}

/** One vector for all rows, or one a row. */
function rightOf(context: EvaluateContext, vector: Vector): Right | null {
  const { memory, arena } = context
  if (vector.encoding !== 'constant') {
    const flat = flattenVector(context, vector)
    const items = itemsOf(context, flat, 'widen')
    return items === null ? null : { views: flat.data, items, dimension: 0 }
  }
  const numbers = numbersOf(valueAt(memory, vector, 0), vector.type)
  if (numbers === null) return null
  const data = arena.allocate(numbers.length * 8)
  memory.f64.set(numbers, data >>> 3)
  return { views: 0, items: { data, isNarrow: false, validity: 0 }, dimension: numbers.length }
}

function evaluateDistance(
  context: EvaluateContext,
  kind: number,
  [first, second]: readonly Vector[],
  rowCount: number,
  validity: Pointer,
): Vector | null {
  // Distances are the same both ways.
  const [columnSide, other] = first!.encoding === 'constant' ? [second!, first!] : [first!, second!]
  const { memory, kernels, arena } = context
  const left = flattenVector(context, columnSide)
  const leftItems = itemsOf(context, left, 'keep')
  const right = leftItems === null ? null : rightOf(context, other)
  if (leftItems === null || right === null) return null
  const valid = arena.allocate(rowCount)
  if (validity === 0) kernels.vector.fillI8(1, rowCount, valid)
  else kernels.vector.copyBytes(validity, rowCount, valid)
  const data = arena.allocate(rowCount * 8)
  const run = leftItems.isNarrow ? kernels.vector.distancesF32 : kernels.vector.distancesF64
  const { views, items, dimension } = right
  const failed = run(
    kind,
    left.data,
    leftItems.data,
    leftItems.validity,
    views,
    items.data,
    items.validity,
    dimension,
    valid,
    rowCount,
    data,
  )
  if (failed >= 0) {
    const countOf = (at: Pointer): number => memory.u32[(at >>> 2) + 2 * failed + 1]!
    const counts = [countOf(left.data), views === 0 ? dimension : countOf(views)]
    if (columnSide !== first) counts.reverse()
    throw differentDimensions(counts[0]!, counts[1]!)
  }
  const hasNulls = validity !== 0 || leftItems.validity !== 0 || items.validity !== 0
  const result = { encoding: 'flat', type: DOUBLE, length: rowCount, data, children: [] } as const
  return { ...result, validity: hasNulls ? valid : 0 }
}

function distance(
  kind: number,
  about: Pick<ScalarFunction, 'name' | 'aliases' | 'description' | 'example'>,
): ScalarFunction {
  const measure = MEASURES[kind]!
  return {
    ...about,
    category: 'nested',
    resolve: resolveVectors,
    nulls: 'strict',
    volatility: 'immutable',
    scalar: ([first, second], { args }) => {
      const a = numbersOf(first!, args[0]!)
      const b = numbersOf(second!, args[1]!)
      if (a === null || b === null) return null
      if (a.length !== b.length) throw differentDimensions(a.length, b.length)
      return measure(a, b)
    },
    evaluate: (context, args, rowCount, _types, validity) => evaluateDistance(context, kind, args, rowCount, validity),
  }
}

export const distanceFunctions: readonly ScalarFunction[] = [
  distance(0, {
    name: 'l2_distance',
    aliases: ['array_distance', 'list_distance'],
    description: 'The Euclidean distance of two vectors; also `a <-> b`.',
    example: { sql: 'l2_distance(ARRAY[0, 0], ARRAY[3, 4])', result: '5' },
  }),
  distance(1, {
    name: 'cosine_distance',
    aliases: ['array_cosine_distance', 'list_cosine_distance'],
    description: 'One minus the cosine of the angle between two vectors; also `a <=> b` of lists of floats.',
    example: { sql: 'cosine_distance(ARRAY[1, 0], ARRAY[0, 1])', result: '1' },
  }),
  distance(2, {
    name: 'negative_inner_product',
    aliases: ['array_negative_inner_product', 'list_negative_inner_product'],
    description: 'The inner product of two vectors, negated; also `a <#> b`.',
    example: { sql: 'negative_inner_product(ARRAY[1, 2], ARRAY[3, 4])', result: '-11' },
  }),
]
