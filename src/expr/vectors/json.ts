/** JSON over vectors: texts checked, and members of objects found where they lie. */
import { type DataType, VARCHAR } from '../../core/types.ts'
import type { Pointer } from '../../core/memory.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector } from '../../core/vector.ts'
import type { LiteralValue } from '../expr.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { type Reference, fillRest, restByRow } from './rest.ts'

/** Texts as JSON: the same views, unless one is not surely JSON, of which `cast` says what it is. */
export function castToJson(
  context: EvaluateContext,
  vector: FlatVector,
  to: DataType,
  cast: (value: LiteralValue) => LiteralValue,
): FlatVector {
  const { memory, arena, kernels } = context
  const { length, validity } = vector
  const rows = arena.allocate(length * 4)
  const count = kernels.string.checkJson(vector.data, validity, length, rows)
  if (count === 0) return { ...vector, type: to }
  const data = arena.allocate(length * 8)
  memory.bulk.copyWithin(data, vector.data, vector.data + length * 8)
  return fillRest(context, { ...vector, type: to, data }, { rows, count }, (row) => cast(valueAt(memory, vector, row)))
}

/** `evaluate` of -> and ->> with a constant key, of values of the type json. */
export function memberVectors(form: 'json' | 'text', reference: Reference): NonNullable<ScalarFunction['evaluate']> {
  return (context, args, rowCount, types, validity) => {
    const [json, key] = args
    const [type, keyType] = types.args
    if (type?.kind !== 'json' || keyType?.kind !== 'varchar') return null
    if (json!.encoding === 'constant' || key!.encoding !== 'constant') return null
    const { memory, arena, kernels } = context
    const name = Buffer.from(valueAt(memory, key!, 0) as string, 'utf8')
    const at: Pointer = arena.allocate(name.length)
    memory.u8.set(name, at)
    const data = arena.allocate(rowCount * 8)
    const found = arena.allocate(rowCount)
    const rows = arena.allocate(rowCount * 4)
    const quoted = form === 'json' ? 1 : 0
    const { jsonMembers } = kernels.string
    const count = jsonMembers(json!.data, validity, rowCount, at, name.length, quoted, data, found, rows)
    const vector: FlatVector = {
      encoding: 'flat',
      type: form === 'json' ? types.result : VARCHAR,
      length: rowCount,
      data,
      validity: found,
      children: [],
    }
    return restByRow(context, reference, args, types, vector, { rows, count })
  }
}
