/** Results of aggregate calls from the states of group rows (kernel/wasm/aggregate/finish.ts). */
import { SqlError } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { type DataType, isFloat, storageOf, typeName, widthOf } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { flatVector } from '../rows/vectors.ts'
import { type Accumulator, type CallPlan, sumWords } from './accumulator.ts'
import type { AggregateShape } from './aggregate-shape.ts'

/** The results of a call for `count` group rows. */
export function finishCall(
  context: OperatorContext,
  shape: AggregateShape,
  call: CallPlan,
  rows: Pointer,
  count: number,
): FlatVector {
  const accumulator = shape.accumulators[call.accumulator]!
  const offset = accumulator.offset
  switch (accumulator.kind) {
    case 'count': {
      const data = context.arena.allocate(count * 8)
      context.kernels.table.gatherRows8(count, rows, offset, data)
      return flatVector(call.type, count, data, 0)
    }
    case 'sum':
      if (isFloat(call.type)) return finishFloat(context, shape, call, accumulator, rows, count)
      if (call.name === 'avg') return finishAverage(context, shape, call, accumulator, rows, count)
      return finishSum(context, call, accumulator, rows, count)
    case 'moments': {
      const data = context.arena.allocate(count * 8)
      const validity = context.arena.allocate(count)
      const sample = call.name.endsWith('_samp') ? 1 : 0
      const root = call.name.startsWith('stddev') ? 1 : 0
      context.kernels.aggregate.finishMoments(count, rows, offset, sample, root, data, validity)
      return flatVector(call.type, count, data, validity)
    }
    case 'min':
    case 'max':
    case 'any':
      return finishExtreme(context, call, accumulator, rows, count)
  }
}

function finishSum(
  { arena, kernels }: OperatorContext,
  { type }: CallPlan,
  { storage, offset, seenOffset }: Accumulator,
  rows: Pointer,
  count: number,
): FlatVector {
  const { aggregate } = kernels
  const wide = storageOf(type) === 'i128' ? 1 : 0
  const validity = arena.allocate(count)
  const missing = aggregate.gatherSeen(count, rows, seenOffset, validity)
  const mask = missing === 0 ? 0 : validity
  const data = arena.allocate(count * widthOf(storageOf(type)))
  const words = sumWords(storage)
  const bad = aggregate.finishSums(
    ...([count, rows, offset, words, wide] as const),
    ...([mask, arena.allocate(24), data] as const),
  )
  if (bad >= 0) throw outOfRange(type)
  return flatVector(type, count, data, mask)
}

function finishAverage(
  { arena, kernels }: OperatorContext,
  { accumulators }: AggregateShape,
  { type, count: countIndex, argScale }: CallPlan,
  { storage, offset }: Accumulator,
  rows: Pointer,
  count: number,
): FlatVector {
  const wide = storageOf(type) === 'i128' ? 1 : 0
  const scale = type.kind === 'decimal' ? type.scale : 0
  const validity = arena.allocate(count)
  const data = arena.allocateZeroed(count * widthOf(storageOf(type)))
  const countOffset = accumulators[countIndex]!.offset
  const bad = kernels.aggregate.finishAverages(
    ...([count, rows, offset, sumWords(storage), countOffset] as const),
    ...([scale - argScale, wide, arena.allocate(48), data, validity] as const),
  )
  if (bad >= 0) throw outOfRange(type)
  return flatVector(type, count, data, validity)
}

function finishFloat(
  { arena, kernels }: OperatorContext,
  { accumulators }: AggregateShape,
  { name, type, count: countIndex }: CallPlan,
  { offset, seenOffset }: Accumulator,
  rows: Pointer,
  count: number,
): FlatVector {
  const single = storageOf(type) === 'f32' ? 1 : 0
  const data = arena.allocate(count * widthOf(storageOf(type)))
  const validity = arena.allocate(count)
  const countOffset = name === 'avg' ? accumulators[countIndex]!.offset : 0
  const bad = kernels.aggregate.finishFloats(
    ...([count, rows, offset, seenOffset] as const),
    ...([countOffset, single, data, validity] as const),
  )
  if (bad >= 0) throw new SqlError('22003', 'value out of range: overflow')
  return flatVector(type, count, data, validity)
}

function finishExtreme(
  { arena, kernels }: OperatorContext,
  { type }: CallPlan,
  { storage, offset, seenOffset }: Accumulator,
  rows: Pointer,
  count: number,
): FlatVector {
  const { table, aggregate } = kernels
  const validity = arena.allocate(count)
  const missing = aggregate.gatherSeen(count, rows, seenOffset, validity)
  const width = widthOf(storage)
  const data = arena.allocate(count * width)
  const at = offset
  if (width === 1) table.gatherRows1(count, rows, at, data)
  else if (width === 4) table.gatherRows4(count, rows, at, data)
  else if (width === 8) table.gatherRows8(count, rows, at, data)
  else table.gatherRows16(count, rows, at, data)
  return flatVector(type, count, data, missing === 0 ? 0 : validity)
}

function outOfRange(type: DataType): SqlError {
  const what = type.kind === 'decimal' ? 'numeric field overflow' : `${typeName(type)} out of range`
  return new SqlError('22003', what)
}
