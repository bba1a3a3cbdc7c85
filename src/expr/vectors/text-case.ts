/** upper, lower and ILIKE over vectors: a kernel changes the letters of one or two bytes, the reference the texts with others. */
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { type LikePattern, parseLike } from '../values/like-pattern.ts'
import { type Reference, type RestRows, restByRow } from './rest.ts'
import { viewsOf } from './text-cut.ts'
import { matchPattern } from './text.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

const FIRST = 0x80
const END = 0x800

/** For each character of two bytes the one that `change` makes of it; 0 where that is none of two bytes or depends on what is around it. */
function caseTable(change: (char: string) => string): Uint16Array {
  const table = new Uint16Array(END - FIRST)
  for (let code = FIRST; code < END; code++) {
    const other = change(String.fromCharCode(code))
    const isFit = other.length === 1 && other.charCodeAt(0) >= FIRST && other.charCodeAt(0) < END
    if (isFit) table[code - FIRST] = other.charCodeAt(0)
  }
  // A capital sigma is another letter at the end of a word.
  table[0x3a3 - FIRST] = 0
  return table
}

let upperTable: Uint16Array | null = null
let lowerTable: Uint16Array | null = null

/** Letters without a capital of one letter stay. */
function upperCase(): Uint16Array {
  return (upperTable ??= caseTable((char) => (char.toUpperCase().length === 1 ? char.toUpperCase() : char)))
}

function lowerCase(): Uint16Array {
  return (lowerTable ??= caseTable((char) => char.toLowerCase()))
}

interface Folded {
  readonly views: Pointer
  readonly rest: RestRows
}

/** The texts with letters changed; rows of `rest` are empty. */
function fold(
  { memory, arena, kernels }: EvaluateContext,
  text: Vector,
  validity: Pointer,
  rowCount: number,
  to: 'upper' | 'lower',
): Folded {
  const written = to === 'upper' ? upperCase() : lowerCase()
  const table = arena.allocate(written.byteLength)
  memory.u8.set(new Uint8Array(written.buffer), table)
  const bytes = arena.allocate(kernels.string.textBytes(text.data, 1, validity, rowCount))
  const views = arena.allocate(rowCount * 8)
  const rows = arena.allocate(rowCount * 4)
  const first = (to === 'upper' ? 'a' : 'A').charCodeAt(0)
  const count = kernels.string.foldRows(text.data, validity, rowCount, first, table, bytes, views, rows)
  return { views, rest: { rows, count } }
}

/** `evaluate` of upper and lower. */
export function caseVectors(to: 'upper' | 'lower', reference: Reference): Evaluate {
  return (context, args, rowCount, types, validity) => {
    const [text] = args
    if (text!.encoding === 'constant') return null
    const { views, rest } = fold(context, text!, validity, rowCount, to)
    return restByRow(context, reference, args, types, viewsOf(views, rowCount, validity), rest)
  }
}

/** `evaluate` of ilike and not_ilike: texts against a constant pattern, both in small letters. */
export function ilikeVectors(negated: boolean, reference: Reference): Evaluate {
  let lastKey = ''
  let lastPattern: LikePattern | null = null
  return (context, args, rowCount, types, validity) => {
    const [text, pattern, escape] = args
    if (text!.encoding === 'constant' || pattern!.encoding !== 'constant') return null
    if (escape !== undefined && escape.encoding !== 'constant') return null
    const source = (valueAt(context.memory, pattern!, 0) as string).toLowerCase()
    const mark = escape === undefined ? '\\' : (valueAt(context.memory, escape, 0) as string).toLowerCase()
    const key = `${mark.length}${mark}${source}`
    if (lastPattern === null || key !== lastKey) {
      lastPattern = parseLike(source, mark)
      lastKey = key
    }
    const { views, rest } = fold(context, text!, validity, rowCount, 'lower')
    const folded = viewsOf(views, rowCount, validity)
    const matched = matchPattern(context, folded, lastPattern, negated, rowCount, validity)
    const flat: FlatVector = { ...matched, type: BOOLEAN }
    return restByRow(context, reference, args, types, flat, rest)
  }
}
