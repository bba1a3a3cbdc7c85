/**
 * Vectors in other forms: flat, by a selection, and their validity as one mask. Results live in the given arena.
 */
import type { Arena } from '../../core/arena.ts'
import { unsupported } from '../../core/errors.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import { type DataType, storageOf, typeName, widthOf } from '../../core/types.ts'
import type { Batch, ConstantVector, FlatVector, Vector } from '../../core/vector.ts'
import type { Kernels } from '../../kernel/kernels.ts'

/** What the functions here need of an operator's context. */
export interface VectorContext {
  readonly memory: EngineMemory
  readonly kernels: Kernels
  readonly arena: Arena
}

export function flatVector(type: DataType, length: number, data: Pointer, validity: Pointer): FlatVector {
  return { encoding: 'flat', type, length, data, validity, children: [] }
}

export function nullVector(type: DataType, length: number): ConstantVector {
  return { encoding: 'constant', type, length, data: 0, isNull: true, children: [] }
}

/** The vector with one value a row. Nested constants are refused: their callers expand them otherwise. */
export function flatten(context: VectorContext, vector: Vector): FlatVector {
  switch (vector.encoding) {
    case 'flat':
      return vector
    case 'dictionary': {
      const { dictionary, length } = vector
      const width = widthOf(storageOf(vector.type))
      if (dictionary.length === 0) return allNull(context, vector.type, length)
      const data = take(context, width, length, vector.data, dictionary.data)
      return { ...dictionary, length, data, validity: vector.validity }
    }
    case 'constant':
      return vector.isNull ? allNull(context, vector.type, vector.length) : repeat(context, vector)
  }
}

function allNull({ arena }: VectorContext, type: DataType, length: number): FlatVector {
  const width = widthOf(storageOf(type))
  return flatVector(type, length, arena.allocateZeroed(length * width), arena.allocateZeroed(length))
}

function repeat({ arena, memory }: VectorContext, vector: ConstantVector): FlatVector {
  const { type, length } = vector
  const storage = storageOf(type)
  if (storage === 'struct') throw unsupported(`a constant ${typeName(type)} here`)
  const width = widthOf(storage)
  const data = arena.allocate(length * width)
  const { bulk } = memory
  bulk.copyWithin(data, vector.data, vector.data + width)
  // Doubling copies: a few calls whatever the length.
  for (let done = 1; done < length; done *= 2) {
    bulk.copyWithin(data + done * width, data, data + Math.min(done, length - done) * width)
  }
  return { encoding: 'flat', type, length, data, validity: 0, children: vector.children }
}

function take(
  { arena, kernels }: VectorContext,
  width: number,
  count: number,
  selection: Pointer,
  data: Pointer,
): Pointer {
  const out = arena.allocate(count * width)
  const { table } = kernels
  if (width === 8) table.take8(count, selection, data, out)
  else if (width === 4) table.take4(count, selection, data, out)
  else if (width === 1) table.take1(count, selection, data, out)
  else if (width === 16) table.take16(count, selection, data, out)
  return out
}

/** The rows of `selection`, in its order. Dictionaries stay dictionaries, constants constants. */
export function takeVector(context: VectorContext, vector: Vector, selection: Pointer, count: number): Vector {
  if (vector.encoding === 'constant') return { ...vector, length: count }
  const validity = vector.validity === 0 ? 0 : take(context, 1, count, selection, vector.validity)
  if (vector.encoding === 'dictionary') {
    return {
      ...vector,
      length: count,
      data: take(context, 4, count, selection, vector.data),
      validity,
    }
  }
  const storage = storageOf(vector.type)
  const data = take(context, widthOf(storage), count, selection, vector.data)
  if (storage !== 'struct') return { ...vector, length: count, data, validity }
  const children = vector.children.map((child) => takeVector(context, child, selection, count))
  return { ...vector, length: count, data, validity, children }
}

export function takeBatch(context: VectorContext, batch: Batch, selection: Pointer, count: number): Batch {
  return {
    rowCount: count,
    columns: batch.columns.map((column) => takeVector(context, column, selection, count)),
  }
}

/** Bytes that are 1 where all vectors are not NULL; 0 when no vector has NULLs. */
export function validityOfAll(context: VectorContext, vectors: readonly Vector[], rowCount: number): Pointer {
  let mask: Pointer = 0
  for (const vector of vectors) {
    if (vector.encoding === 'constant') {
      if (vector.isNull) return context.arena.allocateZeroed(rowCount)
    } else if (vector.validity !== 0) {
      mask = andMasks(context, mask, vector.validity, rowCount)
    }
  }
  return mask
}

/** The conjunction of two masks of one byte a row; 0 means all ones. */
export function andMasks({ arena, kernels }: VectorContext, a: Pointer, b: Pointer, rowCount: number): Pointer {
  if (a === 0 || b === 0) return a === 0 ? b : a
  const out = arena.allocate(rowCount)
  kernels.table.andMasks(rowCount, a, b, out)
  return out
}

/** A boolean vector as a mask: 1 where TRUE. */
export function truthMask(context: VectorContext, vector: Vector): Pointer {
  const { data, validity, length } = flatten(context, vector)
  const out = context.arena.allocate(length)
  context.kernels.table.andMasks(length, data, validity, out)
  return out
}
