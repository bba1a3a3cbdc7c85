/**
 * The trailer at the end of an HFile, and the file info block that it points to.
 *
 *   | "TRABLK\"$" | length, FileTrailerProto | zeros ... | minor version (1) major version (3) |      212 bytes (v2), 4096 (v3)
 *
 * Spec: HBase reference guide, "HFile format", versions 2 and 3; HFile.proto for the messages.
 */
import { corrupt, unsupported } from '../../core/errors.ts'

export type HFileCodec = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'

export interface HFileTrailer {
  readonly majorVersion: number
  readonly minorVersion: number
  readonly fileInfoOffset: number
  readonly loadOnOpenOffset: number
  readonly entryCount: number
  readonly firstDataBlockOffset: number
  readonly lastDataBlockOffset: number
  readonly dataIndexLevels: number
  readonly dataIndexCount: number
  readonly codec: HFileCodec
}

/** Bytes at the end of a file that hold the trailer of any version. */
export const TRAILER_BYTES_MAX = 4096
const TRAILER_BYTES: Readonly<Record<number, number>> = { 2: 212, 3: 4096 }
const MAGIC = 'TRABLK"$'

/** By HBase's number of the algorithm; LZO and bzip2 are not read. */
const CODECS: readonly (HFileCodec | undefined)[] = [undefined, 'gzip', 'none', 'snappy', 'lz4', undefined, 'zstd']

/** Whether the last bytes of a file are those of an HFile. */
export function isHFileEnd(tail: Uint8Array): boolean {
  return trailerStart(tail) !== undefined
}

function trailerStart(tail: Uint8Array): number | undefined {
  if (tail.length < 212) return undefined
  const byteCount = TRAILER_BYTES[(tail.at(-3)! << 16) | (tail.at(-2)! << 8) | tail.at(-1)!]
  if (byteCount === undefined || byteCount > tail.length) return undefined
  const start = tail.length - byteCount
  return asciiAt(tail, start, 8) === MAGIC ? start : undefined
}

/** @param tail The last TRAILER_BYTES_MAX bytes of the file, or all of it. XX001 when they are not an HFile's. */
export function parseTrailer(tail: Uint8Array, url: string): HFileTrailer {
  const start = trailerStart(tail)
  if (start === undefined) throw corrupt(url, 'not an HFile of version 2 or 3')
  const message = readDelimited(tail.subarray(start + 8, tail.length - 4), url)
  const number = (field: number): number => Number(BigInt.asIntN(64, message.get(field) ?? 0n))
  const algorithm = number(12)
  const codec = CODECS[algorithm]
  if (codec === undefined) throw unsupported(`HFile compression algorithm ${algorithm}`, { detail: `file "${url}"` })
  if (message.has(13)) throw unsupported('an encrypted HFile', { detail: `file "${url}"` })
  const trailer = {
    majorVersion: tail.at(-1)!,
    minorVersion: tail[tail.length - 4]!,
    fileInfoOffset: number(1),
    loadOnOpenOffset: number(2),
    entryCount: number(7),
    dataIndexLevels: number(8),
    dataIndexCount: number(5),
    firstDataBlockOffset: number(9),
    lastDataBlockOffset: number(10),
    codec,
  }
  for (const value of Object.values(trailer)) {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw corrupt(url, 'malformed HFile trailer')
  }
  if (trailer.entryCount === 0 && trailer.dataIndexCount > 0)
    throw corrupt(url, `the HFile trailer has no cells, and ${trailer.dataIndexCount} blocks of them`)
  return trailer
}

/** Numbers of a protobuf message behind its length; of other fields, that they are there. */
function readDelimited(bytes: Uint8Array, url: string): ReadonlyMap<number, bigint> {
  const reader = new MessageReader(bytes, url)
  const length = Number(reader.varint())
  if (length > reader.remaining) throw corrupt(url, 'malformed HFile trailer')
  const fields = new Map<number, bigint>()
  const end = reader.position + length
  while (reader.position < end) {
    const tag = Number(reader.varint())
    const wire = tag & 7
    if (wire === 0) fields.set(tag >>> 3, reader.varint())
    else if (wire === 2) {
      reader.skip(Number(reader.varint()))
      fields.set(tag >>> 3, 0n)
    } else if (wire === 1) reader.skip(8)
    else if (wire === 5) reader.skip(4)
    else throw corrupt(url, 'malformed HFile trailer')
  }
  return fields
}

/**
 * File info: pairs of byte strings. Protobuf's form (`PBUF`, length, repeated message of first, second) since version 2.1, before that
 * Hadoop's.
 */
export function parseFileInfo(body: Uint8Array, url: string): ReadonlyMap<string, Uint8Array> {
  const info = new Map<string, Uint8Array>()
  if (asciiAt(body, 0, 4) !== 'PBUF')
    throw unsupported('an HFile with file info in the old form', { detail: `file "${url}"` })
  const reader = new MessageReader(body.subarray(4), url)
  const end = Number(reader.varint()) + reader.position
  while (reader.position < end) {
    if (Number(reader.varint()) !== 0x0a) throw corrupt(url, 'malformed file info')
    const pairEnd = Number(reader.varint()) + reader.position
    let key = ''
    let value: Uint8Array = new Uint8Array(0)
    while (reader.position < pairEnd) {
      const tag = Number(reader.varint())
      const bytes = reader.bytes(Number(reader.varint()))
      if (tag === 0x0a) key = asciiAt(bytes, 0, bytes.length)
      else if (tag === 0x12) value = bytes
      else throw corrupt(url, 'malformed file info')
    }
    info.set(key, value)
  }
  return info
}

export function asciiAt(bytes: Uint8Array, start: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(start, Math.min(start + Math.min(length, 1024), bytes.length)))
}

class MessageReader {
  readonly #bytes: Uint8Array
  readonly #url: string
  position = 0

  constructor(bytes: Uint8Array, url: string) {
    this.#bytes = bytes
    this.#url = url
  }

  get remaining(): number {
    return this.#bytes.length - this.position
  }

  varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.position]
      if (byte === undefined) break
      this.position++
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw corrupt(this.#url, 'malformed number in an HFile message')
  }

  bytes(length: number): Uint8Array {
    const start = this.position
    this.skip(length)
    return this.#bytes.subarray(start, start + length)
  }

  skip(length: number): void {
    if (length > this.remaining) throw corrupt(this.#url, 'an HFile message ends too early')
    this.position += length
  }
}
