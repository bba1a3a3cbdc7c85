/**
 * Starts decoding the values of a data page, by encoding and physical type.
 *
 * Spec: parquet-format 2.11, Encodings.md.
 */
import { unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Span } from '../codec.ts'
import type { SchemaElement } from './metadata.ts'
import { ENCODING_PLAIN, ENCODING_RLE } from './page-header.ts'
import { FixedValues, FixedViews, PlainBooleans, PlainViews } from './page-values.ts'
import { type PageValues, RunBooleans } from './page-values.ts'
import type { ReaderContext } from './reader-context.ts'

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
  }
  throw unsupported(`reading "${context.url}": Parquet encoding ${encoding} of ${element.physical ?? 'no type'}`)
}

function plainValues(context: ReaderContext, { element, span, asViews }: ValuesRequest): PageValues {
  const { kernels, memory } = context
  switch (element.physical) {
    case 'BOOLEAN':
      return new PlainBooleans(kernels.parquet, span)
    case 'BYTE_ARRAY':
      return new PlainViews(kernels.parquet, span)
    default: {
      const values = new FixedValues(kernels.parquet, memory.u8, span, physicalWidth(element))
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
