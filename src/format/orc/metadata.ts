/**
 * The messages of an ORC file, as far as a reader needs them.
 *
 * Spec: ORC v1, "File Tail", "Stripe Footer", "Indexes", and orc_proto.proto of apache/orc-format 1.1.
 */
import { ProtobufReader } from '../protobuf.ts'

export type Compression = 'none' | 'zlib' | 'snappy' | 'lzo' | 'lz4' | 'zstd' | `kind ${number}`

const COMPRESSIONS: readonly Compression[] = ['none', 'zlib', 'snappy', 'lzo', 'lz4', 'zstd']

export interface PostScript {
  readonly footerByteCount: number
  readonly metadataByteCount: number
  readonly compression: Compression
  /** Bytes of a decompressed chunk at most. */
  readonly blockByteCount: number
  readonly version: readonly number[]
  readonly writerVersion: number
  readonly magic: string | undefined
}

export interface Stripe {
  readonly offset: number
  readonly indexByteCount: number
  readonly dataByteCount: number
  readonly footerByteCount: number
  readonly rowCount: number
}

export interface OrcType {
  readonly kind: number
  readonly subtypes: readonly number[]
  readonly fieldNames: readonly string[]
  readonly precision: number
  readonly scale: number
  readonly attributes: ReadonlyMap<string, string>
}

export interface OrcFooter {
  readonly stripes: readonly Stripe[]
  readonly types: readonly OrcType[]
  readonly rowCount: number
  /** ColumnStatistics of each type for the whole file, undecoded. */
  readonly statistics: readonly Uint8Array[]
  readonly rowIndexStride: number
  /** The writer says that dates before 1582-10-15 are those of the Julian calendar. */
  readonly isHybridCalendar: boolean
  /** ORC-1024: before 1.6.12 and 1.7.1 the C++ writer's hashes were wrong. */
  readonly hasBadBloomFilters: boolean
}

export interface StripeStream {
  readonly kind: number
  readonly column: number
  readonly byteCount: number
}

export interface ColumnEncoding {
  readonly kind: number
  readonly dictionarySize: number
}

export interface StripeFooter {
  /** In the order in which they lie in the stripe, indexes first. */
  readonly streams: readonly StripeStream[]
  readonly encodings: readonly ColumnEncoding[]
  readonly timeZone: string
}

export interface RowIndexEntry {
  readonly positions: readonly number[]
  /** ColumnStatistics, undecoded. */
  readonly statistics: Uint8Array | undefined
}

export function readPostScript(bytes: Uint8Array): PostScript {
  const found = { footerByteCount: 0, metadataByteCount: 0, blockByteCount: 256 << 10, writerVersion: 0 }
  let compression: Compression = 'none'
  let magic: string | undefined
  const version: number[] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field === 1) found.footerByteCount = message.count()
    else if (message.field === 2) {
      const kind = message.count()
      compression = COMPRESSIONS[kind] ?? `kind ${kind}`
    } else if (message.field === 3) found.blockByteCount = message.count()
    else if (message.field === 4) message.counts(version)
    else if (message.field === 5) found.metadataByteCount = message.count()
    else if (message.field === 6) found.writerVersion = message.count()
    else if (message.field === 8000) magic = message.text()
  }
  return { ...found, compression, version, magic }
}

/** Stripes a file may have: each takes some memory whatever its size. */
const STRIPES_MAX = 1_000_000
const TYPES_MAX = 1_000_000

export function readOrcFooter(bytes: Uint8Array): OrcFooter {
  const stripes: Stripe[] = []
  const types: OrcType[] = []
  const statistics: Uint8Array[] = []
  const found = { rowCount: 0, rowIndexStride: 0, isHybridCalendar: false }
  let writer = 0
  let version = ''
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field === 3) stripes.push(readStripe(message.message()))
    else if (message.field === 4) types.push(readType(message.message()))
    else if (message.field === 6) found.rowCount = message.count()
    else if (message.field === 7) statistics.push(message.byteArray())
    else if (message.field === 8) found.rowIndexStride = message.count()
    else if (message.field === 9) writer = message.count()
    else if (message.field === 11) found.isHybridCalendar = message.count() === CALENDAR_HYBRID
    else if (message.field === 12) version = message.text()
    if (stripes.length > STRIPES_MAX || types.length > TYPES_MAX) throw message.error('too many stripes or types')
  }
  const hasBadBloomFilters =
    writer === WRITER_CPP && /^(?:|1\.[0-5]\..*|1\.6\.(?:\d|1[01])|1\.7\.0)(?:-.*)?$/.test(version)
  return { ...found, stripes, types, statistics, hasBadBloomFilters }
}

const WRITER_CPP = 1
const CALENDAR_HYBRID = 1

