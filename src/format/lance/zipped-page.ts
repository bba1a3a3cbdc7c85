/**
 * Zipped pages: each place has a control word of its levels, then its value; strings stand behind their length. Places without a value (a NULL of a string,
 * an empty list) have the control word only.
 *
 * Spec: lance-format docs, "Full Zip Page Layout".
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { ValueBlock } from './decompress.ts'
import { decodeSymbols } from './decompress.ts'
import type { LancePage } from './metadata-bytes.ts'
import { type LeafPart, definitionCodes, listCount } from './leaf-rows.ts'
import type { Compression, PackedField, ZippedLayout } from './page-encoding.ts'
import type { PageRows } from './page-reader.ts'
import { type LanceContext, loadRange } from './reader-context.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'

/** Reads the rows; of a page with lists all. */
export function readZipped(context: LanceContext, page: LancePage, layout: ZippedLayout, rows: PageRows): LeafPart {
  const { file } = context
  const control = controlBytes(layout)
  const fixed = fixedWidth(layout, context)
  const places = placesOf(context, page, layout, rows, fixed === undefined ? undefined : control + fixed.bytes)
  if (control === 0 && fixed !== undefined && fixed.validityBytes === 0) {
    const { pointer } = loadRange(context, places.bytes, context.lasting)
    return {
      values: { pointer, width: fixed.width, count: places.count, validity: 0 },
      repetition: undefined,
      definition: undefined,
      places: places.count,
    }
  }
  if (places.count > places.bytes.end - places.bytes.start + page.length) {
    throw corrupt(file.url, `a page is malformed: ${places.count} items`)
  }
  return readPlaces(context, layout, places, { control, fixed })
}

/** Places that follow each other, and their bytes in the file. */
interface Places {
  readonly count: number
  readonly bytes: ByteRange
}

/** Where rows lie: by the width of a place, or by the page's index, which has the offset of each row and the end of the last. */
function placesOf(
  context: LanceContext,
  page: LancePage,
  { itemCount, repetitionBits }: ZippedLayout,
  { from, to }: PageRows,
  placeBytes: number | undefined,
): Places {
  const { file, memory, scratch } = context
  const [data, index] = page.buffers
  if (data === undefined) throw corrupt(file.url, 'a page is malformed: it has no buffer 0')
  if (repetitionBits > 0) return { count: itemCount, bytes: data }
  if (to > itemCount) throw corrupt(file.url, 'a page is malformed: too few values')
  let bytes = { start: data.start, end: data.end }
  if (placeBytes !== undefined) {
    bytes = { start: data.start + from * placeBytes, end: data.start + to * placeBytes }
  } else if (from > 0 || to < itemCount) {
    const width = index === undefined ? 0 : (index.end - index.start) / (itemCount + 1)
    if (index === undefined || ![1, 2, 4, 8].includes(width)) throw corrupt(file.url, 'a page is malformed: its index')
    const offsetOf = (row: number): number => {
      const start = index.start + row * width
      const { pointer } = loadRange(context, { start, end: start + width }, scratch)
      const view = new DataView(memory.u8.buffer, pointer, width)
      return width === 8
        ? Number(view.getBigUint64(0, true))
        : width === 4
          ? view.getUint32(0, true)
          : width === 2
            ? view.getUint16(0, true)
            : view.getUint8(0)
    }
    bytes = { start: data.start + offsetOf(from), end: data.start + offsetOf(to) }
  }
  if (bytes.end > data.end || bytes.start > bytes.end) throw corrupt(file.url, 'a page is malformed: too few values')
  return { count: to - from, bytes }
}

function controlBytes({ repetitionBits, definitionBits }: ZippedLayout): number {
  const bits = repetitionBits + definitionBits
  return bits === 0 ? 0 : bits <= 8 ? 1 : bits <= 16 ? 2 : 4
}

interface Fixed {
  /** Bytes of a value of the column, the bits before it that say which items are not NULL among them. */
  readonly bytes: number
  /** Of one item. */
  readonly width: number
  readonly items: number
  /** Bytes of those bits. */
  readonly validityBytes: number
}

function fixedWidth({ valueBits, values }: ZippedLayout, { file }: LanceContext): Fixed | undefined {
  if (valueBits === undefined || valueBits === 0) return undefined
  let inner: Compression | undefined = values
  let [items, validityBytes] = [1, 0]
  while (inner?.kind === 'fixed list') {
    items *= inner.dimension
    if (inner.hasValidity) validityBytes += Math.ceil(items / 8)
    inner = inner.values
  }
  if (inner?.kind !== 'flat' || inner.codec !== undefined || valueBits % 8 !== 0 || inner.bits % 8 !== 0) {
    throw unsupported(`reading "${file.url}": zipped Lance values compressed as ${inner?.kind ?? 'nothing'}`)
  }
  const width = inner.bits / 8
  if (
    validityBytes > 0 &&
    (validityBytes !== Math.ceil(items / 8) || valueBits / 8 !== validityBytes + items * width)
  ) {
    throw unsupported(`reading "${file.url}": zipped Lance lists of NULLs`)
  }
  return { bytes: valueBits / 8, width, items, validityBytes }
}

