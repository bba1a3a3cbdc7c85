/**
 * Makes the table of a hash join from the rows that all workers kept.
 *
 *   worker 0: sum up, choose the form, allocate -> every worker: insert every nth chunk of rows (by atomic exchange)
 *
 * Several integer keys become one number: a key is a digit counted from its minimum, its range known by now. When that number's
 * range is not much larger than the rows, the table is indexed by it directly: no hash, no comparison, and one cache miss a probe
 * where hashing has two.
 */
import { type EngineMemory, type Pointer, allocatePages } from '../../core/memory.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { CombineStep, OperatorContext } from '../operators/operator.ts'
import { PARTITIONS, type RowBlock } from '../rows/row-spill.ts'
import { spillBuildRows } from './spilled-build.ts'
import { type KeyFilterTargets, buildFilters, planFilters } from './dynamic-filter-build.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { JoinShape } from './join-shape.ts'
import type { BuildPartial, BuildPlan, JoinState, JoinTable, KeyDigit, KeyRange } from './join-state.ts'

/** Direct-address tables of up to this many entries (1 MiB) are always worth their clearing. */
const DENSE_RANGE_ALWAYS = 1n << 18n
/** Entries a row that a direct-address table may have at most: beyond, hash tables touch fewer cache lines. */
const DENSE_ENTRIES_PER_ROW = 32n
const DENSE_RANGE_MAX = 1n << 28n

export function joinSteps(plan: HashJoin, shape: JoinShape): readonly CombineStep[] {
  return [
    {
      workers: 'one',
      run(context, previous): BuildPlan {
        const partials = previous as readonly BuildPartial[]
        const isSpilled = partials.some(({ spilled }) => spilled.length > 0)
        return isSpilled ? planSpilled(context, plan, shape, partials) : planTable(context, plan, shape, partials)
      },
    },
    {
      workers: 'all',
      run: (context, previous) =>
        fillTable(context, shape, previous[0] as BuildPlan, {
          index: context.workerIndex,
          count: context.workerCount,
        }),
    },
  ]
}

/** Some worker spilled, so all rows go to files; the parts are joined after the probe side was split likewise. */
function planSpilled(
  context: OperatorContext,
  plan: HashJoin,
  shape: JoinShape,
  partials: readonly BuildPartial[],
): BuildPlan {
  const parts: RowBlock[][] = Array.from({ length: PARTITIONS }, () => [])
  const add = (blocks: readonly (readonly RowBlock[])[]): void => {
    blocks.forEach((list, part) => parts[part]!.push(...list))
  }
  for (const partial of partials) {
    add(partial.spilled)
    add(spillBuildRows(context, plan, shape, partial))
  }
  const ranges = shape.form === 'integer' ? plan.buildKeys.map((_, i) => mergeRanges(partials, i)) : []
  return {
    table: { kind: 'none' },
    keyed: 'rows',
    digits: null,
    chunks: [],
    pages: [],
    rowCount: 0,
    nullKeyCount: partials.reduce((sum, partial) => sum + partial.nullKeyCount, 0),
    hasBuildRows: true,
    spilled: parts,
    descriptor: 0,
    ranges,
    filters: plan.makesDynamicFilter ? ranges.map(({ min, max }) => ({ min, max, set: null })) : [],
  }
}

/** Sums up, chooses the form of the table and allocates it. */
export function planTable(
  context: OperatorContext,
  plan: HashJoin,
  shape: JoinShape,
  partials: readonly BuildPartial[],
): BuildPlan {
  const { memory } = context
  const pages = partials.flatMap((partial) => partial.pages)
  const rowCount = partials.reduce((sum, partial) => sum + partial.rowCount, 0)
  const ranges = shape.form === 'integer' ? plan.buildKeys.map((_, i) => mergeRanges(partials, i)) : []
  const nullKeyCount = partials.reduce((sum, partial) => sum + partial.nullKeyCount, 0)
  const digits = packKeys(ranges)
  const table = chooseTable(memory, rowCount, ranges, digits)
  pages.push(table.pointer)
  const descriptor = writeDescriptor(memory, shape, pages)
  const filters: KeyFilterTargets = plan.makesDynamicFilter
    ? planFilters(memory, ranges, rowCount, plan.probe.estimate.rows, pages)
    : []
  return {
    table,
    keyed: digits === null ? 'rows' : 'packed',
    digits: digits !== null && digits.length > 1 ? digits : null,
    chunks: partials.flatMap((partial) => partial.chunks),
    pages,
    rowCount,
    nullKeyCount,
    hasBuildRows: rowCount + nullKeyCount > 0,
    spilled: null,
    descriptor,
    ranges,
    filters,
  }
}

