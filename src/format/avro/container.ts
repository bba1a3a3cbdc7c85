/**
 * Avro object container files, read block by block.
 *
 *   "Obj" 1 | map of metadata: avro.schema, avro.codec, ... | 16 bytes of sync marker
 *   block:  record count (long) | byte count (long) | compressed records | sync marker        ... until the end
 *
 * Files up to WINDOW_BYTES are read by one request; of larger ones a window moves over the file, so that memory is bound by the window
 * and the largest block, and a consumer that stops early reads no further.
 *
 * Spec: Apache Avro 1.12, "Object Container Files".
 */
import { type DataError, SqlError, corrupt } from '../../core/errors.ts'
import { decodeUtf8, parseExactJson } from '../../core/exact-json.ts'
import { LruCache } from '../../storage/lru-cache.ts'
import type { Storage } from '../../storage/storage.ts'
import { decompressBlock } from './codec.ts'
import { AvroCursor } from './cursor.ts'
import { type AvroObject, type Decode, type ResolutionOptions, compileDecoder } from './decoder.ts'
import { type AvroType, parseAvroSchema } from './schema.ts'
import { bytesMin } from './skip.ts'

/** 1 MiB: what one request to object storage fetches at no extra cost. */
const WINDOW_BYTES = 1 << 20
/** The header holds a schema; Iceberg manifests of thousands of columns stay below. */
const HEADER_BYTES_MAX = 64 << 20
const BLOCK_BYTES_MAX = 256 << 20
const SYNC_BYTES = 16
/** Entries of the header that a reader needs. Others may be any bytes, those of the specification's own namespace too (`avro.sync` of old writers). */
const TEXTS: ReadonlySet<string> = new Set(['avro.schema', 'avro.codec'])

export interface AvroHeader {
  readonly schema: AvroType
  /** The file's metadata, `avro.schema` and `avro.codec` included, as text. */
  readonly metadata: ReadonlyMap<string, string>
  readonly codec: string
}

export interface AvroSource {
  readonly storage: Storage
  readonly url: string
  /** The file's size when it is known: saves a request. */
  readonly byteCount?: number
}

/** A block as it lies in the file. */
export interface PackedBlock {
  readonly recordCount: number
  /** Compressed. */
  readonly body: Uint8Array
  /** Where the body begins. */
  readonly start: number
}

export interface AvroFile {
  readonly url: string
  readonly header: AvroHeader
  /** One block after the other; the file is read as the consumer proceeds. */
  packedBlocks(): AsyncGenerator<PackedBlock>
  /** The records of one block after the other, as `reader` sees them; the file is read as the consumer proceeds. */
  blocks(reader?: AvroType, options?: ResolutionOptions): AsyncGenerator<readonly AvroObject[]>
  /** What `blocks` decodes a record with. */
  decoder(reader: AvroType, options?: ResolutionOptions): Decode
}

/** Opens a container file: reads its header. XX001 when it is none. */
export async function openAvroFile({ storage, url, byteCount }: AvroSource): Promise<AvroFile> {
  const size = byteCount ?? (await storage.stat(url)).byteCount
  const window = new Window(storage, url, size)
  const { header, sync, start } = await readHeader(window)
  return {
    url,
    header,
    packedBlocks: () => readBlocks(window, { sync, start }),
    blocks: (reader, options) => {
      const decode = decoderOf(header, url, reader, options)
      return decodeBlocks(readBlocks(window, { sync, start }), { header, url, decode })
    },
    decoder: (reader, options) => decoderOf(header, url, reader, options),
  }
}

/** A container file that is in memory already. */
export function readAvroBytes(
  bytes: Uint8Array,
  url: string,
): { header: AvroHeader; records(reader?: AvroType, options?: ResolutionOptions): AvroObject[] } {
  const cursor = new AvroCursor(bytes, url)
  const { header, sync } = parseHeader(cursor, url)
  const start = cursor.position
  return {
    header,
    records: (reader, options) => {
      const decode = decoderOf(header, url, reader, options)
      const records: AvroObject[] = []
      let position = start
      while (position < bytes.length) {
        const block = new AvroCursor(bytes.subarray(position), url)
        const recordCount = block.count('record count')
        const body = block.fixed(block.count('block size'))
        if (!sameBytes(block.fixed(SYNC_BYTES), sync)) throw corrupt(url, 'Avro sync marker expected')
        for (const record of decodeBlock(header, decode, { recordCount, body, url })) records.push(record)
        position += block.position
      }
      return records
    },
  }
}

interface Opened {
  readonly header: AvroHeader
  readonly sync: Uint8Array
  /** Where the first block begins. */
  readonly start: number
}

async function readHeader(window: Window): Promise<Opened> {
  for (let length = WINDOW_BYTES; ; length *= 4) {
    const bytes = await window.bytes(0, Math.min(length, window.byteCount))
    const cursor = new AvroCursor(bytes, window.url)
    try {
      const { header, sync } = parseHeader(cursor, window.url)
      return { header, sync, start: cursor.position }
    } catch (error) {
      // A header longer than what was read looks damaged: read more, unless that was all.
      if (bytes.length === window.byteCount || length > HEADER_BYTES_MAX) throw error
    }
  }
}

