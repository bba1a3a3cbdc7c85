/**
 * An encrypted file as its readers see it: column chunks decrypted, at places of their own behind the file's.
 *
 *   the file's own bytes | ... | chunk 0, plain | ... | chunk 1, plain | ...        chunk k at (k + 1) * CHUNK_SPACE
 *
 * A chunk is decrypted as a whole when its length is asked for or it is read, and given up when it was read to its end. Page indexes and Bloom filters are not
 * used: statistics of column chunks are.
 *
 * Spec: parquet-format 2.11, Encryption.md.
 */
import { corrupt, unsupported } from '../../../core/errors.ts'
import type { SyncFile } from '../../../storage/storage.ts'
import type { ColumnChunk } from '../metadata.ts'
import { readPageHeader } from '../page-header.ts'
import { ThriftReader } from '../thrift.ts'
import {
  type Cipher,
  MODULE_DATA_PAGE,
  MODULE_DATA_PAGE_HEADER,
  MODULE_DICTIONARY_PAGE,
  MODULE_DICTIONARY_PAGE_HEADER,
  decryptCtr,
  decryptGcm,
  moduleAt,
} from './modules.ts'

const CHUNK_SPACE = 2 ** 32
const CHUNKS_MAX = 2 ** 18

/** An encrypted column chunk. */
export interface EncryptedChunk {
  readonly cipher: Cipher
  readonly isCtr: boolean
  readonly rowGroup: number
  readonly column: number
  /** Bytes in the file. */
  readonly start: number
  readonly byteCount: number
  readonly hasDictionary: boolean
}

export class DecryptedFile implements SyncFile {
  readonly byteCount: number = (CHUNKS_MAX + 2) * CHUNK_SPACE
  readonly #file: SyncFile
  readonly #chunks = new Map<number, EncryptedChunk>()
  readonly #plain = new Map<number, Uint8Array>()

  constructor(file: SyncFile) {
    this.#file = file
  }

  get url(): string {
    return this.#file.url
  }

  get modifiedMs(): number {
    return this.#file.modifiedMs
  }

  /** The metadata of a chunk as that of its plain bytes. `key`: a number of its own among the file's chunks. */
  addChunk(key: number, chunk: ColumnChunk, encrypted: EncryptedChunk): ColumnChunk {
    if (key >= CHUNKS_MAX)
      throw unsupported(`reading "${this.url}": an encrypted file of more than ${CHUNKS_MAX} column chunks`)
    this.#chunks.set(key, encrypted)
    const plainBytes = (): number => this.#plainOf(key).length
    const { physical, path, codec, valueCount, uncompressedByteCount, statistics } = chunk
    return {
      ...{ physical, path, codec, valueCount, uncompressedByteCount },
      dataPageOffset: (key + 1) * CHUNK_SPACE,
      // Known once the chunk is decrypted.
      get compressedByteCount() {
        return plainBytes()
      },
      ...(statistics === undefined ? {} : { statistics }),
      isEncrypted: false,
      isElsewhere: chunk.isElsewhere,
    }
  }

  readSync(into: Uint8Array, start: number): void {
    if (start + into.length <= this.#file.byteCount) {
      this.#file.readSync(into, start)
      return
    }
    const key = Math.floor(start / CHUNK_SPACE) - 1
    const plain = this.#plainOf(key)
    const from = start - (key + 1) * CHUNK_SPACE
    if (from < 0 || from + into.length > plain.length) throw corrupt(this.url, 'an encrypted column chunk ends early')
    into.set(plain.subarray(from, from + into.length))
    if (from + into.length === plain.length) this.#plain.delete(key)
  }

  close(): void {
    this.#plain.clear()
    this.#file.close()
  }

  #plainOf(key: number): Uint8Array {
    let plain = this.#plain.get(key)
    if (plain === undefined) {
      const chunk = this.#chunks.get(key)
      if (chunk === undefined) throw corrupt(this.url, 'no column chunk lies there')
      plain = this.#decrypt(chunk)
      this.#plain.set(key, plain)
    }
    return plain
  }

  /** Pages one after another, each a header and a body. */
  #decrypt({ cipher, isCtr, rowGroup, column, start, byteCount, hasDictionary }: EncryptedChunk): Uint8Array {
    if (start < 4 || start + byteCount > this.#file.byteCount || byteCount > CHUNK_SPACE) {
      throw corrupt(this.url, `an encrypted column chunk of ${byteCount} bytes at offset ${start}`)
    }
    const bytes = new Uint8Array(byteCount)
    this.#file.readSync(bytes, start)
    const parts: Uint8Array[] = []
    let page = hasDictionary ? -1 : 0
    for (let at = 0; at < byteCount; page++) {
      const isDictionary = page < 0
      const ordinals = isDictionary ? [rowGroup, column] : [rowGroup, column, page]
      const header = moduleAt(this.url, bytes, at)
      const headerKind = isDictionary ? MODULE_DICTIONARY_PAGE_HEADER : MODULE_DATA_PAGE_HEADER
      const plainHeader = decryptGcm(cipher, header.body, { kind: headerKind, ordinals })
      const body = moduleAt(this.url, bytes, header.end)
      const kind = isDictionary ? MODULE_DICTIONARY_PAGE : MODULE_DATA_PAGE
      const plainBody = isCtr ? decryptCtr(cipher, body.body) : decryptGcm(cipher, body.body, { kind, ordinals })
      parts.push(withBodyLength(plainHeader, plainBody.length), plainBody)
      at = body.end
    }
    return Buffer.concat(parts)
  }
}

/**
 * A page header that has the length of the plain body, where writers put that of the encrypted one. The number takes no fewer bytes than before: those that are
 * not needed say that more follow.
 */
function withBodyLength(header: Uint8Array, byteCount: number): Uint8Array {
  const reader = new ThriftReader(header)
  reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId !== 3) {
      reader.skipField()
      continue
    }
    const from = reader.position
    reader.readCount()
    const changed = Uint8Array.from(header)
    let rest = byteCount * 2
    for (let at = from; at < reader.position; at++) {
      const isLast = at === reader.position - 1
      changed[at] = (rest & 127) | (isLast ? 0 : 128)
      rest = Math.floor(rest / 128)
    }
    // Checks that what was written is read. Some versions of Arrow leave bytes behind the structure.
    const check = new ThriftReader(changed)
    if (readPageHeader(check).compressedByteCount === byteCount) return changed.subarray(0, check.position)
    break
  }
  throw corrupt('page header', `a page of ${byteCount} bytes does not fit its header`)
}
