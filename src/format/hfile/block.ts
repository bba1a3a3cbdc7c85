/**
 * Blocks of an HFile: header, body (compressed as a whole), checksums.
 *
 *   magic (8)  on-disk size without header (4)  size without header (4)  previous block's offset (8)
 *   checksum type (1)  bytes per checksum (4)  on-disk size with header, without checksums (4)          version 2.1 and later
 *   body ...   checksums: 4 bytes for each run of `bytes per checksum` of header and body
 *
 * All numbers are big-endian. Spec: HBase reference guide, "HFile format".
 */
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import { decompress } from '../codec.ts'
import { crc32cOfBytes } from './crc32c.ts'
import { type HFileCodec, type HFileTrailer, asciiAt } from './trailer.ts'

export interface BlockHeader {
  /** `DATABLK*`, `DATABLKE` (encoded), `IDXLEAF2`, `FILEINF2`, ... */
  readonly magic: string
  readonly headerBytes: number
  /** Bytes of the whole block in the file. */
  readonly totalBytes: number
  /** Bytes of the body when it is decompressed. */
  readonly bodyBytes: number
  /** Bytes of header and body as they lie in the file. */
  readonly checkedBytes: number
  readonly checksumType: number
  readonly bytesPerChecksum: number
}

export const BLOCK_HEADER_BYTES = 33
/** HBase's blocks are of 64 KiB and as much more as their last cell takes. */
const BODY_BYTES_MAX = 1 << 30

/** @param bytes At least the header's bytes. XX001 when they are none. */
export function parseBlockHeader(bytes: Uint8Array, trailer: HFileTrailer, { url, offset }: At): BlockHeader {
  const hasChecksums = trailer.majorVersion === 3 || trailer.minorVersion >= 1
  const headerBytes = hasChecksums ? BLOCK_HEADER_BYTES : 24
  if (bytes.length < headerBytes) throw damaged(url, offset, 'the header of a block is cut')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const onDiskBytes = view.getInt32(8)
  const bodyBytes = view.getInt32(12)
  const checkedBytes = hasChecksums ? view.getInt32(29) : onDiskBytes + headerBytes
  const isSane =
    onDiskBytes >= 0 &&
    bodyBytes >= 0 &&
    bodyBytes <= BODY_BYTES_MAX &&
    checkedBytes >= headerBytes &&
    checkedBytes <= onDiskBytes + headerBytes
  if (!isSane) throw damaged(url, offset, 'the header of a block has impossible sizes')
  return {
    magic: asciiAt(bytes, 0, 8),
    headerBytes,
    totalBytes: onDiskBytes + headerBytes,
    bodyBytes,
    checkedBytes,
    checksumType: hasChecksums ? bytes[24]! : 0,
    bytesPerChecksum: hasChecksums ? view.getInt32(25) : 0,
  }
}

export interface At {
  readonly url: string
  /** Of the block in the file. */
  readonly offset: number
}

/** The body of a block, decompressed; XX001 when its checksums don't fit. */
export function blockBody(block: Uint8Array, header: BlockHeader, codec: HFileCodec, at: At): Uint8Array {
  verifyChecksums(block, header, at)
  const stored = block.subarray(header.headerBytes, header.checkedBytes)
  const body = codec === 'none' ? stored : inflate(stored, header.bodyBytes, codec, at)
  if (body.length < header.bodyBytes) throw damaged(at.url, at.offset, 'a block is shorter than its header says')
  return body.subarray(0, header.bodyBytes)
}

function verifyChecksums(block: Uint8Array, header: BlockHeader, { url, offset }: At): void {
  const { checksumType, bytesPerChecksum, checkedBytes, totalBytes } = header
  if (checksumType === 0) return
  if (checksumType > 2) throw unsupported(`HFile checksum type ${checksumType}`, { detail: `file "${url}"` })
  const count = bytesPerChecksum <= 0 ? 0 : Math.ceil(checkedBytes / bytesPerChecksum)
  if (bytesPerChecksum <= 0 || checkedBytes + count * 4 > totalBytes)
    throw damaged(url, offset, 'checksums are missing')
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength)
  const checksum = checksumType === 1 ? crc32OfBytes : crc32cOfBytes
  for (let i = 0; i < count; i++) {
    const part = block.subarray(i * bytesPerChecksum, Math.min((i + 1) * bytesPerChecksum, checkedBytes))
    if (checksum(part) !== view.getUint32(checkedBytes + i * 4)) throw damaged(url, offset, 'a checksum does not fit')
  }
}

function inflate(stored: Uint8Array, byteCount: number, codec: Exclude<HFileCodec, 'none'>, at: At): Uint8Array {
  try {
    switch (codec) {
      case 'gzip':
        return decompress('gzip', stored, byteCount)
      case 'zstd':
        return decompress('zstd', stored, byteCount)
      case 'lz4':
        return hadoopChunks(stored, byteCount, 'lz4_raw')
      case 'snappy':
        return hadoopChunks(stored, byteCount, 'snappy')
    }
  } catch (cause) {
    throw corrupt(at.url, `damaged HFile block at byte ${at.offset}: the compressed data are malformed`, { cause })
  }
}

/** Hadoop's framing of block codecs: the size of a part, then chunks, each behind its compressed size, until the part is whole. */
function hadoopChunks(stored: Uint8Array, byteCount: number, codec: 'lz4_raw' | 'snappy'): Uint8Array {
  const output = new Uint8Array(byteCount)
  const view = new DataView(stored.buffer, stored.byteOffset, stored.byteLength)
  let [from, to] = [0, 0]
  while (to < byteCount) {
    let left = view.getUint32(from)
    from += 4
    if (left === 0 || left > byteCount - to) throw corrupt('a block', 'a part has an impossible size')
    while (left > 0) {
      const length = view.getUint32(from)
      from += 4
      if (length === 0 || length > stored.length - from) throw corrupt('a block', 'a chunk has an impossible size')
      const chunk = decompress(codec, stored.subarray(from, from + length), codec === 'snappy' ? undefined : left)
      if (chunk.length === 0 || chunk.length > left) throw corrupt('a block', 'a chunk is longer than its part')
      output.set(chunk, to)
      from += length
      to += chunk.length
      left -= chunk.length
    }
  }
  return output
}

function damaged(url: string, offset: number, problem: string): Error {
  return corrupt(url, `damaged HFile block at byte ${offset}: ${problem}`)
}
