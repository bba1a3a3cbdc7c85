/**
 * The end of a Parquet file, and a cache of what it says.
 *
 *   ... | FileMetaData (Thrift) | u32 length of it | "PAR1"      ("PARE": the footer is encrypted)
 *
 * Footers are cached by url, size and modification time, each thread its own: a file that changed is another file.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import type { SyncFile } from '../../storage/storage.ts'
import { type FileDecryption, readEncryptedFooter } from './encryption/encrypted-footer.ts'
import type { ParquetKeys } from './encryption/keys.ts'
import { IndexCache } from './index-cache.ts'
import { type FileMetadata, readFileMetadata } from './metadata.ts'
import { type SchemaNode, buildSchema } from './schema.ts'
import { ThriftError } from './thrift.ts'

const KEYS_HINT =
  "read_parquet(..., encryption_config => {'footer_key': '...', 'column_keys': {'column': '...'}}) reads it."

const MAGIC = 'PAR1'
const MAGIC_ENCRYPTED = 'PARE'
/** Most footers fit, so that one read is enough; 32 KiB from the page cache take as long as 8 bytes. */
const TAIL_BYTES = 32 << 10
/** Footers of 10,000 columns and 1,000 row groups have some 100 MiB. */
const FOOTER_BYTES_MAX = 512 << 20
const CACHE_BYTES_MAX = 64 << 20
/** What a footer takes besides its bytes: its schema as objects, and the key. Measured with 20,000 files of a few columns. */
const DECODED_BYTES = 6 << 10

/** A footer, decoded. */
export interface Footer {
  readonly metadata: FileMetadata
  readonly schema: SchemaNode
  readonly indexes: IndexCache
  /** Of files that are read with keys. */
  readonly decryption?: FileDecryption
}

const cache = new Map<string, Footer>()
let cachedBytes = 0

/** The file's footer, from the cache or read now. Errors: XX001, 0A000 for encrypted footers. */
export function readFooter(file: SyncFile): Footer {
  const key = `${file.byteCount}:${file.modifiedMs}:${file.url}`
  const known = cache.get(key)
  if (known !== undefined) {
    // Last used, last thrown out.
    cache.delete(key)
    cache.set(key, known)
    return known
  }
  const footer = decodeFooter(file, readFooterBytes(file))
  const byteCount = weightOf(footer)
  if (byteCount <= CACHE_BYTES_MAX / 4) {
    cache.set(key, footer)
    cachedBytes += byteCount
    for (const [oldest, old] of cache) {
      if (cachedBytes <= CACHE_BYTES_MAX) break
      cache.delete(oldest)
      cachedBytes -= weightOf(old)
    }
  }
  return footer
}

/** The footer of a file that is read with keys: kept by nobody, because who has no keys must not see it. Errors: as readEncryptedFooter. */
export function readFooterWithKeys(file: SyncFile, keys: ParquetKeys): Footer {
  try {
    const { bytes, decryption } = readEncryptedFooter(file, keys)
    // What a key vouches for may have more behind the metadata: writers leave some.
    return { ...decodeFooter(file, bytes, true), decryption }
  } catch (error) {
    throw fromThriftError(error, file.url, 0)
  }
}

function weightOf({ metadata }: Footer): number {
  return metadata.footer.length + DECODED_BYTES
}

function readFooterBytes(file: SyncFile): Uint8Array {
  const { url, byteCount } = file
  if (byteCount < 12) throw corrupt(url, `expected a Parquet file, found ${byteCount} bytes`)
  const tail = new Uint8Array(Math.min(TAIL_BYTES, byteCount))
  file.readSync(tail, byteCount - tail.length)
  const magic = Buffer.from(tail.subarray(-4)).toString('latin1')
  if (magic === MAGIC_ENCRYPTED) throw unsupported(`reading "${url}": an encrypted Parquet footer`, { hint: KEYS_HINT })
  if (magic !== MAGIC) {
    throw corrupt(url, `expected "${MAGIC}" at offset ${byteCount - 4}, found ${JSON.stringify(magic)}`)
  }
  const length = Buffer.from(tail.buffer).readUInt32LE(tail.length - 8)
  if (length > byteCount - 12 || length > FOOTER_BYTES_MAX) {
    throw corrupt(url, `footer length ${length} at offset ${byteCount - 8} does not fit a file of ${byteCount} bytes`)
  }
  if (length + 8 <= tail.length) return tail.slice(tail.length - 8 - length, tail.length - 8)
  const bytes = new Uint8Array(length)
  file.readSync(bytes, byteCount - 8 - length)
  return bytes
}

function decodeFooter({ url, byteCount }: SyncFile, bytes: Uint8Array, isAuthentic = false): Footer {
  try {
    const metadata = readFileMetadata(bytes, isAuthentic)
    return { metadata, schema: buildSchema(metadata.elements), indexes: new IndexCache() }
  } catch (error) {
    throw fromThriftError(error, url, byteCount - 8 - bytes.length)
  }
}

/** The error to throw for one that reading a Thrift structure at `start` of a file gave. */
export function fromThriftError(error: unknown, url: string, start: number): unknown {
  if (!(error instanceof ThriftError)) return error
  return corrupt(url, `metadata at offset ${start + error.offset}: ${error.message}`, {
    cause: error,
  })
}
