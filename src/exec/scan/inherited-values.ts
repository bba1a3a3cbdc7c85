/**
 * Row lineage: a row keeps its id and the number of its last change when files are rewritten, in columns of the file; rows that a file was written
 * for have NULL there, or no column, and inherit from the file's place in the table.
 *
 *   row id    = the file's first row id + the row's number in the file
 *   sequence  = the sequence number of the file
 */
import type { EngineMemory } from '../../core/memory.ts'
import { isNullAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { ColumnSource } from '../../table/table.ts'
import { type VectorContext, flatten } from '../rows/vectors.ts'

/** Changes row numbers of a file (ascending) to what a counted column has there. */
export function countRows(
  { i64 }: EngineMemory,
  numbers: FlatVector,
  { starts, values }: ColumnSource & { kind: 'counted' },
): FlatVector {
  const at = numbers.data >>> 3
  let run = 0
  let [next, shift] = [BigInt(starts[1] ?? Number.MAX_SAFE_INTEGER), values[0] ?? 0n]
  for (let i = at; i < at + numbers.length; i++) {
    const row = i64[i]!
    while (row >= next) {
      run++
      next = BigInt(starts[run + 1] ?? Number.MAX_SAFE_INTEGER)
      shift = values[run]! - BigInt(starts[run]!)
    }
    i64[i] = row + shift
  }
  return numbers
}

/** `read` (bigint) with its NULLs filled; `rowNumbers` are the rows' numbers in the file. */
export function inheritValues(
  context: VectorContext,
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
