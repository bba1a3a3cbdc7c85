/**
 * Merges the workers' groups: every worker takes one part of the keys (by hash, or by range where all keys are dense) from the rows of
 * all. The first row of a key stays, later ones are added to it and flagged; no row is copied.
 *
 * DISTINCT comes before: the (group, value) rows are made unique in the same way, then each worker feeds its part to the accumulators of
 * a second table of groups, which is merged with the first ones.
 */
import { type Pointer, freePages, outOfMemory, tryAllocatePages } from '../../core/memory.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { CombineStep, OperatorContext } from '../operators/operator.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { readColumn } from '../rows/row-reader.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { type AggregatePartial, singleRun } from './aggregate-sink.ts'
import { CONTROL, type GroupRows, GroupTable, controlBytes, writeControl } from './group-table.ts'
import { spillGroups } from './spilled-groups.ts'
import { mergeAccumulator, updateAccumulator } from './update.ts'

/** The state of an aggregate, once a worker: all rows (with worker 0); those flagged as merged are not groups. */
export interface MergedGroups {
  readonly chunks: readonly RowChunk[]
  readonly pages: readonly Pointer[]
  /** By part: groups in files, not merged; then there are no chunks. */
  readonly spilled: readonly (readonly RowBlock[])[]
}

/** Between the two steps of an aggregate with DISTINCT. */
interface DistinctFed {
  /** Of all workers, in the first output; its rows that were fed are freed with them. */
  readonly partials: readonly AggregatePartial[]
  readonly fed: GroupRows
}

export function mergeSteps(node: HashAggregate, shape: AggregateShape): readonly CombineStep[] {
  if (shape.distinctLayouts.length === 0) {
    return [
      {
        workers: 'all',
        run(context, previous): MergedGroups {
          const partials = previous as readonly AggregatePartial[]
          if (partials.some(({ spilled }) => spilled.length > 0)) return spillRest(context, node, shape, partials)
          return mergeGroups(
            context,
            shape,
            partials.map((partial) => partial.groups),
          )
        },
      },
    ]
  }
  return [
    {
      workers: 'all',
      run: (context, partials) => feedDistinct(context, shape, partials as readonly AggregatePartial[]),
    },
    {
      workers: 'all',
      run(context, previous): MergedGroups {
        const all = previous as readonly DistinctFed[]
        const { partials } = all[0]!
        if (context.workerIndex === 0) freeDistinct(context, partials)
        return mergeGroups(context, shape, [...partials.map((p) => p.groups), ...all.map(({ fed }) => fed)])
      },
    },
  ]
}

/** Some worker spilled, so all do: each takes its own groups. */
function spillRest(
  context: OperatorContext,
  node: HashAggregate,
  shape: AggregateShape,
  partials: readonly AggregatePartial[],
): MergedGroups {
  const own = partials[context.workerIndex]
  if (own === undefined) return { chunks: [], pages: [], spilled: [] }
  const rest = spillGroups(context, node, shape, own.groups)
  return {
    chunks: [],
    pages: [],
    spilled: rest.map((blocks, part) => [...(own.spilled[part] ?? []), ...blocks]),
  }
}

function freeDistinct({ memory }: OperatorContext, partials: readonly AggregatePartial[]): void {
  for (const { distinct } of partials) {
    for (const rows of distinct) for (const page of rows.pages) freePages(memory, page)
  }
}

function mergeGroups(context: OperatorContext, shape: AggregateShape, tables: readonly GroupRows[]): MergedGroups {
  const { form } = shape
  const isFirst = context.workerIndex === 0
  const chunks = tables.flatMap((table) => table.chunks)
  const merged: MergedGroups = {
    chunks: isFirst ? chunks : [],
    pages: isFirst ? tables.flatMap((table) => table.pages) : [],
    spilled: [],
  }
  if (tables.length === 1) return merged
  if (form === 'none') {
    if (isFirst) mergeOnlyRows(context, chunks, (from, to, count) => addStates(context, shape, from, to, count))
    return merged
  }
  mergeTables(context, shape, tables, { part: context.workerIndex, parts: context.workerCount })
  return merged
}

