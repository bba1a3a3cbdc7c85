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
import type { Compression, ZippedLayout } from './page-encoding.ts'
import type { PageRows } from './page-reader.ts'
import { type LanceContext, loadRange } from './reader-context.ts'

/** Reads the page, or of a page without levels and with values of one width just the rows. */
export function readZipped(context: LanceContext, page: LancePage, layout: ZippedLayout, rows: PageRows): LeafPart {
  const { file } = context
  const [data] = page.buffers
  if (data === undefined) throw corrupt(file.url, 'a page is malformed: it has no buffer 0')
  const control = controlBytes(layout)
  const fixed = fixedWidth(layout, context)
  if (control === 0 && fixed !== undefined) {
    const range = { start: data.start + rows.from * fixed.bytes, end: data.start + rows.to * fixed.bytes }
    if (range.end > data.end) throw corrupt(file.url, 'a page is malformed: too few values')
    const { pointer } = loadRange(context, range, context.lasting)
    const n = rows.to - rows.from
    return {
      values: { pointer, width: fixed.width, count: n, validity: 0 },
      repetition: undefined,
      definition: undefined,
      places: n,
    }
  }
  return readPlaces(context, page, layout, { control, fixed })
}

function controlBytes({ repetitionBits, definitionBits }: ZippedLayout): number {
  const bits = repetitionBits + definitionBits
  return bits === 0 ? 0 : bits <= 8 ? 1 : bits <= 16 ? 2 : 4
}

interface Fixed {
  /** Bytes of a value of the column, and of one item of it. */
  readonly bytes: number
  readonly width: number
}

function fixedWidth({ valueBits, values }: ZippedLayout, { file }: LanceContext): Fixed | undefined {
  if (valueBits === undefined || valueBits === 0) return undefined
  let inner: Compression | undefined = values
  while (inner?.kind === 'fixed list') {
    if (inner.hasValidity) throw unsupported(`reading "${file.url}": zipped Lance lists of NULLs`)
    inner = inner.values
  }
  if (inner?.kind !== 'flat' || inner.codec !== undefined || valueBits % 8 !== 0 || inner.bits % 8 !== 0) {
    throw unsupported(`reading "${file.url}": zipped Lance values compressed as ${inner?.kind ?? 'nothing'}`)
  }
  return { bytes: valueBits / 8, width: inner.bits / 8 }
}

function readPlaces(
  context: LanceContext,
  page: LancePage,
  layout: ZippedLayout,
  { control, fixed }: { readonly control: number; readonly fixed: Fixed | undefined },
): LeafPart {
  const { memory, file, lasting } = context
  const { definitionBits, repetitionBits, itemCount, layers } = layout
  const span = loadRange(context, page.buffers[0]!, lasting)
  if (itemCount > span.byteCount + page.length) throw corrupt(file.url, `a page is malformed: ${itemCount} items`)
  const view = new DataView(memory.u8.buffer, span.pointer, span.byteCount)
  const codes = definitionCodes(layers)
  const firstList = layers.findIndex((layer) => layer.endsWith('list'))
  const repetition = repetitionBits > 0 ? new Uint8Array(itemCount) : undefined
  const definition = definitionBits > 0 ? new Uint8Array(itemCount) : undefined
  const lengthBytes = (layout.lengthBits ?? 0) / 8
  const width = fixed?.bytes ?? 8
  const pointer = lasting.allocateZeroed(itemCount * width)
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
      memory.bulk.copyWithin(pointer + count * width, span.pointer + at, span.pointer + at + fixed.bytes)
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
  const values = { pointer, width: fixed?.width ?? 0, count, validity: 0 }
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
  if (
    compression.kind === 'fsst' &&
    compression.values?.kind === 'variable' &&
    compression.values.codec === undefined
  ) {
    return decodeSymbols(compression.symbols, views, { context, arena: context.lasting })
  }
  throw unsupported(`reading "${context.file.url}": zipped Lance values compressed as ${compression.kind}`)
}
