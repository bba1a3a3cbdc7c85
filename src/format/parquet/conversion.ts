/**
 * How a leaf's values become values of the type asked for: a chain of kernel calls, from the physical layout to the layout of
 * the file's own type to that of the target. Only conversions that lose nothing exist; others are refused (0A000).
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, isInteger, sameType, storageOf, typeName, widthOf } from '../../core/types.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'
import type { LeafNode } from './file-node.ts'
import { unitOf } from './leaf-type.ts'

/** Converts `n` values at `from` to values of `width` bytes at `to`; 0 or a negative error. */
export interface ConversionStep {
  readonly width: number
  run(kernels: ParquetKernels, from: number, n: number, to: number): number
}

export interface Conversion {
  /** Bytes of a value as pages have it; views (8 bytes) for byte arrays. */
  readonly rawWidth: number
  readonly type: DataType
  /** Bytes of a value of `type`. */
  readonly width: number
  /** Empty: values are stored as `type` lays them out. */
  readonly steps: readonly ConversionStep[]
  /** Fixed-length byte arrays become views of the bytes, which must stay. */
  readonly viewsOfFixed: boolean
}

/** The conversion of a leaf to `target`. Errors: 0A000. */
export function conversionTo(leaf: LeafNode, target: DataType): Conversion {
  const { element } = leaf.schema
  if (leaf.refusal !== undefined) throw unsupported(`reading column "${leaf.name}": ${leaf.refusal}`)
  const isBytes = storageOf(target) === 'bytes'
  const isFixed = element.physical === 'FIXED_LEN_BYTE_ARRAY'
  const viewsOfFixed = isFixed && isBytes && (leaf.type.kind === 'bytea' || leaf.type.kind === 'uuid')
  const rawWidth = RAW_WIDTHS[element.physical ?? 'INT32'] ?? element.typeLength
  const end = { rawWidth, type: target, width: widthOf(storageOf(target)) }
  if (viewsOfFixed) return { ...end, steps: [], viewsOfFixed }
  if (isFixed && target.kind === 'uuid' && element.typeLength === 16) return { ...end, steps: [], viewsOfFixed }
  if (element.physical === 'INT96' && target.kind === 'timestamp') {
    return { ...end, steps: [int96(target.unit === 'ns')], viewsOfFixed }
  }
  const widening = wideningSteps(leaf.type, target)
  if (widening === undefined) {
    throw unsupported(`reading column "${leaf.name}" of type ${typeName(leaf.type)} as ${typeName(target)}`)
  }
  return { ...end, steps: [...decodeSteps(leaf), ...widening], viewsOfFixed }
}

const RAW_WIDTHS: Record<string, number | undefined> = {
  BOOLEAN: 1,
  INT32: 4,
  INT64: 8,
  INT96: 12,
  FLOAT: 4,
  DOUBLE: 8,
  BYTE_ARRAY: 8,
}

export const WIDEN_I32: ConversionStep = { width: 8, run: (k, from, n, to) => k.widenI32(from, n, to) }
const WIDEN_U32: ConversionStep = { width: 8, run: (k, from, n, to) => k.widenU32(from, n, to) }
const WIDEN_I64: ConversionStep = { width: 16, run: (k, from, n, to) => k.widenI64(from, n, to) }
const WIDEN_U64: ConversionStep = { width: 16, run: (k, from, n, to) => k.widenU64(from, n, to) }
const I32_TO_F64: ConversionStep = { width: 8, run: (k, from, n, to) => k.i32ToF64(from, n, to) }
const F32_TO_F64: ConversionStep = { width: 8, run: (k, from, n, to) => k.f32ToF64(from, n, to) }
const HALF_TO_F32: ConversionStep = { width: 4, run: (k, from, n, to) => k.halfToF32(from, n, to) }
/** Byte arrays of 16 bytes to UUIDs. */
export const VIEWS_TO_UUID: ConversionStep = { width: 16, run: (k, from, n, to) => k.viewsToB128(from, n, to) }
const INTERVAL_STEP: ConversionStep = {
  width: 16,
  run: (k, from, n, to) => k.interval(from, n, to),
}

/** Times a factor above 0; an error where that does not fit. */
export function scaleI64(factor: bigint): ConversionStep {
  return { width: 8, run: (k, from, n, to) => k.scaleI64(from, n, factor, to) }
}

function divideI64(divisor: bigint): ConversionStep {
  return { width: 8, run: (k, from, n, to) => k.divideI64(from, n, divisor, to) }
}

function scaleI128(digits: number): ConversionStep {
  return { width: 16, run: (k, from, n, to) => k.scaleI128(from, n, digits, to) }
}

function checkI32(min: number, max: number): ConversionStep {
  return { width: 4, run: (k, from, n, to) => k.checkI32(from, n, min, max, to) }
}

function int96(nanos: boolean): ConversionStep {
  return { width: 8, run: (k, from, n, to) => k.int96ToTimestamp(from, n, nanos ? 1 : 0, to) }
}

/** From the physical layout to that of the leaf's own type. */
function decodeSteps(leaf: LeafNode): readonly ConversionStep[] {
  const { element } = leaf.schema
  const { type } = leaf
  switch (element.physical) {
    case 'INT32':
      return int32Steps(type)
    case 'INT64':
      return int64Steps(type, unitOf(element))
    case 'BYTE_ARRAY':
      return type.kind === 'decimal' ? [bigEndianViews(type)] : []
    case 'FIXED_LEN_BYTE_ARRAY':
      if (type.kind === 'decimal') return [bigEndian(type, element.typeLength)]
      if (type.kind === 'half') return [HALF_TO_F32]
      return type.kind === 'interval' ? [INTERVAL_STEP] : []
    case 'INT96':
      return [int96(type.kind === 'timestamp' && type.unit === 'ns')]
    default:
      return []
  }
}