/** Merges the states of rows of equal keys in one part of the keys; rows that are added to others get FLAG_MERGED. */
export function mergeTables(
  context: OperatorContext,
  shape: AggregateShape,
  tables: readonly GroupRows[],
  share: KeyShare,
): void {
  const { layout, form } = shape
  const part = new MergePart(context, layout, tables, share, form === 'integer')
  try {
    part.eachBatch(({ start, count, targets }) => {
      const from = context.arena.allocate(count * 4)
      const to = context.arena.allocate(count * 4)
      const pairs = context.kernels.table.selectMerged(count, start, layout.rowBytes, targets, from, to)
      if (pairs > 0) addStates(context, shape, from, to, pairs)
    })
  } finally {
    part.free()
  }
}

function addStates(
  context: OperatorContext,
  { accumulators }: AggregateShape,
  from: Pointer,
  to: Pointer,
  count: number,
): void {
  for (const accumulator of accumulators) {
    mergeAccumulator(context, accumulator, from, to, count)
  }
}

function mergeOnlyRows(
  { arena, memory }: OperatorContext,
  chunks: readonly RowChunk[],
  addStates: (from: Pointer, to: Pointer, count: number) => void,
): void {
  const [first, ...others] = chunks
  const from = arena.allocate(4)
  const to = arena.allocate(4)
  for (const { start } of others) {
    memory.u32[from >>> 2] = start
    memory.u32[to >>> 2] = first!.start
    addStates(from, to, 1)
    memory.u8[start + 4] = 4
  }
}

/** Rows of one call, and for each the row of its key: itself, another's, or 0 when it falls to another worker. */
interface MergedBatch {
  readonly start: Pointer
  readonly count: number
  readonly targets: Pointer
}

/** Which keys are merged: those whose hash falls to `part` of `parts`. */
export interface KeyShare {
  readonly part: number
  readonly parts: number
  /** All rows are of this part (they were spilled by it), not a share of them. */
  readonly holdsAll?: boolean
}

/** One worker's part of a merge. */
class MergePart {
  readonly #context: OperatorContext
  readonly #layout: RowLayout
  readonly #tables: readonly GroupRows[]
  readonly #share: KeyShare
  readonly #pages: Pointer[] = []
  readonly #control: Pointer