function readPlaces(
  context: LanceContext,
  layout: ZippedLayout,
  { count: itemCount, bytes }: Places,
  { control, fixed }: { readonly control: number; readonly fixed: Fixed | undefined },
): LeafPart {
  const { memory, file, lasting, kernels } = context
  const { definitionBits, repetitionBits, layers } = layout
  const span = loadRange(context, bytes, lasting)
  const view = new DataView(memory.u8.buffer, span.pointer, span.byteCount)
  const codes = definitionCodes(layers)
  const firstList = layers.findIndex((layer) => layer.endsWith('list'))
  const repetition = repetitionBits > 0 ? new Uint8Array(itemCount) : undefined
  const definition = definitionBits > 0 ? new Uint8Array(itemCount) : undefined
  const lengthBytes = (layout.lengthBits ?? 0) / 8
  const { width: itemBytes, items, validityBytes } = fixed ?? { width: 8, items: 1, validityBytes: 0 }
  const width = itemBytes * items
  const pointer = lasting.allocateZeroed(itemCount * width)
  const itemValidity = validityBytes === 0 ? 0 : lasting.allocateZeroed(itemCount * items)
  let [at, count] = [0, 0]
  const need = (bytes: number): void => {
    if (at + bytes > span.byteCount) throw corrupt(file.url, 'a page is malformed: it ends before its last item')
  }
  for (let place = 0; place < itemCount; place++) {
    need(control)
    const word =
      control === 0
        ? 0
        : control === 1
          ? view.getUint8(at)
          : control === 2
            ? view.getUint16(at, true)
            : view.getUint32(at, true)
    at += control
    const level = word % 2 ** definitionBits
    const repeats = Math.floor(word / 2 ** definitionBits)
    if (level >= codes.length || repeats > listCount(layers))
      throw corrupt(file.url, `a page is malformed: levels ${word}`)
    if (definition !== undefined) definition[place] = codes[level]!
    if (repetition !== undefined) repetition[place] = repeats
    const layer = (codes[level]! - 1) >> 1
    // NULLs and empty lists outside of the innermost list have no slot among the values.
    if (level > 0 && firstList >= 0 && layer >= firstList) continue
    if (fixed !== undefined) {
      need(fixed.bytes)
      const from = span.pointer + at + validityBytes
      if (itemValidity !== 0) kernels.parquet.plainBooleans(span.pointer + at, 0, items, itemValidity + count * items)
      memory.bulk.copyWithin(pointer + count * width, from, from + width)
      at += fixed.bytes
    } else if (level === 0) {
      need(lengthBytes)
      const length = lengthBytes === 8 ? Number(view.getBigUint64(at, true)) : view.getUint32(at, true)
      at += lengthBytes
      need(length)
      memory.u32[(pointer >>> 2) + 2 * count] = span.pointer + at
      memory.u32[(pointer >>> 2) + 2 * count + 1] = length
      at += length
    }
    count++
  }
  const values = { pointer, width: fixed?.width ?? 0, count, validity: itemValidity }
  return {
    values: fixed === undefined ? decoded(context, layout.values, values) : values,
    repetition,
    definition,
    places: itemCount,
  }
}

/** Strings are compressed one by one. */
function decoded(context: LanceContext, compression: Compression, views: ValueBlock): ValueBlock {
  if (compression.kind === 'variable' && compression.codec === undefined) return views
  if (compression.kind === 'packed row' && compression.fields.every(isPlainField)) return views
  if (
    compression.kind === 'fsst' &&
    compression.values?.kind === 'variable' &&
    compression.values.codec === undefined
  ) {
    return decodeSymbols(compression.symbols, views, { context, arena: context.lasting })
  }
  throw unsupported(`reading "${context.file.url}": zipped Lance values compressed as ${compression.kind}`)
}

/** Whether a field of a row lies there as it is. */
function isPlainField({ values, bits, lengthBits }: PackedField): boolean {
  if (values?.kind === 'flat') return values.codec === undefined && values.bits === bits && bits % 8 === 0
  return values?.kind === 'variable' && values.codec === undefined && lengthBits === 32
}
