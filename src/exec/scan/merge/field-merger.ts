/**
 * Merges keys field by field: partial updates and aggregations.
 *
 *   columns of all rows of a step --field-functions--> for each key the number of a row (picked, or appended with a computed value)
 *     --gather--> a row a key --without deletes, filters--> batches
 */
import { type DataType } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { sliceVector, valueAt, vectorFromLiterals } from '../../../core/vector-values.ts'
import { unsupported } from '../../../core/errors.ts'
import { BATCH_ROWS_MAX, type Batch, type FlatVector, type Vector } from '../../../core/vector.ts'
import { concatVectors, flattenVector } from '../../../expr/gather.ts'
import type { FieldMerge, FieldsEngine, MergeTask } from '../../../table/merge.ts'
import type { QueryContext } from '../../query-context.ts'
import { takeVector } from '../../rows/vectors.ts'
import { NO_ROW, type PickRows, type ValueFunction, pickFunction, valueFunction } from './field-functions.ts'
import { type MergeShape, mergeShape, placeDescriptor, writeKeys } from './merge-keys.ts'
import type { MergeWindow, WindowContext } from './merge-window.ts'
import type { PieceReader } from './piece-reader.ts'
import {
  NEWER,
  OLDER,
  type OrderedRows,
  REMOVE,
  RETRACT_OLDER,
  SKIP,
  readOrderedRows,
  rowEvents,
} from './row-events.ts'

export class FieldMerger {
  /** Columns that must be read. */
  readonly columns: readonly number[]
  readonly #context: QueryContext
  readonly #merge: MergeTask
  readonly #engine: FieldsEngine
  readonly #types: readonly DataType[]
  /** Columns whose results somebody reads. */
  readonly #put: readonly number[]
  #batch: Batch | null = null
  #row = 0
  #filter: ((batch: Batch) => Batch) | null = null

  constructor(
    context: QueryContext,
    merge: MergeTask,
    engine: FieldsEngine,
    types: readonly DataType[],
    put: readonly number[],
  ) {
    this.#context = context
    this.#merge = merge
    this.#engine = engine
    this.#types = types
    this.#put = [...new Set(put)]
    this.columns = [...new Set([...put, ...engine.sequenceGroups.flatMap(({ columns }) => columns)])]
  }

