/**
 * Deleted rows of a fragment: an Arrow file of one u32 column, or a roaring bitmap.
 *
 *   _deletions/<fragment>-<version read>-<id>.arrow | .bin
 *
 * Of the Arrow file as much is read as it needs: record batches of one column without NULLs, plain or compressed.
 *
 * Spec: lance-format docs, "Deletion Files"; Arrow columnar format, "IPC File Format" and "Message.fbs".
 */
import { type DataError, corrupt, unsupported } from '../../core/errors.ts'
import { decompressAtMost } from '../../format/codec.ts'
import { joinLocation } from '../../storage/file-location.ts'
import type { StorageAccess } from '../../storage/storage-access.ts'
import { readRoaring64 } from '../roaring.ts'
import type { LanceDeletionRef, LanceFragment } from './manifest.ts'

const DELETION_BYTES_MAX = 256 << 20
const ROWS_MAX = 1 << 28
const MESSAGE_RECORD_BATCH = 3

/** Row numbers in the fragment, ascending. */
export async function readDeletionFile(
  access: StorageAccess,
  dataset: string,
  { id, physicalRows }: LanceFragment,
  { kind, readVersion, id: file, isElsewhere, rowCount }: LanceDeletionRef,
): Promise<BigInt64Array> {
  if (isElsewhere) throw unsupported('a Lance deletion file outside of its dataset')
  const name = `${id}-${readVersion}-${file}.${kind === 'array' ? 'arrow' : 'bin'}`
  const url = joinLocation(dataset, '_deletions', name)
  const bytes = await access.storageFor(url).readAll(url, DELETION_BYTES_MAX)
  const rows = (kind === 'array' ? readArrow(bytes, url) : readBitmap(bytes, url)).sort()
  assertAgrees(rows, { rowCount, physicalRows }, url)
  return rows
}

/** XX001 for a file that is not the one the manifest means. Old writers leave the counts out: 0. */
function assertAgrees(
  rows: BigInt64Array,
  { rowCount, physicalRows }: Pick<LanceDeletionRef, 'rowCount'> & Pick<LanceFragment, 'physicalRows'>,
  url: string,
): void {
  if (rowCount > 0 && rows.length !== rowCount) {
    throw corrupt(url, `it deletes ${rows.length} rows, the manifest says ${rowCount}`)
  }
  for (let i = 1; i < rows.length; i++) {
    if (rows[i] === rows[i - 1]) throw corrupt(url, `it deletes row ${rows[i]} twice`)
  }
  const last = rows.at(-1)
  if (last === undefined || physicalRows === 0 || last < BigInt(physicalRows)) return
  throw corrupt(url, `it deletes row ${last} of a fragment of ${physicalRows} rows`)
}

/** A 32-bit bitmap is a 64-bit one with a single key. */
function readBitmap(bytes: Uint8Array, url: string): BigInt64Array {
  const wide = new Uint8Array(bytes.length + 12)
  wide[0] = 1
  wide.set(bytes, 12)
  return readRoaring64(wide, url)
}

/** The footer says where the record batches lie. */
function readArrow(bytes: Uint8Array, url: string): BigInt64Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rows: bigint[] = []
  const end = bytes.length - 10
  if (end < 8 || Buffer.from(bytes.subarray(-6)).toString('latin1') !== 'ARROW1') {
    throw corrupt(url, 'expected an Arrow file')
  }
  const length = view.getInt32(end, true)
  if (length < 4 || length > end) throw corrupt(url, 'a footer does not fit the file')
  const footer = new FlatTable(view, end - length, end - length + view.getUint32(end - length, true), end, url)
  const count = footer.length(10)
  for (let i = 0; i < count; i++) {
    const block = footer.struct(10, i, 24)
    const start = Number(block.getBigInt64(0, true))
    const body = start + block.getInt32(8, true)
    const bodyEnd = body + Number(block.getBigInt64(16, true))
    if (!(start >= 8 && body >= start + 12 && bodyEnd >= body && bodyEnd <= end)) {
      throw corrupt(url, 'a record batch does not fit the file')
    }
    // Newer files have a mark before the length.
    const at = view.getUint32(start, true) === 0xffff_ffff ? start + 8 : start + 4
    const message = new FlatTable(view, at, at + view.getUint32(at, true), body, url)
    if (message.byte(6) !== MESSAGE_RECORD_BATCH) throw corrupt(url, 'expected a record batch')
    readBatch(message.table(8), bytes.subarray(body, bodyEnd), rows, url)
  }
  return BigInt64Array.from(rows)
}

