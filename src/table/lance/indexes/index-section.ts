/**
 * The indexes of a version of a dataset, as its manifest file lists them.
 *
 *   ... | u32 length, IndexSection | u32 length, Manifest (with the offset of the section) | ...
 *
 * Spec: lance-format protos/table.proto, IndexMetadata; docs, "Indices in Lance".
 */
import { corrupt } from '../../../core/errors.ts'
import { ProtobufReader } from '../../../format/protobuf.ts'
import { readRoaring32 } from '../../roaring.ts'

export interface LanceIndex {
  /** Its folder below `_indices`. */
  readonly uuid: string
  readonly name: string
  /** Ids of the dataset's fields. */
  readonly fields: readonly number[]
  /** Ids of the fragments whose rows it has, ascending: those of them that were rewritten since are no longer of the dataset, or no longer listed. */
  readonly fragments: BigInt64Array
  /** The last part of the name of its details' type: `BTreeIndexDetails`, ...; empty for older writers. */
  readonly kind: string
  readonly isElsewhere: boolean
}

/** Indexes of the system that say what became of rows, or of rows elsewhere. */
export const FRAGMENT_REUSE = '__lance_frag_reuse'

/** `start`: where the section begins in the manifest file; undefined: there is none. */
export function readIndexSection(file: Uint8Array, start: number | undefined, url: string): LanceIndex[] {
  if (start === undefined) return []
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  const length = start + 4 <= file.length ? view.getUint32(start, true) : Infinity
  if (start + 4 + length > file.length) throw corrupt(url, `an index section at offset ${start} does not fit the file`)
  const indexes: LanceIndex[] = []
  for (const message = new ProtobufReader(file.subarray(start + 4, start + 4 + length)); message.next();) {
    if (message.field === 1) indexes.push(readIndex(message.message(), url))
  }
  return indexes
}

function readIndex(message: ProtobufReader, url: string): LanceIndex {
  const found = { uuid: '', name: '', kind: '', isElsewhere: false }
  const fields: number[] = []
  let fragments = new BigInt64Array(0)
  while (message.next()) {
    if (message.field === 1) {
      for (const part = message.message(); part.next();) if (part.field === 1) found.uuid = uuidOf(part.byteArray())
    } else if (message.field === 2) message.ints(fields)
    else if (message.field === 3) found.name = message.text()
    else if (message.field === 5) fragments = BigInt64Array.from(readRoaring32(message.byteArray(), url))
    else if (message.field === 6) {
      for (const any = message.message(); any.next();) {
        if (any.field === 1) found.kind = /[^./]*$/.exec(any.text())![0]
      }
    } else if (message.field === 9) found.isElsewhere = true
  }
  return { ...found, fields, fragments }
}

function uuidOf(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
