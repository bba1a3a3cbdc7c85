/**
 * array_agg over frames: the values of the block's rows are the elements of one vector, in order, and the list of a row is the range of
 * them that its frame is. Rows that a FILTER drops have no element.
 *
 *   row      0  1  2  3        elements  a c d          frame [1, 4)  ->  elements [1, 3)
 *   value    a  b  c  d        before    0 1 1 2 3
 *   filter   y  n  y  y
 */
import { unsupported } from '../../core/errors.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { PhysicalAggregateCall } from '../../plan/physical.ts'
import { flatten, takeVector, truthMask } from '../rows/vectors.ts'
import type { Frames } from './frames.ts'
import { type WindowBlock, readValues } from './window-block.ts'
import type { WindowResult } from './window-functions.ts'

export function collectValues(block: WindowBlock, call: PhysicalAggregateCall, frames: Frames): WindowResult {
  if (frames.exclude !== 'no-others') throw unsupported('EXCLUDE for an aggregate that collects its values')
  const { context, rows } = block
  const { u8, u32 } = context.memory
  const { rowCount } = rows
  const all = readValues(block, call.args[0]!, rows.addresses * 4, rowCount)
  let elements: FlatVector = all
  // How many elements come before each row.
  const before = block.arena.allocate(rowCount * 4 + 4) >>> 2
  if (call.filter === null) for (let row = 0; row <= rowCount; row++) u32[before + row] = row
  else {
    const mask = truthMask(context, readValues(block, call.filter, rows.addresses * 4, rowCount))
    const selection = block.arena.allocate(rowCount * 4)
    let count = 0
    for (let row = 0; row < rowCount; row++) {
      u32[before + row] = count
      if (mask === 0 || u8[mask + row] !== 0) u32[(selection >>> 2) + count++] = row
    }
    u32[before + rowCount] = count
    elements = flatten(context, takeVector(context, all, selection, count))
  }
  return (first, count) => {
    const { arena } = context
    const data = arena.allocate(count * 8)
    const validity = arena.allocate(count)
    for (let i = 0, at = data >>> 2; i < count; i++, at += 2) {
      const start = u32[frames.start + first + i]!
      const from = u32[before + start]!
      const size = Math.max(0, u32[before + Math.max(start, u32[frames.end + first + i]!)]! - from)
      u32[at] = from
      u32[at + 1] = size
      // An aggregate of no rows is NULL.
      u8[validity + i] = size > 0 ? 1 : 0
    }
    return { encoding: 'flat', type: call.type, length: count, data, validity, children: [elements] }
  }
}
