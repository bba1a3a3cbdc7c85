/**
 * A bitmap index: for each value of a column the ids of its rows.
 *
 *   bitmap_page_lookup.lance   keys | bitmaps
 *   bitmap: u32 fragments, for each: u32 fragment, u32 bytes, then so many bytes of a roaring bitmap of its rows; 0 bytes: all rows
 *
 * Spec: lance-format docs, "Bitmap Index"; lance-core, RowIdTreeMap.
 */
import { corrupt } from '../../../core/errors.ts'
import { BYTEA } from '../../../core/types.ts'
import { compileFilter } from '../../../expr/filter.ts'
import { readRoaring32 } from '../../roaring.ts'
import { type IndexFile, joinIds } from './index-file.ts'
import type { ScalarLookup } from './scalar-lookup.ts'

/** Values of a column that is worth a bitmap each; beyond, a scan is taken. */
const KEYS_MAX = 1 << 20

/** Ids of the rows whose value satisfies the predicate; undefined where a bitmap says "all rows", or there are more than `rowsMax`. */
export const lookUpBitmaps: ScalarLookup<IndexFile> = (file, predicate, { type, rowsMax }) => {
  if (file.rowCount > KEYS_MAX) return undefined
  const keys: number[] = []
  let first = 0
  file.read([['keys', type]], { start: 0, end: file.rowCount }, (context, [values], rowCount) => {
    const { pointer, count } = compileFilter([predicate], context)({ rowCount, columns: [values!] }, null)
    for (const row of context.memory.u32.subarray(pointer >>> 2, (pointer >>> 2) + count)) keys.push(first + row)
    first += rowCount
  })
  const found: BigInt64Array[] = []
  let [total, hasAll] = [0, false]
  file.read([['bitmaps', BYTEA]], Float64Array.from(keys), ({ memory }, [bitmaps], rowCount) => {
    for (let row = 0; row < rowCount && total <= rowsMax && !hasAll; row++) {
      const at = (bitmaps!.data >>> 2) + 2 * row
      const start = memory.u32[at]!
      const ids = readIds(memory.u8.slice(start, start + memory.u32[at + 1]!), file.url)
      if (ids === undefined) hasAll = true
      else {
        found.push(ids)
        total += ids.length
      }
    }
  })
  return hasAll || total > rowsMax ? undefined : joinIds(found)
}

/** Undefined when all rows of a fragment are meant. */
function readIds(bytes: Uint8Array, url: string): BigInt64Array | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const next = (): number => {
    if (at + 4 > bytes.length) throw corrupt(url, 'a bitmap ends within its head')
    at += 4
    return view.getUint32(at - 4, true)
  }
  const count = next()
  const parts: BigInt64Array[] = []
  for (let i = 0; i < count; i++) {
    const fragment = BigInt(next()) << 32n
    const length = next()
    if (length === 0) return undefined
    if (at + length > bytes.length) throw corrupt(url, 'a bitmap that leaves its value')
    parts.push(readRoaring32(bytes.subarray(at, at + length), url).map((row) => fragment | row))
    at += length
  }
  return joinIds(parts)
}
