/**
 * Compression chunks of small sections, on any thread; streams of columns are read by stream.ts.
 *
 *   chunk := u24 little-endian: length * 2 + (1 where the bytes are stored as they are) | bytes
 *
 * Spec: ORC v1, "Compression".
 */
import { corrupt } from '../../core/errors.ts'
import { type CodecName, decompressAtMost } from '../codec.ts'
import type { Compression, PostScript } from './metadata.ts'

export const CHUNK_HEADER_BYTES = 3

/** Decompressed metadata at most. */
const SECTION_BYTES_MAX = 512 << 20

/** The codec of chunks; undefined: sections are stored without chunks. */
export function codecOf(compression: Compression): CodecName | undefined {
  switch (compression) {
    case 'zlib':
      return 'deflate'
    case 'snappy':
      return 'snappy'
    case 'lzo':
      return 'lzo'
    case 'lz4':
      return 'lz4_raw'
    case 'zstd':
      return 'zstd'
    default:
      return undefined
  }
}

/** All chunks of a section, decompressed; `what` names it in errors. */
export function decompressChunks(
  bytes: Uint8Array,
  { compression, blockByteCount }: Pick<PostScript, 'compression' | 'blockByteCount'>,
  what: string,
): Uint8Array {
  const codec = codecOf(compression)
  if (codec === undefined) return bytes
  const parts: Uint8Array[] = []
  let total = 0
  for (let position = 0; position < bytes.length;) {
    if (bytes.length - position < CHUNK_HEADER_BYTES) throw corrupt(what, 'a chunk ends within its header')
    const header = bytes[position]! + bytes[position + 1]! * 256 + bytes[position + 2]! * 65_536
    const length = header >>> 1
    position += CHUNK_HEADER_BYTES
    if (length > bytes.length - position) throw corrupt(what, `a chunk of ${length} bytes does not fit`)
    const chunk = bytes.subarray(position, position + length)
    position += length
    const part = (header & 1) === 1 ? chunk : decompressAtMost(codec, chunk, blockByteCount, what)
    total += part.length
    if (total > SECTION_BYTES_MAX) throw corrupt(what, 'the section is too large')
    parts.push(part)
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
}
