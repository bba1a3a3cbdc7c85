/**
 * Starts decoding the values of a data page, by encoding and physical type.
 *
 * Spec: parquet-format 2.11, Encodings.md.
 */
import type { Arena } from '../../core/arena.ts'
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { ParquetKernels } from '../../kernel/generated/parquet.ts'
import type { Span } from '../codec.ts'
import { LengthViews, PrefixedValues, SplitValues, StoredViews } from './delta-values.ts'
import type { SchemaElement } from './metadata.ts'
import { ENCODING_BYTE_STREAM_SPLIT, ENCODING_DELTA_BINARY_PACKED } from './page-header.ts'
import { ENCODING_DELTA_BYTE_ARRAY, ENCODING_DELTA_LENGTH_BYTE_ARRAY } from './page-header.ts'
import { ENCODING_PLAIN, ENCODING_RLE } from './page-header.ts'
import { FixedValues, FixedViews, PlainBooleans, PlainViews } from './page-values.ts'
import { type PageValues, RunBooleans } from './page-values.ts'
import type { ReaderContext } from './reader-context.ts'

const MALFORMED = -2

export interface ValuesRequest {
  readonly encoding: number
  readonly span: Span
  /** Values of the page, NULLs included: no more can come out. */
  readonly valueCount: number
  readonly element: SchemaElement
  /** Memory for a decoder of runs. */
  readonly state: Pointer
  /** Fixed-length byte arrays come out as views. */
  readonly asViews: boolean
  /** The page stays until the row group's reader is closed. */
  readonly isLasting: boolean
  /** Lives as long as the page is read. */
  readonly arena: Arena
}

/** The values of a page that is not dictionary-coded, or a negative error. */
export function openValues(context: ReaderContext, request: ValuesRequest): PageValues | number {
  const { encoding, element } = request
  switch (encoding) {
    case ENCODING_PLAIN:
      return plainValues(context, request)
    case ENCODING_RLE:
      if (element.physical === 'BOOLEAN') return runBooleans(context, request)
      break
    case ENCODING_DELTA_BINARY_PACKED:
      if (element.physical === 'INT32' || element.physical === 'INT64') return deltaValues(context, request)
      break
    case ENCODING_DELTA_LENGTH_BYTE_ARRAY:
      if (element.physical === 'BYTE_ARRAY') return lengthViews(context, request)
      break
    case ENCODING_DELTA_BYTE_ARRAY:
      if (element.physical === 'BYTE_ARRAY' || element.physical === 'FIXED_LEN_BYTE_ARRAY') {
        return prefixedValues(context, request)
      }
      break
    case ENCODING_BYTE_STREAM_SPLIT:
      if (element.physical !== 'BOOLEAN' && element.physical !== 'BYTE_ARRAY') return splitValues(context, request)
      break
  }
  throw unsupported(`reading "${context.url}": Parquet encoding ${encoding} of ${element.physical ?? 'no type'}`)
}

function plainValues(context: ReaderContext, { element, span, asViews, isLasting }: ValuesRequest): PageValues {
  const { kernels, memory } = context
  switch (element.physical) {
    case 'BOOLEAN':
      return new PlainBooleans(kernels.parquet, span)
    case 'BYTE_ARRAY':
      return new PlainViews(kernels.parquet, span)
    default: {
      const lasting = isLasting ? 'lasting' : 'passing'
      const values = new FixedValues(kernels.parquet, memory.bulk, span, physicalWidth(element), lasting)
      return asViews ? new FixedViews(kernels.parquet, values) : values
    }
  }
}

/** Runs behind their length. */
function runBooleans({ kernels, memory }: ReaderContext, { span, state }: ValuesRequest): PageValues | number {
  const { pointer, byteCount } = span
  if (byteCount < 4) return new PlainBooleans(kernels.parquet, { pointer, byteCount: 0 })
  const length = memory.u8[pointer]! + memory.u8[pointer + 1]! * 256 + memory.u8[pointer + 2]! * 65_536
  const end = pointer + 4 + Math.min(length + memory.u8[pointer + 3]! * 16_777_216, byteCount - 4)
  const error = kernels.parquet.hybridInit(state, pointer + 4, end, 1)
  return error < 0 ? error : new RunBooleans(kernels.parquet, state)
}

/** Decoded as a whole, then like PLAIN values. */
function deltaValues({ kernels, memory }: ReaderContext, request: ValuesRequest): PageValues | number {
  const { element, span } = request
  const width = element.physical === 'INT64' ? 8 : 4
  const decoded = decodeDelta(kernels.parquet, request, span, width)
  if (typeof decoded === 'number') return decoded
  const values = { pointer: decoded.pointer, byteCount: decoded.count * width }
  return new FixedValues(kernels.parquet, memory.bulk, values, width)
}

interface DecodedDelta {
  readonly pointer: Pointer
  readonly count: number
  /** What follows the stream. */
  readonly rest: Span
}

function decodeDelta(
  parquet: ParquetKernels,
  { arena, valueCount }: ValuesRequest,
  { pointer, byteCount }: Span,
  width: 4 | 8,
): DecodedDelta | number {
  const end = pointer + byteCount
  const count = parquet.deltaCount(pointer, end)
  if (count < 0) return count
  // Before allocating: the count is untrusted.
  if (count > valueCount) return MALFORMED
  const out = arena.allocate(count * width)
  const taken = parquet.deltaDecode(pointer, end, width === 8 ? 1 : 0, out)
  if (taken < 0) return taken
  return { pointer: out, count, rest: { pointer: pointer + taken, byteCount: byteCount - taken } }
}

function lengthViews({ kernels }: ReaderContext, request: ValuesRequest): PageValues | number {
  const lengths = decodeDelta(kernels.parquet, request, request.span, 4)
  if (typeof lengths === 'number') return lengths
  return new LengthViews(kernels.parquet, lengths.pointer, lengths.count, lengths.rest)
}

function prefixedValues(context: ReaderContext, request: ValuesRequest): PageValues | number {
  const { kernels, memory, lasting } = context
  const prefixes = decodeDelta(kernels.parquet, request, request.span, 4)
  if (typeof prefixes === 'number') return prefixes
  const suffixes = decodeDelta(kernels.parquet, request, prefixes.rest, 4)
  if (typeof suffixes === 'number') return suffixes
  if (suffixes.count !== prefixes.count) return MALFORMED
  const { element, asViews } = request
  const isFixed = element.physical === 'FIXED_LEN_BYTE_ARRAY' && !asViews
  return new PrefixedValues(kernels.parquet, memory, lasting, {
    prefixes: prefixes.pointer,
    suffixes: suffixes.pointer,
    count: prefixes.count,
    data: suffixes.rest,
    fixedWidth: isFixed ? element.typeLength : 0,
  })
}

function splitValues({ kernels, lasting }: ReaderContext, { element, span, asViews }: ValuesRequest): PageValues {
  const width = physicalWidth(element)
  const values = new SplitValues(kernels.parquet, span, width)
  return asViews ? new StoredViews(kernels.parquet, lasting, values, width) : values
}

/** Bytes of a PLAIN value of a type that has a fixed width. */
export function physicalWidth(element: SchemaElement): number {
  switch (element.physical) {
    case 'INT32':
    case 'FLOAT':
      return 4
    case 'INT96':
      return 12
    case 'FIXED_LEN_BYTE_ARRAY':
      return element.typeLength
    default:
      return 8
  }
}
