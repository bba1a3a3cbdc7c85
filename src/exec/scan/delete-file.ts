/** Reads all rows of a delete file, batch by batch. */
import { BATCH_ROWS_MAX, type Vector } from '../../core/vector.ts'
import type { TargetField } from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import { storageFor } from '../../storage/index.ts'
import type { FileRef } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { readContextOf } from './read-context.ts'
import { assertRowCount } from './row-count-check.ts'

/** Calls `visit` for each batch with one vector a target; the vectors are gone when it returns. */
export function readDeleteFile(
  context: QueryContext,
  ref: FileRef,
  targets: readonly TargetField[],
  visit: (vectors: readonly Vector[], rowCount: number) => void,
): void {
  const { arena } = context
  const { url, format } = ref
  const file = storageFor(url).openSync(url)
  try {
    const dataFile = formatByName(format).open(file, readContextOf(context))
    assertRowCount(ref, dataFile)
    const bound = dataFile.bind(targets)
    for (const [rowGroup, { rowCount }] of dataFile.rowGroups.entries()) {
      context.checkCancelled()
      const reader = bound.openRowGroup(rowGroup)
      try {
        for (let start = 0; start < rowCount; start += BATCH_ROWS_MAX) {
          const end = Math.min(rowCount, start + BATCH_ROWS_MAX)
          const mark = arena.mark()
          visit(
            targets.map((_, column) => reader.read(column, start, end, null, arena)),
            end - start,
          )
          arena.release(mark)
        }
      } finally {
        reader.close()
      }
    }
  } finally {
    file.close()
  }
}
