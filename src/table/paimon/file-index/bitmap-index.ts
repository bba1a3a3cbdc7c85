/**
 * The values of a bitmap index: which ones a file has. (The bitmaps behind them, of the rows, are not read.)
 *
 *   version (1)  rows (4)  values (4)  has NULL (1)  [where NULLs are (4)]
 *   1: value, offset (4) ...
 *   2: [length of the NULLs (4)]  blocks (4)  first value, offset (4) of each block ...  body offset (4)
 *      a block: values (4)  value, offset (4), length (4) ...
 *
 * Spec: Apache Paimon, "File Index, Bitmap".
 */
import type { LiteralValue } from '../../../core/value.ts'
import type { DataType } from '../../../core/types.ts'
import { BytesReader } from './bytes-reader.ts'

export interface BitmapValues {
  readonly hasNull: boolean
  /** As `bitmapKey` writes them. */
  readonly values: ReadonlySet<string>
}

type ReadKey = (reader: BytesReader) => string

/** Undefined for versions and types that are not known. XX001 for damaged bytes. */
export function readBitmapValues(bytes: Uint8Array, type: DataType, where: string): BitmapValues | undefined {
  const reader = new BytesReader(bytes, where)
  const readKey = keyReader(type)
  const version = reader.byte()
  if (readKey === undefined || (version !== 1 && version !== 2)) return undefined
  reader.int()
  const count = reader.int()
  const hasNull = reader.byte() !== 0
  if (hasNull) reader.int()
  const values = new Set<string>()
  if (version === 1) {
    for (let left = count; left > 0; left--) {
      values.add(readKey(reader))
      reader.int()
    }
    return { hasNull, values }
  }
  if (hasNull) reader.int()
  const blocks = reader.count(5)
  for (let left = blocks; left > 0; left--) {
    readKey(reader)
    reader.int()
  }
  reader.int()
  for (let left = blocks; left > 0; left--) {
    for (let entries = reader.count(9); entries > 0; entries--) {
      values.add(readKey(reader))
      reader.int()
      reader.int()
    }
  }
  return values.size === count ? { hasNull, values } : undefined
}

/** A value as the index is asked for it. */
export function bitmapKey(value: LiteralValue): string {
  return String(value)
}

function keyReader(type: DataType): ReadKey | undefined {
  switch (type.kind) {
    case 'varchar':
      return (reader) => new TextDecoder().decode(reader.bytes(reader.int()))
    case 'tinyint':
      return (reader) => String(reader.byte())
    case 'smallint':
      return (reader) => String(reader.short())
    case 'integer':
    case 'date':
      return (reader) => String(reader.int())
    case 'bigint':
      return (reader) => String(reader.long())
    case 'boolean':
      return (reader) => String(reader.byte() !== 0)
    default:
      return undefined
  }
}
