/** Brings accumulators up to date with a batch of values, and merges the states of two rows of one group. */
import type { Pointer } from '../../core/memory.ts'
import { storageOf, widthOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { andMasks, flatten } from '../rows/vectors.ts'
import type { Accumulator } from './accumulator.ts'
import type { GroupRuns } from './code-groups.ts'

/** Where the values of a batch go: a row a value, or runs of values of one row. */
export type UpdateTarget =
  | { readonly kind: 'rows'; readonly rows: Pointer; readonly count: number }
  | ({ readonly kind: 'runs'; readonly count: number } & GroupRuns)

/** Heap of string states. */
export interface StateHeap {
  readonly heap: Pointer
  growHeap(byteCount: number): void
}

/** For states that have no strings. */
export const NO_HEAP: StateHeap = { heap: 0, growHeap: () => undefined }

const EXTREME_KINDS: Readonly<Record<string, number>> = { min: 0, max: 1, any: 2 }

/** `value`: null for count(*). `filter`: a mask, 0 = all. */
export function updateAccumulator(
  context: OperatorContext,
  accumulator: Accumulator,
  value: Vector | null,
  filter: Pointer,
  target: UpdateTarget,
  heap: StateHeap,
): void {
  const { aggregate } = context.kernels
  const offset = accumulator.offset
  const seen = accumulator.seenOffset
  if (accumulator.kind === 'count') {
    const mask = value === null ? filter : andMasks(context, validityOf(context, value), filter, target.count)
    if (target.kind === 'runs') aggregate.countRuns(target.runCount, target.runs, target.order, mask, offset)
    else aggregate.countRows(target.count, target.rows, mask, offset)
    return
  }
  const flat = flatten(context, value!)
  const mask = andMasks(context, flat.validity, filter, target.count)
  if (accumulator.kind === 'sum') updateSum(context, accumulator, flat, mask, target, offset, seen)
  else if (accumulator.kind === 'moments') updateMoments(context, accumulator, flat, mask, target, offset)
  else updateExtreme(context, accumulator, flat, mask, target, offset, seen, heap)
}

/** The validity of a vector of any encoding, without making it flat. */
function validityOf(context: OperatorContext, vector: Vector): Pointer {
  if (vector.encoding !== 'constant') return vector.validity
  return vector.isNull ? context.arena.allocateZeroed(vector.length) : 0
}

function updateSum(
  { kernels: { aggregate } }: OperatorContext,
  accumulator: Accumulator,
  { data, type }: FlatVector,
  mask: Pointer,
  target: UpdateTarget,
  offset: number,
  seen: number,
): void {
  // Decimals of 128 bits may come in 64 (CompileOptions.narrowDecimals); their state has three words all the same.
  const narrow = accumulator.storage === 'i128' && storageOf(type) === 'i64'
  const storage = narrow ? 'narrow' : accumulator.storage
  if (target.kind === 'runs') {
    const kernels = {
      narrow: aggregate.sumNarrowRuns,
      i32: aggregate.sumI32Runs,
      i64: aggregate.sumI64Runs,
      i128: aggregate.sumI128Runs,
      f32: aggregate.sumF32Runs,
      f64: aggregate.sumF64Runs,
    }
    kernels[storage as keyof typeof kernels](target.runCount, target.runs, target.order, data, mask, offset, seen)
    return
  }
  const kernels = {
    narrow: aggregate.sumNarrowRows,
    i32: aggregate.sumI32Rows,
    i64: aggregate.sumI64Rows,
    i128: aggregate.sumI128Rows,
    f32: aggregate.sumF32Rows,
    f64: aggregate.sumF64Rows,
  }
  kernels[storage as keyof typeof kernels](target.count, target.rows, data, mask, offset, seen)
}

function updateMoments(
  context: OperatorContext,
  { storage }: Accumulator,
  { data }: FlatVector,
  mask: Pointer,
  target: UpdateTarget,
  offset: number,
): void {
  const { aggregate } = context.kernels
  const kernel = storage === 'f32' ? aggregate.momentsF32Rows : aggregate.momentsF64Rows
  kernel(target.count, rowsOf(context, target), data, mask, offset)
}

function updateExtreme(
  context: OperatorContext,
  { kind, storage }: Accumulator,
  { data }: FlatVector,
  mask: Pointer,
  target: UpdateTarget,
  offset: number,
  seen: number,
  heap: StateHeap,
): void {
  const { aggregate } = context.kernels
  const code = EXTREME_KINDS[kind]!
  if (target.kind === 'runs' && isNarrow(storage)) {
    const kernels = {
      i8: aggregate.extremeI8Runs,
      i32: aggregate.extremeI32Runs,
      i64: aggregate.extremeI64Runs,
      f32: aggregate.extremeF32Runs,
      f64: aggregate.extremeF64Runs,
    }
    kernels[storage](target.runCount, target.runs, target.order, data, mask, offset, seen, code)
    return
  }
  const rows = rowsOf(context, target)
  extremeOfRows(context, storage, target.count, rows, data, mask, offset, seen, code, heap)
}

function isNarrow(storage: string): storage is 'i8' | 'i32' | 'i64' | 'f32' | 'f64' {
  return storage === 'i8' || storage === 'i32' || storage === 'i64' || storage === 'f32' || storage === 'f64'
}

function extremeOfRows(
  { kernels: { aggregate }, memory }: OperatorContext,
  storage: Accumulator['storage'],
  count: number,
  rows: Pointer,
  data: Pointer,
  mask: Pointer,
  offset: number,
  seen: number,
  code: number,
  heap: StateHeap,
): void {
  if (isNarrow(storage)) {
    const kernels = {
      i8: aggregate.extremeI8Rows,
      i32: aggregate.extremeI32Rows,
      i64: aggregate.extremeI64Rows,
      f32: aggregate.extremeF32Rows,
      f64: aggregate.extremeF64Rows,
    }
    kernels[storage](count, rows, data, mask, offset, seen, code)
  } else if (storage === 'bytes') {
    let done = 0
    for (;;) {
      done = aggregate.extremeBytesRows(done, count, rows, data, mask, offset, seen, code, heap.heap)
      if (done >= count) return
      heap.growHeap(memory.u32[(data >>> 2) + done * 2 + 1]! + 16)
    }
  } else {
    aggregate.extreme128Rows(count, rows, data, mask, offset, seen, code, storage === 'i128' ? 1 : 0)
  }
}

/** The row of each value. */
export function rowsOf({ arena, kernels }: OperatorContext, target: UpdateTarget): Pointer {
  if (target.kind === 'rows') return target.rows
  const rows = arena.allocate(target.count * 4)
  kernels.table.runRows(target.runCount, target.runs, target.order, rows)
  return rows
}

/** Adds the state of row from[i] to that of row to[i]. */
export function mergeAccumulator(
  context: OperatorContext,
  accumulator: Accumulator,
  from: Pointer,
  to: Pointer,
  count: number,
): void {
  const { aggregate } = context.kernels
  const { kind, storage } = accumulator
  const offset = accumulator.offset
  const seen = accumulator.seenOffset
  switch (kind) {
    case 'count':
      return aggregate.mergeCounts(count, from, to, offset)
    case 'moments':
      return aggregate.mergeMoments(count, from, to, offset)
    case 'sum': {
      if (storage === 'f32' || storage === 'f64') return aggregate.mergeFloatSums(count, from, to, offset, seen)
      const words = storage === 'i64' ? 2 : storage === 'i128' ? 3 : 1
      return aggregate.mergeSums(count, from, to, offset, seen, words)
    }
    case 'min':
    case 'max':
    case 'any':
      if (storage === 'bytes') return aggregate.mergeExtremeBytes(count, from, to, offset, seen, EXTREME_KINDS[kind]!)
      return mergeExtreme(context, accumulator, offset, seen, from, to, count)
  }
}

function mergeExtreme(
  context: OperatorContext,
  { kind, storage }: Accumulator,
  offset: number,
  seen: number,
  from: Pointer,
  to: Pointer,
  count: number,
): void {
  const { arena, kernels } = context
  const { table, aggregate } = kernels
  const width = widthOf(storage)
  const data = arena.allocate(count * width)
  const mask = arena.allocate(count)
  aggregate.gatherSeen(count, from, seen, mask)
  if (width === 1) table.gatherRows1(count, from, offset, data)
  else if (width === 4) table.gatherRows4(count, from, offset, data)
  else if (width === 8) table.gatherRows8(count, from, offset, data)
  else table.gatherRows16(count, from, offset, data)
  extremeOfRows(context, storage, count, to, data, mask, offset, seen, EXTREME_KINDS[kind]!, NO_HEAP)
}
