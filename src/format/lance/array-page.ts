/**
 * Pages of version 2.0: a tree of encodings over the page's buffers, like an Arrow array, of which any stretch is read by itself.
 *
 *   binary      u64 ends of values, plus `adjustment` where a value is NULL; the bytes
 *   list        the same over items, which are a column of their own
 *   dictionary  code 0 is NULL, code k is entry k - 1
 *
 * Spec: lance-format protos/encodings_v2_0.proto.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { Span } from '../codec.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { ProtobufReader } from '../protobuf.ts'
import { decodeSymbols } from './decompress.ts'
import { type LancePage, decode } from './metadata-bytes.ts'
import type { LeafPart } from './leaf-rows.ts'
import type { PageRows } from './page-reader.ts'
import { type LanceContext, decompressBuffer, loadRange } from './reader-context.ts'

const DEPTH_MAX = 16
const VALUES_MAX = 1 << 28

/** A tree of encodings; `numbers` are its plain fields by their numbers. */
export interface ArrayEncoding {
  readonly kind: number
  readonly numbers: ReadonlyMap<number, number>
  readonly children: ReadonlyMap<number, readonly ArrayEncoding[]>
  readonly bytes: Uint8Array | undefined
  readonly scheme: string
}

const FLAT = 1
const NULLABLE = 2
const FIXED_LIST = 3
const LIST = 4
const BINARY = 6
const DICTIONARY = 7
const FSST = 8
const PACKED_STRUCT = 9
const FIXED_BINARY = 11
const PACKED_BITS = 12

export function readArrayEncoding(message: ProtobufReader, depth: number = 0): ArrayEncoding {
  if (depth > DEPTH_MAX) throw message.error('encodings are nested too deeply')
  while (message.next()) {
    const kind = message.field
    return kind === NULLABLE ? readNullable(message.message(), depth) : readOne(kind, message.message(), depth)
  }
  throw message.error('a page without an encoding')
}

function readNullable(message: ProtobufReader, depth: number): ArrayEncoding {
  const children = new Map<number, ArrayEncoding[]>()
  const numbers = new Map<number, number>()
  while (message.next()) {
    numbers.set(0, message.field)
    for (const part = message.message(); part.next();) {
      children.set(part.field, [readArrayEncoding(part.message(), depth + 1)])
    }
  }
  return { kind: NULLABLE, numbers, children, bytes: undefined, scheme: '' }
}

/** Which fields of an encoding are encodings. */
const CHILD_FIELDS: Readonly<Record<number, readonly number[] | undefined>> = {
  [FIXED_LIST]: [2],
  [LIST]: [1],
  [BINARY]: [1, 2],
  [DICTIONARY]: [1, 2],
  [FSST]: [1],
  [PACKED_STRUCT]: [1],
  [FIXED_BINARY]: [1],
}

function readOne(kind: number, message: ProtobufReader, depth: number): ArrayEncoding {
  const numbers = new Map<number, number>()
  const children = new Map<number, ArrayEncoding[]>()
  let bytes: Uint8Array | undefined
  let scheme = ''
  while (message.next()) {
    const { field } = message
    if (CHILD_FIELDS[kind]?.includes(field) === true) {
      const child = readArrayEncoding(message.message(), depth + 1)
      children.set(field, [...(children.get(field) ?? []), child])
    } else if (!message.isBytes) numbers.set(field, message.count())
    else if (kind === FLAT && field === 3) {
      for (const part = message.message(); part.next();) if (part.field === 1) scheme = part.text()
    } else if (kind === FSST || kind === 13) bytes = message.byteArray()
    else readBufferOf(message.message(), field, numbers)
  }
  return { kind, numbers, children, bytes, scheme }
}

/** Buffers: their index under the field's number, of other collections than the page's under 100 and that. */
function readBufferOf(message: ProtobufReader, field: number, numbers: Map<number, number>): void {
  numbers.set(field, 0)
  while (message.next()) {
    if (message.field === 1) numbers.set(field, message.count())
    else if (message.field === 2) numbers.set(100 + field, message.count())
  }
}

/** The encoding of a page. */
export function encodingOf(context: LanceContext, page: LancePage): ArrayEncoding {
  return decode(context.file.url, 0, () => readArrayEncoding(new ProtobufReader(page.encoding)))
}

interface PageOf {
  readonly context: LanceContext
  readonly page: LancePage
}

