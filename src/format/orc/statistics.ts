/**
 * Column statistics, as ranges of the type asked for.
 *
 * What cannot be believed is dropped: NaN bounds of floats, timestamps of writers before ORC-135, anything below the change of calendars in files of the hybrid one.
 * Timestamps are kept in milliseconds, so they are widened by one.
 *
 * Spec: ORC v1, "Column Statistics"; orc_proto.proto (lowerBound, upperBound).
 */
import type { DataType, TimeUnit } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { ColumnRange } from '../format.ts'
import { convertBound } from '../parquet/statistics.ts'
import { ProtobufError, ProtobufReader } from '../protobuf.ts'
import type { OrcNode } from './schema.ts'

interface RawStatistics {
  valueCount: number | undefined
  hasNull: boolean | undefined
  min: LiteralValue | undefined
  max: LiteralValue | undefined
  /** The bounds are values, not just bounds. */
  isExact: boolean
  /** Of timestamps: milliseconds. */
  millis: readonly [bigint, bigint] | undefined
  trueCount: number | undefined
}

/** 1582-10-15 in days since 1970. */
const GREGORIAN_START = -141_427
/** Milliseconds of the years 1678 to 2261, which nanoseconds can hold. */
const NANOS_MILLIS = 9_200_000_000_000n

