/** Metadata of a Lance file: bytes read with limits, messages decoded, and what a page is. */
import { corrupt } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { ByteRange } from '../parquet/file-bytes.ts'
import { ProtobufError } from '../protobuf.ts'

const METADATA_BYTES_MAX = 256 << 20

export interface LancePage {
  readonly buffers: readonly ByteRange[]
  /** Values, or rows of columns with lists. */
  readonly length: number
  /** The message that says how it is encoded. */
  readonly encoding: Uint8Array
  /** The bytes of strings, where they are a column of their own (Lance 0.13). */
  readonly items?: LancePage
}

/** Runs a decoder of messages; its errors become XX001. */
export function decode<T>(url: string, start: number, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (!(error instanceof ProtobufError)) throw error
    throw corrupt(url, `metadata at offset ${start}, byte ${error.offset}: ${error.message}`, { cause: error })
  }
}

/** Reads a part of the metadata; XX001 where it is not within the file. */
export function readRange(file: SyncFile, { start, end }: ByteRange): Uint8Array {
  if (!(start >= 0 && end >= start && end <= file.byteCount && end - start <= METADATA_BYTES_MAX)) {
    throw corrupt(file.url, `metadata at bytes [${start}, ${end}) of a file of ${file.byteCount} bytes`)
  }
  const bytes = new Uint8Array(end - start)
  file.readSync(bytes, start)
  return bytes
}