/** Values with the validity of each; 0: none is NULL. */
interface Decoded {
  readonly pointer: Pointer
  readonly width: number
  readonly validity: Pointer
  /** Of the items of fixed-size lists. */
  readonly itemValidity: Pointer
}

/** Values of a page, or of what is within one: `n` of them from number `from` on. */
interface Stretch {
  readonly from: number
  readonly n: number
}

/** How the values of a leaf are where all of them are NULL: bytes of one (0: strings), and how many a row has. */
export interface EmptyValues {
  readonly width: number
  readonly perValue: number
}

/** Values [from, to) of a leaf's page: only what these need is read. */
export function readArrayPage(
  context: LanceContext,
  page: LancePage,
  { from, to }: PageRows,
  { width: emptyWidth, perValue }: EmptyValues,
): LeafPart {
  const encoding = encodingOf(context, page)
  const n = to - from
  if (n < 0 || to > page.length || page.length > VALUES_MAX) {
    throw corrupt(context.file.url, `values [${from}, ${to}) of a page of ${page.length}`)
  }
  const decoded = decodeArray({ context, page }, encoding, { from, n }) ?? allNull(context, n, emptyWidth, perValue)
  const { memory } = context
  let definition: Uint8Array | undefined
  if (decoded.validity !== 0) {
    definition = memory.u8.slice(decoded.validity, decoded.validity + n)
    for (let i = 0; i < n; i++) definition[i] = definition[i] === 0 ? 1 : 0
  }
  const values = { pointer: decoded.pointer, width: decoded.width, count: n, validity: decoded.itemValidity }
  return { values, repetition: undefined, definition, places: n }
}

function allNull({ lasting }: LanceContext, n: number, width: number, perValue: number): Decoded {
  const pointer = lasting.allocateZeroed(n * perValue * (width === 0 ? 8 : width))
  return { pointer, width, validity: lasting.allocateZeroed(n), itemValidity: 0 }
}

/** Undefined: every value is NULL. */
function decodeArray(of: PageOf, encoding: ArrayEncoding, stretch: Stretch): Decoded | undefined {
  const { context } = of
  const { from, n } = stretch
  switch (encoding.kind) {
    case FLAT:
      return { ...flat(of, encoding, stretch), validity: 0, itemValidity: 0 }
    case NULLABLE:
      return nullable(of, encoding, stretch)
    case FIXED_LIST:
      return fixedList(of, encoding, stretch)
    case BINARY:
      return binary(of, encoding, stretch)
    case LIST:
      return listedBytes(of, encoding, stretch)
    case DICTIONARY:
      return dictionary(of, encoding, stretch)
    case FSST: {
      const decoded = decodeArray(of, childOf(of, encoding, 1), stretch)
      if (decoded === undefined) return undefined
      const block = { pointer: decoded.pointer, width: 0, count: n, validity: 0 }
      decodeSymbols(encoding.bytes ?? new Uint8Array(0), block, { context, arena: context.lasting })
      return decoded
    }
    case FIXED_BINARY: {
      const width = encoding.numbers.get(2) ?? 0
      if (width < 1 || n * width > VALUES_MAX) throw malformed(of, `values of ${width} bytes`)
      const decoded = decodeArray(of, childOf(of, encoding, 1), { from: from * width, n: n * width })
      return decoded === undefined ? undefined : { ...decoded, width, validity: 0 }
    }
    case PACKED_BITS:
      return { ...packedBits(of, encoding, stretch), validity: 0, itemValidity: 0 }
    case PACKED_STRUCT:
      return { ...packedStruct(of, encoding, stretch), validity: 0, itemValidity: 0 }
    default:
      throw unsupported(`reading "${context.file.url}": Lance 2.0 encoding ${encoding.kind}`)
  }
}

function malformed({ context }: PageOf, what: string): Error {
  return corrupt(context.file.url, `a page is malformed: ${what}`)
}

function childOf(of: PageOf, encoding: ArrayEncoding, field: number): ArrayEncoding {
  const child = encoding.children.get(field)?.[0]
  if (child === undefined) throw malformed(of, `encoding ${encoding.kind} lacks a part`)
  return child
}

