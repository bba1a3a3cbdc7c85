/** Reads columns back from rows. */
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { BYTEA, type DataType, typeName, widthOf } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import { decodeNested, isNested } from './nested-blobs.ts'
import type { RowColumn } from './row-layout.ts'
import { type VectorContext, flatVector } from './vectors.ts'

/**
 * The column's values of `count` rows whose u32 addresses are at `rows`; address 0 gives NULL. String views point into the
 * rows' heap. `type`: the column's own, unless it has the same storage under another name.
 */
export function readColumn(
  context: VectorContext,
  column: RowColumn,
  rows: Pointer,
  count: number,
  type: DataType = column.type,
): FlatVector {
  const { arena, kernels } = context
  const { table } = kernels
  const { offset, storage } = column
  const validity = arena.allocate(count)
  const nulls = table.gatherValidity(count, rows, column.bitOffset, column.bit, validity)
  const width = widthOf(storage)
  const data = arena.allocate(count * width)
  switch (width) {
    case 1:
      table.gatherRows1(count, rows, offset, data)
      break
    case 4:
      table.gatherRows4(count, rows, offset, data)
      break
    case 8:
      table.gatherRows8(count, rows, offset, data)
      break
    case 16:
      table.gatherRows16(count, rows, offset, data)
      break
    default:
      throw unsupported(`a row with ${typeName(column.type)}`)
  }
  const present = nulls === 0 ? 0 : validity
  return isNested(type)
    ? decodeNested(context, type, flatVector(BYTEA, count, data, present))
    : flatVector(type, count, data, present)
}
