/**
 * Rows that a kernel left to others, because they are rare or wrong: the reference gives their values one by one, or the error that they make. So
 * kernels know the common form only, and both ways give the same.
 */
import type { Pointer } from '../../core/memory.ts'
import { storageOf, widthOf } from '../../core/types.ts'
import { valueAt, writeValue } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../expr.ts'
import type { EvaluateContext, ScalarFunction, Signature } from '../functions/function.ts'

/** u32 row numbers. */
export interface RestRows {
  readonly rows: Pointer
  readonly count: number
}

/** The function whose kernel it is. */
export type Reference = Pick<ScalarFunction, 'scalar'>

/** `vector` with the values of `rest` by the function; it is written to. */
export function restByRow(
  context: EvaluateContext,
  reference: Reference,
  args: readonly Vector[],
  types: Signature,
  vector: FlatVector,
  rest: RestRows,
): FlatVector {
  const { memory, session } = context
  return fillRest(context, vector, rest, (row) =>
    reference.scalar(
      args.map((arg) => valueAt(memory, arg, row)),
      types,
      session,
    ),
  )
}

/** `vector` with what `value` gives for the rows of `rest`. */
export function fillRest(
  { memory, arena }: EvaluateContext,
  vector: FlatVector,
  { rows, count }: RestRows,
  value: (row: number) => LiteralValue,
): FlatVector {
  if (count === 0) return vector
  const storage = storageOf(vector.type)
  const width = widthOf(storage)
  const { u8, u32, bulk } = memory
  let { validity } = vector
  for (let i = 0; i < count; i++) {
    const row = u32[(rows >>> 2) + i]!
    const result = value(row)
    if (result !== null) {
      writeValue(memory, arena, storage, vector.data + row * width, result)
      continue
    }
    if (validity === vector.validity) {
      // The argument's own may be shared with it.
      validity = arena.allocate(vector.length)
      if (vector.validity === 0) bulk.fill(1, validity, validity + vector.length)
      else bulk.copyWithin(validity, vector.validity, vector.validity + vector.length)
    }
    u8[validity + row] = 0
  }
  return { ...vector, validity }
}
