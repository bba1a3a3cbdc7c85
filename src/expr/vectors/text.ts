/** Functions of text over vectors: LIKE and its kin, substring, lengths. */
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN, INTEGER, VARCHAR } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { type LikePattern, parseLike } from '../values/like-pattern.ts'
import { hasPartVectors, substringRowVectors } from './text-cut.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

/** Stands for `_` in a segment's bytes: no byte of UTF-8 is 0xff. */
const ANY_CHARACTER = 0xff

/** The pattern as the kernel `likeBytes` reads it. */
function writePattern({ memory, arena }: EvaluateContext, pattern: LikePattern): Pointer {
  const { segments, anchoredStart, anchoredEnd, hasWildcards } = pattern
  const block = arena.allocate(8 + segments.length * 12)
  const words = memory.u32
  let at = block >>> 2
  words[at++] = (anchoredStart ? 1 : 0) | (anchoredEnd ? 2 : 0) | (hasWildcards ? 4 : 0)
  words[at++] = segments.length
  for (const segment of segments) {
    const bytes = Buffer.concat(
      segment.map((char) => (char === null ? Buffer.from([ANY_CHARACTER]) : Buffer.from(char, 'utf8'))),
    )
    const start = arena.allocate(bytes.length)
    memory.u8.set(bytes, start)
    words[at++] = start
    words[at++] = bytes.length
    words[at++] = segment.length
  }
  return block
}

/** Whether each text matches the pattern, or does not if `negated`. */
export function matchPattern(
  context: EvaluateContext,
  text: Vector,
  pattern: LikePattern,
  negated: boolean,
  rowCount: number,
  validity: Pointer,
): FlatVector {
  const data = context.arena.allocate(rowCount)
  const block = writePattern(context, pattern)
  context.kernels.vector.likeBytes(text.data, validity, rowCount, block, negated ? 1 : 0, data)
  return { encoding: 'flat', type: BOOLEAN, length: rowCount, data, validity, children: [] }
}

/** `evaluate` of like and not_like: texts against a constant pattern. */
export function likeVectors(negated: boolean): Evaluate {
  let lastText = ''
  let lastPattern: LikePattern | null = null
  return (context, [text, pattern, escape], rowCount, _types, validity) => {
    if (text!.encoding === 'constant' || pattern!.encoding !== 'constant') return null
    if (escape !== undefined && escape.encoding !== 'constant') return null
    const source = valueAt(context.memory, pattern!, 0) as string
    const escapeText = escape === undefined ? '\\' : (valueAt(context.memory, escape, 0) as string)
    const key = `${escapeText.length}${escapeText}${source}`
    if (lastPattern === null || key !== lastText) {
      lastPattern = parseLike(source, escapeText)
      lastText = key
    }
    return matchPattern(context, text!, lastPattern, negated, rowCount, validity)
  }
}

/** `evaluate` of starts_with, ends_with and contains: a pattern without wildcards. */
export function partVectors(anchoredStart: boolean, anchoredEnd: boolean): Evaluate {
  const ofRows = hasPartVectors(anchoredStart ? 1 : anchoredEnd ? 2 : 0)
  return (context, args, rowCount, types, validity) => {
    const [text, part] = args
    if (text!.encoding === 'constant' || part!.encoding !== 'constant') {
      return ofRows(context, args, rowCount, types, validity)
    }
    const value = valueAt(context.memory, part!, 0) as string
    const segments = value === '' ? [] : [[...value]]
    const pattern: LikePattern = { segments, anchoredStart, anchoredEnd, hasWildcards: false }
    return matchPattern(context, text!, pattern, false, rowCount, validity)
  }
}

/** `evaluate` of substring with constant positions: views of the same bytes. */
export const substringVectors: Evaluate = (context, args, rowCount, types, validity) => {
  const [text, from, count] = args
  if (types.args[0]!.kind !== 'varchar' || types.args[1]!.kind !== 'integer') return null
  if (text!.encoding === 'constant') return null
  if (from!.encoding !== 'constant' || (count !== undefined && count.encoding !== 'constant')) {
    return substringRowVectors(context, args, rowCount, types, validity)
  }
  const first = valueAt(context.memory, from!, 0) as number
  const length = count === undefined ? null : (valueAt(context.memory, count, 0) as number)
  // Negative lengths are an error that the reference raises.
  if (length !== null && length < 0) return null
  const start = Math.max(0, first - 1)
  const end = length === null ? null : Math.max(start, first - 1 + length)
  const data = context.arena.allocate(rowCount * 8)
  context.kernels.vector.substringViews(
    text!.data,
    validity,
    rowCount,
    start,
    end === null ? -1 : Math.min(end - start, 0x7fff_ffff),
    data,
  )
  return { encoding: 'flat', type: VARCHAR, length: rowCount, data, validity, children: [] }
}

/** `evaluate` of length and octet_length. */
export function lengthVectors(inBytes: boolean): Evaluate {
  return ({ arena, kernels }, [text], rowCount, types, validity) => {
    const data = arena.allocate(rowCount * 4)
    if (inBytes || types.args[0]!.kind === 'bytea') kernels.vector.byteCounts(text!.data, rowCount, data)
    else kernels.vector.characterCounts(text!.data, validity, rowCount, data)
    return { encoding: 'flat', type: INTEGER, length: rowCount, data, validity, children: [] }
  }
}
