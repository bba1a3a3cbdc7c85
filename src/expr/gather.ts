/**
 * Vectors rearranged: rows picked by a selection, dictionaries and constants spread out, vectors joined end to end.
 *
 * Strings and lists are views, and only the views move: the bytes and elements stay where they are.
 */
import type { Pointer } from '../core/memory.ts'
import { type DataType, type Storage, storageOf, widthOf } from '../core/types.ts'
import type { Batch, ConstantVector, DictionaryVector, FlatVector, Selection, Vector } from '../core/vector.ts'
import type { EvaluateContext } from './functions/function.ts'

export type VectorContext = Pick<EvaluateContext, 'memory' | 'kernels' | 'arena'>

/** The rows of `selection`, in its order, as a vector of `selection.count` rows. Dictionary vectors keep their dictionary. */
export function gatherVector(context: VectorContext, vector: Vector, selection: Selection): Vector {
  const { count } = selection
  switch (vector.encoding) {
    case 'constant':
      return { ...vector, length: count }
    case 'dictionary': {
      const data = context.arena.allocate(count * 4)
      context.kernels.vector.gatherI32(vector.data, selection.pointer, count, data)
      return {
        ...vector,
        length: count,
        data,
        validity: gatherValidity(context, vector.validity, selection),
      }
    }
    case 'flat':
      return gatherFlat(context, vector, selection)
  }
}

function gatherFlat(context: VectorContext, vector: FlatVector, selection: Selection): FlatVector {
  const { count, pointer } = selection
  const validity = gatherValidity(context, vector.validity, selection)
  const storage = storageOf(vector.type)
  if (storage === 'struct') {
    const children = vector.children.map((child) => gatherVector(context, child, selection))
    return { ...vector, length: count, validity, children }
  }
  const data = context.arena.allocate(count * widthOf(storage))
  const { gatherI8, gatherI32, gatherI64, gatherI128 } = context.kernels.vector
  const gather = { 1: gatherI8, 4: gatherI32, 8: gatherI64, 16: gatherI128 }[widthOf(storage)]!
  gather(vector.data, pointer, count, data)
  return { ...vector, length: count, data, validity }
}

function gatherValidity(context: VectorContext, validity: Pointer, { pointer, count }: Selection): Pointer {
  if (validity === 0) return 0
  const out = context.arena.allocate(count)
  context.kernels.vector.gatherI8(validity, pointer, count, out)
  return out
}

/**
 * The rows of `selection` of a batch. `columns`: which columns are gathered; others are left as they are, and must not be read.
 */
export function gatherBatch(
  context: VectorContext,
  batch: Batch,
  selection: Selection,
  columns?: readonly number[],
): Batch {
  const next = batch.columns.slice()
  for (const index of columns ?? next.keys()) next[index] = gatherVector(context, next[index]!, selection)
  return { rowCount: selection.count, columns: next }
}

/** The vector with one value a row. */
export function flattenVector(context: VectorContext, vector: Vector): FlatVector {
  switch (vector.encoding) {
    case 'flat':
      return vector
    case 'dictionary':
      return flattenDictionary(context, vector)
    case 'constant':
      return flattenConstant(context, vector)
  }
}

function flattenDictionary(context: VectorContext, vector: DictionaryVector): FlatVector {
  const { length, validity, dictionary } = vector
  // A dictionary without rows: every row is NULL and the codes mean nothing.
  if (dictionary.length === 0) return nullVector(context, vector.type, length)
  const flat = gatherFlat(context, dictionary, { pointer: vector.data, count: length })
  return { ...flat, type: vector.type, validity }
}

/** A flat vector of NULLs. */
export function nullVector(context: VectorContext, type: DataType, length: number): FlatVector {
  const storage = storageOf(type)
  return {
    encoding: 'flat',
    type,
    length,
    data: storage === 'struct' ? 0 : context.arena.allocateZeroed(length * widthOf(storage)),
    validity: context.arena.allocateZeroed(length),
    children: childTypes(type).map((child) => nullVector(context, child, storage === 'struct' ? length : 0)),
  }
}

function childTypes(type: DataType): readonly DataType[] {
  if (type.kind === 'struct') return type.fields.map((field) => field.type)
  if (type.kind === 'list') return [type.element.type]
  return type.kind === 'map' ? [type.key.type, type.value.type] : []
}

function flattenConstant(context: VectorContext, vector: ConstantVector): FlatVector {
  const { type, length } = vector
  if (vector.isNull) return nullVector(context, type, length)
  const storage = storageOf(type)
  if (storage === 'struct') {
    const rows = context.arena.allocateZeroed(length * 4)
    const one: FlatVector = { ...vector, encoding: 'flat', length: 1, validity: 0 }
    return gatherFlat(context, one, { pointer: rows, count: length })
  }
  const data = context.arena.allocate(length * widthOf(storage))
  fillFrom(context, storage, vector.data, length, data)
  return { encoding: 'flat', type, length, data, validity: 0, children: vector.children }
}

/** `count` copies of the value at `source`, which has the storage's width. */
export function fillFrom(
  { memory, kernels }: VectorContext,
  storage: Storage,
  source: Pointer,
  count: number,
  out: Pointer,
): void {
  switch (widthOf(storage)) {
    case 1:
      kernels.vector.fillI8(memory.u8[source]!, count, out)
      return
    case 4:
      kernels.vector.fillI32(source, count, out)
      return
    case 8:
      kernels.vector.fillI64(source, count, out)
      return
    default:
      kernels.vector.fillI128(source, count, out)
  }
}

/** All rows of the vectors, one after the other, flat. They have one type; strings and elements are shared or, for lists, copied. */
export function concatVectors(context: VectorContext, vectors: readonly Vector[]): FlatVector {
  const flats = vectors.map((vector) => flattenVector(context, vector))
  const [first] = flats
  if (first === undefined) throw new RangeError('no vectors to join')
  if (flats.length === 1) return first
  const length = flats.reduce((sum, flat) => sum + flat.length, 0)
  const validity = concatValidity(context, flats, length)
  const storage = storageOf(first.type)
  if (storage === 'struct') {
    const children = first.children.map((_, i) =>
      concatVectors(
        context,
        flats.map((flat) => flat.children[i]!),
      ),
    )
    return { ...first, length, validity, children }
  }
  const width = widthOf(storage)
  const data = context.arena.allocate(length * width)
  let at = data
  for (const flat of flats) {
    context.kernels.vector.copyBytes(flat.data, flat.length * width, at)
    at += flat.length * width
  }
  if (storage !== 'list') return { ...first, length, data, validity }
  const children = first.children.map((_, i) =>
    concatVectors(
      context,
      flats.map((flat) => flat.children[i]!),
    ),
  )
  shiftLists(context, flats, data)
  return { ...first, length, data, validity, children }
}

function concatValidity(context: VectorContext, flats: readonly FlatVector[], length: number): Pointer {
  if (flats.every((flat) => flat.validity === 0)) return 0
  const validity = context.arena.allocate(length)
  let at = validity
  for (const flat of flats) {
    if (flat.validity === 0) context.kernels.vector.fillI8(1, flat.length, at)
    else context.kernels.vector.copyBytes(flat.validity, flat.length, at)
    at += flat.length
  }
  return validity
}

/** The elements of later vectors moved back by the elements of those before. */
function shiftLists({ memory }: VectorContext, flats: readonly FlatVector[], data: Pointer): void {
  let shift = 0
  let at = data >>> 2
  for (const flat of flats) {
    for (let i = 0; i < flat.length; i++, at += 2) memory.u32[at] = memory.u32[at]! + shift
    shift += flat.children[0]!.length
  }
}
