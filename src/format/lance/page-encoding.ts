/**
 * How a page of a Lance file of version 2.1 or later is laid out, decoded from its protobuf.
 *
 * Spec: lance-format protos/encodings_v2_1.proto.
 */
import { unsupported } from '../../core/errors.ts'
import { ProtobufReader } from '../protobuf.ts'

export type BufferCodec = 'lz4' | 'zstd'

/** How values are compressed. */
export type Compression =
  | { readonly kind: 'flat'; readonly bits: number; readonly codec: BufferCodec | undefined }
  | { readonly kind: 'variable'; readonly offsets: Compression | undefined; readonly codec: BufferCodec | undefined }
  | { readonly kind: 'constant'; readonly value: Uint8Array | undefined }
  | { readonly kind: 'packed bits'; readonly bits: number; readonly values: Compression | undefined }
  | { readonly kind: 'inline bits'; readonly bits: number; readonly codec: BufferCodec | undefined }
  | { readonly kind: 'fsst'; readonly symbols: Uint8Array; readonly values: Compression | undefined }
  | { readonly kind: 'runs'; readonly values: Compression | undefined; readonly lengths: Compression | undefined }
  | { readonly kind: 'split bytes'; readonly values: Compression | undefined }
  | { readonly kind: 'general'; readonly codec: BufferCodec | undefined; readonly values: Compression | undefined }
  | {
      readonly kind: 'fixed list'
      readonly dimension: number
      readonly hasValidity: boolean
      readonly values: Compression | undefined
    }
  | { readonly kind: 'packed struct'; readonly bits: readonly number[]; readonly values: Compression | undefined }
  /** Rows whose fields lie one behind the other, those of varying width behind their length. */
  | { readonly kind: 'packed row'; readonly fields: readonly PackedField[] }
  | { readonly kind: 'other'; readonly name: string }

export interface PackedField {
  /** Of the field's values, one by one. */
  readonly values: Compression | undefined
  /** Of a value of fixed width; else 0. */
  readonly bits: number
  /** Of the length before a value; else 0. */
  readonly lengthBits: number
}

/** What the levels of a layer mean; layers go from the innermost outwards. */
export type Layer = 'valid item' | 'valid list' | 'item' | 'nullable list' | 'list' | 'nullable, empty list'

const LAYERS: readonly (Layer | undefined)[] = [
  undefined,
  'valid item',
  'valid list',
  'item',
  'nullable list',
  'list',
  'nullable, empty list',
]

/** Values in chunks, each with its levels. */
export interface ChunkedLayout {
  readonly kind: 'chunked'
  readonly repetition: Compression | undefined
  readonly definition: Compression | undefined
  readonly values: Compression
  readonly dictionary: Compression | undefined
  readonly dictionaryLength: number
  readonly layers: readonly Layer[]
  readonly bufferCount: number
  readonly repetitionIndexDepth: number
  readonly itemCount: number
  /** Chunks may be large: their sizes have 32 bits. */
  readonly hasLargeChunks: boolean
}

/** One value, or NULLs only. */
export interface ConstantLayout {
  readonly kind: 'constant'
  readonly layers: readonly Layer[]
  readonly value: Uint8Array | undefined
}

/** Values one after the other, each behind its levels. */
export interface ZippedLayout {
  readonly kind: 'zipped'
  readonly repetitionBits: number
  readonly definitionBits: number
  readonly valueBits: number | undefined
  readonly lengthBits: number | undefined
  readonly itemCount: number
  readonly values: Compression
  readonly layers: readonly Layer[]
}

/** Values elsewhere in the file: the inner page has where. */
export interface BlobLayout {
  readonly kind: 'blob'
  readonly inner: PageLayout
  readonly layers: readonly Layer[]
}

export type PageLayout = ChunkedLayout | ConstantLayout | ZippedLayout | BlobLayout

/** Layouts within each other at most. */
const DEPTH_MAX = 4