  /** The next rows of the step, or null when there are none left. */
  next(): Batch | null {
    while (this.#batch !== null) {
      const { rowCount, columns } = this.#batch
      const start = this.#row
      const count = Math.min(BATCH_ROWS_MAX, rowCount - start)
      this.#row += count
      if (this.#row >= rowCount) this.#batch = null
      const part = columns.map((vector) => vector && sliceVector(vector, start, count))
      const batch = this.#filter!({ rowCount: count, columns: part })
      if (batch.rowCount > 0) return batch
    }
    return null
  }

  /** Merges the keys of a window. What `next` gives lives in the window's arena. */
  merge(own: WindowContext, window: MergeWindow, shape: MergeShape, pieces: PieceReader): void {
    const columns = this.#readAll(own, window, shape)
    const rows = readOrderedRows(own, window)
    const { ignoreRetractions, keepRetractions } = this.#merge
    const events = rowEvents(own, this.#engine, ignoreRetractions, rows, this.#types, columns)
    const kept: number[] = []
    for (let key = 0; key < window.keyCount; key++) {
      if (keepRetractions === true || events.isDelete[key] === 0) kept.push(key)
    }
    this.#filter = (batch) => pieces.filter(batch)
    this.#row = 0
    if (kept.length === 0) return
    const merged: Vector[] = []
    for (const column of this.#put) {
      const field = this.#engine.fields[column]
      if (field === null || field === undefined) throw unsupported('a column of the table that has no merge function')
      const ops = field.sequenceGroup === undefined ? events.ungrouped : events.groups[field.sequenceGroup]!
      merged[column] = this.#column(own, { field, column, vector: columns[column]!, ops, rows, kept })
    }
    this.#batch = { rowCount: kept.length, columns: merged }
  }

  /** The columns of all rows of the window, flat; and numbers the rows accordingly. */
  #readAll(own: WindowContext, { parts }: MergeWindow, shape: MergeShape): Vector[] {
    const vectors: Vector[] = []
    for (const column of this.columns) {
      const read = parts.map(({ reader, from, to }) => reader.read(column, from, to, null, own.arena))
      vectors[column] = read.length === 1 ? flattenVector(own, read[0]!) : concatVectors(own, read)
    }
    let first = 0
    for (const { reader, from, to } of parts) {
      own.kernels.sort.placeNumbers(to - from, reader.rows + from * shape.stride, shape.stride, first)
      first += to - from
    }
    return vectors
  }

  #column(own: WindowContext, work: ColumnWork): Vector {
    const isPick = pickFunction(work.field.function) !== undefined
    const computed: LiteralValue[] = []
    const chosen = isPick ? this.#pick(own, work) : this.#compute(own, work, computed)
    let source: FlatVector = flattenVector(own, work.vector)
    if (computed.length > 0) {
      const more = vectorFromLiterals(own.memory, own.arena, this.#types[work.column]!, computed)
      source = concatVectors(own, [source, more])
    }
    return gatherOrNull(own, source, chosen)
  }

  #pick(own: WindowContext, { field, column, vector, ops, rows, kept }: ColumnWork): Int32Array {
    const pick = pickFunction(field.function)!
    const pickRows = pickRowsOf(own, vector, pick.isOrdered === true ? this.#types[column]! : null)
    const { numbers, starts } = rows
    return Int32Array.from(kept, (key) => {
      const state = { current: NO_ROW, isInitialized: false }
      for (let place = starts[key]!; place < starts[key + 1]!; place++) {
        const row = numbers[place]!
        const op = ops[place]!
        if (op === SKIP) continue
        if (op === NEWER) state.current = pick.newer(state, row, pickRows)
        else if (op === OLDER) state.current = pick.older(state, row, pickRows)
        else if (op === REMOVE) state.current = field.function === 'key' ? row : NO_ROW
        else if (field.ignoresRetraction !== true) {
          if (pick.retract === undefined) throw refusedRetraction(field)
          state.current = pick.retract(state, row, pickRows, op === RETRACT_OLDER)
        }
      }
      return state.current
    })
  }

  /** Computed values come behind the rows: their numbers are `vector.length` on. */
  #compute(own: WindowContext, work: ColumnWork, computed: LiteralValue[]): Int32Array {
    const { field, column, vector, ops, rows, kept } = work
    const compute = valueFunction(field, this.#types[column]!)
    const { numbers, starts } = rows
    return Int32Array.from(kept, (key) => {
      const [start, end] = [starts[key]!, starts[key + 1]!]
      if (end - start === 1) return numbers[start]!
      this.#context.checkCancelled()
      let value: LiteralValue = null
      for (let place = start; place < end; place++) {
        const op = ops[place]!
        if (op === REMOVE) value = null
        if (op === SKIP || op === REMOVE) continue
        value = applied(compute, field, op, value, valueAt(own.memory, vector, numbers[place]!))
      }
      return vector.length + computed.push(value) - 1
    })
  }
}

interface ColumnWork {
  readonly field: FieldMerge
  readonly column: number
  readonly vector: Vector
  readonly ops: Uint8Array
  readonly rows: OrderedRows
  readonly kept: readonly number[]
}

function applied(
  compute: ValueFunction,
  field: FieldMerge,
  op: number,
  accumulator: LiteralValue,
  value: LiteralValue,
): LiteralValue {
  if (op === NEWER) return compute.merge(accumulator, value)
  if (op === OLDER) return compute.mergeOlder?.(accumulator, value) ?? compute.merge(value, accumulator)
  if (field.ignoresRetraction === true) return accumulator
  if (compute.retract === undefined) throw refusedRetraction(field)
  return compute.retract(accumulator, value)
}

function refusedRetraction(field: FieldMerge): Error {
  return unsupported(`a retraction in a field with the aggregate function "${field.function}"`, {
    hint: 'Set the option "fields.<field>.ignore-retract" of the table.',
  })
}

/** `type`: of a field whose values are compared. */
function pickRowsOf(own: WindowContext, vector: Vector, type: DataType | null): PickRows {
  const { data, validity, length } = flattenVector(own, vector)
  const { u8 } = own.memory
  let isAbove: PickRows['isAbove'] = () => false
  if (type !== null) {
    const base = { ordering: [], runs: [], extraColumns: [], rowKinds: [], ignoreRetractions: false }
    const shape = mergeShape({ ...base, keys: [0], engine: { kind: 'deduplicate' } }, [type])
    const records = own.arena.allocate(length * shape.stride)
    writeKeys(own, shape, records, length, 0, () => vector)
    const descriptor = placeDescriptor(own, shape.keyOrder)
    const { stride } = shape
    isAbove = (a, b) =>
      own.kernels.sort.rowsUpTo(1, records + a * stride, stride, records + b * stride, descriptor) === 0
  }
  return {
    isNull: (row) => validity !== 0 && u8[validity + row] === 0,
    isTrue: (row) => u8[data + row] === 1,
    isAbove,
  }
}

/** The rows chosen, NO_ROW as NULL. */
function gatherOrNull(own: WindowContext, source: FlatVector, chosen: Int32Array): Vector {
  const { arena, memory } = own
  const count = chosen.length
  const pointer = arena.allocate(count * 4)
  let hasNull = false
  chosen.forEach((row, i) => {
    hasNull ||= row === NO_ROW
    memory.u32[(pointer >>> 2) + i] = Math.max(row, 0)
  })
  const taken = takeVector(own, source, pointer, count) as FlatVector
  if (!hasNull) return taken
  const validity = arena.allocate(count)
  for (let i = 0; i < count; i++) {
    const isValid = chosen[i] !== NO_ROW && (taken.validity === 0 || memory.u8[taken.validity + i] === 1)
    memory.u8[validity + i] = isValid ? 1 : 0
  }
  return { ...taken, validity }
}
