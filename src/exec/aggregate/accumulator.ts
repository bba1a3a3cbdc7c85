/**
 * Accumulators: the states that aggregate calls are computed from, in group rows after the key. All start as zero bytes.
 *
 * | accumulator | state                                              | of                                    |
 * |-------------|----------------------------------------------------|---------------------------------------|
 * | count       | i64                                                | count(*), count(x), avg               |
 * | sum         | i64 (of i32), i128 (of i64), i192 (of i128), f64   | sum, avg: exact and independent of order (floats: neither) |
 * | min max any | the value; strings: address, length, capacity      | min max any_value bool_and bool_or    |
 * | moments     | f64 count, mean, squared differences               | stddev, variance                      |
 *
 * All but count and moments have a byte that says there was a value: the first few in the row's header, whose `next` has no use
 * here. Calls share accumulators: avg(x), sum(x) and count(x) need two.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, type Storage, storageOf, typeName, widthOf } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import type { PhysicalAggregateCall } from '../../plan/physical.ts'
import { roundUp } from '../rows/row-layout.ts'

export type AccumulatorKind = 'count' | 'sum' | 'min' | 'max' | 'any' | 'moments'

export interface Accumulator {
  readonly kind: AccumulatorKind
  /** Index into the arguments; -1: count(*). */
  readonly arg: number
  readonly storage: Storage
  /** Index into the filters; -1: none. */
  readonly filter: number
  /** Index into the DISTINCT sets; -1: every value counts. */
  readonly distinct: number
  /** Of the state, from the start of the row. */
  readonly offset: number
  /** Of the byte that says there was a value, from the start of the row. */
  readonly seenOffset: number
}

/** Values that are counted once a group. */
export interface DistinctSet {
  readonly arg: number
  readonly filter: number
}

/** How a call's result is made. */
export interface CallPlan {
  readonly name: string
  readonly type: DataType
  /** Indexes of accumulators: its own, and the count of an average. */
  readonly accumulator: number
  readonly count: number
  /** grouping(): one expression an argument. */
  readonly args: readonly Expr[]
  /** Scale of the first argument, for averages. */
  readonly argScale: number
}

export interface AccumulatorPlan {
  readonly args: readonly Expr[]
  readonly filters: readonly Expr[]
  readonly distinctSets: readonly DistinctSet[]
  readonly calls: readonly CallPlan[]
  readonly stateBytes: number
  /** The accumulators of rows whose states begin at `statesOffset`. */
  accumulatorsAt(statesOffset: number): readonly Accumulator[]
}

const KINDS: ReadonlyMap<string, AccumulatorKind> = new Map([
  ['count', 'count'],
  ['count_star', 'count'],
  ['sum', 'sum'],
  ['avg', 'sum'],
  ['min', 'min'],
  ['max', 'max'],
  ['any_value', 'any'],
  ['bool_and', 'min'],
  ['bool_or', 'max'],
  ['stddev_samp', 'moments'],
  ['stddev_pop', 'moments'],
  ['var_samp', 'moments'],
  ['var_pop', 'moments'],
])

/** Min, max and the like give the same over distinct values. */
const DISTINCT_MATTERS: ReadonlySet<AccumulatorKind> = new Set(['count', 'sum', 'moments'])