function rangeAt(of: PageOf, { numbers }: ArrayEncoding, field: number): ByteRange {
  const { context, page } = of
  if ((numbers.get(100 + field) ?? 0) !== 0)
    throw unsupported(`reading "${context.file.url}": Lance buffers outside of pages`)
  const range = page.buffers[numbers.get(field) ?? 0]
  if (range === undefined) throw malformed(of, 'a buffer is missing')
  return range
}

/** Bytes [start, end) of a buffer. */
function bytesAt(of: PageOf, range: ByteRange, start: number, end: number): Span {
  if (start > end || range.start + end > range.end) throw malformed(of, `bytes up to ${end} of a buffer`)
  return loadRange(of.context, { start: range.start + start, end: range.start + end }, of.context.lasting)
}

function flat(of: PageOf, encoding: ArrayEncoding, { from, n }: Stretch): { pointer: Pointer; width: number } {
  const { context } = of
  const bits = encoding.numbers.get(1) ?? 0
  const width = bits === 1 ? 1 : bits / 8
  if (!Number.isInteger(width) || width < 1) throw malformed(of, `values of ${bits} bits`)
  const start = Math.floor((from * bits) / 8)
  const end = Math.ceil(((from + n) * bits) / 8)
  const pointer = flatBytes(of, encoding, start, end)
  if (bits !== 1) return { pointer, width }
  const values = context.lasting.allocate(n)
  context.kernels.parquet.plainBooleans(pointer, from % 8, n, values)
  return { pointer: values, width }
}

/** Bytes [start, end) of a buffer as they were before it was compressed. */
function flatBytes(of: PageOf, encoding: ArrayEncoding, start: number, end: number): Pointer {
  const { context } = of
  const range = rangeAt(of, encoding, 2)
  if (encoding.scheme === '' || encoding.scheme === 'none') return bytesAt(of, range, start, end).pointer
  if (encoding.scheme !== 'zstd') {
    throw unsupported(`reading "${context.file.url}": Lance buffers compressed as ${encoding.scheme}`)
  }
  const { lasting } = context
  const { pointer, byteCount } = decompressBuffer(context, 'zstd', loadRange(context, range, lasting), lasting)
  if (end > byteCount) throw malformed(of, `bytes up to ${end} of ${byteCount}`)
  return pointer + start
}

function nullable(of: PageOf, encoding: ArrayEncoding, stretch: Stretch): Decoded | undefined {
  const kind = encoding.numbers.get(0)
  if (kind === 1) return decodeArray(of, childOf(of, encoding, 1), stretch)
  if (kind !== 2) return undefined
  const validity = decodeArray(of, childOf(of, encoding, 1), stretch)
  const values = decodeArray(of, childOf(of, encoding, 2), stretch)
  if (validity === undefined || values === undefined || validity.width !== 1) throw malformed(of, 'NULLs of NULLs')
  return { ...values, validity: validity.pointer }
}

function fixedList(of: PageOf, encoding: ArrayEncoding, { from, n }: Stretch): Decoded | undefined {
  const dimension = encoding.numbers.get(1) ?? 0
  if (dimension < 1 || n * dimension > VALUES_MAX) throw malformed(of, `lists of ${dimension}`)
  const items = decodeArray(of, childOf(of, encoding, 2), { from: from * dimension, n: n * dimension })
  return items === undefined ? undefined : { ...items, validity: 0, itemValidity: items.validity }
}

/** Where values end, and which are NULL. */
export interface Ends {
  /** n + 1 offsets of 64 bits, from that of the first value's begin on. */
  readonly offsets: Pointer
  /** 0: none is NULL. */
  readonly validity: Pointer
}

interface EndsOf {
  /** How the ends are encoded. */
  readonly encoding: ArrayEncoding
  /** Added to the ends of NULLs; 0: there are none. */
  readonly adjustment: number
  /** Of all values. */
  readonly total: number
}

