/**
 * Reads parts of pages of version 2.1 and later.
 *
 *   chunked   buffer 0: a word for each chunk: (8-byte words - 1) << 4 | log2 of its values; buffer 1: the chunks; then the dictionary
 *     chunk := u16 levels, u16 size of repetition and definition where there are any, sizes of the buffers (u16, or u32 in large chunks), padding to 8,
 *              repetition, definition, buffers, each padded to 8
 *   zipped    buffer 0: for each place a control word of its levels, and the value where there is one; strings behind their length
 *   constant  one value, in the layout or the first buffer, or only NULLs
 *
 * Spec: lance-format docs, "Structural Encoding"; protos/encodings_v2_1.proto.
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Span } from '../codec.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { ProtobufReader } from '../protobuf.ts'
import { type Decompressing, type ValueBlock, constant } from './decompress.ts'
import { decompressBlock, decompressDictionary, decompressValues } from './decompress.ts'
import { type LancePage, decode } from './metadata-bytes.ts'
import { type LeafPart, definitionCodes, levelsOf, listCount } from './leaf-rows.ts'
import {
  type ChunkedLayout,
  type Compression,
  type ConstantLayout,
  type PageLayout,
  readPageLayout,
} from './page-encoding.ts'
import { type LanceContext, loadRange } from './reader-context.ts'
import type { RawValues } from './schema.ts'
import { readZipped } from './zipped-page.ts'

/** Rows [from, to) of a page that are wanted; pages with lists give all. */
export interface PageRows {
  readonly from: number
  readonly to: number
}

/** The parts of a page that hold the rows. */
export function readPage(context: LanceContext, page: LancePage, rows: PageRows, raw: RawValues): LeafPart[] {
  return readLayout(context, page, pageLayoutOf(context, page), rows, raw)
}

/** Kept as long as the metadata of their file. */
const layouts = new WeakMap<LancePage, PageLayout>()

function pageLayoutOf({ file }: LanceContext, page: LancePage): PageLayout {
  let layout = layouts.get(page)
  if (layout === undefined) {
    layout = decode(file.url, 0, () => readPageLayout(new ProtobufReader(page.encoding)))
    layouts.set(page, layout)
  }
  return layout
}

function readLayout(
  context: LanceContext,
  page: LancePage,
  layout: PageLayout,
  rows: PageRows,
  raw: RawValues,
): LeafPart[] {
  switch (layout.kind) {
    case 'constant':
      return [readConstant(context, page, layout, rows, raw)]
    case 'chunked':
      return readChunks(context, page, layout, rows, raw)
    case 'zipped':
      return [readZipped(context, page, layout, rows)]
    case 'blob':
      throw unsupported(`reading "${context.file.url}": a Lance blob page`)
  }
}

function bufferOf({ file }: LanceContext, { buffers }: LancePage, index: number): ByteRange {
  const range = buffers[index]
  if (range === undefined) throw corrupt(file.url, `a page is malformed: it has no buffer ${index}`)
  return range
}

/** A value in each place, or NULL in each. Buffers: the value where it is not in the layout, then both kinds of levels where there are any. */
function readConstant(
  context: LanceContext,
  page: LancePage,
  layout: ConstantLayout,
  { from, to }: PageRows,
  raw: RawValues,
): LeafPart {
  const { layers } = layout
  const [valueBuffer] = page.buffers.length % 2 === 1 ? page.buffers : []
  const value = valueBuffer === undefined ? layout.value : readConstantValue(context, valueBuffer)
  const levels = valueBuffer === undefined ? page.buffers : page.buffers.slice(1)
  if (levels.length > 0) {
    const part = readConstantLevels(context, levels, { kind: 'constant', layers, value }, raw)
    return listCount(layers) > 0 ? part : trimPart(part, from, to, Math.max(1, raw.dimension))
  }
  const n = to - from
  if (listCount(layers) > 0) throw corrupt(context.file.url, 'a page is malformed: lists without levels')
  const values = constantValues(context, value, n, raw)
  // NULL by the only layer that may be.
  const code = definitionCodes(layers)[1] ?? 1
  const definition = value === undefined ? new Uint8Array(n).fill(code) : undefined
  return { values, repetition: undefined, definition, places: n }
}

