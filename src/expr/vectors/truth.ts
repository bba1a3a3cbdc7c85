/** NOT and the tests for NULL, TRUE and FALSE over vectors. */
import { BOOLEAN } from '../../core/types.ts'
import type { Pointer } from '../../core/memory.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { flattenVector } from '../gather.ts'

function boolean(length: number, data: Pointer, validity: Pointer): FlatVector {
  return { encoding: 'flat', type: BOOLEAN, length, data, validity, children: [] }
}

export const notVectors: NonNullable<ScalarFunction['evaluate']> = (context, [value], rowCount, _types, validity) => {
  const data = context.arena.allocate(rowCount)
  context.kernels.vector.notMask(value!.data, rowCount, data)
  return boolean(rowCount, data, validity)
}

/** is_null (`wanted` 0) and is_not_null (1): any encoding. */
export function nullTest(wanted: 0 | 1): NonNullable<ScalarFunction['evaluate']> {
  return (context, [value], rowCount) => {
    const vector = value as Exclude<Vector, { encoding: 'constant' }>
    const { arena, kernels } = context
    const data = arena.allocate(rowCount)
    if (vector.validity === 0) kernels.vector.fillI8(wanted, rowCount, data)
    else if (wanted === 1) kernels.vector.copyBytes(vector.validity, rowCount, data)
    else kernels.vector.notMask(vector.validity, rowCount, data)
    return boolean(rowCount, data, 0)
  }
}

/** is_true, is_false and their negations: whether the value is `wanted` and not NULL, turned round if `negated`. */
export function valueTest(wanted: boolean, negated: boolean): NonNullable<ScalarFunction['evaluate']> {
  return (context: EvaluateContext, [value], rowCount) => {
    const vector = flattenVector(context, value!)
    const { arena, kernels } = context
    const data = arena.allocate(rowCount)
    if (wanted) kernels.vector.orMask(vector.data, vector.data, rowCount, data)
    else kernels.vector.notMask(vector.data, rowCount, data)
    if (vector.validity !== 0) kernels.vector.andMask(data, vector.validity, rowCount, data)
    if (negated) kernels.vector.notMask(data, rowCount, data)
    return boolean(rowCount, data, 0)
  }
}
