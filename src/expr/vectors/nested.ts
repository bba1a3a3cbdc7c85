/** Fields of structs, rows, and lengths of lists over vectors: the parts are there already as child vectors. */
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { flattenVector } from '../gather.ts'
import { fieldIndex } from '../values/struct-field.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** `evaluate` of field: the child vector, NULL where the struct is. */
export const fieldVectors: Evaluate = (context, [whole, place], rowCount, types, validity) => {
  const [type] = types.args
  if (whole?.encoding !== 'flat' || place?.encoding !== 'constant' || type?.kind !== 'struct') return null
  const name = valueAt(context.memory, place, 0)
  const index = typeof name === 'string' ? fieldIndex(type.fields, name) : Number(name)
  const child = whole.children[index]
  return child === undefined ? null : masked(context, child, validity, rowCount)
}

/** A vector with more NULLs: where `validity` is 0. */
function masked(context: EvaluateContext, vector: Vector, validity: number, rowCount: number): Vector {
  if (validity === 0) return vector
  if (vector.encoding === 'constant') {
    if (vector.isNull) return vector
    return { ...flattenVector(context, vector), validity }
  }
  if (vector.validity === 0) return { ...vector, validity }
  const both = context.arena.allocate(rowCount)
  context.kernels.vector.andMask(vector.validity, validity, rowCount, both)
  return { ...vector, validity: both }
}

/** `evaluate` of row: the arguments are the children. */
export const rowVectors: Evaluate = (_context, args, rowCount, types): FlatVector => ({
  encoding: 'flat',
  type: types.result,
  length: rowCount,
  data: 0,
  validity: 0,
  children: args,
})