/** A value as Arrow's buffers: u32 how many, u32 the length of each, then these. Of strings two offsets and the bytes. */
function readConstantValue(context: LanceContext, range: ByteRange): Uint8Array {
  const { memory, scratch, file } = context
  const { pointer, byteCount } = loadRange(context, range, scratch)
  const bytes = memory.u8.slice(pointer, pointer + byteCount)
  const view = new DataView(bytes.buffer)
  const count = byteCount < 4 ? 0 : view.getUint32(0, true)
  if (count !== 1 && count !== 2) throw corrupt(file.url, `a page is malformed: a value of ${count} buffers`)
  const head = 4 + count * 4
  const lengths = Array.from({ length: count }, (_, i) => (head <= byteCount ? view.getUint32(4 + i * 4, true) : 0))
  const length = lengths.at(-1)!
  if (head + lengths.reduce((sum, part) => sum + part, 0) !== byteCount) {
    throw corrupt(file.url, 'a page is malformed: a value of other lengths than it says')
  }
  return bytes.subarray(byteCount - length)
}

/** Levels lie in two buffers, two bytes each: repetition, then definition; empty where there are none. */
function readConstantLevels(
  context: LanceContext,
  buffers: readonly ByteRange[],
  { layers, value }: ConstantLayout,
  raw: RawValues,
): LeafPart {
  const lists = listCount(layers)
  const codes = definitionCodes(layers)
  const read = (index: number, of: Uint8Array | undefined, max: number): Uint8Array | undefined => {
    const range = buffers[index]
    if (range === undefined || range.start === range.end) return undefined
    const { pointer, byteCount } = loadRange(context, range, context.scratch)
    return levelsOf(context, pointer, byteCount >> 1, of, max)
  }
  const repetition = read(0, undefined, lists)
  const definition = read(1, codes, codes.length - 1)
  const places = repetition?.length ?? definition?.length ?? 0
  if (definition !== undefined && definition.length !== places) {
    throw corrupt(context.file.url, 'a page is malformed: levels of different numbers')
  }
  const firstList = layers.findIndex((layer) => layer.endsWith('list'))
  const isVisible = (level: number): boolean => level === 0 || firstList < 0 || (level - 1) >> 1 < firstList
  const count = definition === undefined ? places : definition.filter(isVisible).length
  return { values: constantValues(context, value, count, raw), repetition, definition, places }
}

function constantValues(context: LanceContext, value: Uint8Array | undefined, n: number, raw: RawValues): ValueBlock {
  const { lasting } = context
  if (value === undefined) {
    const perValue = Math.max(1, raw.dimension)
    const width = raw.width === 0 ? 8 : raw.width
    return { pointer: lasting.allocateZeroed(n * perValue * width), width: raw.width, count: n, validity: 0 }
  }
  const into = { context, arena: lasting }
  const block = raw.width === 0 ? constantView(value, n, into) : constant(value, n, into)
  return { ...block, count: n }
}

function constantView(value: Uint8Array, n: number, { context, arena }: Decompressing): ValueBlock {
  const { memory } = context
  const bytes = arena.allocate(value.length)
  memory.u8.set(value, bytes)
  const pointer = arena.allocate(n * 8)
  for (let i = 0; i < n; i++) {
    memory.u32[(pointer >>> 2) + 2 * i] = bytes
    memory.u32[(pointer >>> 2) + 2 * i + 1] = value.length
  }
  return { pointer, width: 0, count: n, validity: 0 }
}

/** Reads chunks of a page, whose dictionary is read once. */
function chunkReading(context: LanceContext, page: LancePage, layout: ChunkedLayout, arena: Arena): ChunkReading {
  const dictionary =
    layout.dictionary === undefined ? undefined : readDictionary(context, page, layout, layout.dictionary)
  return { context, layout, dictionary, into: { context, arena } }
}

function readChunks(
  context: LanceContext,
  page: LancePage,
  layout: ChunkedLayout,
  { from, to }: PageRows,
  raw: RawValues,
): LeafPart[] {
  const { lasting, scratch } = context
  const hasLists = listCount(layout.layers) > 0
  const { ends, values } = chunkTableOf(context, page, layout)
  const first = hasLists ? 0 : chunkAt(values, from)
  const last = hasLists ? ends.length - 2 : chunkAt(values, to - 1)
  if (last < first || from >= to) return []
  // Views point into what was read.
  const arena = raw.width === 0 && raw.dimension === 0 ? lasting : scratch
  const start = ends[first]!
  const bytes = loadRange(context, { start, end: ends[last + 1]! }, arena)
  const reading = chunkReading(context, page, layout, arena)
  const parts: LeafPart[] = []
  for (let chunk = first; chunk <= last; chunk++) {
    const span = { pointer: bytes.pointer + ends[chunk]! - start, byteCount: ends[chunk + 1]! - ends[chunk]! }
    const firstValue = values[chunk]!
    const part = readChunk(reading, span, values[chunk + 1]! - firstValue)
    parts.push(hasLists ? part : trimPart(part, from - firstValue, to - firstValue, Math.max(1, raw.dimension)))
  }
  return parts
}

