/** Makes the filters that a hash join gives to scans of its probe side: range, and bitmap or Bloom filter, of each integer key. */
import { type EngineMemory, type Pointer, allocatePages } from '../../core/memory.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { JoinShape } from './join-shape.ts'
import type { BuildPlan, KeyFilter, KeyRange, KeySet } from './join-state.ts'

export type KeyFilterTargets = readonly (KeyFilter | null)[]

/** A bitmap of up to 256 KiB stays in a core's own cache. */
const BITMAP_BITS_ALWAYS = 1n << 21n
/**
 * Larger ones must be worth their clearing: 64 bits take 1 ns, and a look-up saves several over a Bloom filter's, beside being
 * exact.
 */
const BITMAP_BITS_PER_ROW = 64
const BITMAP_BITS_MAX = 2 ** 27
/** Bits a build row in a Bloom filter: one 64-bit block for four rows gives about 3 % false positives. */
const BLOOM_BITS_PER_ROW = 16
/**
 * A page of each column is decompressed for a row that a Bloom filter passes wrongly. So where few keys meet many rows, the rows that pass it are looked up
 * in the set of the keys, which has two slots a key or more.
 */
const KEY_SET_ROWS_MAX = 1 << 16
const KEY_SET_PROBE_ROWS = 16
/** Larger build sides than this filter too little for what their filter costs. */
const FILTER_ROWS_MAX = 1 << 24

/** Chooses and allocates a filter a key; the memory is added to `pages`. */
export function planFilters(
  memory: EngineMemory,
  ranges: readonly KeyRange[],
  rowCount: number,
  probeRows: number,
  pages: Pointer[],
): KeyFilterTargets {
  const allocate = (byteCount: number): Pointer => {
    const pointer = allocatePages(memory, byteCount, 'the filter of a hash join')
    memory.bulk.fill(0, pointer, pointer + byteCount)
    pages.push(pointer)
    return pointer
  }
  const isWorthSet = (bits: bigint): boolean =>
    rowCount <= KEY_SET_ROWS_MAX && probeRows >= rowCount * KEY_SET_PROBE_ROWS && bits < 1n << 63n
  const keySet = (): KeySet => {
    const slotBits = Math.max(4, Math.ceil(Math.log2(rowCount)) + 1)
    return { pointer: allocate(2 ** slotBits * 8), shift: 64 - slotBits }
  }
  return ranges.map(({ min, max }) => {
    if (max < min || rowCount > FILTER_ROWS_MAX) return { min, max, set: null }
    const bits = max - min + 1n
    const cheap = BigInt(Math.floor(Math.min(BITMAP_BITS_MAX, (rowCount + probeRows) * BITMAP_BITS_PER_ROW)))
    if (bits <= BITMAP_BITS_ALWAYS || bits <= cheap) {
      return {
        min,
        max,
        set: { kind: 'bitmap', pointer: allocate(Math.ceil(Number(bits) / 64) * 8) },
      }
    }
    const blockBits = Math.max(4, Math.ceil(Math.log2((rowCount * BLOOM_BITS_PER_ROW) / 64 + 1)))
    return {
      min,
      max,
      set: {
        kind: 'bloom',
        pointer: allocate(2 ** blockBits * 8),
        shift: 64 - blockBits,
        keys: isWorthSet(bits) ? keySet() : null,
      },
    }
  })
}

/** Enters this worker's share of the rows; `shared` 1: others enter theirs at the same time. */
export function buildFilters(
  context: OperatorContext,
  shape: JoinShape,
  plan: BuildPlan,
  chunks: readonly RowChunk[],
  shared: number,
): void {
  const { table } = context.kernels
  const { rowBytes } = shape.layout
  plan.filters.forEach((filter, i) => {
    const set = filter?.set ?? null
    if (filter === null || set === null) return
    const { offset } = shape.keys[i]!
    for (const { start, count } of chunks) {
      if (set.kind === 'bitmap') table.bitmapRows(count, start, rowBytes, offset, filter.min, set.pointer, shared)
      else table.bloomRows(count, start, rowBytes, offset, set.pointer, set.shift, shared)
      if (set.kind === 'bitmap' || set.keys === null) continue
      table.keySetRows(count, start, rowBytes, offset, filter.min, set.keys.pointer, set.keys.shift, shared)
    }
  })
}
