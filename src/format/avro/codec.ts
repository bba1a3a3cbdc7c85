/**
 * Compression of container blocks.
 *
 * Spec: Apache Avro 1.12, "Required Codecs" and "Optional Codecs": deflate is raw (RFC 1951), snappy is followed by the big-endian CRC-32 of the
 * uncompressed bytes.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import { decompress } from '../codec.ts'
import { bunzip2 } from './bzip2.ts'
import { snappyDecompress } from './snappy.ts'
import { unxz } from './xz.ts'

export type AvroWriteCodec = 'null' | 'deflate'

/** Bytes that a block may decompress to: writers flush blocks at 16-64 KiB, so this is beyond what occurs. */
const BLOCK_BYTES_MAX = 256 << 20

/** The bytes of a block; `file` names it in errors. 0A000 for codecs that are not known. */
export function decompressBlock(codec: string, bytes: Uint8Array, file: string): Uint8Array {
  switch (codec) {
    case 'null':
      return bytes
    case 'deflate':
      try {
        // Most blocks come out in one piece then: the default is 16 KiB.
        const chunkSize = Math.max(64 << 10, Math.min(1 << 20, bytes.length * 16))
        const { buffer, byteOffset, byteLength } = inflateRawSync(bytes, {
          maxOutputLength: BLOCK_BYTES_MAX,
          chunkSize,
        })
        // A plain Uint8Array: `slice` of a Buffer would share its bytes.
        return new Uint8Array(buffer, byteOffset, byteLength)
      } catch (cause) {
        throw corrupt(file, 'damaged deflate block', { cause })
      }
    case 'snappy':
      return decompressSnappy(bytes, file)
    case 'zstandard':
      try {
        return decompress('zstd', bytes)
      } catch (cause) {
        throw corrupt(file, 'damaged zstandard block', { cause })
      }
    case 'bzip2':
      return bounded(() => bunzip2(bytes, BLOCK_BYTES_MAX), codec, file)
    case 'xz':
      return bounded(() => unxz(bytes, BLOCK_BYTES_MAX), codec, file)
    default:
      throw unsupported(`Avro codec "${codec}"`, { detail: `file "${file}"` })
  }
}

function bounded(decompressed: () => Uint8Array, codec: string, file: string): Uint8Array {
  try {
    return decompressed()
  } catch (cause) {
    if (cause instanceof RangeError) throw corrupt(file, `damaged ${codec} block`, { cause })
    throw cause
  }
}

export function compressBlock(codec: AvroWriteCodec, bytes: Uint8Array): Uint8Array {
  return codec === 'deflate' ? deflateRawSync(bytes) : bytes
}

function decompressSnappy(bytes: Uint8Array, file: string): Uint8Array {
  if (bytes.length < 5) throw corrupt(file, 'damaged snappy block: it ends early')
  const body = snappyDecompress(bytes.subarray(0, -4), BLOCK_BYTES_MAX)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (crc32OfBytes(body) !== view.getUint32(bytes.length - 4)) {
    throw corrupt(file, 'damaged snappy block: its checksum is wrong')
  }
  return body
}