/**
 * Reads just what some rows of a page without lists need: `take` gets parts of the page with places in them, ascending, in the order of the rows. Parts are valid until it
 * returns.
 *
 * @param rows Numbers within the page, ascending.
 */
export function readPageRows(
  context: LanceContext,
  page: LancePage,
  rows: Float64Array,
  raw: RawValues,
  take: (part: LeafPart, places: Float64Array) => void,
): void {
  const layout = pageLayoutOf(context, page)
  const { scratch } = context
  if (layout.kind !== 'chunked') {
    forStretches(context, rows, 1, (own, stretch) => {
      const places = own.map((row) => row - stretch.from)
      for (const part of readLayout(context, page, layout, stretch, raw)) take(part, places)
    })
    return
  }
  const { ends, values } = chunkTableOf(context, page, layout)
  const reading = chunkReading(context, page, layout, scratch)
  for (let i = 0; i < rows.length;) {
    const chunk = chunkAt(values, rows[i]!)
    const [firstValue, valueEnd] = [values[chunk]!, values[chunk + 1]!]
    let next = i + 1
    while (next < rows.length && rows[next]! < valueEnd) next++
    const mark = scratch.mark()
    const span = loadRange(context, { start: ends[chunk]!, end: ends[chunk + 1]! }, scratch)
    const part = readChunk(reading, span, valueEnd - firstValue)
    take(
      part,
      rows.subarray(i, next).map((row) => row - firstValue),
    )
    scratch.release(mark)
    i = next
  }
}

/** Runs once for each stretch of rows that lie at most `near` apart; what it decodes in `scratch` is let go. */
export function forStretches(
  { scratch }: LanceContext,
  rows: Float64Array,
  near: number,
  run: (rows: Float64Array, stretch: PageRows) => void,
): void {
  for (let i = 0; i < rows.length;) {
    let next = i + 1
    while (next < rows.length && rows[next]! - rows[next - 1]! <= near) next++
    const mark = scratch.mark()
    run(rows.subarray(i, next), { from: rows[i]!, to: rows[next - 1]! + 1 })
    scratch.release(mark)
    i = next
  }
}

/** Values [from, to) of a part without lists. */
export function trimPart(part: LeafPart, from: number, to: number, perValue: number): LeafPart {
  const { values, definition } = part
  const start = Math.max(0, from)
  const end = Math.min(values.count, to)
  if (start === 0 && end === values.count) return part
  const width = values.width === 0 ? 8 : values.width
  return {
    values: {
      width: values.width,
      count: end - start,
      pointer: values.pointer + start * perValue * width,
      validity: values.validity === 0 ? 0 : values.validity + start * perValue,
    },
    repetition: undefined,
    definition: definition?.subarray(start, end),
    places: end - start,
  }
}

/** Where chunks end and which values they have: entry i of both is where chunk i begins, the last one the end. */
interface ChunkTable {
  /** In the file. */
  readonly ends: Float64Array
  /** In the page. */
  readonly values: Float64Array
}

/** Kept as long as the metadata of their file. */
const chunkTables = new WeakMap<LancePage, ChunkTable>()

function chunkTableOf(context: LanceContext, page: LancePage, layout: ChunkedLayout): ChunkTable {
  let table = chunkTables.get(page)
  if (table === undefined) {
    table = readChunkTable(context, page, layout)
    chunkTables.set(page, table)
  }
  return table
}

/** The chunk of a table that has a value. */
function chunkAt(values: Float64Array, value: number): number {
  let [low, high] = [0, values.length - 2]
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if (values[middle]! <= value) low = middle
    else high = middle - 1
  }
  return low
}