function readStripe(message: ProtobufReader): Stripe {
  const stripe = { offset: 0, indexByteCount: 0, dataByteCount: 0, footerByteCount: 0, rowCount: 0 }
  while (message.next()) {
    if (message.field === 1) stripe.offset = message.count()
    else if (message.field === 2) stripe.indexByteCount = message.count()
    else if (message.field === 3) stripe.dataByteCount = message.count()
    else if (message.field === 4) stripe.footerByteCount = message.count()
    else if (message.field === 5) stripe.rowCount = message.count()
  }
  return stripe
}

function readType(message: ProtobufReader): OrcType {
  const found = { kind: 0, precision: 0, scale: 0 }
  const subtypes: number[] = []
  const fieldNames: string[] = []
  const attributes = new Map<string, string>()
  while (message.next()) {
    if (message.field === 1) found.kind = message.count()
    else if (message.field === 2) message.counts(subtypes)
    else if (message.field === 3) fieldNames.push(message.text())
    else if (message.field === 5) found.precision = message.count()
    else if (message.field === 6) found.scale = message.count()
    else if (message.field === 7) readAttribute(message.message(), attributes)
  }
  return { ...found, subtypes, fieldNames, attributes }
}

function readAttribute(message: ProtobufReader, into: Map<string, string>): void {
  let [key, value] = ['', '']
  while (message.next()) {
    if (message.field === 1) key = message.text()
    else if (message.field === 2) value = message.text()
  }
  into.set(key, value)
}

/** Statistics of the columns of each stripe, undecoded. */
export function readStripeStatistics(bytes: Uint8Array): readonly (readonly Uint8Array[])[] {
  const stripes: Uint8Array[][] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field !== 1) continue
    const columns: Uint8Array[] = []
    for (const stripe = message.message(); stripe.next();) if (stripe.field === 1) columns.push(stripe.byteArray())
    stripes.push(columns)
  }
  return stripes
}

export function readStripeFooter(bytes: Uint8Array): StripeFooter {
  const streams: StripeStream[] = []
  const encodings: ColumnEncoding[] = []
  let timeZone = ''
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field === 1) {
      const stream = { kind: 0, column: 0, byteCount: 0 }
      for (const part = message.message(); part.next();) {
        if (part.field === 1) stream.kind = part.count()
        else if (part.field === 2) stream.column = part.count()
        else if (part.field === 3) stream.byteCount = part.count()
      }
      streams.push(stream)
    } else if (message.field === 2) {
      const encoding = { kind: 0, dictionarySize: 0 }
      for (const part = message.message(); part.next();) {
        if (part.field === 1) encoding.kind = part.uint32()
        else if (part.field === 2) encoding.dictionarySize = part.uint32()
      }
      encodings.push(encoding)
    } else if (message.field === 3) timeZone = message.text()
  }
  return { streams, encodings, timeZone }
}

export function readRowIndex(bytes: Uint8Array): readonly RowIndexEntry[] {
  const entries: RowIndexEntry[] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field !== 1) continue
    const positions: number[] = []
    let statistics: Uint8Array | undefined
    for (const entry = message.message(); entry.next();) {
      if (entry.field === 1) entry.counts(positions)
      else if (entry.field === 2) statistics = entry.byteArray()
    }
    entries.push({ positions, statistics })
  }
  return entries
}

/** A Bloom filter as bytes: bit i is bit i % 8 of byte i / 8. */
export interface BloomBits {
  readonly hashCount: number
  readonly bits: Uint8Array
}

export function readBloomFilters(bytes: Uint8Array): readonly BloomBits[] {
  const filters: BloomBits[] = []
  for (const message = new ProtobufReader(bytes); message.next();) {
    if (message.field !== 1) continue
    let hashCount = 0
    let bits: Uint8Array = new Uint8Array(0)
    const words: bigint[] = []
    for (const filter = message.message(); filter.next();) {
      if (filter.field === 1) hashCount = filter.count()
      else if (filter.field === 2) words.push(...wordsOf(filter))
      else if (filter.field === 3) bits = filter.byteArray()
    }
    filters.push({ hashCount, bits: words.length > 0 ? bytesOfWords(words) : bits })
  }
  return filters
}

/** One fixed64, or packed ones. */
function wordsOf(filter: ProtobufReader): bigint[] {
  if (!filter.isBytes) return [filter.fixed64()]
  const packed = filter.byteArray()
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength)
  return Array.from({ length: packed.length >> 3 }, (_, i) => view.getBigUint64(i * 8, true))
}

function bytesOfWords(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 8)
  const view = new DataView(bytes.buffer)
  words.forEach((word, i) => view.setBigUint64(i * 8, word, true))
  return bytes
}
