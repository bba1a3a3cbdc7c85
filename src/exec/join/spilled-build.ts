/** Build rows of a hash join on their way to files, by parts of the hash of their keys. */
import { freePages } from '../../core/memory.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { PARTITIONS, type RowBlock, RowSpill, spillByPart, stringColumns } from '../rows/row-spill.ts'
import type { StoredRows } from '../rows/row-store.ts'
import type { JoinShape } from './join-shape.ts'

/** Writes rows to a new file and frees them; the blocks of each part. */
export function spillBuildRows(
  context: OperatorContext,
  plan: HashJoin,
  shape: JoinShape,
  { chunks, pages }: Pick<StoredRows, 'chunks' | 'pages'>,
): readonly (readonly RowBlock[])[] {
  const { layout, keys, packedKey } = shape
  const { table } = context.kernels
  const spill = new RowSpill(context, layout.rowBytes, stringColumns(layout))
  try {
    if (packedKey !== null && keys.length > 1) {
      // The hash of several integer keys goes where their packed form would.
      for (const { start, count } of chunks) {
        keys.forEach((key, i) =>
          table.hashRows(count, start, layout.rowBytes, key.offset, i === 0 ? 1 : 0, packedKey.offset),
        )
      }
    }
    return spillByPart(context, layout.rowBytes, chunks, spill, (rows, count, out) => {
      if (packedKey !== null && keys.length === 1) table.partsOfKeys(count, rows, packedKey.offset, PARTITIONS, out)
      else table.partsOfRows(count, rows, packedKey?.offset ?? layout.hashOffset, 0, PARTITIONS, out)
    })
  } finally {
    context.count(plan.id, 'spilled_bytes', spill.byteCount)
    spill.close()
    for (const page of pages) freePages(context.memory, page)
  }
}
