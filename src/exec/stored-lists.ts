/**
 * Lists refer to ranges of element vectors that they may share with rows that are gone: a filter or a slice of a batch keeps
 * all elements. Before lists are stored, elements that nothing refers to are left out, when that is at least half of them.
 */
import { storageOf } from '../core/types.ts'
import type { Vector } from '../core/vector.ts'
import { type VectorContext, takeVector } from './rows/vectors.ts'

/** The vector with fewer elements where that pays; the same object where not. New vectors live in the context's arena. */
export function narrowLists(context: VectorContext, vector: Vector): Vector {
  if (vector.encoding !== 'flat' || vector.children.length === 0) return vector
  const storage = storageOf(vector.type)
  const narrowed = storage === 'list' ? narrowList(context, vector) : vector
  const children = narrowed.children.map((child) => narrowLists(context, child))
  return children.every((child, i) => child === narrowed.children[i]) ? narrowed : { ...narrowed, children }
}

function narrowList(context: VectorContext, vector: Vector & { encoding: 'flat' }): Vector & { encoding: 'flat' } {
  const { memory, arena } = context
  const { u8, u32 } = memory
  const { length, validity } = vector
  const from = vector.data >>> 2
  const elementCount = vector.children[0]!.length
  let used = 0
  for (let row = 0; row < length; row++) {
    if (validity === 0 || u8[validity + row] !== 0) used += u32[from + 2 * row + 1]!
  }
  // Lists that share elements may use more than there are: then all stay.
  if (used * 2 > elementCount) return vector
  const selection = arena.allocate(used * 4)
  const data = arena.allocate(length * 8)
  const to = data >>> 2
  let count = 0
  for (let row = 0; row < length; row++) {
    const isNull = validity !== 0 && u8[validity + row] === 0
    const start = isNull ? 0 : u32[from + 2 * row]!
    const size = isNull ? 0 : u32[from + 2 * row + 1]!
    u32[to + 2 * row] = count
    u32[to + 2 * row + 1] = size
    for (let i = 0; i < size; i++) u32[(selection >>> 2) + count++] = start + i
  }
  return {
    ...vector,
    data,
    children: vector.children.map((child) => takeVector(context, child, selection, count)),
  }
}
