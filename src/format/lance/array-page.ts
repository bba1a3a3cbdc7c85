/**
 * Pages of version 2.0: a tree of encodings over the page's buffers, like an Arrow array.
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
import { ProtobufReader } from '../protobuf.ts'
import { decodeSymbols } from './decompress.ts'
import { type LancePage, decode } from './metadata-bytes.ts'
import type { LeafPart } from './leaf-rows.ts'
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

/** All values of a leaf's page. `emptyWidth`: bytes of a value where all are NULL, 0 for strings. */
export function readArrayPage(context: LanceContext, page: LancePage, emptyWidth: number, perValue: number): LeafPart {
  const encoding = encodingOf(context, page)
  const n = page.length
  if (n > VALUES_MAX) throw corrupt(context.file.url, `a page of ${n} values`)
  const decoded = decodeArray({ context, page }, encoding, n) ?? allNull(context, n, emptyWidth, perValue)
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
function decodeArray(of: PageOf, encoding: ArrayEncoding, n: number): Decoded | undefined {
  const { context } = of
  switch (encoding.kind) {
    case FLAT:
      return { ...flat(of, encoding, n), validity: 0, itemValidity: 0 }
    case NULLABLE:
      return nullable(of, encoding, n)
    case FIXED_LIST:
      return fixedList(of, encoding, n)
    case BINARY:
      return binary(of, encoding, n)
    case LIST:
      return listedBytes(of, encoding, n)
    case DICTIONARY:
      return dictionary(of, encoding, n)
    case FSST: {
      const decoded = decodeArray(of, childOf(of, encoding, 1), n)
      if (decoded === undefined) return undefined
      const block = { pointer: decoded.pointer, width: 0, count: n, validity: 0 }
      decodeSymbols(encoding.bytes ?? new Uint8Array(0), block, { context, arena: context.lasting })
      return decoded
    }
    case FIXED_BINARY: {
      const width = encoding.numbers.get(2) ?? 0
      if (width < 1 || n * width > VALUES_MAX) throw malformed(of, `values of ${width} bytes`)
      const decoded = decodeArray(of, childOf(of, encoding, 1), n * width)
      return decoded === undefined ? undefined : { ...decoded, width, validity: 0 }
    }
    case PACKED_BITS:
      return { ...packedBits(of, encoding, n), validity: 0, itemValidity: 0 }
    case PACKED_STRUCT:
      return { ...packedStruct(of, encoding, n), validity: 0, itemValidity: 0 }
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

function bufferAt(of: PageOf, { numbers }: ArrayEncoding, field: number): Span {
  const { context, page } = of
  if ((numbers.get(100 + field) ?? 0) !== 0)
    throw unsupported(`reading "${context.file.url}": Lance buffers outside of pages`)
  const range = page.buffers[numbers.get(field) ?? 0]
  if (range === undefined) throw malformed(of, 'a buffer is missing')
  return loadRange(context, range, context.lasting)
}

function flat(of: PageOf, encoding: ArrayEncoding, n: number): { pointer: Pointer; width: number } {
  const { context } = of
  const bits = encoding.numbers.get(1) ?? 0
  let span = bufferAt(of, encoding, 2)
  if (encoding.scheme === 'zstd') span = decompressBuffer(context, 'zstd', span, context.lasting)
  else if (encoding.scheme !== '' && encoding.scheme !== 'none') {
    throw unsupported(`reading "${context.file.url}": Lance buffers compressed as ${encoding.scheme}`)
  }
  if (bits === 1) {
    if (span.byteCount * 8 < n) throw malformed(of, 'too few bits')
    const pointer = context.lasting.allocate(n)
    context.kernels.parquet.plainBooleans(span.pointer, 0, n, pointer)
    return { pointer, width: 1 }
  }
  const width = bits / 8
  if (!Number.isInteger(width) || width < 1 || span.byteCount < n * width) throw malformed(of, `values of ${bits} bits`)
  return { pointer: span.pointer, width }
}

function nullable(of: PageOf, encoding: ArrayEncoding, n: number): Decoded | undefined {
  const kind = encoding.numbers.get(0)
  if (kind === 1) return decodeArray(of, childOf(of, encoding, 1), n)
  if (kind !== 2) return undefined
  const validity = decodeArray(of, childOf(of, encoding, 1), n)
  const values = decodeArray(of, childOf(of, encoding, 2), n)
  if (validity === undefined || values === undefined || validity.width !== 1) throw malformed(of, 'NULLs of NULLs')
  return { ...values, validity: validity.pointer }
}

function fixedList(of: PageOf, encoding: ArrayEncoding, n: number): Decoded | undefined {
  const dimension = encoding.numbers.get(1) ?? 0
  if (dimension < 1 || n * dimension > VALUES_MAX) throw malformed(of, `lists of ${dimension}`)
  const items = decodeArray(of, childOf(of, encoding, 2), n * dimension)
  return items === undefined ? undefined : { ...items, validity: 0, itemValidity: items.validity }
}

/** Where values end, and which are NULL. */
export interface Ends {
  /** n + 1 offsets of 64 bits. */
  readonly offsets: Pointer
  /** 0: none is NULL. */
  readonly validity: Pointer
}

/** Ends of `n` values as offsets. Errors: XX001 unless they ascend up to `total`. */
function endsOf(of: PageOf, encoding: ArrayEncoding, n: number, adjustment: number, total: number): Ends {
  const { context } = of
  const decoded = decodeArray(of, encoding, n)
  if (decoded === undefined || decoded.width > 8) throw malformed(of, 'offsets')
  const { memory, lasting } = context
  const view = new DataView(memory.u8.buffer, decoded.pointer, n * decoded.width)
  const offsets = lasting.allocate((n + 1) * 8)
  const validity = lasting.allocate(n)
  const at = offsets >>> 2
  let [last, nulls] = [0, 0]
  memory.u32[at] = 0
  memory.u32[at + 1] = 0
  for (let i = 0; i < n; i++) {
    let end = offsetAt(view, i, decoded.width)
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

function binary(of: PageOf, encoding: ArrayEncoding, n: number): Decoded {
  const { context } = of
  const bytes = childOf(of, encoding, 2)
  const span = bytes.kind === FLAT ? bufferAt(of, bytes, 2) : undefined
  if (span === undefined || bytes.scheme !== '')
    throw unsupported(`reading "${context.file.url}": compressed Lance 2.0 strings`)
  const ends = endsOf(of, childOf(of, encoding, 1), n, encoding.numbers.get(3) ?? 0, span.byteCount)
  const pointer = context.lasting.allocate(n * 8)
  const { lance } = context.kernels
  if (lance.lanceViews(ends.offsets, 64, span.pointer, span.byteCount, n, pointer) < 0) throw malformed(of, 'offsets')
  return { pointer, width: 0, validity: ends.validity, itemValidity: 0 }
}

/** Strings as lists of bytes. */
function listedBytes(of: PageOf, encoding: ArrayEncoding, n: number): Decoded {
  const { context, page } = of
  const { items } = page
  if (items === undefined) throw malformed(of, 'lists of no column')
  const bytes = decodeArray({ context, page: items }, encodingOf(context, items), items.length)
  if (bytes !== undefined && (bytes.width !== 1 || bytes.validity !== 0)) throw malformed(of, 'bytes of strings')
  const total = bytes === undefined ? 0 : items.length
  const ends = endsOf(of, childOf(of, encoding, 1), n, encoding.numbers.get(2) ?? 0, total)
  const pointer = context.lasting.allocate(n * 8)
  const start = bytes?.pointer ?? pointer
  if (context.kernels.lance.lanceViews(ends.offsets, 64, start, total, n, pointer) < 0) throw malformed(of, 'offsets')
  return { pointer, width: 0, validity: ends.validity, itemValidity: 0 }
}

function dictionary(of: PageOf, encoding: ArrayEncoding, n: number): Decoded {
  const { context } = of
  const { memory, lasting, kernels } = context
  const length = encoding.numbers.get(3) ?? 0
  const codes = decodeArray(of, childOf(of, encoding, 1), n)
  const items = length > VALUES_MAX ? undefined : decodeArray(of, childOf(of, encoding, 2), length)
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

function packedBits(of: PageOf, encoding: ArrayEncoding, n: number): { pointer: Pointer; width: number } {
  const { context } = of
  const [packed, bits] = [encoding.numbers.get(1) ?? 0, encoding.numbers.get(2) ?? 0]
  if (![8, 16, 32, 64].includes(bits) || packed > bits) throw malformed(of, `bit-packing of ${packed} bits`)
  const span = bufferAt(of, encoding, 3)
  const blocks = Math.ceil(n / 1024)
  if (span.byteCount < blocks * packed * 128) throw malformed(of, 'too few packed values')
  const width = bits / 8
  const pointer = context.lasting.allocate(blocks * 1024 * width)
  for (let block = 0; block < blocks; block++) {
    const out = pointer + block * 1024 * width
    context.kernels.lance.lanceUnpack(span.pointer + block * packed * 128, bits, packed, out)
  }
  return { pointer, width }
}

function packedStruct(of: PageOf, encoding: ArrayEncoding, n: number): { pointer: Pointer; width: number } {
  const bits = (encoding.children.get(1) ?? []).reduce((sum, child) => sum + flatBits(child), 0)
  const span = bufferAt(of, encoding, 2)
  const width = bits / 8
  if (!Number.isInteger(width) || width < 1 || span.byteCount < n * width) throw malformed(of, 'packed structs')
  return { pointer: span.pointer, width }
}

function flatBits(encoding: ArrayEncoding): number {
  if (encoding.kind === FLAT) return encoding.numbers.get(1) ?? 0
  const inner = encoding.children.get(1)?.[0]
  return inner === undefined ? NaN : flatBits(inner)
}

/** A page of lists: where each ends among the items of the page, and how many these are. */
export interface ListPage extends Ends {
  readonly itemCount: number
}

export function listItemCount(context: LanceContext, page: LancePage): number {
  return encodingOf(context, page).numbers.get(3) ?? 0
}

export function readListPage(context: LanceContext, page: LancePage): ListPage {
  const encoding = encodingOf(context, page)
  const of = { context, page }
  if (encoding.kind !== LIST) throw malformed(of, `encoding ${encoding.kind} of lists`)
  const itemCount = encoding.numbers.get(3) ?? 0
  return { ...endsOf(of, childOf(of, encoding, 1), page.length, encoding.numbers.get(2) ?? 0, itemCount), itemCount }
}
