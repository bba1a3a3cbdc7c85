/**
 * Deletion vectors: which rows of data files are deleted, found through the index manifest of a snapshot.
 *
 *   index file: version byte 1 | (u32 size, magic, bitmap, u32 CRC) ...          sizes and CRC big-endian
 *   magic 1581511376 big-endian: a 32-bit roaring bitmap; 1681511377 little-endian: a 64-bit one
 *
 * Spec: Apache Paimon, "Table Index", "Deletion Vectors".
 */
import { Buffer } from 'node:buffer'
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { readRoaring32, readRoaring64 } from '../roaring.ts'
import { RecordFields } from './manifest.ts'
import { readManifestRecords } from './manifest-records.ts'

/** Where a file's vector lies. */
export interface VectorPlace {
  readonly indexFile: string
  readonly externalPath: string | undefined
  readonly partition: Uint8Array
  readonly bucket: number
  readonly offset: number
  readonly length: number
  readonly cardinality: number | undefined
}

const MAGIC_32 = 1_581_511_376
const MAGIC_64 = 1_681_511_377
const INDEX_TYPE = 'DELETION_VECTORS'
const VECTOR_BYTES_MAX = 1 << 30

/** By partition, bucket and data file: `vectorKey`. */
export async function readVectorPlaces(
  access: StorageAccess,
  root: string,
  indexManifest: string,
): Promise<ReadonlyMap<string, VectorPlace>> {
  const url = joinLocation(root, 'manifest', indexManifest)
  const places = new Map<string, VectorPlace>()
  for await (const block of readManifestRecords(access, url)) {
    for (const record of block) {
      const fields = new RecordFields(record, url)
      if (fields.text('_INDEX_TYPE') !== INDEX_TYPE) continue
      if (fields.integer('_KIND') !== 0n) throw corrupt(url, 'an index manifest with deleted entries')
      const [partition, bucket] = [fields.bytes('_PARTITION'), Number(fields.integer('_BUCKET'))]
      const [indexFile, externalPath] = [fields.text('_FILE_NAME'), fields.optionalText('_EXTERNAL_PATH')]
      // Versions of Paimon spell the field in two ways.
      const ranges =
        fields.optionalRecords('_DELETIONS_VECTORS_RANGES') ?? fields.optionalRecords('_DELETION_VECTORS_RANGES') ?? []
      for (const range of ranges) {
        const cardinality = range.optionalInteger('_CARDINALITY')
        places.set(vectorKey(partition, bucket, range.text('f0')), {
          ...{ indexFile, externalPath, partition, bucket },
          offset: Number(range.integer('f1')),
          length: Number(range.integer('f2')),
          cardinality: cardinality === undefined ? undefined : Number(cardinality),
        })
      }
    }
  }
  return places
}

export function vectorKey(partition: Uint8Array, bucket: number, fileName: string): string {
  return `${Buffer.from(partition).toString('latin1')}|${bucket}|${fileName}`
}

/** The deleted rows of one data file, ascending; XX001 for damaged vectors. */
export async function readVector(access: StorageAccess, url: string, place: VectorPlace): Promise<BigInt64Array> {
  const { offset, length } = place
  if (!(offset >= 0 && length >= 8 && length <= VECTOR_BYTES_MAX))
    throw corrupt(url, 'a deletion vector of an impossible size')
  const storage = access.storageFor(url)
  const { byteCount } = await storage.stat(url)
  // The length leaves out the size and the CRC in the one form, and counts them in the other.
  const bytes = await storage.read(url, offset, Math.min(byteCount, offset + length + 8))
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const size = view.getUint32(0)
  if (size < 4 || size + 8 > bytes.length) throw corrupt(url, `a deletion vector at ${offset} ends early`)
  const body = bytes.subarray(4, 4 + size)
  if (crc32OfBytes(body) !== view.getUint32(4 + size))
    throw corrupt(url, `the deletion vector at ${offset} does not match its checksum`)
  if (view.getUint32(4) === MAGIC_32) {
    if (size !== length) throw corrupt(url, `a deletion vector at ${offset} has another size than recorded`)
    return checked(readRoaring32(body.subarray(4), url), place, url)
  }
  if (view.getUint32(4, true) === MAGIC_64) {
    if (size !== length - 8) throw corrupt(url, `a deletion vector at ${offset} has another size than recorded`)
    return checked(readRoaring64(body.subarray(4), url), place, url)
  }
  throw corrupt(url, `a deletion vector at ${offset} of an unknown form`)
}

function checked(rows: BigInt64Array, { cardinality }: VectorPlace, url: string): BigInt64Array {
  if (cardinality !== undefined && cardinality !== rows.length) {
    throw corrupt(url, `a deletion vector has ${rows.length} rows instead of ${cardinality}`)
  }
  return rows
}
