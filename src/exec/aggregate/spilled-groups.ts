/** Groups that went to files because there were too many: written by parts of their hash, read and merged a part at a time. */
import { type Pointer, freePages } from '../../core/memory.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import type { RowChunk } from '../rows/row-store.ts'
import { PARTITIONS, type RowBlock, RowSpill, loadBlock, spillByPart } from '../rows/row-spill.ts'
import type { AggregateShape } from './aggregate-shape.ts'
import type { GroupRows } from './group-table.ts'

/** Writes groups to a new file and frees them; the blocks of each part. */
export function spillGroups(
  context: OperatorContext,
  node: HashAggregate,
  { layout, strings, form }: AggregateShape,
  groups: GroupRows,
): readonly (readonly RowBlock[])[] {
  const spill = new RowSpill(context, layout.rowBytes, strings)
  const keyOffset = form === 'integer' ? layout.columns[0]!.offset : 0
  try {
    return spillByPart(context, layout.rowBytes, groups.chunks, spill, (rows, count, out) =>
      context.kernels.table.partsOfRows(count, rows, layout.hashOffset, keyOffset, PARTITIONS, out),
    )
  } finally {
    context.count(node.id, 'spilled_bytes', spill.byteCount)
    spill.close()
    for (const page of groups.pages) freePages(context.memory, page)
  }
}

/** The rows of one part in memory: a chunk a block. The caller frees the pages. */
export function loadGroups(
  context: OperatorContext,
  { layout, strings }: AggregateShape,
  blocks: readonly RowBlock[],
): { readonly chunks: readonly RowChunk[]; readonly pages: readonly Pointer[] } {
  const chunks: RowChunk[] = []
  const pages: Pointer[] = []
  try {
    for (const block of blocks) {
      const start = loadBlock(context, layout.rowBytes, strings, block)
      pages.push(start)
      chunks.push({ start, count: block.rowCount })
    }
  } catch (error) {
    for (const page of pages) freePages(context.memory, page)
    throw error
  }
  return { chunks, pages }
}
