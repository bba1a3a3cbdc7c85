/** The streams of one stripe: where they lie, and decoders for them. */
import { corrupt } from '../../core/errors.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import type { ColumnEncoding, Stripe, StripeFooter } from './metadata.ts'
import type { OrcContext } from './reader-context.ts'
import type { OrcNode } from './schema.ts'
import { OrcStream } from './stream.ts'

export const PRESENT = 0
export const DATA = 1
export const LENGTH = 2
export const DICTIONARY_DATA = 3
export const SECONDARY = 5
export const ROW_INDEX = 6
export const BLOOM_FILTER = 7
export const BLOOM_FILTER_UTF8 = 8

export class StripeStreams {
  readonly timeZone: string
  readonly rowCount: number
  readonly #encodings: readonly ColumnEncoding[]
  readonly #ranges = new Map<string, ByteRange>()

  /** Errors: XX001 when the streams do not fit the stripe. */
  constructor(url: string, stripe: Stripe, { streams, encodings, timeZone }: StripeFooter) {
    this.timeZone = timeZone
    this.rowCount = stripe.rowCount
    this.#encodings = encodings
    let start = stripe.offset
    const end = stripe.offset + stripe.indexByteCount + stripe.dataByteCount
    for (const { kind, column, byteCount } of streams) {
      if (byteCount > end - start) throw corrupt(url, `a stream of ${byteCount} bytes at offset ${start} does not fit`)
      // What encrypted columns hold stands apart, under the same numbers: here is what those without the key may see (ORC v1, "Column Encryption").
      if (byteCount > 0 && !this.#ranges.has(key(column, kind))) {
        this.#ranges.set(key(column, kind), { start, end: start + byteCount })
      }
      start += byteCount
    }
  }

  range(column: number, kind: number): ByteRange | undefined {
    return this.#ranges.get(key(column, kind))
  }

  encoding({ column }: OrcNode): ColumnEncoding {
    return this.#encodings[column] ?? { kind: 0, dictionarySize: 0 }
  }

  /** A reader of a stream; streams of columns without values may be left out by the writer, and are empty. */
  open(context: OrcContext, { column, name }: OrcNode, kind: number): OrcStream {
    const range = this.range(column, kind) ?? { start: 0, end: 0 }
    return new OrcStream(context, range, name)
  }

  /** Where the data of a column lie. */
  dataRanges(column: number): ByteRange[] {
    return [PRESENT, DATA, LENGTH, DICTIONARY_DATA, SECONDARY].flatMap((kind) => this.range(column, kind) ?? [])
  }
}

function key(column: number, kind: number): string {
  return `${column}:${kind}`
}
