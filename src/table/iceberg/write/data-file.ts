/**
 * What a manifest says of a data file: counts and bounds of its columns, taken from the footer that was written.
 *
 * Bounds of texts and binaries are cut to 16 characters or bytes (Iceberg's default metrics mode, `truncate(16)`); an upper bound that was cut is
 * raised so that it stays one.
 *
 * Spec: Iceberg table spec, "Data File Fields"; Appendix D for the bounds.
 */
import { type DataType, type Field, isFloat } from '../../../core/types.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { parquetFormat } from '../../../format/parquet/index.ts'
import type { BoundFile, ReadContext, TargetField } from '../../../format/format.ts'
import type { Storage } from '../../../storage/storage.ts'
import { compareValues } from '../../../expr/values/compare.ts'
import { encodeBound } from '../bounds.ts'

const BOUND_LENGTH = 16

/** A file ready to be committed. */
export interface StagedFile {
  readonly content: 'data' | 'position-deletes'
  /** Of the partition spec that `partition` belongs to. */
  readonly specId: number
  readonly path: string
  readonly byteCount: number
  readonly rowCount: number
  /** One a field of the partition spec. */
  readonly partition: readonly LiteralValue[]
  readonly valueCounts: ReadonlyMap<number, number>
  readonly nullCounts: ReadonlyMap<number, number>
  /** Of columns of floating point; undefined where nobody counted. */
  readonly nanCounts: ReadonlyMap<number, number> | undefined
  readonly lowerBounds: ReadonlyMap<number, Uint8Array>
  readonly upperBounds: ReadonlyMap<number, Uint8Array>
  readonly splitOffsets: readonly number[]
  /** The one data file that position deletes are for. */
  readonly referencedDataFile?: string
}

export interface WrittenFile {
  /** Where it is reached. */
  readonly url: string
  readonly columns: readonly Field[]
  readonly specId: number
  readonly partition: readonly LiteralValue[]
  /** NaNs by field id, counted while writing: Parquet's statistics leave them out. */
  readonly nanCounts?: ReadonlyMap<number, number>
}

/** Reads the footer of a Parquet file of the table's columns. Only top-level columns of simple types get counts and bounds. */
export function describeParquetFile(storage: Storage, context: ReadContext, written: WrittenFile): StagedFile {
  const { url, columns, specId, partition, nanCounts } = written
  const file = storage.openSync(url)
  try {
    const data = parquetFormat.open(file, context)
    const simple = columns.filter(
      ({ id, type }) => id !== undefined && !['list', 'map', 'struct', 'null'].includes(type.kind),
    )
    const bound = data.bind(simple.map(targetOf))
    const valueCounts = new Map<number, number>()
    const nullCounts = new Map<number, number>()
    const lowerBounds = new Map<number, Uint8Array>()
    const upperBounds = new Map<number, Uint8Array>()
    simple.forEach(({ id, type }, i) => {
      const range = columnRange(bound, data.rowGroups.length, i, type)
      valueCounts.set(id!, data.rowCount)
      if (range.nullCount !== undefined) nullCounts.set(id!, range.nullCount)
      const lower = range.min === undefined ? undefined : lowerBound(range.min, type)
      const upper = range.max === undefined ? undefined : upperBound(range.max, type)
      if (lower !== undefined) lowerBounds.set(id!, lower)
      if (upper !== undefined) upperBounds.set(id!, upper)
    })
    const splitOffsets = data.rowGroups.map(({ byteOffset }) => byteOffset)
    const counts = { valueCounts, nullCounts, nanCounts, lowerBounds, upperBounds, splitOffsets }
    const size = { byteCount: file.byteCount, rowCount: data.rowCount }
    return { content: 'data', specId, path: url, ...size, partition, ...counts }
  } finally {
    file.close()
  }
}

function targetOf({ id, name, type }: Field): TargetField {
  return { id: id!, names: [name], type, children: [] }
}

interface WholeRange {
  readonly nullCount: number | undefined
  readonly min: LiteralValue | undefined
  readonly max: LiteralValue | undefined
}

/** Over all row groups; a bound that one of them lacks is unknown, unless all its values are NULL. */
function columnRange(file: BoundFile, rowGroupCount: number, column: number, type: DataType): WholeRange {
  let nullCount: number | undefined = 0
  let min: LiteralValue | undefined
  let max: LiteralValue | undefined
  let isBounded = true
  for (let group = 0; group < rowGroupCount; group++) {
    const range = file.statistics(group, column)
    if (range === undefined) return { nullCount: undefined, min: undefined, max: undefined }
    nullCount = range.nullCount === undefined || nullCount === undefined ? undefined : nullCount + range.nullCount
    const isAllNull = range.nullCount !== undefined && range.nullCount === range.valueCount
    if (isAllNull) continue
    if (range.min === undefined || range.max === undefined) isBounded = false
    else {
      if (min === undefined || compareValues(range.min, min, type) < 0) min = range.min
      if (max === undefined || compareValues(range.max, max, type) > 0) max = range.max
    }
  }
  return isBounded ? { nullCount, min, max } : { nullCount, min: undefined, max: undefined }
}

function lowerBound(value: LiteralValue, type: DataType): Uint8Array | undefined {
  if (isNaNValue(value, type)) return undefined
  if (typeof value === 'string') return encodeBound([...value].slice(0, BOUND_LENGTH).join(''), type)
  if (value instanceof Uint8Array && type.kind === 'bytea') return value.slice(0, BOUND_LENGTH)
  // Of the two zeroes the smaller is the bound below.
  return encodeBound(isFloat(type) && value === 0 ? -0 : value, type)
}

function upperBound(value: LiteralValue, type: DataType): Uint8Array | undefined {
  if (isNaNValue(value, type)) return undefined
  if (typeof value === 'string') return encodeText(raisedText(value), type)
  if (value instanceof Uint8Array && type.kind === 'bytea') return raisedBytes(value)
  return encodeBound(isFloat(type) && value === 0 ? 0 : value, type)
}

function encodeText(text: string | undefined, type: DataType): Uint8Array | undefined {
  return text === undefined ? undefined : encodeBound(text, type)
}

const CODE_POINT_MAX = 0x10ffff
const SURROGATES_START = 0xd800
const SURROGATES_END = 0xdfff

/** The text itself, or a text of 16 characters that is greater; undefined when there is none. */
function raisedText(text: string): string | undefined {
  const characters = [...text]
  if (characters.length <= BOUND_LENGTH) return text
  for (let length = BOUND_LENGTH; length > 0; length--) {
    const code = characters[length - 1]!.codePointAt(0)!
    const next = code + 1 >= SURROGATES_START && code + 1 <= SURROGATES_END ? SURROGATES_END + 1 : code + 1
    if (next <= CODE_POINT_MAX) return characters.slice(0, length - 1).join('') + String.fromCodePoint(next)
  }
  return undefined
}

function raisedBytes(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length <= BOUND_LENGTH) return bytes
  for (let length = BOUND_LENGTH; length > 0; length--) {
    if (bytes[length - 1] === 255) continue
    const raised = bytes.slice(0, length)
    raised[length - 1]! += 1
    return raised
  }
  return undefined
}

function isNaNValue(value: LiteralValue, type: DataType): boolean {
  return isFloat(type) && Number.isNaN(value)
}
