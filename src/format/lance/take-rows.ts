/**
 * Values of some rows of a leaf without lists: of each page only what these need is read, and of that their values are kept.
 *
 *   pages   [....|....]  [....]         rows 3 and 7 of the first, 1 of the second
 *   chunks    ^    ^       ^            read and decoded in `scratch`, each let go before the next
 *   part    [v3 v7 v1]                  one part for each chunk, in `lasting`
 */
import { corrupt } from '../../core/errors.ts'
import { firstAtLeast } from '../../expr/prune/named-values.ts'
import type { ValueBlock } from './decompress.ts'
import type { LeafPart } from './leaf-rows.ts'
import type { LancePage } from './metadata-bytes.ts'
import type { LanceContext } from './reader-context.ts'
import type { RawValues } from './schema.ts'

/** Decodes what rows of a page need, in the context that it is given; `take` gets parts of the page and places in them, in the order of the rows. */
export type DecodeRows = (
  context: LanceContext,
  page: LancePage,
  rows: Float64Array,
  take: (part: LeafPart, places: Float64Array) => void,
) => void

/** The parts that hold just `rows`: numbers in the file, ascending. */
export function takeRows(
  context: LanceContext,
  pages: readonly LancePage[],
  rows: Float64Array,
  raw: RawValues,
  decodeRows: DecodeRows,
): LeafPart[] {
  // What is decoded need not last.
  const decoding = { ...context, lasting: context.scratch }
  const parts: LeafPart[] = []
  let first = 0
  for (const page of pages) {
    const end = first + page.length
    const own = rows.subarray(firstAtLeast(rows, first), firstAtLeast(rows, end))
    if (own.length > 0) {
      const start = first
      const mark = context.scratch.mark()
      decodeRows(decoding, page, start === 0 ? own : own.map((row) => row - start), (part, places) =>
        parts.push(keep(context, part, places, raw)),
      )
      context.scratch.release(mark)
    }
    first = end
  }
  context.bytesRead = decoding.bytesRead
  return parts
}

/** The values at some places of a part, where they last. */
function keep(context: LanceContext, part: LeafPart, places: Float64Array, raw: RawValues): LeafPart {
  const { memory, kernels, lasting, scratch, file } = context
  const { width, count: available } = part.values
  const perValue = Math.max(1, raw.dimension)
  const count = places.length
  if (count > 0 && !(places[count - 1]! < Math.min(available, part.places))) {
    throw corrupt(file.url, 'a page is malformed: fewer values than rows')
  }
  const at = scratch.allocate(count * 4)
  memory.u32.set(places, at >>> 2)
  const bytes = width === 0 ? 8 : width
  const pointer = lasting.allocate(count * perValue * bytes)
  kernels.parquet.gather(part.values.pointer, bytes * perValue, at, count, pointer)
  let validity = 0
  if (part.values.validity !== 0) {
    validity = lasting.allocate(count * perValue)
    kernels.parquet.gather(part.values.validity, perValue, at, count, validity)
  }
  const values: ValueBlock = { pointer, width, count, validity }
  if (width === 0) keepBytes(context, values)
  const definition = part.definition === undefined ? undefined : Uint8Array.from(places, (i) => part.definition![i]!)
  return { values, repetition: undefined, definition, places: count }
}

/** Copies the bytes that views are of. */
function keepBytes({ memory, kernels, lasting }: LanceContext, { pointer, count }: ValueBlock): void {
  let to = lasting.allocate(kernels.lance.lanceViewBytes(pointer, count))
  for (let at = pointer >>> 2; at < (pointer >>> 2) + 2 * count; at += 2) {
    const [from, length] = [memory.u32[at]!, memory.u32[at + 1]!]
    memory.bulk.copyWithin(to, from, from + length)
    memory.u32[at] = to
    to += length
  }
}
