/**
 * Merges the workers' groups: every worker takes one part of the keys (by hash, or by range where all keys are dense) from the rows of
 * all. The first row of a key stays, later ones are added to it, flagged, and have its address in their first word; no row is copied.
 */
import type { Pointer } from '../../core/memory.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { CombineStep, OperatorContext } from '../operators/operator.ts'
import { FLAG_MERGED } from '../rows/row-layout.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { RowBlock } from '../rows/row-spill.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import type { AggregatePartial } from './aggregate-sink.ts'
import {
  type DistinctRows,
  addFed,
  feedDistinct,
  freeGroupRows,
  resolveDistinct,
  updateFromDistinct,
} from './distinct-values.ts'
import type { GroupRows } from './group-table.ts'
import { type KeyShare, MergePart } from './merge-part.ts'
import { spillGroups } from './spilled-groups.ts'
import { mergeAccumulator } from './update.ts'

/** The state of an aggregate, once a worker: all rows (with worker 0); those flagged as merged are not groups. */
export interface MergedGroups {
  readonly chunks: readonly RowChunk[]
  readonly pages: readonly Pointer[]
  /** By part: groups in files, not merged; then there are no chunks. */
  readonly spilled: readonly (readonly RowBlock[])[]
}

/** Between the steps of an aggregate with DISTINCT: from worker 0 for all of them, from the others only what they fed. */
interface DistinctStep {
  readonly merged: MergedGroups
  /** By worker that had input. */
  readonly distinct: readonly DistinctRows[]
  readonly fed: readonly GroupRows[]
}

export function mergeSteps(node: HashAggregate, shape: AggregateShape): readonly CombineStep[] {
  return shape.distinctLayouts.length === 0 ? [mergeStep(node, shape)] : distinctSteps(shape)
}

function mergeStep(node: HashAggregate, shape: AggregateShape): CombineStep {
  return {
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
  }
}

/** The steps that distinct-values.ts tells of. */
function distinctSteps(shape: AggregateShape): readonly CombineStep[] {
  const merge = (context: OperatorContext, partials: readonly AggregatePartial[]): DistinctStep => ({
    merged: mergeGroups(
      context,
      shape,
      partials.map(({ groups }) => groups),
    ),
    distinct: partials.map(({ distinct }) => distinct),
    fed: [],
  })
  const resolve = (context: OperatorContext, [first]: readonly DistinctStep[]): DistinctStep => {
    const own = first!.distinct[context.workerIndex]
    if (own !== undefined && first!.distinct.length > 1) resolveDistinct(context, shape, own)
    return first!
  }
  const feed = (context: OperatorContext, [first]: readonly DistinctStep[]): DistinctStep => {
    const { distinct } = first!
    if (distinct.length > 1) return { ...first!, fed: [feedDistinct(context, shape, distinct)] }
    if (context.workerIndex === 0) for (const sets of distinct) updateFromDistinct(context, shape, sets)
    return first!
  }
  const add = (context: OperatorContext, previous: readonly DistinctStep[]): MergedGroups => {
    const { merged, distinct } = previous[0]!
    const fed = previous.flatMap((step) => step.fed)
    addFed(context, shape, fed)
    if (context.workerIndex > 0) return { chunks: [], pages: [], spilled: [] }
    freeGroupRows(context, distinct.flat())
    // Other workers may still be adding from these.
    return { ...merged, pages: [...merged.pages, ...fed.flatMap(({ pages }) => pages)] }
  }
  return [
    { workers: 'all', run: (context, previous) => merge(context, previous as readonly AggregatePartial[]) },
    { workers: 'all', run: (context, previous) => resolve(context, previous as readonly DistinctStep[]) },
    { workers: 'all', run: (context, previous) => feed(context, previous as readonly DistinctStep[]) },
    { workers: 'all', run: (context, previous) => add(context, previous as readonly DistinctStep[]) },
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
      if (pairs === 0) return
      addStates(context, shape, from, to, pairs)
      // Their states, and the bytes that say they were seen, are not needed any more.
      context.kernels.table.forwardRows(pairs, from, to)
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
    memory.u32[start >>> 2] = first!.start
    memory.u8[start + 4] = FLAG_MERGED
  }
}