function readChunkTable(context: LanceContext, page: LancePage, layout: ChunkedLayout): ChunkTable {
  const { file, memory, scratch } = context
  const words = loadRange(context, bufferOf(context, page, 0), scratch)
  const data = bufferOf(context, page, 1)
  const view = new DataView(memory.u8.buffer, words.pointer, words.byteCount)
  const wordBytes = layout.hasLargeChunks ? 4 : 2
  const count = Math.floor(words.byteCount / wordBytes)
  const ends = new Float64Array(count + 1)
  const values = new Float64Array(count + 1)
  let [start, firstValue] = [data.start, 0]
  ends[0] = start
  for (let i = 0; i < count; i++) {
    const word = layout.hasLargeChunks ? view.getUint32(i * 4, true) : view.getUint16(i * 2, true)
    const end = start + ((word >>> 4) + 1) * 8
    const isLast = i === count - 1
    const valueCount = isLast ? layout.itemCount - firstValue : 1 << (word & 15)
    if (end > data.end || valueCount < 0 || firstValue + valueCount > layout.itemCount) {
      throw corrupt(file.url, `a page is malformed: chunk ${i} of ${count}`)
    }
    start = end
    firstValue += valueCount
    ends[i + 1] = start
    values[i + 1] = firstValue
  }
  return { ends, values }
}

function readDictionary(
  context: LanceContext,
  page: LancePage,
  { dictionaryLength }: ChunkedLayout,
  compression: Compression,
): ValueBlock {
  const bytes = context.dictionaries.load(context, bufferOf(context, page, 2), context.lasting)
  return decompressDictionary(compression, bytes, dictionaryLength, { context, arena: context.lasting })
}

interface ChunkReading {
  readonly context: LanceContext
  readonly layout: ChunkedLayout
  readonly dictionary: ValueBlock | undefined
  readonly into: Decompressing
}

function readChunk({ context, layout, dictionary, into }: ChunkReading, chunk: Span, valueCount: number): LeafPart {
  const { memory, file, scratch } = context
  const view = new DataView(memory.u8.buffer, chunk.pointer, chunk.byteCount)
  const { repetition, definition, layers } = layout
  let at = 0
  const size = (bytes: 2 | 4): number => {
    if (at + bytes > chunk.byteCount) throw corrupt(file.url, 'a page is malformed: a chunk ends within its head')
    const value = bytes === 2 ? view.getUint16(at, true) : view.getUint32(at, true)
    at += bytes
    return value
  }
  const levels = size(2)
  const repetitionBytes = repetition === undefined ? 0 : size(2)
  const definitionBytes = definition === undefined ? 0 : size(2)
  const sizes = Array.from({ length: Math.min(layout.bufferCount, 64) }, () => size(layout.hasLargeChunks ? 4 : 2))
  const take = (byteCount: number): Span => {
    at = Math.ceil(at / 8) * 8
    if (at + byteCount > chunk.byteCount) throw corrupt(file.url, 'a page is malformed: a buffer leaves its chunk')
    const span = { pointer: chunk.pointer + at, byteCount }
    at += byteCount
    return span
  }
  const readLevels = (compression: Compression, span: Span): Pointer => {
    const block = decompressBlock(compression, span, levels, { context, arena: scratch })
    if (block.width !== 2) throw corrupt(file.url, `a page is malformed: levels of ${block.width} bytes`)
    return block.pointer
  }
  const codes = definitionCodes(layers)
  const repetitions =
    repetition === undefined
      ? undefined
      : levelsOf(context, readLevels(repetition, take(repetitionBytes)), levels, undefined, listCount(layers))
  const definitions =
    definition === undefined
      ? undefined
      : levelsOf(context, readLevels(definition, take(definitionBytes)), levels, codes, codes.length - 1)
  const values = decompressValues(layout.values, sizes.map(take), valueCount, into)
  const hasLevels = repetitions !== undefined || definitions !== undefined
  return {
    values: dictionary === undefined ? values : lookUp(context, values, dictionary),
    repetition: repetitions,
    definition: definitions,
    places: hasLevels ? levels : valueCount,
  }
}

/** Values by their codes. */
function lookUp({ file, kernels, lasting }: LanceContext, codes: ValueBlock, dictionary: ValueBlock): ValueBlock {
  const { parquet } = kernels
  if (codes.width !== 4) throw unsupported(`reading "${file.url}": Lance dictionary codes of ${codes.width} bytes`)
  if (!parquet.codesBelow(codes.pointer, codes.count, dictionary.count)) {
    throw corrupt(file.url, 'a page is malformed: a code that is not in the dictionary')
  }
  const width = dictionary.width === 0 ? 8 : dictionary.width
  const pointer = lasting.allocate(codes.count * width)
  parquet.gather(dictionary.pointer, width, codes.pointer, codes.count, pointer)
  return { pointer, width: dictionary.width, count: codes.count, validity: 0 }
}
