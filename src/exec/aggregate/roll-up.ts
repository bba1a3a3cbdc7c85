/** Makes the groups of grouping sets from those of others: roll-up-plan.ts says which. */
import { BATCH_ROWS_MAX } from '../../core/vector.ts'
import type { Pointer } from '../../core/memory.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowChunk } from '../rows/row-store.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import type { GroupTable } from './group-table.ts'
import type { RollUp } from './roll-up-plan.ts'
import { mergeAccumulator } from './update.ts'

/** Finds the rows of groups of `from`, which lie at the addresses `rows`, as groups of set `set`. */
export type FindGroups = (set: number, rows: Pointer, count: number) => Pointer

/** Makes the groups of all other sets; so far the table has those of the first only. */
export function rollUp(
  context: OperatorContext,
  { accumulators, layout }: AggregateShape,
  { first, steps }: RollUp,
  table: GroupTable,
  find: FindGroups,
): void {
  const chunksOf = new Map<number, readonly RowChunk[]>([[first, table.chunksSince(null)]])
  for (const { set, from } of steps) {
    const before = table.position()
    for (const { start, count } of chunksOf.get(from)!) {
      for (let done = 0; done < count; done += BATCH_ROWS_MAX) {
        context.checkCancelled()
        const mark = context.arena.mark()
        const some = Math.min(BATCH_ROWS_MAX, count - done)
        const rows = context.arena.allocate(some * 4)
        context.kernels.table.rowAddresses(some, start + done * layout.rowBytes, layout.rowBytes, rows)
        const targets = find(set, rows, some)
        for (const accumulator of accumulators) mergeAccumulator(context, accumulator, rows, targets, some)
        context.arena.release(mark)
      }
    }
    chunksOf.set(set, table.chunksSince(before))
  }
}