/** What statistics say about `rowCount` rows of a column, in the type `target`; undefined bytes: nothing. */
export function orcRange(
  bytes: Uint8Array | undefined,
  node: OrcNode,
  target: DataType,
  { rowCount, isHybridCalendar }: { readonly rowCount: number; readonly isHybridCalendar: boolean },
): ColumnRange {
  const raw = bytes === undefined ? undefined : decodeStatistics(bytes)
  if (raw === undefined) return { exact: false, valueCount: rowCount }
  const nulls = nullCountOf(raw, rowCount)
  const bounds = boundsOf(raw, node, isHybridCalendar)
  const min = bounds?.min === undefined ? undefined : convertBound(bounds.min, node.type, target)
  const max = bounds?.max === undefined ? undefined : convertBound(bounds.max, node.type, target)
  return {
    exact: min !== undefined && max !== undefined && raw.isExact,
    valueCount: rowCount,
    ...(nulls === undefined ? {} : { nullCount: nulls }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  }
}

/** Nanoseconds, unless the file's statistics show times that they cannot hold. */
export function timestampUnitOf(fileStatistics: Uint8Array | undefined): TimeUnit {
  const millis = fileStatistics === undefined ? undefined : decodeStatistics(fileStatistics)?.millis
  if (millis === undefined) return 'ns'
  return millis[0] < -NANOS_MILLIS || millis[1] > NANOS_MILLIS ? 'us' : 'ns'
}

function nullCountOf({ valueCount, hasNull }: RawStatistics, rowCount: number): number | undefined {
  if (valueCount !== undefined && valueCount <= rowCount) return rowCount - valueCount
  return hasNull === false ? 0 : undefined
}

function boundsOf(
  raw: RawStatistics,
  { type, kind }: OrcNode,
  isHybridCalendar: boolean,
): { readonly min?: LiteralValue | undefined; readonly max?: LiteralValue | undefined } | undefined {
  const { min, max, millis, trueCount, valueCount } = raw
  switch (kind) {
    case 'boolean':
      if (trueCount === undefined || valueCount === undefined || valueCount === 0) return undefined
      return { min: trueCount === valueCount, max: trueCount > 0 }
    case 'byte':
    case 'short':
    case 'int': {
      if (typeof min !== 'bigint' || typeof max !== 'bigint' || min > max) return undefined
      return { min: Number(min), max: Number(max) }
    }
    case 'long':
      return typeof min !== 'bigint' || typeof max !== 'bigint' || min > max ? undefined : { min, max }
    case 'float':
    case 'double':
      return floatBounds(min, max)
    case 'string':
      return { min, max }
    case 'date': {
      if (typeof min !== 'number' || typeof max !== 'number' || min > max) return undefined
      return isHybridCalendar && min < GREGORIAN_START ? undefined : { min, max }
    }
    case 'decimal':
      return type.kind === 'decimal' ? { min: decimalOf(min, type.scale), max: decimalOf(max, type.scale) } : undefined
    case 'timestamp':
    case 'instant':
      return millis === undefined || type.kind !== 'timestamp' ? undefined : timeBounds(millis, type, isHybridCalendar)
    default:
      return undefined
  }
}

function floatBounds(
  min: LiteralValue | undefined,
  max: LiteralValue | undefined,
): { min: number; max: number } | undefined {
  if (typeof min !== 'number' || typeof max !== 'number' || !(min <= max)) return undefined
  // Zeroes of either sign are equal: both stay possible.
  return { min: min === 0 ? -0 : min, max: max === 0 ? 0 : max }
}

function timeBounds(
  [low, high]: readonly [bigint, bigint],
  { unit }: Extract<DataType, { kind: 'timestamp' }>,
  isHybridCalendar: boolean,
): { min: bigint; max: bigint } | undefined {
  if (low > high || (isHybridCalendar && low < BigInt(GREGORIAN_START) * 86_400_000n)) return undefined
  const factor = unit === 'ns' ? 1_000_000n : 1000n
  const [min, max] = [(low - 1n) * factor, (high + 1n) * factor]
  const isHeld = min > -(2n ** 63n) && max < 2n ** 63n
  return isHeld ? { min, max } : undefined
}

/** Unscaled; undefined for texts that have more digits behind the point than the type. */
function decimalOf(value: LiteralValue | undefined, scale: number): bigint | undefined {
  if (typeof value !== 'string') return undefined
  const parts = /^(-?)(\d*)(?:\.(\d*))?$/.exec(value)
  if (parts === null) return undefined
  const digits = (parts[3] ?? '').replace(/0+$/, '')
  if (digits.length > scale || value.length > 100) return undefined
  const magnitude = BigInt(`${parts[2]}${digits.padEnd(scale, '0')}` || '0')
  return parts[1] === '-' ? -magnitude : magnitude
}

/** Undefined when the bytes are damaged: statistics only save reading. */
function decodeStatistics(bytes: Uint8Array): RawStatistics | undefined {
  const raw: RawStatistics = {
    valueCount: undefined,
    hasNull: undefined,
    min: undefined,
    max: undefined,
    isExact: true,
    millis: undefined,
    trueCount: undefined,
  }
  try {
    for (const message = new ProtobufReader(bytes); message.next();) decodeField(message, raw)
    return raw
  } catch (error) {
    if (error instanceof ProtobufError) return undefined
    throw error
  }
}

function decodeField(message: ProtobufReader, raw: RawStatistics): void {
  switch (message.field) {
    case 1:
      raw.valueCount = message.count()
      return
    case 2:
      decodeBounds(message.message(), raw, (part) => part.sint64())
      return
    case 3:
      decodeBounds(message.message(), raw, (part) => part.double())
      raw.isExact = false
      return
    case 4:
      decodeText(message.message(), raw)
      return
    case 5: {
      const counts: number[] = []
      for (const part = message.message(); part.next();) if (part.field === 1) part.counts(counts)
      raw.trueCount = counts[0]
      return
    }
    case 6:
      decodeBounds(message.message(), raw, (part) => part.text())
      return
    case 7:
      decodeBounds(message.message(), raw, (part) => Number(part.sint64()))
      return
    case 9:
      decodeMillis(message.message(), raw)
      return
    case 10:
      raw.hasNull = message.bool()
  }
}

function decodeBounds(part: ProtobufReader, raw: RawStatistics, value: (part: ProtobufReader) => LiteralValue): void {
  while (part.next()) {
    if (part.field === 1) raw.min = value(part)
    else if (part.field === 2) raw.max = value(part)
  }
}

function decodeText(part: ProtobufReader, raw: RawStatistics): void {
  while (part.next()) {
    if (part.field === 1) raw.min = part.text()
    else if (part.field === 2) raw.max = part.text()
    else if (part.field === 4) {
      raw.min = part.text()
      raw.isExact = false
    } else if (part.field === 5) {
      raw.max = part.text()
      raw.isExact = false
    }
  }
  // Bounds that were cut within a character have lost bytes.
  for (const end of ['min', 'max'] as const) {
    if (typeof raw[end] === 'string' && raw[end].includes('\uFFFD')) raw[end] = undefined
  }
}

function decodeMillis(part: ProtobufReader, raw: RawStatistics): void {
  let min: bigint | undefined
  let max: bigint | undefined
  while (part.next()) {
    if (part.field === 3) min = part.sint64()
    else if (part.field === 4) max = part.sint64()
  }
  raw.isExact = false
  if (min !== undefined && max !== undefined) raw.millis = [min, max]
}
