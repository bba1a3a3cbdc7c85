/**
 * What a file says of its encryption: FileCryptoMetaData before an encrypted footer, two fields of a footer that is not encrypted.
 *
 * Spec: parquet-format 2.11, Encryption.md, section 5; parquet.thrift, EncryptionAlgorithm.
 */
import { ThriftReader, TYPE_BINARY, TYPE_STRUCT } from '../thrift.ts'

export interface EncryptionAlgorithm {
  /** Pages have no tags. */
  readonly isCtr: boolean
  readonly aadPrefix: Uint8Array
  readonly aadFileUnique: Uint8Array
  /** The prefix is not in the file: whoever reads it must know it. */
  readonly needsPrefix: boolean
}

/** Reads FileCryptoMetaData; where it ends. Undefined when it names no algorithm that is known. */
export function readFileCrypto(bytes: Uint8Array): { algorithm: EncryptionAlgorithm | undefined; end: number } {
  return readAlgorithmField(bytes, 1)
}

/** The algorithm of a footer that is not encrypted, and where the footer ends; undefined when nothing is. */
export function readFooterAlgorithm(bytes: Uint8Array): { algorithm: EncryptionAlgorithm | undefined; end: number } {
  return readAlgorithmField(bytes, 8)
}

function readAlgorithmField(
  bytes: Uint8Array,
  field: number,
): { algorithm: EncryptionAlgorithm | undefined; end: number } {
  const reader = new ThriftReader(bytes)
  let algorithm: EncryptionAlgorithm | undefined
  reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldId === field && reader.fieldType === TYPE_STRUCT) algorithm = readAlgorithm(reader)
    else reader.skipField()
  }
  return { algorithm, end: reader.position }
}

/** A union of AES_GCM_V1 and AES_GCM_CTR_V1, which have the same fields. */
function readAlgorithm(reader: ThriftReader): EncryptionAlgorithm | undefined {
  let algorithm: EncryptionAlgorithm | undefined
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    const { fieldId } = reader
    if (fieldId !== 1 && fieldId !== 2) reader.skipField()
    else {
      reader.expect(TYPE_STRUCT)
      algorithm = readParameters(reader, fieldId === 2)
    }
  }
  reader.endStruct(outer)
  return algorithm
}

function readParameters(reader: ThriftReader, isCtr: boolean): EncryptionAlgorithm {
  const found = { isCtr, aadPrefix: new Uint8Array(0), aadFileUnique: new Uint8Array(0), needsPrefix: false }
  const outer = reader.beginStruct()
  while (reader.nextField()) {
    if (reader.fieldType === TYPE_BINARY && reader.fieldId === 1) found.aadPrefix = Uint8Array.from(reader.readBinary())
    else if (reader.fieldType === TYPE_BINARY && reader.fieldId === 2) {
      found.aadFileUnique = Uint8Array.from(reader.readBinary())
    } else if (reader.fieldId === 3) found.needsPrefix = reader.readBool()
    else reader.skipField()
  }
  reader.endStruct(outer)
  return found
}
