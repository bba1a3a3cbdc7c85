/**
 * The footer of a file that is encrypted, or whose columns are, opened with keys.
 *
 *   ... | FileCryptoMetaData (Thrift) | encrypted FileMetaData, a module | u32 length of both | "PARE"
 *   ... | FileMetaData (Thrift) | signature: nonce, 12 bytes, tag, 16 bytes | u32 length of both | "PAR1"
 *
 * Spec: parquet-format 2.11, Encryption.md, section 5.
 */
import { Buffer } from 'node:buffer'
import { SqlError, corrupt, unsupported } from '../../../core/errors.ts'
import type { SyncFile } from '../../../storage/storage.ts'
import { type ChunkCrypto, readColumnMetadataBytes } from '../column-chunk.ts'
import type { ColumnChunk } from '../metadata.ts'
import { type EncryptionAlgorithm, readFileCrypto, readFooterAlgorithm } from './crypto-metadata.ts'
import { DecryptedFile } from './decrypted-file.ts'
import type { ParquetKeys } from './keys.ts'
import { type Cipher, MODULE_COLUMN_METADATA, MODULE_FOOTER, decryptGcm, moduleAt, verifySignature } from './modules.ts'

const TAIL_BYTES = 8
const SIGNATURE_BYTES = 28
const FOOTER_BYTES_MAX = 512 << 20

export interface DecryptedFooter {
  /** FileMetaData, plain. */
  readonly bytes: Uint8Array
  readonly decryption: FileDecryption
}

/** Errors: XX001; 28P01 for wrong keys; 0A000 for algorithms that are not known. */
export function readEncryptedFooter(file: SyncFile, keys: ParquetKeys): DecryptedFooter {
  const { url, byteCount } = file
  if (byteCount < 12) throw corrupt(url, `expected a Parquet file, found ${byteCount} bytes`)
  const tail = Buffer.alloc(TAIL_BYTES)
  file.readSync(tail, byteCount - TAIL_BYTES)
  const length = tail.readUInt32LE(0)
  const magic = tail.toString('latin1', 4)
  if (magic !== 'PARE' && magic !== 'PAR1') throw corrupt(url, `expected "PAR1" or "PARE" at its end`)
  if (length > byteCount - TAIL_BYTES || length > FOOTER_BYTES_MAX) {
    throw corrupt(url, `a footer of ${length} bytes does not fit a file of ${byteCount} bytes`)
  }
  const bytes = new Uint8Array(length)
  file.readSync(bytes, byteCount - TAIL_BYTES - length)
  const { algorithm, end } = magic === 'PARE' ? readFileCrypto(bytes) : readFooterAlgorithm(bytes)
  if (algorithm === undefined) {
    if (magic === 'PARE') throw unsupported(`reading "${url}": an encryption algorithm that is not known`)
    return { bytes, decryption: new FileDecryption(file, keys, undefined) }
  }
  const decryption = new FileDecryption(file, keys, algorithm)
  if (magic === 'PARE') {
    const { body } = moduleAt(url, bytes, end)
    const plain = decryptGcm(decryption.footerCipher, body, { kind: MODULE_FOOTER, ordinals: [] })
    return { bytes: plain, decryption }
  }
  if (bytes.length - end < SIGNATURE_BYTES) throw corrupt(url, 'the footer has no signature')
  verifySignature(decryption.footerCipher, bytes.subarray(0, end), bytes.subarray(end, end + SIGNATURE_BYTES))
  return { bytes: bytes.subarray(0, end), decryption }
}

/** Opens column chunks with the keys of a file. */
export class FileDecryption {
  readonly file: DecryptedFile
  readonly footerCipher: Cipher
  readonly #algorithm: EncryptionAlgorithm | undefined
  readonly #columnKeys: ReadonlyMap<string, Uint8Array>

  constructor(file: SyncFile, keys: ParquetKeys, algorithm: EncryptionAlgorithm | undefined) {
    const { url } = file
    this.file = new DecryptedFile(file)
    this.#algorithm = algorithm
    this.#columnKeys = new Map(keys.columnKeys)
    if (algorithm?.needsPrefix === true && keys.aadPrefix === undefined) {
      throw new SqlError('22023', `${url}: its AAD prefix is not stored in the file`, {
        hint: "encryption_config => {'footer_key': ..., 'aad_prefix': ...}",
      })
    }
    const prefix =
      keys.aadPrefix === undefined ? (algorithm?.aadPrefix ?? new Uint8Array(0)) : Buffer.from(keys.aadPrefix)
    const fileAad = Buffer.concat([prefix, algorithm?.aadFileUnique ?? new Uint8Array(0)])
    this.footerCipher = { key: keys.footerKey, fileAad, url }
  }

  /** A chunk as its readers see it: as it is when it is not encrypted, or when its key is missing. */
  open(chunk: ColumnChunk & ChunkCrypto, place: { rowGroup: number; column: number; key: number }): ColumnChunk {
    if (!chunk.isEncrypted || this.#algorithm === undefined) return chunk
    const { keyPath, encryptedMetadata } = chunk
    const key = keyPath === undefined ? this.footerCipher.key : this.#columnKeys.get(keyPath.join('.'))
    if (key === undefined) return chunk
    const cipher = { ...this.footerCipher, key }
    const { rowGroup, column } = place
    const ordinals = [rowGroup, column]
    let known: ColumnChunk = chunk
    if (encryptedMetadata !== undefined) {
      const { body } = moduleAt(this.file.url, encryptedMetadata, 0)
      const plain = decryptGcm(cipher, body, { kind: MODULE_COLUMN_METADATA, ordinals })
      known = { ...chunk, ...readColumnMetadataBytes(plain) }
    }
    const { dictionaryPageOffset, dataPageOffset, compressedByteCount } = known
    const hasDictionary = dictionaryPageOffset !== undefined && dictionaryPageOffset >= 4
    const start = hasDictionary ? Math.min(dictionaryPageOffset, dataPageOffset) : dataPageOffset
    return this.file.addChunk(place.key, known, {
      ...{ cipher, isCtr: this.#algorithm.isCtr, rowGroup, column },
      ...{ start, byteCount: compressedByteCount, hasDictionary },
    })
  }
}
