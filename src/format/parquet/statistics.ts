/**
 * Bounds of column chunks and pages, as values of the type asked for.
 *
 * Bounds are dropped rather than believed when their order is not known: deprecated ones of types that old writers compared as
 * signed bytes, those of INT96 and intervals, and floats that are NaN. Zeroes are widened to both signs.
 *
 * Spec: parquet-format 2.11, parquet.thrift, Statistics, ColumnOrder.
 */
import { type DataType, isFloat, sameType, storageOf } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { ColumnRange } from '../format.ts'
import type { BoundLeaf } from './bind.ts'
import type { LeafNode } from './file-node.ts'
import { unitOf } from './leaf-type.ts'
import type { ColumnOrder, RawStatistics } from './metadata.ts'
import type { ColumnIndex } from './page-index.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** The range that a column chunk's statistics tell, in the type `target`. */
export function rangeOf(
  statistics: RawStatistics,
  leaf: LeafNode,
  target: DataType,
  { rowCount, order }: { readonly rowCount: number; readonly order: ColumnOrder },
): ColumnRange {
  const range: Mutable<ColumnRange> = { exact: false, valueCount: rowCount }
  const { nullCount, nanCount, distinctCount } = statistics
  if (nullCount !== undefined && nullCount >= 0 && nullCount <= rowCount) range.nullCount = nullCount
  if (nanCount !== undefined && nanCount >= 0 && nanCount <= rowCount) range.nanCount = nanCount
  if (distinctCount !== undefined && distinctCount > 0) range.distinctCount = distinctCount
  const isNew = statistics.min !== undefined || statistics.max !== undefined
  if (isNew && order === 'undefined') return range
  if (!isNew && !oldBoundsAreSafe(leaf)) return range
  const min = isNew ? statistics.min : statistics.oldMin
  const max = isNew ? statistics.max : statistics.oldMax
  const bounds = boundsOf(leaf, target, min, max)
  if (bounds.min !== undefined) range.min = bounds.min
  if (bounds.max !== undefined) range.max = bounds.max
  const flagged = statistics.minIsExact === true && statistics.maxIsExact === true
  const cut = statistics.minIsExact === false || statistics.maxIsExact === false
  const hasBoth = bounds.min !== undefined && bounds.max !== undefined
  // Writers cut byte arrays only; zeroes of floats were widened.
  const isCuttable = storageOf(leaf.type) === 'bytes'
  range.exact = hasBoth && !cut && !isFloat(leaf.type) && (flagged || !isCuttable)
  return range
}

/** The range that a column index tells of one page's `rowCount` rows, in the leaf's target type. */
export function pageRange(
  index: ColumnIndex,
  page: number,
  { node, type }: BoundLeaf,
  { rowCount, order }: { readonly rowCount: number; readonly order: ColumnOrder },
): ColumnRange {
  if (index.nullPages[page]) return { exact: false, nullCount: rowCount, valueCount: rowCount }
  const nullCount = index.nullCounts?.[page]
  const nanCount = index.nanCounts?.[page]
  const bounds = order === 'undefined' ? {} : boundsOf(node, type, index.minValues[page], index.maxValues[page])
  return {
    exact: false,
    valueCount: rowCount,
    ...bounds,
    ...(nullCount !== undefined && nullCount >= 0 && nullCount <= rowCount ? { nullCount } : {}),
    ...(nanCount !== undefined && nanCount >= 0 && nanCount <= rowCount ? { nanCount } : {}),
  }
}

/** Types whose deprecated bounds every writer compared as readers do. */
function oldBoundsAreSafe({ schema, type }: LeafNode): boolean {
  switch (schema.element.physical) {
    case 'BOOLEAN':
    case 'FLOAT':
    case 'DOUBLE':
      return true
    case 'INT32':
      return type.kind !== 'utinyint' && type.kind !== 'usmallint' && type.kind !== 'uinteger'
    case 'INT64':
      return type.kind !== 'ubigint'
    default:
      return false
  }
}

/** Decoded bounds; absent where they cannot be used. */
export interface Bounds {
  readonly min?: LiteralValue
  readonly max?: LiteralValue
}

/** Bounds from their PLAIN bytes, in the type `target`. */
export function boundsOf(
  leaf: LeafNode,
  target: DataType,
  minBytes: Uint8Array | undefined,
  maxBytes: Uint8Array | undefined,
): Bounds {
  let min = minBytes && decodeBound(leaf, minBytes, 'min')
  let max = maxBytes && decodeBound(leaf, maxBytes, 'max')
  if (typeof min === 'number' && typeof max === 'number' && isFloat(leaf.type)) {
    if (Number.isNaN(min) || Number.isNaN(max)) return {}
    if (min === 0) min = -0
    if (max === 0) max = 0
  } else if (Number.isNaN(min) || Number.isNaN(max)) return {}
  if (isAbove(min, max)) return {}
  const bounds: Mutable<Bounds> = {}
  const low = min === undefined ? undefined : convertBound(min, leaf.type, target)
  const high = max === undefined ? undefined : convertBound(max, leaf.type, target)
  if (low !== undefined) bounds.min = low
  if (high !== undefined) bounds.max = high
  return bounds
}

