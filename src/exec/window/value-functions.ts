/** Functions that give the argument of another row: lag lead, of the partition; first_value last_value nth_value, of the frame. */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import { storageOf, typeName, widthOf } from '../../core/types.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { PhysicalAggregateCall } from '../../plan/physical.ts'
import { flatVector } from '../rows/vectors.ts'
import { collectValues } from './collect.ts'
import { type Frames, frameRanges } from './frames.ts'
import { type WindowBlock, readValues } from './window-block.ts'
import type { WindowFunction, WindowResult } from './window-functions.ts'

const VALUE_FUNCTIONS: ReadonlyMap<string, WindowFunction> = new Map<string, WindowFunction>([
  ['lag', (block, call) => shifted(block, call, -1)],
  ['lead', (block, call) => shifted(block, call, 1)],
  ['first_value', (block, call, frames) => edge(block, call, frames, true)],
  ['last_value', (block, call, frames) => edge(block, call, frames, false)],
  ['nth_value', nthValue],
  ['array_agg', collectValues],
])

export function valueFunction(name: string): WindowFunction | undefined {
  return VALUE_FUNCTIONS.get(name)
}

/** A row that there is not. */
const NO_ROW = -1

/** The first argument of the rows whose numbers (or NO_ROW: NULL) `rowOf` gives. */
function readRows(
  block: WindowBlock,
  call: PhysicalAggregateCall,
  first: number,
  count: number,
  rowOf: (row: number, i: number) => number,
): { readonly values: FlatVector; readonly addresses: Pointer } {
  const { arena, memory } = block.context
  const { u32 } = memory
  const addresses = arena.allocate(count * 4)
  for (let i = 0, at = addresses >>> 2; i < count; i++, at++) {
    const row = rowOf(first + i, i)
    u32[at] = row === NO_ROW ? 0 : u32[block.rows.addresses + row]!
  }
  return { values: readValues(block, call.args[0]!, addresses, count), addresses }
}

/** An integer argument's values for rows; null where NULL. */
function readNumbers(
  block: WindowBlock,
  call: PhysicalAggregateCall,
  argument: number,
  first: number,
  count: number,
): (i: number) => number | null {
  const { memory } = block.context
  const vector = readValues(block, call.args[argument]!, (block.rows.addresses + first) * 4, count)
  const { data, validity } = vector
  return (i) => (validity !== 0 && memory.u8[validity + i] === 0 ? null : memory.i32[(data >>> 2) + i]!)
}

function shifted(block: WindowBlock, call: PhysicalAggregateCall, direction: number): WindowResult {
  const { u32 } = block.context.memory
  const { addresses, partitionStart, partitionEnd } = block.rows
  const [, offset, fallback] = call.args
  return (first, count) => {
    const offsetOf = offset === undefined ? () => 1 : readNumbers(block, call, 1, first, count)
    const { values, addresses: found } = readRows(block, call, first, count, (row, i) => {
      const by = offsetOf(i)
      if (by === null) return NO_ROW
      const other = row + direction * by
      return other >= u32[partitionStart + row]! && other < u32[partitionEnd + row]! ? other : NO_ROW
    })
    if (fallback === undefined) return values
    const defaults = readValues(block, fallback, (addresses + first) * 4, count)
    // An offset of NULL gives NULL, not the default.
    const isMissing = (i: number): boolean => u32[(found >>> 2) + i] === 0 && offsetOf(i) !== null
    return fillIn(block, values, defaults, isMissing)
  }
}

/** `values` with those of `defaults` where `isMissing`. */
function fillIn(
  { context }: WindowBlock,
  values: FlatVector,
  defaults: FlatVector,
  isMissing: (i: number) => boolean,
): FlatVector {
  const { arena, memory } = context
  const { type, length, data } = values
  const storage = storageOf(type)
  if (storage === 'list' || storage === 'struct')
    throw unsupported(`a default of type ${typeName(type)} in lag or lead`)
  const width = widthOf(storage)
  const { u8, bulk } = memory
  const validity = arena.allocate(length)
  for (let i = 0; i < length; i++) {
    const source = isMissing(i) ? defaults : values
    u8[validity + i] = source.validity === 0 ? 1 : u8[source.validity + i]!
    if (source === defaults) {
      const from = defaults.data + i * width
      bulk.copyWithin(data + i * width, from, from + width)
    }
  }
  return flatVector(type, length, data, validity)
}

function edge(block: WindowBlock, call: PhysicalAggregateCall, frames: Frames, isFirst: boolean): WindowResult {
  const ranges: number[] = []
  const rowOf = (row: number): number => {
    const count = frameRanges(block, frames, row, ranges)
    if (count === 0) return NO_ROW
    return isFirst ? ranges[0]! : ranges[count * 2 - 1]! - 1
  }
  return (first, count) => readRows(block, call, first, count, rowOf).values
}

function nthValue(block: WindowBlock, call: PhysicalAggregateCall, frames: Frames): WindowResult {
  const ranges: number[] = []
  return (first, count) => {
    const numberOf = readNumbers(block, call, 1, first, count)
    const rowOf = (row: number, i: number): number => {
      const number = numberOf(i)
      if (number === null) return NO_ROW
      if (number <= 0) throw new SqlError('22016', 'argument of nth_value must be greater than zero')
      let left = number - 1
      const rangeCount = frameRanges(block, frames, row, ranges)
      for (let k = 0; k < rangeCount; k++) {
        const length = ranges[k * 2 + 1]! - ranges[k * 2]!
        if (left < length) return ranges[k * 2]! + left
        left -= length
      }
      return NO_ROW
    }
    return readRows(block, call, first, count, rowOf).values
  }
}
