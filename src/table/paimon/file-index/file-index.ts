/**
 * The file that holds the indexes of a data file, or the bytes of it in the manifest.
 *
 *   magic (8)  version (4) = 1  head length (4)  columns (4)
 *   a column: name (2 + bytes)  indexes (4)      an index: its kind's name (2 + bytes)  start (4)  length (4)
 *   body: the indexes
 *
 * All numbers are big-endian; a start of -1 is an index of a column without values.
 *
 * Spec: Apache Paimon, "File Index".
 */
import { corrupt } from '../../../core/errors.ts'
import { BytesReader } from './bytes-reader.ts'

const MAGIC = 1493475289347502n
const VERSION = 1
const NO_VALUES = -1

/** The bytes of an index; null where the column has no value. */
export type IndexBytes = Uint8Array | null

/** By column, then by the kind's name (`bloom-filter`, `bitmap`, ...). XX001 for damaged bytes; none of versions that are not known. */
export function parseFileIndex(bytes: Uint8Array, where: string): ReadonlyMap<string, ReadonlyMap<string, IndexBytes>> {
  const reader = new BytesReader(bytes, where)
  const columns = new Map<string, Map<string, IndexBytes>>()
  if (reader.long() !== MAGIC) throw corrupt(where, 'no index of a Paimon data file')
  if (reader.int() !== VERSION) return columns
  reader.int()
  for (let left = reader.count(6); left > 0; left--) {
    const name = reader.shortText()
    const indexes = new Map<string, IndexBytes>()
    for (let inner = reader.count(10); inner > 0; inner--) {
      const kind = reader.shortText()
      const [start, length] = [reader.int(), reader.int()]
      if (start !== NO_VALUES && (start < 0 || length < 0 || start + length > bytes.length)) {
        throw corrupt(where, `the ${kind} index of column "${name}" is outside of the file`)
      }
      indexes.set(kind, start === NO_VALUES ? null : bytes.subarray(start, start + length))
    }
    columns.set(name, indexes)
  }
  return columns
}
