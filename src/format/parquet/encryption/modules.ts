/**
 * Modules: the parts of a Parquet file that are encrypted each by itself.
 *
 *   GCM   u32 length of the rest | nonce, 12 bytes | ciphertext | tag, 16 bytes
 *   CTR   u32 length of the rest | nonce, 12 bytes | ciphertext             (pages, where the algorithm is AES_GCM_CTR_V1)
 *
 * A tag also vouches for what is not in the module: the file's identity, the kind of module, and where it stands, so that modules cannot change places.
 *
 * Spec: parquet-format 2.11, Encryption.md, sections 4 and 5.
 */
import { createDecipheriv } from 'node:crypto'
import { DataError, corrupt } from '../../../core/errors.ts'

/** Kinds of modules by their number in the AAD. */
export const MODULE_FOOTER = 0
export const MODULE_COLUMN_METADATA = 1
export const MODULE_DATA_PAGE = 2
export const MODULE_DICTIONARY_PAGE = 3
export const MODULE_DATA_PAGE_HEADER = 4
export const MODULE_DICTIONARY_PAGE_HEADER = 5

const LENGTH_BYTES = 4
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Where a module stands: by the number of its row group, column and page, as far as its kind has them. */
export interface ModulePlace {
  readonly kind: number
  readonly ordinals: readonly number[]
}

export interface Cipher {
  readonly key: Uint8Array
  readonly fileAad: Uint8Array
  /** For errors. */
  readonly url: string
}

/** A module that begins at `start` of `bytes`. */
export interface ModuleBytes {
  /** Nonce, ciphertext and tag. */
  readonly body: Uint8Array
  readonly end: number
}

/** XX001 when the module does not fit the bytes. */
export function moduleAt(url: string, bytes: Uint8Array, start: number): ModuleBytes {
  const bodyStart = start + LENGTH_BYTES
  if (bodyStart > bytes.length) throw corrupt(url, 'an encrypted module ends early')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bodyStart + view.getUint32(start, true)
  if (end > bytes.length || end - bodyStart < NONCE_BYTES) throw corrupt(url, 'an encrypted module ends early')
  return { body: bytes.subarray(bodyStart, end), end }
}

/** The plain bytes of a module. Errors: 28P01 when the key is not the one it was encrypted with, or the module was changed. */
export function decryptGcm({ key, fileAad, url }: Cipher, body: Uint8Array, place: ModulePlace): Uint8Array {
  if (body.length < NONCE_BYTES + TAG_BYTES) throw corrupt(url, 'an encrypted module ends early')
  const decipher = createDecipheriv(gcmName(key), key, body.subarray(0, NONCE_BYTES))
  decipher.setAAD(aadOf(fileAad, place))
  decipher.setAuthTag(body.subarray(-TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()])
  } catch (cause) {
    throw wrongKey(url, cause)
  }
}

/** CTR has no tag: a wrong key shows in what comes out only. */
export function decryptCtr({ key }: Cipher, body: Uint8Array): Uint8Array {
  const counter = Buffer.alloc(16)
  counter.set(body.subarray(0, NONCE_BYTES))
  counter.writeUInt32BE(1, NONCE_BYTES)
  const decipher = createDecipheriv(`aes-${key.length * 8}-ctr` as 'aes-256-ctr', key, counter)
  return Buffer.concat([decipher.update(body.subarray(NONCE_BYTES)), decipher.final()])
}

/** Compares the signature of a footer that is not encrypted: nonce and tag behind it, as if it had been. */
export function verifySignature(cipher: Cipher, footer: Uint8Array, signature: Uint8Array): void {
  const { key, fileAad, url } = cipher
  // The tag is of what encrypting would give: CTR from counter 2 on, as GCM does it.
  const counter = Buffer.alloc(16)
  counter.set(signature.subarray(0, NONCE_BYTES))
  counter.writeUInt32BE(2, NONCE_BYTES)
  const encrypt = createDecipheriv(`aes-${key.length * 8}-ctr` as 'aes-256-ctr', key, counter)
  const encrypted = Buffer.concat([encrypt.update(footer), encrypt.final()])
  const decipher = createDecipheriv(gcmName(key), key, signature.subarray(0, NONCE_BYTES))
  decipher.setAAD(aadOf(fileAad, { kind: MODULE_FOOTER, ordinals: [] }))
  decipher.setAuthTag(signature.subarray(NONCE_BYTES))
  try {
    decipher.update(encrypted)
    decipher.final()
  } catch (cause) {
    throw wrongKey(url, cause)
  }
}

function gcmName(key: Uint8Array): 'aes-256-gcm' {
  return `aes-${key.length * 8}-gcm` as 'aes-256-gcm'
}

function aadOf(fileAad: Uint8Array, { kind, ordinals }: ModulePlace): Uint8Array {
  const suffix = Buffer.alloc(1 + ordinals.length * 2)
  suffix[0] = kind
  ordinals.forEach((ordinal, i) => suffix.writeInt16LE(ordinal, 1 + 2 * i))
  return Buffer.concat([fileAad, suffix])
}

function wrongKey(url: string, cause: unknown): DataError {
  return new DataError('28P01', `${url}: the key given is not that of the file, or the file was changed`, { cause })
}
