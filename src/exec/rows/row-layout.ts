/**
 * How rows lie in memory: join build sides, groups and sort input are rows of fixed width, addressed by u32.
 *
 *   0        4      5            8            [8]          keys                 payload          states
 *   | next   | flags | validity  | (validity) | hash u64   | fixed-width, zeros | strings | values | aggregates |
 *
 * A bit a column says NOT NULL: in bytes 5..7 for up to 24 columns, else in bytes of their own from 8. Keys come first, so that
 * fixed-width keys compare as 8-byte words (kernel/wasm/table/compare.ts). Strings are 8-byte views of bytes that the owner of
 * the rows holds in its heap. Within an area, columns are ordered by falling width, so values are aligned.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, type Storage, storageOf, widthOf } from '../../core/types.ts'

export interface RowColumn {
  readonly type: DataType
  /** In the row: nested values are blobs. */
  readonly storage: Storage
  /** Of the value, from the row's start. */
  readonly offset: number
  /** Of the byte that holds the validity bit. */
  readonly bitOffset: number
  readonly bit: number
  /** An integer of any width, stored as i64. */
  readonly wide: boolean
  /** Floats are stored in normal form (one zero, one NaN). */
  readonly key: boolean
}

export interface RowLayout {
  readonly columns: readonly RowColumn[]
  /** Bytes of a row, a multiple of 8. */
  readonly rowBytes: number
  /** First word of a new row: every column valid. */
  readonly header: bigint
  /** Words of ones after the header. */
  readonly validityWords: number
  /** 0: rows have no hash. */
  readonly hashOffset: number
  /** Bytes up to the end of the keys, a multiple of 8. */
  readonly keyBytes: number
  /** Where aggregate states begin. */
  readonly statesOffset: number
  /** Words of the key descriptor (kernel/wasm/table/compare.ts). */
  readonly keyDescriptor: readonly number[]
}

export interface RowLayoutOptions {
  readonly keys: readonly DataType[]
  /** Integer keys are stored as i64, without a hash. */
  readonly wideKeys: boolean
  readonly payload: readonly DataType[]
  readonly withHash: boolean
  readonly stateBytes: number
}

/** Row flags (byte 4). */
export const FLAG_MATCHED = 1
export const FLAG_NULL_KEY = 2
export const FLAG_MERGED = 4

/** Where a reader or kernel of rows may look past address 0: rows of NULLs are read there. */
export const ROW_BYTES_MAX = 32_768

const HEADER_VALIDITY_BITS = 24

/** Lays out rows: keys are the first columns, then payload. */
export function layoutRows(options: RowLayoutOptions): RowLayout {
  const { keys, payload, wideKeys, withHash, stateBytes } = options
  const types = [...keys, ...payload]
  const validityBytes = types.length <= HEADER_VALIDITY_BITS ? 0 : Math.ceil(types.length / 64) * 8
  const validityOffset = validityBytes === 0 ? 5 : 8
  let offset = 8 + validityBytes
  const hashOffset = withHash ? offset : 0
  if (withHash) offset += 8
  const keyStart = offset
  const offsets: number[] = []
  const widthAt = (index: number): number =>
    wideKeys && index < keys.length ? 8 : widthOf(rowStorageOf(types[index]!))
  const place = (indexes: readonly number[]): void => {
    for (const index of [...indexes].sort((a, b) => widthAt(b) - widthAt(a))) {
      offsets[index] = offset
      offset += widthAt(index)
    }
    offset = roundUp(offset, 8)
  }
  const keyIndexes = keys.map((_, i) => i)
  const isString = (index: number): boolean => rowStorageOf(types[index]!) === 'bytes'
  place(keyIndexes.filter((i) => !isString(i)))
  const fixedEnd = offset
  place(keyIndexes.filter(isString))
  const keyBytes = offset
  place(payload.map((_, i) => keys.length + i))
  const statesOffset = offset
  const rowBytes = roundUp(offset + stateBytes, 8)
  if (rowBytes > ROW_BYTES_MAX) throw unsupported(`a row of ${rowBytes} bytes`)
  const columns = types.map((type, i) => ({
    type,
    storage: rowStorageOf(type),
    offset: offsets[i]!,
    bitOffset: validityOffset + (i >>> 3),
    bit: i & 7,
    wide: wideKeys && i < keys.length,
    key: i < keys.length,
  }))
  const strings = keyIndexes.filter(isString).map((i) => offsets[i]!)
  return {
    columns,
    rowBytes,
    header: validityBytes === 0 ? 0xffff_ff00_0000_0000n : 0n,
    validityWords: validityBytes / 8,
    hashOffset,
    keyBytes,
    statesOffset,
    keyDescriptor: [
      keyStart,
      (fixedEnd - keyStart) / 8,
      validityOffset,
      keys.length >>> 3,
      (1 << (keys.length & 7)) - 1,
      strings.length,
      ...strings,
    ],
  }
}

/** Whether values of the type can be joined or grouped as 64-bit integers. */
export function isIntegerStorage(type: DataType): boolean {
  const storage = storageOf(type)
  return storage === 'i8' || storage === 'i32' || storage === 'i64'
}

/** Lists, maps and structs lie in rows as bytes (nested-blobs.ts). */
function rowStorageOf(type: DataType): Storage {
  const storage = storageOf(type)
  return storage === 'list' || storage === 'struct' ? 'bytes' : storage
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple
}