  constructor(
    context: OperatorContext,
    layout: RowLayout,
    tables: readonly GroupRows[],
    share: KeyShare,
    integer: boolean,
  ) {
    this.#share = share
    this.#context = context
    this.#layout = layout
    this.#tables = tables
    this.#control = this.#allocate(controlBytes(layout))
    writeControl(context, layout, this.#control)
    try {
      if (!integer || !this.#makeDense()) this.#makeHash()
    } catch (error) {
      this.free()
      throw error
    }
  }

  eachBatch(visit: (batch: MergedBatch) => void): void {
    const { arena, kernels } = this.#context
    const { part, parts } = this.#share
    const { rowBytes } = this.#layout
    for (const chunk of this.#tables.flatMap((table) => table.chunks)) {
      this.#context.checkCancelled()
      for (let done = 0; done < chunk.count; done += BATCH_ROWS_MAX) {
        const mark = arena.mark()
        const count = Math.min(BATCH_ROWS_MAX, chunk.count - done)
        const start = chunk.start + done * rowBytes
        const targets = arena.allocate(count * 4)
        kernels.table.mergeIndex(this.#control, count, start, part, parts, targets)
        visit({ start, count, targets })
        arena.release(mark)
      }
    }
  }

  /** A direct index of this worker's range of keys, when all tables had one and the keys are dense together. */
  #makeDense(): boolean {
    const { memory } = this.#context
    const { part, parts, holdsAll } = this.#share
    if (holdsAll === true) return false
    const ranges = this.#tables.filter((table) => table.rowCount > 0).map((table) => table.dense)
    if (ranges.length === 0) return false
    let [low, end] = [2n ** 63n, -(2n ** 63n)]
    for (const range of ranges) {
      if (range === null) return false
      if (range.base < low) low = range.base
      if (range.base + range.range > end) end = range.base + range.range
    }
    const width = (end - low + BigInt(parts) - 1n) / BigInt(parts)
    if (width > BigInt(this.#rowTotal()) * 64n + 65_536n) return false
    const index = this.#tryAllocateZeroed(Number(width) * 4)
    if (index === 0) return false
    this.#set(CONTROL.index, index)
    this.#set(CONTROL.dense, 1)
    memory.i64[(this.#control + CONTROL.base) >>> 3] = low + width * BigInt(part)
    memory.i64[(this.#control + CONTROL.range) >>> 3] = width
    return true
  }

  /** A hash index for this worker's share, with room for shares that chance makes larger. */
  #makeHash(): void {
    const { parts, holdsAll } = this.#share
    const rows = (this.#rowTotal() / (holdsAll === true ? 1 : parts)) * 1.5 + 1024
    const bits = Math.ceil(Math.log2(rows * 1.3))
    const byteCount = 2 ** bits * 8
    const index = this.#tryAllocateZeroed(byteCount)
    if (index === 0) throw outOfMemory(this.#context.memory, byteCount, 'an aggregate')
    this.#set(CONTROL.index, index)
    this.#set(CONTROL.shift, 64 - bits)
  }

  #rowTotal(): number {
    return this.#tables.reduce((sum, table) => sum + table.rowCount, 0)
  }

  #allocate(byteCount: number): Pointer {
    const page = tryAllocatePages(this.#context.memory, byteCount)
    if (page === 0) throw outOfMemory(this.#context.memory, byteCount, 'an aggregate')
    this.#pages.push(page)
    return page
  }

  #tryAllocateZeroed(byteCount: number): Pointer {
    const page = tryAllocatePages(this.#context.memory, byteCount)
    if (page === 0) return 0
    this.#pages.push(page)
    this.#context.memory.bulk.fill(0, page, page + byteCount)
    return page
  }

  #set(offset: number, value: number): void {
    this.#context.memory.u32[(this.#control + offset) >>> 2] = value
  }

  free(): void {
    for (const page of this.#pages.splice(0)) freePages(this.#context.memory, page)
  }
}

/** Feeds this worker's part of the distinct values to a table of groups of its own. */
function feedDistinct(
  context: OperatorContext,
  shape: AggregateShape,
  partials: readonly AggregatePartial[],
): DistinctFed {
  const table = new GroupTable(context, shape.layout, shape.form)
  try {
    shape.distinctLayouts.forEach((layout, set) => {
      const rows = partials.map((partial) => partial.distinct[set]!)
      feedSet(context, shape, layout, set, rows, table)
    })
  } catch (error) {
    table.abort()
    throw error
  }
  if (shape.form === 'none') table.onlyRow()
  return { partials: context.workerIndex === 0 ? partials : [], fed: table.finish() }
}

function feedSet(
  context: OperatorContext,
  shape: AggregateShape,
  layout: RowLayout,
  set: number,
  tables: readonly GroupRows[],
  table: GroupTable,
): void {
  const { keyTypes, form } = shape
  const accumulators = shape.accumulators.filter((accumulator) => accumulator.distinct === set)
  const part = new MergePart(context, layout, tables, { part: context.workerIndex, parts: context.workerCount }, false)
  try {
    part.eachBatch(({ start, count, targets }) => {
      const firsts = context.arena.allocate((count + 1) * 4)
      const found = context.kernels.table.selectFirsts(count, start, layout.rowBytes, targets, firsts)
      if (found === 0) return
      const keys = keyTypes.map((_, i) => readColumn(context, layout.columns[i]!, firsts, found))
      const value = readColumn(context, layout.columns[keyTypes.length]!, firsts, found)
      const target =
        form === 'none'
          ? singleRun(context, table.onlyRow(), found)
          : ({ kind: 'rows', rows: table.find(keys, found), count: found } as const)
      for (const accumulator of accumulators) {
        updateAccumulator(context, accumulator, value, 0, target, table)
      }
    })
  } finally {
    part.free()
  }
}
