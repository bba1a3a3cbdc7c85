/**
 * Frames: for each row of a block, the rows [start, end) that its window functions see, before EXCLUDE takes some away.
 *
 * | unit   | 2 PRECEDING begins at                           |
 * |--------|-------------------------------------------------|
 * | ROWS   | the row two before this one                     |
 * | GROUPS | the first of the peers two groups before these  |
 * | RANGE  | the first row whose key is >= this one's - 2    |
 */
import { SqlError } from '../../core/errors.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { LiteralValue } from '../../core/value.ts'
import { compileExpr } from '../../expr/evaluate.ts'
import { flatten } from '../rows/vectors.ts'
import type { PhysicalFrame, PhysicalFrameBound, PhysicalWindow } from '../../plan/physical.ts'
import type { OperatorContext } from '../operators/operator.ts'
import { RangeBounds } from './range-bounds.ts'
import type { WindowBlock } from './window-block.ts'

/** Word indexes of u32 arrays, a value a row; an empty frame has start >= end. */
export interface Frames {
  readonly start: number
  readonly end: number
  readonly exclude: PhysicalFrame['exclude']
  /** partition: always the whole one. growing: from the partition's start on. sliding: any. */
  readonly form: 'partition' | 'growing' | 'sliding'
}

export class FrameFinder {
  readonly #context: OperatorContext
  readonly #plan: PhysicalWindow
  /** Evaluated when the first rows come. */
  #offsets: { readonly start: LiteralValue; readonly end: LiteralValue } | null = null

  constructor(context: OperatorContext, plan: PhysicalWindow) {
    this.#context = context
    this.#plan = plan
  }

  find(block: WindowBlock): Frames {
    const { frame, orderBy } = this.#plan
    const { unit, start, end, exclude } = frame
    this.#offsets ??= {
      start: this.#offset(start, 'starting'),
      end: this.#offset(end, 'ending'),
    }
    const { rows } = block
    const arePeersAll = unit === 'range' && orderBy.length === 0
    const fromStart = start.kind === 'unbounded-preceding' || (arePeersAll && isCurrent(start))
    const toEnd = end.kind === 'unbounded-following' || (arePeersAll && isCurrent(end))
    const form = exclude !== 'no-others' || !fromStart ? 'sliding' : toEnd ? 'partition' : 'growing'
    return {
      start: fromStart ? rows.partitionStart : this.#bound(block, start, true),
      end: toEnd ? rows.partitionEnd : this.#bound(block, end, false),
      exclude,
      form,
    }
  }

  #offset({ offset }: PhysicalFrameBound, which: string): LiteralValue {
    if (offset === null) return null
    const context = this.#context
    const vector = flatten(context, compileExpr(offset, context)({ rowCount: 1, columns: [] }))
    const value = valueAt(context.memory, vector, 0)
    if (value === null) throw new SqlError('22004', `frame ${which} offset must not be null`)
    const { unit } = this.#plan.frame
    if (unit !== 'range' && (value as bigint) < 0n)
      throw new SqlError('22013', `frame ${which} offset must not be negative`)
    return value
  }

  #bound(block: WindowBlock, bound: PhysicalFrameBound, isStart: boolean): number {
    const { unit } = this.#plan.frame
    const { rows } = block
    if (isCurrent(bound)) {
      if (unit === 'rows') return rowBound(block, 0, isStart)
      return isStart ? rows.peerStart : rows.peerEnd
    }
    const value = isStart ? this.#offsets!.start : this.#offsets!.end
    if (unit === 'range') {
      const sort = this.#plan.orderBy[0]!
      return new RangeBounds(block, sort, bound, value).find(isStart)
    }
    // No block has more rows than that.
    const size = Number((value as bigint) > 0xffff_ffffn ? 0xffff_ffffn : (value as bigint))
    const shift = bound.kind === 'preceding' ? -size : size
    return unit === 'rows' ? rowBound(block, shift, isStart) : groupBound(block, shift, isStart)
  }
}

function isCurrent({ kind }: PhysicalFrameBound): boolean {
  return kind === 'current-row'
}

function rowBound({ arena, context, rows }: WindowBlock, shift: number, isStart: boolean): number {
  const { u32 } = context.memory
  const { rowCount, partitionStart, partitionEnd } = rows
  const out = arena.allocate(rowCount * 4) >>> 2
  const plus = isStart ? shift : shift + 1
  for (let row = 0; row < rowCount; row++) {
    const at = row + plus
    const [low, high] = [u32[partitionStart + row]!, u32[partitionEnd + row]!]
    u32[out + row] = at < low ? low : at > high ? high : at
  }
  return out
}

function groupBound({ arena, context, rows }: WindowBlock, shift: number, isStart: boolean): number {
  const { u32 } = context.memory
  const { rowCount, partitionStart, partitionEnd, peerStart } = rows
  const out = arena.allocate(rowCount * 4) >>> 2
  // Starts of all groups of peers of the block, and which group each row is in.
  const starts = arena.allocate(rowCount * 4 + 4) >>> 2
  const groups = arena.allocate(rowCount * 4) >>> 2
  let groupCount = 0
  for (let row = 0; row < rowCount; row++) {
    if (u32[peerStart + row] === row) u32[starts + groupCount++] = row
    u32[groups + row] = groupCount - 1
  }
  u32[starts + groupCount] = rowCount
  for (let row = 0; row < rowCount; row++) {
    const [low, high] = [u32[partitionStart + row]!, u32[partitionEnd + row]!]
    const group = u32[groups + row]! + shift
    if (group < u32[groups + low]!) u32[out + row] = low
    else if (group > u32[groups + high - 1]!) u32[out + row] = high
    else u32[out + row] = u32[starts + group + (isStart ? 0 : 1)]!
  }
  return out
}

/** What EXCLUDE leaves of the frame of a row: at most three ranges of rows, as pairs in `ranges`; gives how many. */
export function frameRanges(
  { context, rows }: WindowBlock,
  { start, end, exclude }: Frames,
  row: number,
  ranges: number[],
): number {
  const { u32 } = context.memory
  const from = u32[start + row]!
  const to = u32[end + row]!
  let count = 0
  const add = (low: number, high: number): void => {
    if (low >= high) return
    ranges[count * 2] = low
    ranges[count * 2 + 1] = high
    count++
  }
  if (exclude === 'no-others') {
    add(from, to)
    return count
  }
  const isRow = exclude === 'current-row'
  const low = isRow ? row : u32[rows.peerStart + row]!
  const high = isRow ? row + 1 : u32[rows.peerEnd + row]!
  add(from, Math.min(to, low))
  if (exclude === 'ties') add(Math.max(from, row), Math.min(to, row + 1))
  add(Math.max(from, high), to)
  return count
}
