/**
 * Filters of a join's probe side by the keys of its build side: scans below skip what cannot match.
 *
 * A filter watches itself: when nearly every row passes, it stops looking at rows.
 */
import type { Arena } from '../../core/arena.ts'
import { defined } from '../../core/assert.ts'
import { type EngineMemory, type Pointer } from '../../core/memory.ts'
import { storageOf } from '../../core/types.ts'
import type { DictionaryVector, Selection, Vector } from '../../core/vector.ts'
import { DictionaryCache } from '../../expr/dictionary-cache.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { flatten } from '../rows/vectors.ts'
import type { JoinState, KeyFilter } from './join-state.ts'

/** A filter that passes more than this share of the rows is switched off. */
const USELESS_SHARE = 0.9
/** Rows to look at before judging, and between judgements. */
const JUDGE_ROWS = 65_536

/**
 * A dictionary's values are looked up instead of the rows' when there are at most so many of them a row: the batches that follow, a row group's, mostly have
 * the same dictionary.
 */
const DICTIONARY_VALUES_A_ROW = 8

interface Watch {
  seen: number
  passed: number
  off: boolean
  /** A byte an entry of the dictionary that the last batches had: 1 where it may match. */
  readonly passes: DictionaryCache<Pointer>
}

/** By filter, in this worker: filters are plain data, so the watch is kept beside them. */
const watches = new WeakMap<KeyFilter, Watch>()

/**
 * Range of the build side's values of key `keyIndex`, inclusive, whatever the key's integer type; null when there is none to
 * tell. min > max: no rows can match.
 */
export function dynamicFilterRange(state: readonly unknown[], keyIndex: number): { min: bigint; max: bigint } | null {
  const filter = filterOf(state, keyIndex)
  return filter === null ? null : { min: filter.min, max: filter.max }
}

function filterOf(state: readonly unknown[], keyIndex: number): KeyFilter | null {
  const [first] = state as readonly JoinState[]
  return first?.filters[keyIndex] ?? null
}

/**
 * The rows of `selection` (null: all rows of the vector) that may have a match; rows that have one are never left out. The result
 * lives in the context's arena.
 */
export function applyDynamicFilter(
  context: OperatorContext,
  state: readonly unknown[],
  keyIndex: number,
  vector: Vector,
  selection: Selection | null,
): Selection | null {
  const filter = filterOf(state, keyIndex)
  if (filter === null) return selection
  let watch = watches.get(filter)
  if (watch === undefined) watches.set(filter, (watch = newWatch(context.memory)))
  if (watch.off && filter.max >= filter.min) return selection
  const before = selection?.count ?? vector.length
  if (before === 0) return selection
  const after = select(context, filter, vector, selection, watch.passes)
  watch.seen += before
  watch.passed += after.count
  if (watch.seen >= JUDGE_ROWS) {
    watch.off = watch.passed > watch.seen * USELESS_SHARE
    watch.seen = 0
    watch.passed = 0
  }
  return after.count === vector.length ? null : after
}

function newWatch(memory: EngineMemory): Watch {
  return { seen: 0, passed: 0, off: false, passes: new DictionaryCache<Pointer>(memory) }
}

function select(
  context: OperatorContext,
  filter: KeyFilter,
  vector: Vector,
  selection: Selection | null,
  known: DictionaryCache<Pointer>,
): Selection {
  const { arena, kernels } = context
  const count = selection?.count ?? vector.length
  const out = arena.allocate((count + 1) * 4)
  const from = selection?.pointer ?? 0
  if (filter.max < filter.min) return { pointer: out, count: 0 }
  if (vector.encoding === 'dictionary' && vector.dictionary.length <= count * DICTIONARY_VALUES_A_ROW) {
    const passes = known.get(vector.dictionary, (lasting) => dictionaryPasses(context, filter, vector, lasting))
    return {
      pointer: out,
      count: kernels.table.selectCodes(count, from, vector.data, vector.validity, passes, out),
    }
  }
  const flat = flatten(context, vector)
  return { pointer: out, count: selectValues(context, filter, flat, from, count, out) }
}

function selectValues(
  { kernels }: OperatorContext,
  filter: KeyFilter,
  flat: { readonly type: Vector['type']; readonly data: Pointer; readonly validity: Pointer },
  from: Pointer,
  count: number,
  out: Pointer,
): number {
  const { table } = kernels
  const { min, max, set } = filter
  const range = BigInt.asUintN(64, max - min + 1n)
  const narrow = storageOf(flat.type) === 'i32'
  if (!narrow && storageOf(flat.type) !== 'i64') return keepAll(table, from, count, out)
  if (set === null || range === 0n) return keepAll(table, from, count, out)
  if (set.kind === 'bitmap') {
    const kernel = narrow ? table.selectBitmapI32 : table.selectBitmapI64
    return kernel(count, from, flat.data, flat.validity, min, range, set.pointer, out)
  }
  const kernel = narrow ? table.selectBloomI32 : table.selectBloomI64
  const passed = kernel(count, from, flat.data, flat.validity, min, range, set.pointer, set.shift, out)
  const { keys } = set
  if (keys === null || passed === 0) return passed
  const exact = narrow ? table.selectKeySetI32 : table.selectKeySetI64
  return exact(passed, out, flat.data, min, keys.pointer, keys.shift, out)
}

function keepAll(table: OperatorContext['kernels']['table'], from: Pointer, count: number, out: Pointer): number {
  if (from === 0) table.rowAddresses(count, 0, 1, out)
  else table.take4(count, out, from, out)
  return count
}

/** A byte a dictionary entry, in the lasting arena: 1 where it may match. */
function dictionaryPasses(
  context: OperatorContext,
  filter: KeyFilter,
  { dictionary }: DictionaryVector,
  lasting: Arena,
): Pointer {
  const out = context.arena.allocate((dictionary.length + 1) * 4)
  const count = selectValues(context, filter, dictionary, 0, dictionary.length, out)
  return spread(context.memory, out, count, lasting.allocateZeroed(dictionary.length))
}

function spread({ u8, u32 }: EngineMemory, selection: Pointer, count: number, bytes: Pointer): Pointer {
  for (let i = 0; i < count; i++) u8[bytes + defined(u32[(selection >>> 2) + i], 'an entry of the selection')] = 1
  return bytes
}
