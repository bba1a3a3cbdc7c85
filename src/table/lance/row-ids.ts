/**
 * Stable row ids of a fragment: a sequence of segments, read into runs that count up.
 *
 *   ids    [100 101 103 104 | 7]   ->   rows from 0: 100 ..., from 2: 103 ..., from 4: 7
 *
 * Spec: lance-format protos/rowids.proto; docs, "Row ID and Lineage Specification".
 */
import type { ProtobufReader } from '../../format/protobuf.ts'
import { firstAtLeast } from '../../expr/prune/named-values.ts'

/** Run i holds rows [starts[i], starts[i + 1]) of the fragment, whose ids count up from values[i]; the last one ends at `rowCount`. */
export interface RowIdRuns {
  readonly starts: readonly number[]
  readonly values: readonly bigint[]
  readonly rowCount: number
}

const ROWS_MAX = 1 << 30
const ID_MAX = 2n ** 63n - 1n

class RunBuilder {
  readonly starts: number[] = []
  readonly values: bigint[] = []
  rowCount = 0
  #next: bigint | undefined

  /** Appends `count` ids that count up from `value`. */
  add(value: bigint, count: number, message: ProtobufReader): void {
    if (count === 0) return
    if (count < 0 || this.rowCount + count > ROWS_MAX || value < 0n || value + BigInt(count) > ID_MAX) {
      throw message.error(`${count} row ids from ${value} on`)
    }
    if (value !== this.#next) {
      this.starts.push(this.rowCount)
      this.values.push(value)
    }
    this.rowCount += count
    this.#next = value + BigInt(count)
  }
}

/** Decodes a RowIdSequence. */
export function readRowIdSequence(message: ProtobufReader): RowIdRuns {
  const runs = new RunBuilder()
  while (message.next()) {
    if (message.field !== 1) continue
    for (const segment = message.message(); segment.next();) {
      const kind = segment.field
      if (kind < 1 || kind > 5) throw segment.error(`row ids of kind ${kind}`)
      const body = segment.message()
      if (kind <= BITMAP) addRange(body, kind, runs)
      else for (const id of readArray(body)) runs.add(id, 1, body)
    }
  }
  const { starts, values, rowCount } = runs
  return { starts, values, rowCount }
}

const HOLES = 2
const BITMAP = 3

/** A range, perhaps without some of its numbers, or with those only whose bits are set. */
function addRange(message: ProtobufReader, kind: number, runs: RunBuilder): void {
  let [start, end] = [0n, 0n]
  let holes: readonly bigint[] = []
  let bitmap: Uint8Array = new Uint8Array(0)
  while (message.next()) {
    if (message.field === 1) start = message.uint64()
    else if (message.field === 2) end = message.uint64()
    else if (message.field === 3 && kind === HOLES) holes = readArray(message.message())
    else if (message.field === 3 && kind === BITMAP) bitmap = message.byteArray()
  }
  if (end < start || end - start > BigInt(ROWS_MAX)) throw message.error(`row ids from ${start} to ${end}`)
  if (kind === BITMAP) {
    const count = Number(end - start)
    if (bitmap.length < Math.ceil(count / 8)) throw message.error('too few bits')
    for (let i = 0; i < count; i++) {
      // From the lowest bit on, as Lance writes them, whatever its documentation says.
      if ((bitmap[i >> 3]! & (1 << (i & 7))) !== 0) runs.add(start + BigInt(i), 1, message)
    }
    return
  }
  for (const hole of holes) {
    if (hole < start || hole >= end) throw message.error('a hole outside of its range')
    runs.add(start, Number(hole - start), message)
    start = hole + 1n
  }
  runs.add(start, Number(end - start), message)
}

/** An EncodedU64Array: differences from a base in 2 or 4 bytes each, or numbers of 8. */
function readArray(message: ProtobufReader): bigint[] {
  const values: bigint[] = []
  while (message.next()) {
    const kind = message.field
    if (kind < 1 || kind > 3) throw message.error(`numbers of kind ${kind}`)
    const width = 1 << kind
    let base = 0n
    let bytes: Uint8Array = new Uint8Array(0)
    for (const part = message.message(); part.next();) {
      if (part.field === 1 && kind < 3) base = part.uint64()
      else if (part.field === 2) bytes = part.byteArray()
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let at = 0; at + width <= bytes.length; at += width) {
      if (width === 8) values.push(view.getBigUint64(at, true))
      else values.push(base + BigInt(width === 2 ? view.getUint16(at, true) : view.getUint32(at, true)))
    }
  }
  return values
}

/** The rows of the fragment that have one of the ids (ascending), ascending. */
export function rowsOfIds({ starts, values, rowCount }: RowIdRuns, ids: BigInt64Array): BigInt64Array {
  const rows: bigint[] = []
  for (let run = 0; run < starts.length; run++) {
    const [first, start] = [values[run]!, starts[run]!]
    const count = (starts[run + 1] ?? rowCount) - start
    const to = firstAtLeast(ids, first + BigInt(count))
    for (let i = firstAtLeast(ids, first); i < to; i++) rows.push(BigInt(start) + ids[i]! - first)
  }
  return BigInt64Array.from(rows).sort()
}
