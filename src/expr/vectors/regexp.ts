/** Regular expressions over vectors: a constant pattern, and texts read where they lie. */
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { compileRegex } from '../regex/regex.ts'
import { similarToRegexp } from '../regex/similar.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

function testAll(
  { memory, arena }: EvaluateContext,
  text: Vector,
  pattern: string,
  flags: string,
  negated: boolean,
  rowCount: number,
  validity: Pointer,
): Vector {
  const data = arena.allocate(rowCount)
  const { u8, u32 } = memory
  const regex = compileRegex(pattern, flags)
  for (let i = 0; i < rowCount; i++) {
    if (validity !== 0 && u8[validity + i] === 0) continue
    const view = (text.data >>> 2) + 2 * i
    const start = u32[view]!
    u8[data + i] = regex.test(regex.subject(u8, start, start + u32[view + 1]!)) !== negated ? 1 : 0
  }
  return { encoding: 'flat', type: BOOLEAN, length: rowCount, data, validity, children: [] }
}

/** `evaluate` of ~ and its kin. */
export function regexpVectors(negated: boolean, flags: string): Evaluate {
  return (context, [text, pattern], rowCount, _types, validity) => {
    if (text!.encoding === 'constant' || pattern!.encoding !== 'constant') return null
    const source = valueAt(context.memory, pattern!, 0) as string
    return testAll(context, text!, source, flags, negated, rowCount, validity)
  }
}

/** `evaluate` of similar_to. */
export const similarVectors: Evaluate = (context, [text, pattern, escape], rowCount, _types, validity) => {
  if (text!.encoding === 'constant' || pattern!.encoding !== 'constant') return null
  if (escape !== undefined && escape.encoding !== 'constant') return null
  const source = valueAt(context.memory, pattern!, 0) as string
  const mark = escape === undefined ? undefined : (valueAt(context.memory, escape, 0) as string)
  return testAll(context, text!, similarToRegexp(source, mark), '', false, rowCount, validity)
}
