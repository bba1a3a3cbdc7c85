/**
 * .xz: decompression of a stream whose blocks are LZMA2.
 *
 *   FD "7zXZ" 00  flags (2)  CRC-32     blocks ...     index: 00 ...     CRC-32  size  flags  "YZ"
 *   block: header (its size in words less one, flags, sizes, filters, padding, CRC-32)  LZMA2 chunks  padding to 4  check
 *
 * Spec: The .xz File Format 1.2. Filters for executable code, which precede LZMA2, are refused.
 */
import { createHash } from 'node:crypto'
import { crc32OfBytes } from '../../core/crc32.ts'
import { unsupported } from '../../core/errors.ts'
import { LzmaOutput, damagedLzma, readLzma2 } from './lzma2.ts'

const MAGIC = [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]
const HEADER_BYTES = 12
const LZMA2 = 0x21

/** Bytes of a check by its number. */
const CHECK_BYTES = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]
const CRC_32 = 1
const CRC_64 = 4
const SHA_256 = 10

/** RangeError for damaged bytes, and when more than `byteCountMax` come out; 0A000 for other filters. */
export function unxz(bytes: Uint8Array, byteCountMax: number): Uint8Array {
  if (bytes.length < HEADER_BYTES || MAGIC.some((byte, i) => bytes[i] !== byte)) throw damagedLzma('no .xz stream')
  if (crc32OfBytes(bytes.subarray(6, 8)) !== viewOf(bytes).getUint32(8, true)) throw damagedLzma('a header is damaged')
  const check = bytes[7]! & 0x0f
  const out = new LzmaOutput(byteCountMax)
  let at = HEADER_BYTES
  while (bytes[at] !== 0) at = readBlock(bytes, at, check, out)
  return out.bytes.subarray(0, out.length)
}

/** Where the next block begins, or the index. */
function readBlock(bytes: Uint8Array, start: number, check: number, out: LzmaOutput): number {
  const headerBytes = ((bytes[start] ?? 0) + 1) * 4
  const data = start + headerBytes
  if (start >= bytes.length || data > bytes.length) throw damagedLzma('it ends early')
  const header = bytes.subarray(start, data - 4)
  if (crc32OfBytes(header) !== viewOf(bytes).getUint32(data - 4, true)) throw damagedLzma('a header is damaged')
  assertOnlyLzma2(header)
  const from = out.length
  const end = readLzma2(bytes, data, out)
  // Counted from the block's own beginning, which is a multiple of four itself.
  const checkStart = start + Math.ceil((end - start) / 4) * 4
  const next = checkStart + CHECK_BYTES[check]!
  if (next > bytes.length) throw damagedLzma('it ends early')
  verify(bytes.subarray(checkStart, next), check, out.bytes.subarray(from, out.length))
  return next
}

function assertOnlyLzma2(header: Uint8Array): void {
  const flags = header[1] ?? 0
  let at = 2
  const skipNumber = (): void => {
    while ((header[at++] ?? 0) >= 0x80);
  }
  if ((flags & 0x40) !== 0) skipNumber()
  if ((flags & 0x80) !== 0) skipNumber()
  if ((flags & 3) !== 0 || header[at] !== LZMA2) throw unsupported('an .xz stream with other filters than LZMA2')
}

function verify(expected: Uint8Array, check: number, content: Uint8Array): void {
  const view = viewOf(expected)
  const isRight =
    (check === CRC_32 && crc32OfBytes(content) === view.getUint32(0, true)) ||
    (check === CRC_64 && crc64(content) === view.getBigUint64(0, true)) ||
    (check === SHA_256 && createHash('sha256').update(content).digest().equals(expected)) ||
    // None, or one that is not known: the specification lets readers pass over it.
    ![CRC_32, CRC_64, SHA_256].includes(check)
  if (!isRight) throw damagedLzma('the checksum is wrong')
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

const CRC64_POLYNOMIAL = 0xc96c_5795_d787_0f42n

/** Low and high words of what each byte adds. */
const CRC64_TABLE = ((): readonly [Uint32Array, Uint32Array] => {
  const [low, high] = [new Uint32Array(256), new Uint32Array(256)]
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte)
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ CRC64_POLYNOMIAL : crc >> 1n
    low[byte] = Number(crc & 0xffff_ffffn)
    high[byte] = Number(crc >> 32n)
  }
  return [low, high]
})()

/** ECMA-182's, from the lowest bit on. */
function crc64(bytes: Uint8Array): bigint {
  const [lowTable, highTable] = CRC64_TABLE
  let [low, high] = [0xffff_ffff, 0xffff_ffff]
  for (const byte of bytes) {
    const index = (low ^ byte) & 0xff
    low = ((low >>> 8) | (high << 24)) ^ lowTable[index]!
    high = (high >>> 8) ^ highTable[index]!
  }
  return (BigInt(~high >>> 0) << 32n) | BigInt(~low >>> 0)
}