/** Ends of a stretch of values as offsets; the end before tells where the first one begins. Errors: XX001 unless they ascend up to `total`. */
function endsOf(of: PageOf, { encoding, adjustment, total }: EndsOf, { from, n }: Stretch): Ends {
  const { context } = of
  if (total > 0xffff_ffff) throw unsupported(`reading "${context.file.url}": a Lance page of ${total} bytes or items`)
  const before = from > 0 && n > 0 ? 1 : 0
  const decoded = decodeArray(of, encoding, { from: from - before, n: n + before })
  if (decoded === undefined || decoded.width > 8) throw malformed(of, 'offsets')
  const { memory, lasting } = context
  const view = new DataView(memory.u8.buffer, decoded.pointer, (n + before) * decoded.width)
  const endAt = (i: number): number => offsetAt(view, i, decoded.width)
  const offsets = lasting.allocate((n + 1) * 8)
  const validity = lasting.allocate(n)
  const at = offsets >>> 2
  let [last, nulls] = [before === 0 ? 0 : endAt(0), 0]
  if (adjustment > 0 && last >= adjustment) last -= adjustment
  if (last > total) throw malformed(of, 'offsets that leave their values')
  memory.u32[at] = last
  memory.u32[at + 1] = 0
  for (let i = 0; i < n; i++) {
    let end = endAt(i + before)
    const isNull = adjustment > 0 && end >= adjustment
    if (isNull) {
      end -= adjustment
      nulls++
    }
    if (end < last || end > total) throw malformed(of, 'offsets that leave their values')
    memory.u8[validity + i] = isNull ? 0 : 1
    memory.u32[at + 2 * i + 2] = end
    memory.u32[at + 2 * i + 3] = 0
    last = end
  }
  return { offsets, validity: nulls === 0 ? 0 : validity }
}

/** Makes offsets begin with 0: the first and the last one as they were. */
function fromZero({ memory }: LanceContext, offsets: Pointer, n: number): { first: number; last: number } {
  const at = offsets >>> 2
  const [first, last] = [memory.u32[at]!, memory.u32[at + 2 * n]!]
  if (first > 0) for (let i = 0; i <= n; i++) memory.u32[at + 2 * i] = memory.u32[at + 2 * i]! - first
  return { first, last }
}

function offsetAt(view: DataView, i: number, width: number): number {
  switch (width) {
    case 1:
      return view.getUint8(i)
    case 2:
      return view.getUint16(i * 2, true)
    case 4:
      return view.getUint32(i * 4, true)
    default:
      return Number(view.getBigUint64(i * 8, true))
  }
}

function binary(of: PageOf, encoding: ArrayEncoding, stretch: Stretch): Decoded {
  const { context } = of
  const bytes = childOf(of, encoding, 2)
  if (bytes.kind !== FLAT || bytes.scheme !== '')
    throw unsupported(`reading "${context.file.url}": compressed Lance 2.0 strings`)
  const range = rangeAt(of, bytes, 2)
  const adjustment = encoding.numbers.get(3) ?? 0
  const ends = { encoding: childOf(of, encoding, 1), adjustment, total: range.end - range.start }
  const { offsets, validity } = endsOf(of, ends, stretch)
  const { first, last } = fromZero(context, offsets, stretch.n)
  const span = bytesAt(of, range, first, last)
  return { pointer: viewsOf(of, offsets, span, stretch.n), width: 0, validity, itemValidity: 0 }
}

/** Strings as lists of bytes. */
function listedBytes(of: PageOf, encoding: ArrayEncoding, stretch: Stretch): Decoded {
  const { context, page } = of
  const { items } = page
  if (items === undefined) throw malformed(of, 'lists of no column')
  const adjustment = encoding.numbers.get(2) ?? 0
  const ends = { encoding: childOf(of, encoding, 1), adjustment, total: items.length }
  const { offsets, validity } = endsOf(of, ends, stretch)
  const { first, last } = fromZero(context, offsets, stretch.n)
  const byteCount = last - first
  const bytes = decodeArray({ context, page: items }, encodingOf(context, items), { from: first, n: byteCount })
  const isPlain = bytes !== undefined && bytes.width === 1 && bytes.validity === 0
  if (byteCount > 0 && !isPlain) throw malformed(of, 'bytes of strings')
  const span = { pointer: bytes?.pointer ?? offsets, byteCount }
  return { pointer: viewsOf(of, offsets, span, stretch.n), width: 0, validity, itemValidity: 0 }
}

function viewsOf(of: PageOf, offsets: Pointer, { pointer: bytes, byteCount }: Span, n: number): Pointer {
  const { kernels, lasting } = of.context
  const pointer = lasting.allocate(n * 8)
  if (kernels.lance.lanceViews(offsets, 64, bytes, byteCount, n, pointer) < 0) throw malformed(of, 'offsets')
  return pointer
}