function mergeRanges(partials: readonly BuildPartial[], key: number): KeyRange {
  let [min, max] = [2n ** 63n - 1n, -(2n ** 63n)]
  for (const { ranges } of partials) {
    const range = ranges[key]!
    if (range.min < min) min = range.min
    if (range.max > max) max = range.max
  }
  return { min, max }
}

/** The digits of the packed key, or null when their product exceeds 62 bits. A single key is not changed. */
function packKeys(ranges: readonly KeyRange[]): readonly KeyDigit[] | null {
  if (ranges.length === 0) return null
  const digits: KeyDigit[] = []
  let factor = 1n
  for (const { min, max } of ranges) {
    const range = max < min ? 1n : max - min + 1n
    digits.push({ min: max < min ? 0n : min, range, factor })
    factor *= range
  }
  return factor < 1n << 62n || ranges.length === 1 ? digits : null
}

function chooseTable(
  memory: EngineMemory,
  rowCount: number,
  ranges: readonly KeyRange[],
  digits: readonly KeyDigit[] | null,
): Exclude<JoinTable, { readonly kind: 'none' }> {
  if (digits !== null) {
    const [first] = ranges
    const single = ranges.length === 1
    const range = digits.reduce((product, digit) => product * digit.range, 1n)
    const limit = BigInt(rowCount) * DENSE_ENTRIES_PER_ROW
    if (range <= DENSE_RANGE_ALWAYS || (range <= limit && range <= DENSE_RANGE_MAX)) {
      const pointer = allocateZeroed(memory, Number(range) * 4)
      return {
        kind: 'dense',
        pointer,
        min: single && first!.max >= first!.min ? first!.min : 0n,
        range,
      }
    }
  }
  // At most half full: probes of absent keys end after 1.5 slots on average.
  const bits = Math.max(8, Math.ceil(Math.log2(rowCount * 2 + 1)))
  return { kind: 'hash', pointer: allocateZeroed(memory, 2 ** bits * 8), shift: 64 - bits }
}

export function allocateZeroed(memory: EngineMemory, byteCount: number): Pointer {
  const pointer = allocatePages(memory, byteCount + 64, 'a hash join')
  memory.bulk.fill(0, pointer, pointer + byteCount)
  return pointer
}

function writeDescriptor(memory: EngineMemory, shape: JoinShape, pages: Pointer[]): Pointer {
  const words = shape.layout.keyDescriptor
  const pointer = allocatePages(memory, words.length * 4, 'a hash join')
  memory.u32.set(words, pointer >>> 2)
  pages.push(pointer)
  return pointer
}

/** Inserts one worker's share of the rows: every `count`th chunk. */
export function fillTable(
  context: OperatorContext,
  shape: JoinShape,
  plan: BuildPlan,
  share: { readonly index: number; readonly count: number },
): JoinState {
  const { table: kernels } = context.kernels
  const { layout, packedKey } = shape
  const shared = share.count > 1 ? 1 : 0
  const { table } = plan
  if (table.kind === 'none') return { ...plan, duplicates: 0 }
  const mine = plan.chunks.filter((_, i) => i % share.count === share.index)
  let duplicates = 0
  for (const { start, count } of mine) {
    context.checkCancelled()
    const { rowBytes } = layout
    const keyOffset = packedKey?.offset ?? layout.hashOffset
    makeTableKeys(context, shape, plan, { start, count })
    if (table.kind === 'dense') {
      duplicates += kernels.insertDense(count, start, rowBytes, keyOffset, table.min, table.pointer, shared)
    } else if (plan.keyed === 'packed') {
      duplicates += kernels.insertHash(count, start, rowBytes, keyOffset, table.pointer, table.shift, shared)
    } else {
      duplicates += kernels.insertRows(
        count,
        start,
        rowBytes,
        keyOffset,
        plan.descriptor,
        table.pointer,
        table.shift,
        shared,
      )
    }
  }
  buildFilters(context, shape, plan, mine, shared)
  return { ...plan, duplicates }
}

/** Packed keys, or hashes in their place, of rows that have several integer keys. */
function makeTableKeys(context: OperatorContext, shape: JoinShape, plan: BuildPlan, { start, count }: RowChunk): void {
  const { layout, packedKey, keys } = shape
  if (packedKey === null || keys.length === 1) return
  const { table } = context.kernels
  keys.forEach((key, i) => {
    const first = i === 0 ? 1 : 0
    const digit = plan.digits?.[i]
    if (digit === undefined) {
      table.hashRows(count, start, layout.rowBytes, key.offset, first, packedKey.offset)
    } else {
      table.compactRows(count, start, layout.rowBytes, key.offset, digit.min, digit.factor, first, packedKey.offset)
    }
  })
}
