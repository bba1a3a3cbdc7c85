/**
 * Aggregates over DISTINCT values. Next to its groups a worker keeps rows (group row, value), each pair once; a group is meant by the
 * address of its row, so keys of any width are hashed and compared once, for the group.
 *
 *   1. the workers' groups are merged; a row that was added to another keeps that one's address (merge-groups.ts)
 *   2. `resolve`: each worker puts the merged rows' addresses into its own pairs, and hashes them
 *   3. `feed`: each worker takes the pairs whose hash falls to it, finds those that are the first of their kind, and updates
 *      states of its own with their values: one a group, so that a group of many values is shared by all workers
 *   4. `add`: those states are added to the groups' rows, each worker taking the groups that fall to it
 *
 * A worker that is alone has nothing to merge: its pairs are distinct, and their values update the groups directly.
 */
import { type Pointer, freePages } from '../../core/memory.ts'
import { INTEGER } from '../../core/types.ts'
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { hashKeys } from '../rows/key-hash.ts'
import type { RowLayout } from '../rows/row-layout.ts'
import { readColumn } from '../rows/row-reader.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import { type GroupRows, GroupTable } from './group-table.ts'
import { MergePart } from './merge-part.ts'
import { NO_HEAP, mergeAccumulator, updateAccumulator } from './update.ts'

/** What one worker's sink left of a DISTINCT set, for each of them. */
export type DistinctRows = readonly GroupRows[]

/** Puts the addresses of the rows that groups were merged into in place of their own, and stores the hashes of the new pairs. */
export function resolveDistinct(
  context: OperatorContext,
  { distinctLayouts }: AggregateShape,
  sets: DistinctRows,
): void {
  const { table } = context.kernels
  sets.forEach((pairs, set) => {
    const layout = distinctLayouts[set]!
    const [group, value] = layout.columns
    eachBatch(context, pairs, layout, ({ start, count, rows }) => {
      const groups = readColumn(context, group!, rows, count)
      table.resolveRows(count, groups.data)
      const hashes = hashKeys(context, [groups, readColumn(context, value!, rows, count)], count)
      const { rowBytes, hashOffset } = layout
      table.scatterI32(count, 0, groups.data, 0, start, rowBytes, group!.offset, 0, 0)
      table.scatterI64(count, 0, hashes, 0, start, rowBytes, hashOffset, 0, 0)
    })
  })
}

/** States of this worker's part of the pairs, keyed by the addresses of the groups' rows. */
export function feedDistinct(
  context: OperatorContext,
  shape: AggregateShape,
  workers: readonly DistinctRows[],
): GroupRows {
  const table = new GroupTable(context, fedLayout(shape.layout), 'integer')
  try {
    shape.distinctLayouts.forEach((layout, set) => {
      const tables = workers.map((sets) => sets[set]!)
      feedSet(context, shape, layout, set, tables, table)
    })
    return table.finish()
  } catch (error) {
    table.abort()
    throw error
  }
}

function feedSet(
  context: OperatorContext,
  shape: AggregateShape,
  layout: RowLayout,
  set: number,
  tables: readonly GroupRows[],
  table: GroupTable,
): void {
  const share = { part: context.workerIndex, parts: context.workerCount }
  const part = new MergePart(context, layout, tables, share, false)
  try {
    part.eachBatch(({ start, count, targets }) => {
      const firsts = context.arena.allocate((count + 1) * 4)
      const found = context.kernels.table.selectFirsts(count, start, layout.rowBytes, targets, firsts)
      if (found === 0) return
      const groups = readColumn(context, layout.columns[0]!, firsts, found)
      const rows = table.find([groups], found)
      updateValues(context, shape, { layout, set }, firsts, rows, found)
    })
  } finally {
    part.free()
  }
}

/** Updates the groups with the values of one worker that was alone. */
export function updateFromDistinct(context: OperatorContext, shape: AggregateShape, sets: DistinctRows): void {
  sets.forEach((pairs, set) => {
    const layout = shape.distinctLayouts[set]!
    eachBatch(context, pairs, layout, ({ count, rows }) => {
      const groups = readColumn(context, layout.columns[0]!, rows, count)
      updateValues(context, shape, { layout, set }, rows, groups.data, count)
    })
  })
}

function updateValues(
  context: OperatorContext,
  { accumulators }: AggregateShape,
  { layout, set }: { readonly layout: RowLayout; readonly set: number },
  pairs: Pointer,
  groups: Pointer,
  count: number,
): void {
  const value = readColumn(context, layout.columns[1]!, pairs, count)
  for (const accumulator of accumulators.filter(({ distinct }) => distinct === set)) {
    updateAccumulator(context, accumulator, value, 0, { kind: 'rows', rows: groups, count }, NO_HEAP)
  }
}

/** Adds the states that the workers fed to the rows of the groups that fall to this one. */
export function addFed(context: OperatorContext, shape: AggregateShape, tables: readonly GroupRows[]): void {
  const { arena, kernels, workerIndex: part, workerCount: parts } = context
  const layout = fedLayout(shape.layout)
  const [key] = layout.columns
  const accumulators = shape.accumulators.filter(({ distinct }) => distinct >= 0)
  for (const table of tables) {
    eachBatch(context, table, layout, ({ start, count }) => {
      const from = arena.allocate((count + 1) * 4)
      const to = arena.allocate((count + 1) * 4)
      const taken = kernels.table.selectShare(count, start, layout.rowBytes, key!.offset, part, parts, from, to)
      for (const accumulator of accumulators) mergeAccumulator(context, accumulator, from, to, taken)
    })
  }
}

/** Frees the rows of one step, which the next ones do not read. */
export function freeGroupRows({ memory }: OperatorContext, tables: readonly GroupRows[]): void {
  for (const { pages } of tables) for (const page of pages) freePages(memory, page)
}

/** The groups' layout with the address of the group's row, as its key, behind the states: so states are added at the same offsets. */
function fedLayout({ rowBytes, ...layout }: RowLayout): RowLayout {
  const key = { type: INTEGER, storage: 'i64', offset: rowBytes, bitOffset: 5, bit: 0, wide: true, key: true } as const
  return {
    ...layout,
    columns: [key],
    rowBytes: rowBytes + 8,
    header: HEADER_ALL_VALID,
    validityWords: 0,
    hashOffset: 0,
    keyDescriptor: [],
  }
}

const HEADER_ALL_VALID = 0xffff_ff00_0000_0000n

interface RowBatch {
  /** Of the first row; the rows lie one behind the other. */
  readonly start: Pointer
  readonly count: number
  /** Their u32 addresses. */
  readonly rows: Pointer
}

function eachBatch(
  context: OperatorContext,
  { chunks }: GroupRows,
  { rowBytes }: RowLayout,
  visit: (batch: RowBatch) => void,
): void {
  const { arena, kernels } = context
  for (const chunk of chunks) {
    context.checkCancelled()
    for (let done = 0; done < chunk.count; done += BATCH_ROWS_MAX) {
      const mark = arena.mark()
      const count = Math.min(BATCH_ROWS_MAX, chunk.count - done)
      const start = chunk.start + done * rowBytes
      const rows = arena.allocate(count * 4)
      kernels.table.rowAddresses(count, start, rowBytes, rows)
      visit({ start, count, rows })
      arena.release(mark)
    }
  }
}
