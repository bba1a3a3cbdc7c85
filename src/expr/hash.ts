/**
 * Hashes of vectors, as hash joins, aggregates and partitioning need them: values that SQL calls equal hash alike, whatever the
 * encoding.
 */
import { unreachable } from '../core/assert.ts'
import type { Pointer } from '../core/memory.ts'
import { storageOf } from '../core/types.ts'
import type { ConstantVector, DictionaryVector, FlatVector, Vector } from '../core/vector.ts'
import type { VectorContext } from './gather.ts'

export interface HashOptions {
  /** Mixes into the hashes that `out` holds, for keys of several columns, instead of writing them. */
  readonly combine: boolean
}

/** Writes a u64 a row to `out`. NULLs hash as one value. */
export function hashVector(
  context: VectorContext,
  vector: Vector,
  out: Pointer,
  { combine }: HashOptions = { combine: false },
): void {
  const mode = combine ? 1 : 0
  switch (vector.encoding) {
    case 'constant':
      return hashConstant(context, vector, mode, out)
    case 'dictionary':
      return hashDictionary(context, vector, mode, out)
    case 'flat':
      return hashFlat(context, vector, mode, out)
  }
}

function hashConstant(context: VectorContext, vector: ConstantVector, mode: number, out: Pointer): void {
  const one = context.arena.allocate(8)
  if (!vector.isNull) hashFlat(context, { ...vector, encoding: 'flat', length: 1, validity: 0 }, 0, one)
  context.kernels.vector.hashConstant(one, vector.isNull ? 1 : 0, vector.length, mode, out)
}

/** Up to so many values a row the dictionary is hashed once a batch, and codes look hashes up. */
const DICTIONARY_VALUES_A_ROW_MAX = 1

function hashDictionary(context: VectorContext, vector: DictionaryVector, mode: number, out: Pointer): void {
  const { dictionary, length, validity } = vector
  const { arena, kernels } = context
  if (dictionary.length === 0) {
    kernels.vector.hashConstant(out, 1, length, mode, out)
    return
  }
  const hashes = dictionaryHashes(context, vector)
  if (hashes !== 0) {
    kernels.vector.hashCodes(vector.data, hashes, validity, length, mode, out)
    return
  }
  // A large dictionary: only the views or values of the rows are looked at.
  const width = storageOf(vector.type) === 'bytes' || storageOf(vector.type) === 'i64' ? 8 : 0
  const data = arena.allocate(length * width)
  kernels.vector.gatherI64(dictionary.data, vector.data, length, data)
  hashFlat(context, { ...dictionary, type: vector.type, length, data, validity }, mode, out)
}

/** Address of the hashes of all dictionary values; 0 when hashing the rows is cheaper. */
function dictionaryHashes(context: VectorContext, { dictionary, length, type }: DictionaryVector): Pointer {
  const storage = storageOf(type)
  const isGatherable = storage === 'bytes' || storage === 'i64'
  if (isGatherable && dictionary.length > DICTIONARY_VALUES_A_ROW_MAX * length) return 0
  const hashes = context.arena.allocate(dictionary.length * 8)
  hashFlat(context, dictionary, 0, hashes)
  return hashes
}

function hashFlat(context: VectorContext, vector: FlatVector, mode: number, out: Pointer): void {
  const { data, validity, length } = vector
  const kernels = context.kernels.vector
  const storage = storageOf(vector.type)
  switch (storage) {
    case 'i8':
      return kernels.hashI8(data, validity, length, mode, out)
    case 'i32':
      return kernels.hashI32(data, validity, length, mode, out)
    case 'i64':
      return kernels.hashI64(data, validity, length, mode, out)
    case 'i128':
    case 'b128':
      return kernels.hashI128(data, validity, length, mode, out)
    case 'f32':
      return kernels.hashF32(data, validity, length, mode, out)
    case 'f64':
      return kernels.hashF64(data, validity, length, mode, out)
    case 'bytes':
      return kernels.hashBytes(data, validity, length, mode, out)
    case 'interval':
      return kernels.hashInterval(data, validity, length, mode, out)
    case 'list':
      return hashList(context, vector, mode, out)
    case 'struct':
      return hashStruct(context, vector, mode, out)
    default:
      return unreachable(storage)
  }
}

function hashList(context: VectorContext, vector: FlatVector, mode: number, out: Pointer): void {
  const count = vector.children[0]?.length ?? 0
  const elements = context.arena.allocate(count * 8)
  for (const [i, child] of vector.children.entries()) hashVector(context, child, elements, { combine: i > 0 })
  context.kernels.vector.hashLists(vector.data, elements, vector.validity, vector.length, mode, out)
}

function hashStruct(context: VectorContext, vector: FlatVector, mode: number, out: Pointer): void {
  const { length, validity, children } = vector
  const hashes = context.arena.allocateZeroed(length * 8)
  for (const child of children) hashVector(context, child, hashes, { combine: true })
  context.kernels.vector.combineHashes(hashes, validity, length, mode, out)
}