/** The header of a container file; the cursor is moved behind it. XX001 when it is none. */
export function parseHeader(cursor: AvroCursor, url: string): { header: AvroHeader; sync: Uint8Array } {
  if (cursor.remaining < 4 || !sameBytes(cursor.fixed(4), Uint8Array.of(0x4f, 0x62, 0x6a, 1))) {
    throw corrupt(url, 'not an Avro container file')
  }
  const metadata = new Map<string, string>()
  const text = new TextDecoder()
  cursor.items(2, () => {
    const key = cursor.string()
    const value = cursor.bytesValue()
    metadata.set(key, TEXTS.has(key) ? decodeUtf8(value, url) : text.decode(value))
  })
  const sync = cursor.fixed(SYNC_BYTES)
  const schema = schemaOf(metadata.get('avro.schema') ?? '', url)
  return { header: { schema, metadata, codec: metadata.get('avro.codec') ?? 'null' }, sync }
}

/** Characters of schemas that are kept parsed: a table's manifests, of which there may be thousands, share one or two. */
const SCHEMA_CACHE_CHARS = 1 << 20

const schemas = new LruCache<AvroType>(SCHEMA_CACHE_CHARS)

/** One object for files of one schema, so that decoders are compiled once for all of them. */
function schemaOf(text: string, url: string): AvroType {
  let schema = schemas.get(text)
  if (schema === undefined) {
    schema = parseAvroSchema(parseExactJson(text, url), url)
    schemas.set(text, schema, text.length)
  }
  return schema
}

async function* readBlocks(window: Window, { sync, start }: Omit<Opened, 'header'>): AsyncGenerator<PackedBlock> {
  let position = start
  while (position < window.byteCount) {
    // Two varints of at most 10 bytes each.
    const headEnd = Math.min(position + 20, window.byteCount)
    const head = new AvroCursor(await window.bytes(position, headEnd), window.url)
    const recordCount = head.count('record count')
    const byteCount = head.count('block size')
    const bodyStart = position + head.position
    const end = bodyStart + byteCount + SYNC_BYTES
    if (byteCount > BLOCK_BYTES_MAX || end > window.byteCount) {
      throw window.error(position, `a block of ${byteCount} bytes does not fit the file`)
    }
    const bytes = await window.bytes(bodyStart, end)
    if (!sameBytes(bytes.subarray(byteCount), sync)) {
      throw window.error(end - SYNC_BYTES, 'Avro sync marker expected')
    }
    yield { recordCount, body: bytes.subarray(0, byteCount), start: bodyStart }
    position = end
  }
}

async function* decodeBlocks(
  blocks: AsyncGenerator<PackedBlock>,
  { header, url, decode }: { readonly header: AvroHeader; readonly url: string; readonly decode: Decode },
): AsyncGenerator<readonly AvroObject[]> {
  for await (const { recordCount, body } of blocks) yield decodeBlock(header, decode, { recordCount, body, url })
}

/** As `compileDecoder`; a schema that can't be read as what the file should hold is the file's fault. */
function decoderOf({ schema }: AvroHeader, url: string, reader?: AvroType, options?: ResolutionOptions): Decode {
  const decode = blaming(url, () => compiledDecoder(schema, reader ?? schema, options))
  return (cursor) => blaming(url, () => decode(cursor))
}

type DecodersByReader = WeakMap<AvroType, Decode>

const decoders = { name: new WeakMap<AvroType, DecodersByReader>(), id: new WeakMap<AvroType, DecodersByReader>() }

function compiledDecoder(writer: AvroType, reader: AvroType, options: ResolutionOptions | undefined): Decode {
  const byWriter = options?.matchBy === 'field-id' ? decoders.id : decoders.name
  let byReader = byWriter.get(writer)
  if (byReader === undefined) byWriter.set(writer, (byReader = new WeakMap()))
  let decode = byReader.get(reader)
  if (decode === undefined) byReader.set(reader, (decode = compileDecoder(writer, reader, options)))
  return decode
}

function blaming<T>(url: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof SqlError && error.sqlstate === '42804') throw corrupt(url, error.message, { cause: error })
    throw error
  }
}

function decodeBlock(
  { codec, schema }: AvroHeader,
  decode: Decode,
  { recordCount, body, url }: { recordCount: number; body: Uint8Array; url: string },
): AvroObject[] {
  const cursor = new AvroCursor(decompressBlock(codec, body, url), url)
  const most = bytesMin(schema) === 0 ? 1 << 20 : cursor.remaining / bytesMin(schema)
  if (recordCount > most) throw cursor.error(`${recordCount} records do not fit the block`)
  const records: AvroObject[] = []
  for (let i = 0; i < recordCount; i++) records.push(decode(cursor) as AvroObject)
  if (cursor.remaining > 0) throw cursor.error(`${cursor.remaining} bytes are left after the last record`)
  return records
}

/** The part of a file that was read last. */
class Window {
  readonly url: string
  readonly byteCount: number
  readonly #storage: Storage
  #bytes: Uint8Array = new Uint8Array(0)
  #start = 0

  constructor(storage: Storage, url: string, byteCount: number) {
    this.#storage = storage
    this.url = url
    this.byteCount = byteCount
  }

  /** The bytes [start, end) of the file, which has them. */
  async bytes(start: number, end: number): Promise<Uint8Array> {
    const held = start >= this.#start && end <= this.#start + this.#bytes.length
    if (!held) {
      const wanted = Math.min(this.byteCount, Math.max(end, start + WINDOW_BYTES))
      this.#bytes = await this.#storage.read(this.url, start, wanted)
      this.#start = start
    }
    return this.#bytes.subarray(start - this.#start, end - this.#start)
  }

  error(position: number, problem: string): DataError {
    return corrupt(this.url, `damaged Avro file at byte ${position}: ${problem}`)
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