/** Chooses the accumulators of the calls and lays their states out. */
export function planAccumulators(calls: readonly PhysicalAggregateCall[]): AccumulatorPlan {
  const args = new Interned<Expr>()
  const filters = new Interned<Expr>()
  const distinctSets = new Interned<DistinctSet>()
  const accumulators = new Interned<Omit<Accumulator, 'offset' | 'seenOffset'>>()
  const callPlans = calls.map((call): CallPlan => {
    const { name, type } = call
    const [firstArg] = call.args
    const argScale = firstArg?.type.kind === 'decimal' ? firstArg.type.scale : 0
    const base = { name, type, args: call.args, argScale, count: -1 }
    if (name === 'grouping') return { ...base, accumulator: -1 }
    const kind = KINDS.get(name)
    if (kind === undefined) throw unsupported(`the aggregate ${name}`)
    const arg = firstArg === undefined ? -1 : args.index(firstArg)
    const filter = call.filter === null ? -1 : filters.index(call.filter)
    const storage = firstArg === undefined ? 'i64' : storageOf(firstArg.type)
    if (firstArg !== undefined) checkStorage(kind, name, firstArg.type)
    const distinct = call.distinct && arg >= 0 && DISTINCT_MATTERS.has(kind) ? distinctSets.index({ arg, filter }) : -1
    const accumulator = accumulators.index({ kind, arg, storage, filter, distinct })
    const count = name === 'avg' ? accumulators.index({ kind: 'count', arg, storage, filter, distinct }) : -1
    return { ...base, accumulator, count }
  })
  const laidOut = layOut(accumulators.values)
  return {
    args: args.values,
    filters: filters.values,
    distinctSets: distinctSets.values,
    calls: callPlans,
    ...laidOut,
  }
}

/** Values by their content. */
class Interned<T> {
  readonly values: T[] = []
  readonly #indexes = new Map<string, number>()

  index(value: T): number {
    const key = JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part))
    let index = this.#indexes.get(key)
    if (index === undefined) {
      index = this.values.push(value) - 1
      this.#indexes.set(key, index)
    }
    return index
  }
}

function checkStorage(kind: AccumulatorKind, name: string, type: DataType): void {
  const storage = storageOf(type)
  const nested = storage === 'list' || storage === 'struct'
  const fits =
    kind === 'count' ||
    (kind === 'sum' && ['i32', 'i64', 'i128', 'f32', 'f64'].includes(storage)) ||
    (kind === 'moments' && (storage === 'f32' || storage === 'f64')) ||
    (kind === 'any' && !nested) ||
    ((kind === 'min' || kind === 'max') && !nested && storage !== 'interval')
  if (!fits) throw unsupported(`${name}(${typeName(type)})`)
}

/** Bytes of the state without its seen byte. */
function stateWidth(kind: AccumulatorKind, storage: Storage): number {
  switch (kind) {
    case 'count':
      return 8
    case 'moments':
      return 24
    case 'sum':
      return storage === 'i64' ? 16 : storage === 'i128' ? 24 : 8
    case 'min':
    case 'max':
    case 'any':
      return storage === 'bytes' ? 16 : widthOf(storage)
  }
}

/** Words of an exact sum. */
export function sumWords(storage: Storage): number {
  return stateWidth('sum', storage) / 8
}

/** Bytes of the row's header that are free for groups. */
const HEADER_SEEN_BYTES = 4

function layOut(
  list: readonly Omit<Accumulator, 'offset' | 'seenOffset'>[],
): Pick<AccumulatorPlan, 'accumulatorsAt' | 'stateBytes'> {
  const offsets: number[] = []
  let end = 0
  // By falling width, so that all are aligned; the bytes that say `seen` last.
  const order = list.map((_, i) => i).sort((a, b) => widthAt(list, b) - widthAt(list, a))
  for (const index of order) {
    offsets[index] = end
    end += widthAt(list, index)
  }
  let seenCount = 0
  const seenPlaces = list.map(({ kind }) => (kind === 'count' || kind === 'moments' ? 0 : seenCount++))
  return {
    stateBytes: roundUp(end + Math.max(0, seenCount - HEADER_SEEN_BYTES), 8),
    accumulatorsAt: (statesOffset) =>
      list.map((accumulator, i) => {
        const place = seenPlaces[i]!
        const seenOffset = place < HEADER_SEEN_BYTES ? place : statesOffset + end + place - HEADER_SEEN_BYTES
        return { ...accumulator, offset: statesOffset + offsets[i]!, seenOffset }
      }),
  }
}

function widthAt(list: readonly Omit<Accumulator, 'offset' | 'seenOffset'>[], index: number): number {
  return stateWidth(list[index]!.kind, list[index]!.storage)
}