/** Nonsense that damaged writers left behind. */
function isAbove(min: LiteralValue | undefined, max: LiteralValue | undefined): boolean {
  if (typeof min === 'number' && typeof max === 'number') return min > max
  return typeof min === 'bigint' && typeof max === 'bigint' && min > max
}

function decodeBound(leaf: LeafNode, bytes: Uint8Array, end: 'min' | 'max'): LiteralValue | undefined {
  const { element } = leaf.schema
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (element.physical) {
    case 'BOOLEAN':
      return bytes.length === 1 ? bytes[0] !== 0 : undefined
    case 'INT32':
      return bytes.length === 4 ? int32Bound(leaf, view) : undefined
    case 'INT64':
      return bytes.length === 8 ? int64Bound(leaf, view) : undefined
    case 'FLOAT':
      return bytes.length === 4 ? view.getFloat32(0, true) : undefined
    case 'DOUBLE':
      return bytes.length === 8 ? view.getFloat64(0, true) : undefined
    case 'BYTE_ARRAY':
      if (leaf.type.kind === 'decimal') return bigEndian(bytes)
      return leaf.type.kind === 'varchar' ? textBound(bytes, end) : bytes.slice()
    case 'FIXED_LEN_BYTE_ARRAY':
      if (leaf.type.kind === 'decimal') return bytes.length === element.typeLength ? bigEndian(bytes) : undefined
      if (leaf.type.kind === 'half') return bytes.length === 2 ? halfOf(view.getUint16(0, true)) : undefined
      if (leaf.type.kind === 'uuid') return bytes.length === 16 ? bytes.slice() : undefined
      return leaf.type.kind === 'bytea' ? bytes.slice() : undefined
    default:
      return undefined
  }
}

function int32Bound({ type }: LeafNode, view: DataView): LiteralValue {
  const value = view.getInt32(0, true)
  if (type.kind === 'uinteger') return BigInt(view.getUint32(0, true))
  if (type.kind === 'time') return BigInt(value) * 1000n
  return storageOf(type) === 'i32' ? value : BigInt(value)
}

function int64Bound({ type, schema }: LeafNode, view: DataView): LiteralValue | undefined {
  const value = view.getBigInt64(0, true)
  if (type.kind === 'ubigint') return BigInt.asUintN(64, value)
  const unit = unitOf(schema.element)
  if (type.kind === 'timestamp' && unit === 'ms') return value * 1000n
  return type.kind === 'time' && unit === 'ns' ? wholeMicros(value) : value
}

/** Values between two microseconds are refused when read, so a bound that is one must not answer for them, rounded. */
function wholeMicros(nanos: bigint): bigint | undefined {
  return nanos % 1000n === 0n ? nanos / 1000n : undefined
}

function bigEndian(bytes: Uint8Array): bigint | undefined {
  if (bytes.length === 0 || bytes.length > 64) return undefined
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = bits & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Bounds may be cut within a character: a lower one is cut to whole characters, an upper one is dropped. */
function textBound(bytes: Uint8Array, end: 'min' | 'max'): string | undefined {
  for (let cut = 0; cut <= (end === 'min' ? 3 : 0) && cut <= bytes.length; cut++) {
    try {
      return utf8.decode(bytes.slice(0, bytes.length - cut))
    } catch {
      // The next shorter one.
    }
  }
  return undefined
}

/** A value of type `from` as one of type `to`, by the conversions of conversion.ts; undefined for others. */
export function convertBound(value: LiteralValue, from: DataType, to: DataType): LiteralValue | undefined {
  if (sameType(from, to)) return value
  if (to.kind === 'varchar' || to.kind === 'bytea' || to.kind === 'uuid') return textOrBytes(value, to)
  if (from.kind === 'timestamp' && to.kind === 'timestamp' && typeof value === 'bigint') {
    if (from.unit === to.unit) return value
    return from.unit === 'us' ? value * 1000n : wholeMicros(value)
  }
  if (from.kind === 'date' && to.kind === 'timestamp' && typeof value === 'number') {
    return BigInt(value) * (to.unit === 'ns' ? 86_400_000_000_000n : 86_400_000_000n)
  }
  if (to.kind === 'decimal') {
    if (typeof value !== 'number' && typeof value !== 'bigint') return undefined
    const scale = from.kind === 'decimal' ? from.scale : 0
    return to.scale < scale ? undefined : BigInt(value) * 10n ** BigInt(to.scale - scale)
  }
  switch (storageOf(to)) {
    case 'i32':
      return typeof value === 'number' && storageOf(from) === 'i32' ? value : undefined
    case 'i64':
    case 'i128':
      if (typeof value === 'bigint') return value
      return typeof value === 'number' && storageOf(from) === 'i32' ? BigInt(value) : undefined
    case 'f32':
    case 'f64':
      return typeof value === 'number' ? value : undefined
    default:
      return undefined
  }
}

function textOrBytes(value: LiteralValue, to: DataType): LiteralValue | undefined {
  if (to.kind === 'varchar') {
    if (typeof value === 'string') return value
    return undefined
  }
  if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'utf8'))
  return value instanceof Uint8Array ? value : undefined
}
