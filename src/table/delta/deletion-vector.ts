/**
 * Deletion vectors: the deleted rows of a data file, in the log itself or in a file.
 *
 *   file:   version 1 | ( length (u32 BE) | vector | CRC-32 of the vector (u32 BE) )*
 *   vector: magic 1681511377 (u32 LE) | 64-bit Roaring bitmap
 *
 * `u` names a file in the table's folder by a uuid in Z85, which a folder may stand before; `p` a file anywhere; `i` is the vector in Z85.
 *
 * Spec: Delta PROTOCOL.md, "Deletion Vectors", "Deletion Vector Format".
 */
import { crc32OfBytes } from '../../core/crc32.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { readRoaring64 } from '../roaring.ts'
import { type DeletionVectorDescriptor, decodePath } from './actions.ts'
import { decodeZ85 } from './z85.ts'

const MAGIC = 1_681_511_377
/** An older form: count (u32), then each bitmap with its length (u32) before it. The specification's inline example is one, big-endian. */
const MAGIC_OF_LIST = 1_681_511_376
const UUID_CHARACTERS = 20
/** 2^28 deleted rows as runs and bitmaps stay far below. */
const VECTOR_BYTES_MAX = 512 << 20

/** The deleted row numbers, ascending. Errors: XX001 for damaged vectors, 58P01 when the file is gone. */
export async function readDeletionVector(
  access: StorageAccess,
  tableUrl: string,
  vector: DeletionVectorDescriptor,
): Promise<BigInt64Array> {
  const { storageType, pathOrInlineDv, sizeInBytes, cardinality } = vector
  if (sizeInBytes < 4 || sizeInBytes > VECTOR_BYTES_MAX) {
    throw corrupt(tableUrl, `a deletion vector says to have ${sizeInBytes} bytes`)
  }
  const isInline = storageType === 'i'
  const file = isInline ? `${tableUrl} (inline deletion vector)` : vectorUrl(access, tableUrl, vector)
  const bytes = isInline ? inlineBytes(pathOrInlineDv, sizeInBytes, file) : await fileBytes(access, file, vector)
  const rows = readRoaring64(bitmapOf(bytes, file), file)
  if (cardinality >= 0 && rows.length !== cardinality) {
    throw corrupt(file, `a deletion vector holds ${rows.length} rows instead of ${cardinality}`)
  }
  return rows
}

/** The 64-bit bitmap of a vector in either form. */
function bitmapOf(bytes: Uint8Array, file: string): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) === MAGIC) return bytes.subarray(4)
  for (const isLittleEndian of [true, false]) {
    if (view.getUint32(0, isLittleEndian) === MAGIC_OF_LIST) return fromList(view, isLittleEndian, file)
  }
  throw corrupt(file, 'no deletion vector: the magic number is wrong')
}

/** A list of bitmaps, the place of each being its key, with the keys put before them. */
function fromList(view: DataView, isLittleEndian: boolean, file: string): Uint8Array {
  let position = 4
  const next = (): number => {
    if (position + 4 > view.byteLength) throw corrupt(file, 'the deletion vector ends early')
    position += 4
    return view.getUint32(position - 4, isLittleEndian)
  }
  const count = next()
  const parts: Uint8Array[] = [new Uint8Array(BigUint64Array.of(BigInt(count)).buffer)]
  for (let key = 0; key < count; key++) {
    const byteCount = next()
    if (position + byteCount > view.byteLength) throw corrupt(file, 'the deletion vector ends early')
    parts.push(new Uint8Array(Uint32Array.of(key).buffer))
    parts.push(new Uint8Array(view.buffer, view.byteOffset + position, byteCount))
    position += byteCount
  }
  return Buffer.concat(parts)
}

function vectorUrl(
  access: StorageAccess,
  tableUrl: string,
  { storageType, pathOrInlineDv }: DeletionVectorDescriptor,
): string {
  if (storageType === 'p') {
    // Tables of Delta's own tests have a placeholder for the table's folder; others can be given by REMAP.
    const located = access.locate(decodePath(pathOrInlineDv))
    return located.replace(/^(?:file:)?(?:\/\/)?\{\{FOLDER\}\}/, () => tableUrl)
  }
  if (storageType !== 'u') throw unsupported(`a Delta deletion vector of storage type "${storageType}"`)
  const split = pathOrInlineDv.length - UUID_CHARACTERS
  const uuid = decodeZ85Uuid(pathOrInlineDv.slice(Math.max(split, 0)))
  if (split < 0 || uuid === undefined) {
    throw corrupt(tableUrl, `the name of a deletion vector is malformed: "${pathOrInlineDv}"`)
  }
  const prefix = pathOrInlineDv.slice(0, split)
  return joinLocation(tableUrl, ...(prefix === '' ? [] : [prefix]), `deletion_vector_${uuid}.bin`)
}

function decodeZ85Uuid(text: string): string | undefined {
  const bytes = decodeZ85(text)
  if (bytes?.length !== 16) return undefined
  return Buffer.from(bytes)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function inlineBytes(text: string, byteCount: number, file: string): Uint8Array {
  const bytes = decodeZ85(text)
  // Z85 fills up to a multiple of 4.
  if (bytes === undefined || bytes.length < byteCount || bytes.length >= byteCount + 4) {
    throw corrupt(file, 'its text is damaged')
  }
  return bytes.subarray(0, byteCount)
}

async function fileBytes(
  access: StorageAccess,
  url: string,
  { offset = 0, sizeInBytes }: DeletionVectorDescriptor,
): Promise<Uint8Array> {
  const bytes = await access.storageFor(url).read(url, offset, offset + sizeInBytes + 8)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== sizeInBytes) {
    throw corrupt(url, `a deletion vector of ${view.getUint32(0)} bytes instead of ${sizeInBytes} at offset ${offset}`)
  }
  const vector = bytes.subarray(4, 4 + sizeInBytes)
  if (crc32OfBytes(vector) !== view.getUint32(4 + sizeInBytes)) {
    throw corrupt(url, `the checksum of the deletion vector at offset ${offset} is wrong`)
  }
  return vector
}
