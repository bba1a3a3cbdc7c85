/**
 * How rows to sort lie in memory, worked out from the plan alone.
 *
 *   | header | columns of the input, and strings that are keys but no columns | key bytes |
 *
 * Key bytes compare as the keys do (kernel/wasm/sort/encode.ts), except that of strings they have the first eight bytes: a string key
 * ends a segment, and where segments tie the strings decide (kernel/wasm/sort/compare.ts).
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, type Storage, storageOf, typeName } from '../../core/types.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import { type RowColumn, type RowLayout, layoutRows, roundUp } from '../rows/row-layout.ts'

export interface SortShape {
  readonly layout: RowLayout
  /** The input's columns, in order; then string keys that are none. */
  readonly columns: readonly RowColumn[]
  readonly keys: readonly SortKeyShape[]
  /** Bytes of all keys, padded to 8. */
  readonly keyBytes: number
  /** Of the key bytes, from the row's start. */
  readonly keyOffset: number
  /** Key bytes up to the first string, whose order is exact so far. */
  readonly leadingBytes: number
  /** Words of the descriptor of kernel/wasm/sort/compare.ts. */
  readonly descriptor: readonly number[]
  readonly hasStrings: boolean
}

export interface SortKeyShape {
  readonly storage: Storage
  /** Within the key bytes. */
  readonly offset: number
  readonly descending: boolean
  readonly nullsFirst: boolean
  /** Of a string key: its column. */
  readonly column: RowColumn | null
}

/** Bytes of a value in a key, after the byte for NULL. */
function encodedBytes(storage: Storage): number {
  switch (storage) {
    case 'i8':
      return 1
    case 'i32':
      return 4
    case 'i64':
    case 'f32':
    case 'f64':
    case 'bytes':
      return 8
    case 'i128':
    case 'b128':
    case 'interval':
      return 16
    case 'list':
    case 'struct':
      return 0
  }
}

export function sortShape(plan: PhysicalSort): SortShape {
  const types: DataType[] = plan.child.output.map((column) => column.type)
  const keyColumns = plan.keys.map(({ expr }) => {
    const storage = storageOf(expr.type)
    if (storage === 'list' || storage === 'struct') throw unsupported(`sorting by ${typeName(expr.type)}`)
    if (storage !== 'bytes') return -1
    return expr.kind === 'input' ? expr.index : types.push(expr.type) - 1
  })
  let offset = 0
  const offsets = plan.keys.map(({ expr }) => {
    const start = offset
    offset += 1 + encodedBytes(storageOf(expr.type))
    return start
  })
  const keyBytes = roundUp(Math.max(offset, 1), 8)
  const layout = layoutRows({
    keys: [],
    wideKeys: false,
    payload: types,
    withHash: false,
    stateBytes: keyBytes,
  })
  const keyOffset = layout.statesOffset
  const keys = plan.keys.map(({ expr, descending, nullsFirst }, i): SortKeyShape => {
    const column = keyColumns[i]! < 0 ? null : layout.columns[keyColumns[i]!]!
    return { storage: storageOf(expr.type), offset: offsets[i]!, descending, nullsFirst, column }
  })
  const firstString = keys.find((key) => key.column !== null)
  return {
    layout,
    columns: layout.columns,
    keys,
    keyBytes,
    keyOffset,
    leadingBytes: firstString === undefined ? offset : firstString.offset + 9,
    descriptor: describeOrder(keys, keyOffset, offset),
    hasStrings: firstString !== undefined,
  }
}

/** The descriptor of some first keys, which end at `end`. */
export function describeOrder(keys: readonly SortKeyShape[], keyOffset: number, end: number): readonly number[] {
  const segments: number[] = []
  let start = 0
  for (const { column, offset, descending } of keys) {
    if (column === null) continue
    segments.push(keyOffset + start, offset + 9 - start, column.offset, descending ? 1 : 0)
    start = offset + 9
  }
  if (start < end) segments.push(keyOffset + start, end - start, 0, 0)
  return [segments.length / 4, ...segments]
}
