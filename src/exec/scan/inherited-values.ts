/**
 * Row lineage: a row keeps its id and the number of its last change when files are rewritten, in columns of the file; rows that a file was written
 * for have NULL there, or no column, and inherit from the file's place in the table.
 *
 *   row id    = the file's first row id + the row's number in the file
 *   sequence  = the sequence number of the file
 */
import { isNullAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { ColumnSource } from '../../table/table.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { flatten } from '../rows/vectors.ts'

/** `read` (bigint) with its NULLs filled; `rowNumbers` are the rows' numbers in the file. */
export function inheritValues(
  context: OperatorContext,
  read: Vector,
  { value, addsPosition }: ColumnSource & { kind: 'inherited' },
  rowNumbers: FlatVector,
): Vector {
  const { memory, arena } = context
  const hasNulls = read.encoding === 'constant' ? read.isNull : read.validity !== 0
  if (!hasNulls) return read
  const { length } = read
  const data = arena.allocate(length * 8)
  const { i64 } = memory
  const from = read.encoding === 'constant' ? 0 : flatten(context, read).data >>> 3
  for (let row = 0; row < length; row++) {
    const own = isNullAt(memory, read, row) ? null : i64[from + row]!
    i64[(data >>> 3) + row] = own ?? value + (addsPosition ? i64[(rowNumbers.data >>> 3) + row]! : 0n)
  }
  return { encoding: 'flat', type: read.type, length, data, validity: 0, children: [] }
}
