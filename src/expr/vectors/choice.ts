/** greatest, least and nullif over vectors of any storage that has an order of its own: comparisons to masks, and one of two values by the mask. */
import type { Pointer } from '../../core/memory.ts'
import { storageOf, widthOf } from '../../core/types.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { flattenVector } from '../gather.ts'
import { EQ, GT, LT, compareToMask } from './compare.ts'
import { stepOf } from './text-cut.ts'
import { combinedValidity } from './validity.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

function plain(context: EvaluateContext, vector: Vector): Exclude<Vector, { encoding: 'dictionary' }> {
  return vector.encoding === 'dictionary' ? flattenVector(context, vector) : vector
}

function isNested({ type }: Vector): boolean {
  const storage = storageOf(type)
  return storage === 'list' || storage === 'struct'
}

/** `evaluate` of greatest and least. */
export function extremeVectors(sign: 1 | -1): Evaluate {
  return (context, args, rowCount) => {
    if (args.some(isNested)) return null
    const known = args.filter((arg) => arg.encoding !== 'constant' || !arg.isNull)
    if (known.length === 0) return null
    let best = flattenVector(context, known[0]!)
    for (const arg of known.slice(1)) best = better(context, sign, best, plain(context, arg), rowCount)
    return best
  }
}

/** The second value where it is better, or the first is NULL. */
function better(
  context: EvaluateContext,
  sign: 1 | -1,
  first: FlatVector,
  second: Exclude<Vector, { encoding: 'dictionary' }>,
  rowCount: number,
): FlatVector {
  const { arena, kernels } = context
  const { andMask, orMask, notMask } = kernels.vector
  const taken = arena.allocate(rowCount)
  const both = combinedValidity(context, [first, second], rowCount)
  // first < second: the second is greater.
  compareToMask(context, sign === 1 ? LT : GT, first, second, rowCount, both, taken)
  const other = second.encoding === 'constant' ? 0 : second.validity
  if (other !== 0) andMask(taken, other, rowCount, taken)
  let validity: Pointer = 0
  if (first.validity !== 0) {
    const missing = arena.allocate(rowCount)
    notMask(first.validity, rowCount, missing)
    orMask(taken, missing, rowCount, taken)
    if (other !== 0) {
      validity = arena.allocate(rowCount)
      orMask(first.validity, other, rowCount, validity)
    }
  }
  const width = widthOf(storageOf(first.type))
  const data = arena.allocate(rowCount * width)
  const { chooseI8, chooseI32, chooseI64, chooseI128 } = kernels.scalar
  const choose = { 1: chooseI8, 4: chooseI32, 8: chooseI64, 16: chooseI128 }[width]!
  choose(taken, second.data, stepOf(second), first.data, 1, rowCount, data)
  return { ...first, data, validity }
}

/** `evaluate` of nullif: the first value, NULL where the second is equal. */
export const nullIfVectors: Evaluate = (context, [a, b], rowCount) => {
  if (isNested(a!)) return null
  const first = flattenVector(context, a!)
  const second = plain(context, b!)
  if (second.encoding === 'constant' && second.isNull) return first
  const { arena, kernels } = context
  const { andMask, notMask } = kernels.vector
  const validity = arena.allocate(rowCount)
  compareToMask(context, EQ, first, second, rowCount, combinedValidity(context, [first, second], rowCount), validity)
  if (second.encoding !== 'constant' && second.validity !== 0) andMask(validity, second.validity, rowCount, validity)
  notMask(validity, rowCount, validity)
  if (first.validity !== 0) andMask(validity, first.validity, rowCount, validity)
  return { ...first, validity }
}