const SMALL_RANGES: Partial<Record<DataType['kind'], readonly [number, number]>> = {
  tinyint: [-128, 127],
  smallint: [-32768, 32767],
  utinyint: [0, 255],
  usmallint: [0, 65535],
}

function int32Steps(type: DataType): readonly ConversionStep[] {
  const range = SMALL_RANGES[type.kind]
  if (range !== undefined) return [checkI32(range[0], range[1])]
  if (type.kind === 'uinteger') return [WIDEN_U32]
  if (type.kind === 'time') return [WIDEN_I32, scaleI64(1000n)]
  if (type.kind === 'decimal') return storageOf(type) === 'i64' ? [WIDEN_I32] : [WIDEN_I32, WIDEN_I64]
  return []
}

function int64Steps(type: DataType, unit: 'ms' | 'us' | 'ns' | undefined): readonly ConversionStep[] {
  if (type.kind === 'ubigint') return [WIDEN_U64]
  if (type.kind === 'decimal') return storageOf(type) === 'i64' ? [] : [WIDEN_I64]
  if (type.kind === 'time') return unit === 'ns' ? [divideI64(1000n)] : []
  return type.kind === 'timestamp' && unit === 'ms' ? [scaleI64(1000n)] : []
}

function bigEndian(type: DataType, width: number): ConversionStep {
  return storageOf(type) === 'i64'
    ? { width: 8, run: (k, from, n, to) => k.bigEndianToI64(from, n, width, to) }
    : { width: 16, run: (k, from, n, to) => k.bigEndianToI128(from, n, width, to) }
}

/** Byte arrays that are big-endian numbers to a decimal type. */
export function bigEndianViews(type: DataType): ConversionStep {
  const wide = storageOf(type) === 'i128'
  return {
    width: wide ? 16 : 8,
    run: (k, from, n, to) => k.bigEndianViews(from, n, wide ? 1 : 0, to),
  }
}

/** Decimal digits that an integer type can need. */
const INTEGER_DIGITS: Partial<Record<DataType['kind'], number>> = {
  tinyint: 3,
  utinyint: 3,
  smallint: 5,
  usmallint: 5,
  integer: 10,
  uinteger: 10,
  bigint: 19,
  ubigint: 20,
}

/** From one type's layout to another's; undefined when values could be lost. */
export function wideningSteps(from: DataType, to: DataType): readonly ConversionStep[] | undefined {
  if (sameType(from, to)) return []
  if (isInteger(from)) return fromInteger(from, to)
  switch (from.kind) {
    case 'half':
    case 'real':
      if (to.kind === 'double') return [F32_TO_F64]
      return from.kind === 'half' && to.kind === 'real' ? [] : undefined
    case 'decimal':
      return to.kind === 'decimal' ? fromDecimal(from, to) : undefined
    case 'date':
      if (to.kind !== 'timestamp' || to.zone) return undefined
      return [WIDEN_I32, scaleI64(to.unit === 'ns' ? 86_400_000_000_000n : 86_400_000_000n)]
    case 'timestamp':
      if (to.kind !== 'timestamp') return undefined
      if (from.unit === to.unit) return []
      return [from.unit === 'us' ? scaleI64(1000n) : divideI64(1000n)]
    case 'varchar':
    case 'bytea':
      return to.kind === 'varchar' || to.kind === 'bytea' ? [] : undefined
    case 'null':
      return []
    default:
      return undefined
  }
}

function fromInteger(from: DataType, to: DataType): readonly ConversionStep[] | undefined {
  const digits = INTEGER_DIGITS[from.kind] ?? 20
  const storage = storageOf(from)
  if (isInteger(to)) {
    const range = SMALL_RANGES[to.kind]
    if (storage === 'i32' && (range !== undefined || to.kind === 'integer')) {
      // Writers without 8-bit and 16-bit types: values are checked.
      return range === undefined ? [] : [checkI32(range[0], range[1])]
    }
    if (to.kind === 'bigint') return storage === 'i32' ? [WIDEN_I32] : from.kind === 'uinteger' ? [] : undefined
    if (to.kind === 'ubigint' && from.kind === 'uinteger') return [WIDEN_I64]
    if (to.kind === 'uinteger' && (from.kind === 'utinyint' || from.kind === 'usmallint')) return [WIDEN_I32]
    return undefined
  }
  if (to.kind === 'double') return storage === 'i32' ? [I32_TO_F64] : undefined
  if (to.kind !== 'decimal' || to.precision - to.scale < digits || storage === 'i128') return undefined
  const widened = storage === 'i32' ? [WIDEN_I32] : []
  if (storageOf(to) === 'i64') return to.scale === 0 ? widened : [...widened, scaleI64(10n ** BigInt(to.scale))]
  return to.scale === 0 ? [...widened, WIDEN_I64] : [...widened, WIDEN_I64, scaleI128(to.scale)]
}

type Decimal = Extract<DataType, { kind: 'decimal' }>

function fromDecimal(from: Decimal, to: Decimal): readonly ConversionStep[] | undefined {
  const digits = to.scale - from.scale
  if (digits < 0 || to.precision - to.scale < from.precision - from.scale) return undefined
  if (storageOf(to) === 'i64') return digits === 0 ? [] : [scaleI64(10n ** BigInt(digits))]
  const widened = storageOf(from) === 'i64' ? [WIDEN_I64] : []
  return digits === 0 ? widened : [...widened, scaleI128(digits)]
}
