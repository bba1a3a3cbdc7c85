/**
 * What each row of a key does to the fields, worked out once for all fields that share an order.
 *
 * Fields without a sequence group take the rows as they come. In a sequence group a row is newer or older than what the group has, by the
 * group's own columns; a row in which they are all NULL says nothing.
 */
import type { Pointer } from '../../../core/memory.ts'
import type { DataType } from '../../../core/types.ts'
import type { Vector } from '../../../core/vector.ts'
import { unsupported } from '../../../core/errors.ts'
import type { FieldsEngine, SequenceGroup } from '../../../table/merge.ts'
import { type MergeShape, mergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import type { MergeWindow, WindowContext } from './merge-window.ts'

/** What a row does to a field. */
export const SKIP = 0
export const NEWER = 1
export const OLDER = 2
export const RETRACT = 3
export const RETRACT_OLDER = 4
/** Empties the row. */
export const REMOVE = 5

const DELETE = 3

export interface RowEvents {
  /** By place in the window's order: what the row does to fields of no group. */
  readonly ungrouped: Uint8Array
  /** By sequence group: the same for its fields. */
  readonly groups: readonly Uint8Array[]
  /** By key: 1 when the result is a delete. */
  readonly isDelete: Uint8Array
}

/** The rows of a window in order: where their values are, and their kinds. */
export interface OrderedRows {
  /** By place in the order: the row's number in the columns. */
  readonly numbers: Uint32Array
  readonly kinds: Uint8Array
  /** By key: its first place; then the number of places. */
  readonly starts: Uint32Array
}

/** Sequence columns as records that compare. */
class GroupOrder {
  readonly #context: WindowContext
  readonly #shape: MergeShape
  readonly #records: Pointer
  readonly #descriptor: Pointer
  readonly #isEmpty: Uint8Array

  constructor(
    context: WindowContext,
    group: SequenceGroup,
    types: readonly DataType[],
    columns: readonly Vector[],
    count: number,
  ) {
    const task = { keys: group.columns, ordering: [], runs: [], extraColumns: [], rowKinds: [] }
    this.#shape = mergeShape({ ...task, engine: { kind: 'deduplicate' }, ignoreRetractions: false }, types)
    this.#context = context
    this.#records = context.arena.allocate(count * this.#shape.stride)
    writeKeys(context, this.#shape, this.#records, count, 0, (column) => columns[column]!)
    this.#descriptor = placeDescriptor(context, this.#shape.keyOrder)
    this.#isEmpty = new Uint8Array(count).fill(1)
    const { u8 } = context.memory
    for (const column of group.columns) {
      const vector = columns[column]!
      const validity = vector.encoding === 'constant' ? 0 : vector.validity
      const allNull = vector.encoding === 'constant' && vector.isNull
      for (let row = 0; row < count && !allNull; row++) {
        if (validity === 0 || u8[validity + row] === 1) this.#isEmpty[row] = 0
      }
    }
  }

  isEmpty(row: number): boolean {
    return this.#isEmpty[row] === 1
  }

  /** Whether row `a` is not before row `b`. */
  isAtLeast(a: number, b: number): boolean {
    const { stride } = this.#shape
    const [x, y] = [this.#records + a * stride, this.#records + b * stride]
    return this.#context.kernels.sort.rowsUpTo(1, y, stride, x, this.#descriptor) === 1
  }
}

export function readOrderedRows({ arena, kernels, memory }: WindowContext, window: MergeWindow): OrderedRows {
  const { count, order, starts, keyCount } = window
  const numbers = arena.allocate(count * 4)
  const kinds = arena.allocate(count)
  kernels.sort.orderNumbers(count, order, numbers, kinds)
  return {
    numbers: memory.u32.subarray(numbers >>> 2, (numbers >>> 2) + count),
    kinds: memory.u8.subarray(kinds, kinds + count),
    starts: memory.u32.subarray(starts >>> 2, (starts >>> 2) + keyCount + 1),
  }
}

/** `columns`: by column of the merge, of all rows of the window by number. */
export function rowEvents(
  context: WindowContext,
  engine: FieldsEngine,
  ignoreRetractions: boolean,
  rows: OrderedRows,
  types: readonly DataType[],
  columns: readonly Vector[],
): RowEvents {
  const { numbers, kinds, starts } = rows
  const count = numbers.length
  const orders = engine.sequenceGroups.map((group) => new GroupOrder(context, group, types, columns, count))
  const events: RowEvents = {
    ungrouped: new Uint8Array(count),
    groups: orders.map(() => new Uint8Array(count)),
    isDelete: new Uint8Array(starts.length - 1),
  }
  const newest = orders.map(() => -1)
  for (let key = 0; key + 1 < starts.length; key++) {
    const [start, end] = [starts[key]!, starts[key + 1]!]
    newest.fill(-1)
    let hasInsert = false
    let isDelete = false
    for (let place = start; place < end; place++) {
      const row = numbers[place]!
      const kind = kinds[place]!
      const retracts = (kind & 1) === 1
      isDelete = false
      // A single row is the result as it is.
      if (end - start === 1) {
        hasInsert = true
        isDelete = retracts
        events.ungrouped[place] = NEWER
        for (const group of events.groups) group[place] = NEWER
        continue
      }
      if (retracts && ignoreRetractions) continue
      if (!retracts) hasInsert = true
      else if (kind === DELETE && engine.removesOnDelete) isDelete = true
      else if (engine.retractions === 'refuse') throw unsupported(engine.refusal ?? 'a retraction in this table')
      if (isDelete) {
        remove(events, place)
        newest.fill(-1)
        continue
      }
      if (!retracts) events.ungrouped[place] = NEWER
      else if (engine.retractions === 'all') events.ungrouped[place] = RETRACT
      for (const [g, order] of orders.entries()) {
        if (order.isEmpty(row) || (retracts && engine.retractions === 'none')) continue
        const isNewer = newest[g] === -1 || order.isAtLeast(row, newest[g]!)
        if (isNewer) newest[g] = row
        if (isNewer && kind === DELETE && engine.sequenceGroups[g]!.removesOnDelete) {
          remove(events, place)
          isDelete = true
          newest.fill(-1)
          break
        }
        events.groups[g]![place] = retracts ? (isNewer ? RETRACT : RETRACT_OLDER) : isNewer ? NEWER : OLDER
      }
    }
    events.isDelete[key] = isDelete || (engine.needsInsert && !hasInsert) ? 1 : 0
  }
  return events
}

function remove(events: RowEvents, place: number): void {
  events.ungrouped[place] = REMOVE
  for (const group of events.groups) group[place] = REMOVE
}