/** Appends the values of a record batch of one u32 column. */
function readBatch(batch: FlatTable, body: Uint8Array, rows: bigint[], url: string): void {
  const count = Number(batch.long(4))
  const values = batch.struct(8, 1, 16)
  if (count < 0 || count > ROWS_MAX || rows.length + count > ROWS_MAX) throw corrupt(url, `${count} rows`)
  let start = Number(values.getBigInt64(0, true))
  let length = Number(values.getBigInt64(8, true))
  if (start < 0 || length < 0 || start + length > body.length) throw corrupt(url, 'a buffer does not fit its body')
  let bytes = body
  const compression = batch.optionalTable(10)
  if (compression !== undefined) {
    const packed = body.subarray(start, start + length)
    const size = packed.length < 8 ? -2 : Number(new DataView(packed.buffer, packed.byteOffset).getBigInt64(0, true))
    if (size > ROWS_MAX * 4 || size < -1) throw corrupt(url, `a buffer of ${size} bytes`)
    // -1: it is stored as it is.
    if (size === -1) bytes = packed.subarray(8)
    else if (compression.byte(4) !== 1) throw unsupported(`reading "${url}": LZ4 frames`)
    else bytes = decompressAtMost('zstd', packed.subarray(8), size, url)
    ;[start, length] = [0, bytes.length]
  }
  if (length < count * 4) throw corrupt(url, 'too few values')
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, length)
  for (let i = 0; i < count; i++) rows.push(BigInt(view.getUint32(i * 4, true)))
}

/** A table of a flatbuffer: fields by their places in its virtual table (4, 6, ...). */
class FlatTable {
  readonly #view: DataView
  readonly #start: number
  readonly #position: number
  readonly #end: number
  readonly #url: string

  constructor(view: DataView, start: number, position: number, end: number, url: string) {
    this.#view = view
    this.#start = start
    this.#position = position
    this.#end = end
    this.#url = url
    this.#check(position, 4)
  }

  byte(field: number): number {
    const at = this.#field(field)
    return at === 0 ? 0 : this.#view.getUint8(this.#check(at, 1))
  }

  long(field: number): bigint {
    const at = this.#field(field)
    return at === 0 ? 0n : this.#view.getBigInt64(this.#check(at, 8), true)
  }

  table(field: number): FlatTable {
    const table = this.optionalTable(field)
    if (table === undefined) throw this.#error()
    return table
  }

  optionalTable(field: number): FlatTable | undefined {
    const at = this.#field(field)
    if (at === 0) return undefined
    const position = at + this.#view.getUint32(this.#check(at, 4), true)
    return new FlatTable(this.#view, this.#start, position, this.#end, this.#url)
  }

  /** Elements of a vector; 0 when it is absent. */
  length(field: number): number {
    const at = this.#field(field)
    if (at === 0) return 0
    const vector = at + this.#view.getUint32(this.#check(at, 4), true)
    return this.#view.getUint32(this.#check(vector, 4), true)
  }

  /** Element `index` of a vector of structs of `size` bytes. */
  struct(field: number, index: number, size: number): DataView {
    const at = this.#field(field)
    if (at === 0) throw this.#error()
    const vector = at + this.#view.getUint32(this.#check(at, 4), true)
    if (this.#view.getUint32(this.#check(vector, 4), true) <= index) throw this.#error()
    const start = this.#check(vector + 4 + index * size, size)
    return new DataView(this.#view.buffer, this.#view.byteOffset + start, size)
  }

  #field(field: number): number {
    const vtable = this.#position - this.#view.getInt32(this.#position, true)
    const length = this.#view.getUint16(this.#check(vtable, 4), true)
    if (field + 2 > length) return 0
    const offset = this.#view.getUint16(this.#check(vtable + field, 2), true)
    return offset === 0 ? 0 : this.#position + offset
  }

  #check(at: number, byteCount: number): number {
    if (at < this.#start || at + byteCount > this.#end) throw this.#error()
    return at
  }

  #error(): DataError {
    return corrupt(this.#url, 'a message is malformed')
  }
}