export function readPageLayout(message: ProtobufReader, depth: number = 0): PageLayout {
  if (depth > DEPTH_MAX) throw message.error('layouts are nested too deeply')
  while (message.next()) {
    switch (message.field) {
      case 1:
        return chunkedLayout(message.message())
      case 2:
        return constantLayout(message.message())
      case 3:
        return zippedLayout(message.message())
      case 4:
        return blobLayout(message.message(), depth)
      default:
        throw unsupported(`a Lance page of layout ${message.field}`)
    }
  }
  throw message.error('a page without a layout')
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

function chunkedLayout(message: ProtobufReader): ChunkedLayout {
  const found: Mutable<ChunkedLayout> = {
    kind: 'chunked',
    repetition: undefined,
    definition: undefined,
    values: { kind: 'other', name: 'none' },
    dictionary: undefined,
    dictionaryLength: 0,
    layers: [],
    bufferCount: 0,
    repetitionIndexDepth: 0,
    itemCount: 0,
    hasLargeChunks: false,
  }
  const layers: number[] = []
  while (message.next()) {
    if (message.field === 1) found.repetition = readCompression(message.message())
    else if (message.field === 2) found.definition = readCompression(message.message())
    else if (message.field === 3) found.values = readCompression(message.message())
    else if (message.field === 4) found.dictionary = readCompression(message.message())
    else if (message.field === 5) found.dictionaryLength = message.count()
    else if (message.field === 6) message.counts(layers)
    else if (message.field === 7) found.bufferCount = message.count()
    else if (message.field === 8) found.repetitionIndexDepth = message.count()
    else if (message.field === 9) found.itemCount = message.count()
    else if (message.field === 10) found.hasLargeChunks = message.bool()
  }
  found.layers = layersOf(layers, message)
  return found
}

function constantLayout(message: ProtobufReader): ConstantLayout {
  const layers: number[] = []
  let value: Uint8Array | undefined
  while (message.next()) {
    if (message.field === 5) message.counts(layers)
    else if (message.field === 6) value = message.byteArray()
    else if (message.field > 6) throw unsupported(`a constant Lance page with field ${message.field}`)
  }
  return { kind: 'constant', layers: layersOf(layers, message), value }
}

function zippedLayout(message: ProtobufReader): ZippedLayout {
  const found: Mutable<ZippedLayout> = {
    kind: 'zipped',
    repetitionBits: 0,
    definitionBits: 0,
    valueBits: undefined,
    lengthBits: undefined,
    itemCount: 0,
    values: { kind: 'other', name: 'none' },
    layers: [],
  }
  const layers: number[] = []
  while (message.next()) {
    if (message.field === 1) found.repetitionBits = message.count()
    else if (message.field === 2) found.definitionBits = message.count()
    else if (message.field === 3) found.valueBits = message.count()
    else if (message.field === 4) found.lengthBits = message.count()
    else if (message.field === 5) found.itemCount = message.count()
    else if (message.field === 7) found.values = readCompression(message.message())
    else if (message.field === 8) message.counts(layers)
  }
  found.layers = layersOf(layers, message)
  return found
}

function blobLayout(message: ProtobufReader, depth: number): BlobLayout {
  const layers: number[] = []
  let inner: PageLayout | undefined
  while (message.next()) {
    if (message.field === 1) inner = readPageLayout(message.message(), depth + 1)
    else if (message.field === 2) message.counts(layers)
  }
  if (inner === undefined) throw message.error('a blob page without an inner layout')
  return { kind: 'blob', inner, layers: layersOf(layers, message) }
}

function layersOf(numbers: readonly number[], message: ProtobufReader): Layer[] {
  return numbers.map((number) => {
    const layer = LAYERS[number]
    if (layer === undefined) throw message.error(`layer ${number} is not known`)
    return layer
  })
}

function codecOf(message: ProtobufReader): BufferCodec | undefined {
  let scheme = 0
  while (message.next()) if (message.field === 1) scheme = message.count()
  if (scheme === 0) return undefined
  if (scheme > 2) throw unsupported(`Lance compression scheme ${scheme}`)
  return scheme === 1 ? 'lz4' : 'zstd'
}

const OTHERS: Readonly<Record<number, string | undefined>> = { 7: 'dictionary' }

function readCompression(message: ProtobufReader): Compression {
  while (message.next()) {
    const kind = message.field
    if (kind === 13) return packedRow(message.message())
    if (kind > 12 || kind === 7) return { kind: 'other', name: OTHERS[kind] ?? `number ${kind}` }
    return oneCompression(kind, message.message())
  }
  return { kind: 'other', name: 'none' }
}

function packedRow(message: ProtobufReader): Compression {
  const fields: PackedField[] = []
  while (message.next()) {
    if (message.field !== 1) continue
    const found = { values: undefined as Compression | undefined, bits: 0, lengthBits: 0 }
    for (const part = message.message(); part.next();) {
      if (part.field === 1) found.values = readCompression(part.message())
      else if (part.field === 2) found.bits = part.count()
      else if (part.field === 3) found.lengthBits = part.count()
    }
    fields.push(found)
  }
  return { kind: 'packed row', fields }
}

/** The parts that compressions have, by what their fields mean. */
function oneCompression(kind: number, message: ProtobufReader): Compression {
  let bits = 0
  let codec: BufferCodec | undefined
  let values: Compression | undefined
  let second: Compression | undefined
  let bytes: Uint8Array | undefined
  let hasValidity = false
  const widths: number[] = []
  const isBits = kind === 1 || kind === 4 || kind === 5 || kind === 11
  while (message.next()) {
    const { field } = message
    if (field === 1 && isBits) bits = message.count()
    else if (field === 1 && (kind === 3 || kind === 6)) bytes = message.byteArray()
    else if (field === 1 && kind === 10) codec = codecOf(message.message())
    else if (field === 1 && kind === 12) message.counts(widths)
    else if (field === 1) values = readCompression(message.message())
    else if (field === 2 && (kind === 1 || kind === 2 || kind === 5)) codec = codecOf(message.message())
    else if (field === 2 && kind === 8) second = readCompression(message.message())
    else if (field === 2 || (field === 3 && kind !== 11)) values = readCompression(message.message())
    else if (field === 3) hasValidity = message.bool()
  }
  switch (kind) {
    case 1:
      return { kind: 'flat', bits, codec }
    case 2:
      return { kind: 'variable', offsets: values, codec }
    case 3:
      return { kind: 'constant', value: bytes }
    case 4:
      return { kind: 'packed bits', bits, values }
    case 5:
      return { kind: 'inline bits', bits, codec }
    case 6:
      return { kind: 'fsst', symbols: bytes ?? new Uint8Array(0), values }
    case 8:
      return { kind: 'runs', values, lengths: second }
    case 9:
      return { kind: 'split bytes', values }
    case 10:
      return { kind: 'general', codec, values }
    case 11:
      return { kind: 'fixed list', dimension: bits, hasValidity, values }
    default:
      return { kind: 'packed struct', bits: widths, values }
  }
}
