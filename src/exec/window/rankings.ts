/** Functions of a row's place among those of its partition: row_number rank dense_rank percent_rank cume_dist ntile. */
import { SqlError } from '../../core/errors.ts'
import type { PhysicalAggregateCall } from '../../plan/physical.ts'
import { flatVector } from '../rows/vectors.ts'
import { type WindowBlock, readValues } from './window-block.ts'
import type { WindowFunction, WindowResult } from './window-functions.ts'

const RANKINGS: ReadonlyMap<string, WindowFunction> = new Map<string, WindowFunction>([
  ['row_number', rowNumber],
  ['rank', rank],
  ['dense_rank', denseRank],
  ['percent_rank', percentRank],
  ['cume_dist', cumulativeDistribution],
  ['ntile', ntile],
])

export function rankingFunction(name: string): WindowFunction | undefined {
  return RANKINGS.get(name)
}

/** A bigint column of the numbers, less than 2^32, that `numberOf` gives for rows. */
function numbers(
  { context }: WindowBlock,
  { type }: PhysicalAggregateCall,
  numberOf: (row: number) => number,
): WindowResult {
  const { arena, memory } = context
  return (first, count) => {
    const data = arena.allocate(count * 8)
    const { u32 } = memory
    for (let i = 0, at = data >>> 2; i < count; i++, at += 2) {
      u32[at] = numberOf(first + i)
      u32[at + 1] = 0
    }
    return flatVector(type, count, data, 0)
  }
}

function doubles(
  { context }: WindowBlock,
  { type }: PhysicalAggregateCall,
  numberOf: (row: number) => number,
): WindowResult {
  const { arena, memory } = context
  return (first, count) => {
    const data = arena.allocate(count * 8)
    for (let i = 0; i < count; i++) memory.f64[(data >>> 3) + i] = numberOf(first + i)
    return flatVector(type, count, data, 0)
  }
}

function rowNumber(block: WindowBlock, call: PhysicalAggregateCall): WindowResult {
  const { u32 } = block.context.memory
  const { partitionStart } = block.rows
  return numbers(block, call, (row) => row - u32[partitionStart + row]! + 1)
}

function rank(block: WindowBlock, call: PhysicalAggregateCall): WindowResult {
  const { u32 } = block.context.memory
  const { partitionStart, peerStart } = block.rows
  return numbers(block, call, (row) => u32[peerStart + row]! - u32[partitionStart + row]! + 1)
}

function denseRank(block: WindowBlock, call: PhysicalAggregateCall): WindowResult {
  const { u32 } = block.context.memory
  const { partitionStart, peerStart } = block.rows
  let current = 0
  return numbers(block, call, (row) => {
    if (u32[partitionStart + row] === row) current = 1
    else if (u32[peerStart + row] === row) current++
    return current
  })
}

function percentRank(block: WindowBlock, call: PhysicalAggregateCall): WindowResult {
  const { u32 } = block.context.memory
  const { partitionStart, partitionEnd, peerStart } = block.rows
  return doubles(block, call, (row) => {
    const start = u32[partitionStart + row]!
    const others = u32[partitionEnd + row]! - start - 1
    return others === 0 ? 0 : (u32[peerStart + row]! - start) / others
  })
}

function cumulativeDistribution(block: WindowBlock, call: PhysicalAggregateCall): WindowResult {
  const { u32 } = block.context.memory
  const { partitionStart, partitionEnd, peerEnd } = block.rows
  return doubles(block, call, (row) => {
    const start = u32[partitionStart + row]!
    return (u32[peerEnd + row]! - start) / (u32[partitionEnd + row]! - start)
  })
}

/** The count is that of the partition's first row, as in PostgreSQL; the first buckets take the rows that are left over. */
function ntile(block: WindowBlock, { args, type }: PhysicalAggregateCall): WindowResult {
  const { context, rows } = block
  const { arena, memory } = context
  const { partitionStart, partitionEnd, addresses } = rows
  return (first, count) => {
    const { u8, u32, i32 } = memory
    const data = arena.allocate(count * 4)
    const validity = arena.allocate(count)
    const firstRows = arena.allocate(count * 4)
    for (let i = 0; i < count; i++) u32[(firstRows >>> 2) + i] = u32[addresses + u32[partitionStart + first + i]!]!
    const buckets = readValues(block, args[0]!, firstRows, count)
    for (let i = 0; i < count; i++) {
      const isNull = buckets.validity !== 0 && u8[buckets.validity + i] === 0
      u8[validity + i] = isNull ? 0 : 1
      i32[(data >>> 2) + i] = 0
      if (isNull) continue
      const bucketCount = i32[(buckets.data >>> 2) + i]!
      if (bucketCount <= 0) throw new SqlError('22014', 'argument of ntile must be greater than zero')
      const start = u32[partitionStart + first + i]!
      const size = u32[partitionEnd + first + i]! - start
      i32[(data >>> 2) + i] = bucketOf(first + i - start, size, bucketCount)
    }
    return flatVector(type, count, data, validity)
  }
}

function bucketOf(row: number, size: number, bucketCount: number): number {
  const small = Math.floor(size / bucketCount)
  const leftOver = size % bucketCount
  const inLarge = leftOver * (small + 1)
  return row < inLarge ? Math.floor(row / (small + 1)) + 1 : leftOver + Math.floor((row - inLarge) / small) + 1
}
