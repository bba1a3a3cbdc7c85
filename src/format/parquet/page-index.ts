/**
 * The page index: where pages lie (offset index) and what they hold at least and at most (column index).
 *
 * Spec: parquet-format 2.11, PageIndex.md; parquet.thrift, OffsetIndex, ColumnIndex.
 */
import { ThriftReader, TYPE_BINARY, TYPE_I64, TYPE_LIST, TYPE_STRUCT, TYPE_TRUE } from './thrift.ts'

export interface PageLocation {
  /** Of the page's header in the file. */
  readonly offset: number
  /** Header included. */
  readonly byteCount: number
  /** Row within the row group at which the page begins. */
  readonly firstRow: number
}

/** Data pages of a column chunk, ascending. */
export type OffsetIndex = readonly PageLocation[]

/** One entry a data page. */
export interface ColumnIndex {
  readonly nullPages: readonly boolean[]
  readonly minValues: readonly Uint8Array[]
  readonly maxValues: readonly Uint8Array[]
  readonly nullCounts: readonly number[] | undefined
  readonly nanCounts: readonly number[] | undefined
}

/** Decodes an offset index; undefined when its pages are not in order. */
export function readOffsetIndex(bytes: Uint8Array): OffsetIndex | undefined {
  const reader = new ThriftReader(bytes)
  const pages: PageLocation[] = []
  reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId !== 1) {
      reader.skipField()
      continue
    }
    reader.expect(TYPE_LIST)
    const count = reader.readListHeader(TYPE_STRUCT)
    for (let i = 0; i < count; i++) pages.push(readLocation(reader))
  }
  const inOrder = pages.every((page, i) => {
    const before = pages[i - 1]
    if (before === undefined) return page.firstRow === 0
    return page.firstRow >= before.firstRow && page.offset >= before.offset + before.byteCount
  })
  return inOrder && pages.length > 0 ? pages : undefined
}

function readLocation(reader: ThriftReader): PageLocation {
  let [offset, byteCount, firstRow] = [0, 0, 0]
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId === 1) offset = reader.readOffset()
    else if (reader.fieldId === 2) byteCount = reader.readCount()
    else if (reader.fieldId === 3) firstRow = reader.readOffset()
    else reader.skipField()
  }
  reader.endStruct(outer)
  return { offset, byteCount, firstRow }
}

/** Decodes the column index of `pageCount` pages; undefined when it has another number of entries. */
export function readColumnIndex(bytes: Uint8Array, pageCount: number): ColumnIndex | undefined {
  const reader = new ThriftReader(bytes)
  let nullPages: boolean[] = []
  let minValues: Uint8Array[] = []
  let maxValues: Uint8Array[] = []
  let nullCounts: number[] | undefined
  let nanCounts: number[] | undefined
  reader.beginStruct()
  while (reader.nextField()) {
    switch (reader.fieldId) {
      case 1:
        nullPages = readList(reader, TYPE_TRUE, () => reader.readBoolElement())
        break
      case 2:
        minValues = readList(reader, TYPE_BINARY, () => reader.readBinary())
        break
      case 3:
        maxValues = readList(reader, TYPE_BINARY, () => reader.readBinary())
        break
      case 5:
        nullCounts = readList(reader, TYPE_I64, () => reader.readInt())
        break
      case 8:
        nanCounts = readList(reader, TYPE_I64, () => reader.readInt())
        break
      default:
        reader.skipField()
    }
  }
  const lists = [nullPages, minValues, maxValues, nullCounts, nanCounts]
  const isWhole = lists.every((list) => list === undefined || list.length === pageCount)
  return isWhole ? { nullPages, minValues, maxValues, nullCounts, nanCounts } : undefined
}

function readList<T>(reader: ThriftReader, type: number, readElement: () => T): T[] {
  reader.expect(TYPE_LIST)
  const count = reader.readListHeader(type)
  const list: T[] = []
  for (let i = 0; i < count; i++) list.push(readElement())
  return list
}

/** The index of the page that holds `row`. */
export function pageOfRow(pages: OffsetIndex, row: number): number {
  let low = 0
  let high = pages.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (pages[middle]!.firstRow <= row) low = middle
    else high = middle - 1
  }
  // Pages without rows of their own go before: several may begin at the same row.
  return low
}
