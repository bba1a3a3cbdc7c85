/**
 * Rows of a merge as records of one size that kernels compare, one record a row of a run's batch:
 *
 *   | u32 mask byte | u32 number | u8 kind .. | key bytes | order bytes, run number | string views of keys and order |
 *   0               4            8            16
 *
 * Key and order bytes compare as the values do (kernel/wasm/sort/encode.ts); of strings they have the first eight bytes, and where those tie
 * the strings decide (kernel/wasm/sort/compare.ts). The mask byte says whether the row is in the result (kernel/wasm/sort/merge.ts).
 */
import { unsupported } from '../../../core/errors.ts'
import type { Pointer } from '../../../core/memory.ts'
import { type DataType, INTEGER, type Storage, storageOf, typeName } from '../../../core/types.ts'
import { constantVector } from '../../../core/vector-values.ts'
import type { Vector } from '../../../core/vector.ts'
import type { MergeTask } from '../../../table/merge.ts'
import { type VectorContext, flatten } from '../../rows/vectors.ts'
import { roundUp } from '../../rows/row-layout.ts'
import { encoderOf } from '../../sort/encode-keys.ts'

const HEADER_BYTES = 16

export interface MergeShape {
  /** Bytes of a record. */
  readonly stride: number
  readonly parts: readonly KeyPart[]
  /** Words of the descriptors of kernel/wasm/sort/compare.ts: of the key alone, and of the whole order. */
  readonly keyOrder: readonly number[]
  readonly fullOrder: readonly number[]
  /** Where the run's number lies. */
  readonly runOffset: number
}

interface KeyPart {
  /** Column of the merge. */
  readonly column: number
  readonly storage: Storage
  readonly offset: number
  /** Of the string view in the record; 0 for other types. */
  readonly viewOffset: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

/** Bytes of a value in a key, after the byte for NULL. */
const ENCODED_BYTES: Readonly<Record<Storage, number>> = {
  ...{ i8: 1, i32: 4, i64: 8, f32: 8, f64: 8, bytes: 8 },
  ...{ i128: 16, b128: 16, interval: 16, list: 0, struct: 0 },
}

/** `types`: of all columns of the merge. 0A000 for keys that have no order. */
export function mergeShape({ keys, ordering }: MergeTask, types: readonly DataType[]): MergeShape {
  const wanted = [
    ...keys.map((column) => ({ column, descending: false, nullsFirst: true })),
    ...ordering.map(({ column, descending, nullsFirst }) => ({ column, descending, nullsFirst })),
  ]
  let at = HEADER_BYTES
  const placed = wanted.map((part) => {
    const type = types[part.column]!
    const storage = storageOf(type)
    if (ENCODED_BYTES[storage] === 0) throw unsupported(`merging rows by a key of type ${typeName(type)}`)
    const offset = at
    at += 1 + ENCODED_BYTES[storage]
    return { ...part, storage, offset }
  })
  const runOffset = at
  at = roundUp(at + 5, 8)
  const parts = placed.map((part): KeyPart => {
    const viewOffset = part.storage === 'bytes' ? at : 0
    if (viewOffset !== 0) at += 8
    return { ...part, viewOffset }
  })
  const keyEnd = placed[keys.length]?.offset ?? runOffset
  return {
    stride: at,
    parts,
    runOffset,
    keyOrder: describe(parts.slice(0, keys.length), keyEnd),
    fullOrder: describe(parts, runOffset + 5),
  }
}

/** The descriptor of an order by parts that lie next to each other, up to `end`. */
function describe(parts: readonly KeyPart[], end: number): readonly number[] {
  const segments: number[] = []
  let start = HEADER_BYTES
  for (const { viewOffset, offset, descending } of parts) {
    if (viewOffset === 0) continue
    segments.push(start, offset + 9 - start, viewOffset, descending ? 1 : 0)
    start = offset + 9
  }
  if (start < end) segments.push(start, end - start, 0, 0)
  return [segments.length / 4, ...segments]
}

/** Writes the key, order and run number of `count` rows to the records at `rows`; `columnOf` gives the columns by number. */
export function writeKeys(
  context: VectorContext,
  shape: MergeShape,
  rows: Pointer,
  count: number,
  run: number,
  columnOf: (column: number) => Vector,
): void {
  const { arena, kernels, memory } = context
  for (const part of shape.parts) {
    const { data, validity } = flatten(context, columnOf(part.column))
    const [valid, missing] = part.nullsFirst ? [1, 0] : [0, 1]
    const encode = encoderOf(context, part.storage)
    if (encode === null) throw unsupported('merging rows by a nested key')
    encode(count, 0, data, validity, rows + part.offset, shape.stride, part.descending ? 1 : 0, valid, missing)
    if (part.viewOffset !== 0) kernels.sort.placeViews(count, data, validity, rows + part.viewOffset, shape.stride)
  }
  const number = flatten(context, constantVector(memory, arena, INTEGER, run, count))
  kernels.sort.encodeI32(count, 0, number.data, 0, rows + shape.runOffset, shape.stride, 0, 1, 0)
}

/** A descriptor in memory. */
export function placeDescriptor({ arena, memory }: VectorContext, words: readonly number[]): Pointer {
  const pointer = arena.allocate(words.length * 4)
  memory.u32.set(words, pointer >>> 2)
  return pointer
}
