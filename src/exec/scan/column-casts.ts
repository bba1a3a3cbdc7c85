/** Casts of columns whose type in the table is another than in a file: value by value, of a dictionary its entries. */
import { valueAt, vectorFromLiterals } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../../core/value.ts'
import { type JavaCast, javaCast } from '../../expr/values/java-cast.ts'
import { type VectorContext, takeVector } from '../rows/vectors.ts'

/** The rows of the vector as the cast's type, in the arena. */
export function castColumn(context: VectorContext, vector: Vector, cast: JavaCast): Vector {
  const { memory, arena } = context
  const literals = (values: readonly LiteralValue[]): FlatVector => vectorFromLiterals(memory, arena, cast.to, values)
  const cast1 = (of: Vector, row: number): LiteralValue => javaCast(valueAt(memory, of, row), cast)
  if (vector.encoding === 'constant' && vector.length > 0) {
    const one = literals([cast1(vector, 0)])
    const rows = arena.allocateZeroed(vector.length * 4)
    return takeVector(context, one, rows, vector.length)
  }
  if (vector.encoding === 'dictionary' && vector.dictionary.length > 0 && vector.dictionary.length <= vector.length) {
    const entries = literals(
      Array.from({ length: vector.dictionary.length }, (_, row) => cast1(vector.dictionary, row)),
    )
    const taken = takeVector(context, entries, vector.data, vector.length)
    if (vector.validity === 0 || taken.encoding !== 'flat') return taken
    // NULL where the row is, or where the cast gives NULL.
    const validity = taken.validity === 0 ? vector.validity : arena.allocate(vector.length)
    if (taken.validity !== 0) context.kernels.table.andMasks(vector.length, vector.validity, taken.validity, validity)
    return { ...taken, validity }
  }
  return literals(Array.from({ length: vector.length }, (_, row) => cast1(vector, row)))
}