function dictionary(of: PageOf, encoding: ArrayEncoding, stretch: Stretch): Decoded {
  const { context } = of
  const { n } = stretch
  const { memory, lasting, kernels } = context
  const length = encoding.numbers.get(3) ?? 0
  const codes = decodeArray(of, childOf(of, encoding, 1), stretch)
  const items = length > VALUES_MAX ? undefined : decodeArray(of, childOf(of, encoding, 2), { from: 0, n: length })
  if (codes === undefined || items === undefined || codes.width > 4) throw malformed(of, 'a dictionary')
  const view = new DataView(memory.u8.buffer, codes.pointer, n * codes.width)
  const places = lasting.allocate(n * 4)
  const validity = lasting.allocate(n)
  // The writer's own codes of a byte leave 0 to NULL; those of Arrow's dictionaries begin with 0.
  const first = codes.width === 1 ? 1 : 0
  for (let i = 0; i < n; i++) {
    const isNull = codes.validity !== 0 && memory.u8[codes.validity + i] === 0
    const code = isNull ? 0 : offsetAt(view, i, codes.width)
    const isValue = !isNull && code >= first
    if (isValue && code - first >= length) throw malformed(of, `code ${code} of a dictionary of ${length}`)
    memory.i32[(places >>> 2) + i] = isValue ? code - first : 0
    memory.u8[validity + i] =
      isValue && (items.validity === 0 || memory.u8[items.validity + code - first] === 1) ? 1 : 0
  }
  const bytes = items.width === 0 ? 8 : items.width
  const pointer = lasting.allocateZeroed(n * bytes)
  if (length > 0) kernels.parquet.gather(items.pointer, bytes, places, n, pointer)
  return { pointer, width: items.width, validity, itemValidity: 0 }
}

/** Blocks of 1024 values. */
function packedBits(of: PageOf, encoding: ArrayEncoding, { from, n }: Stretch): { pointer: Pointer; width: number } {
  const { context } = of
  const [packed, bits] = [encoding.numbers.get(1) ?? 0, encoding.numbers.get(2) ?? 0]
  if (![8, 16, 32, 64].includes(bits) || packed > bits) throw malformed(of, `bit-packing of ${packed} bits`)
  const first = Math.floor(from / 1024)
  const end = n === 0 ? first : Math.ceil((from + n) / 1024)
  const span = bytesAt(of, rangeAt(of, encoding, 3), first * packed * 128, end * packed * 128)
  const width = bits / 8
  const pointer = context.lasting.allocate((end - first) * 1024 * width)
  for (let block = 0; block < end - first; block++) {
    const out = pointer + block * 1024 * width
    context.kernels.lance.lanceUnpack(span.pointer + block * packed * 128, bits, packed, out)
  }
  return { pointer: pointer + (from - first * 1024) * width, width }
}

function packedStruct(of: PageOf, encoding: ArrayEncoding, { from, n }: Stretch): { pointer: Pointer; width: number } {
  const bits = (encoding.children.get(1) ?? []).reduce((sum, child) => sum + flatBits(child), 0)
  const width = bits / 8
  if (!Number.isInteger(width) || width < 1) throw malformed(of, 'packed structs')
  const { pointer } = bytesAt(of, rangeAt(of, encoding, 2), from * width, (from + n) * width)
  return { pointer, width }
}

function flatBits(encoding: ArrayEncoding): number {
  if (encoding.kind === FLAT) return encoding.numbers.get(1) ?? 0
  const inner = encoding.children.get(1)?.[0]
  return inner === undefined ? NaN : flatBits(inner)
}

/** Lists of a page: where each begins and ends among the items of the page, and how many these are. */
export interface ListPage extends Ends {
  readonly itemCount: number
}

export function listItemCount(context: LanceContext, page: LancePage): number {
  return encodingOf(context, page).numbers.get(3) ?? 0
}

/** Lists [from, to) of a page. */
export function readListPage(context: LanceContext, page: LancePage, { from, to }: PageRows): ListPage {
  const encoding = encodingOf(context, page)
  const of = { context, page }
  if (encoding.kind !== LIST) throw malformed(of, `encoding ${encoding.kind} of lists`)
  const itemCount = encoding.numbers.get(3) ?? 0
  const adjustment = encoding.numbers.get(2) ?? 0
  const ends = { encoding: childOf(of, encoding, 1), adjustment, total: itemCount }
  return { ...endsOf(of, ends, { from, n: to - from }), itemCount }
}
