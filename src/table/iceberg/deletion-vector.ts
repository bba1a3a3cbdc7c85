/**
 * Deletion vectors: the deleted rows of one data file as a bitmap in a Puffin file. The manifest says where it lies.
 *
 *   length of magic and vector (u32 BE) | magic D1 D3 39 64 | vector | CRC-32 of magic and vector (u32 BE)
 *   vector: count (u64 LE) | count x ( high 32 bits of the positions (u32 LE) | 32-bit Roaring bitmap )
 *
 * Spec: Iceberg puffin-spec.md, "deletion-vector-v1 blob type"; Roaring bitmap format spec, "64-bit Roaring bitmaps".
 */
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt } from '../../core/errors.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import type { ContentFile } from './manifest.ts'
import { readRoaring64 } from '../roaring.ts'

const MAGIC = 0xd1d3_3964
/** 2^28 deleted rows as runs and bitmaps stay far below. */
const BLOB_BYTES_MAX = 512 << 20

/** The deleted positions, ascending; XX001 when the blob is damaged. */
export async function readDeletionVector(access: StorageAccess, file: ContentFile): Promise<BigInt64Array> {
  const { contentOffset: start, contentByteCount: byteCount, recordCount, path } = file
  if (start === undefined || byteCount === undefined || byteCount < 12 || byteCount > BLOB_BYTES_MAX) {
    throw corrupt(path, 'a deletion vector has no place in its file')
  }
  const url = access.locate(path)
  const bytes = await access.storageFor(url).read(url, start, start + byteCount)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== byteCount - 8 || view.getUint32(4) !== MAGIC) {
    throw corrupt(path, `no deletion vector at offset ${start}`)
  }
  if (crc32OfBytes(bytes.subarray(4, -4)) !== view.getUint32(byteCount - 4)) {
    throw corrupt(path, `the checksum of the deletion vector at offset ${start} is wrong`)
  }
  const rows = readRoaring64(bytes.subarray(8, -4), path)
  if (rows.length !== recordCount) {
    throw corrupt(path, `a deletion vector holds ${rows.length} rows instead of ${recordCount}`)
  }
  return rows
}
