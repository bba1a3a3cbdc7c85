/** Texts made of others over vectors: joined, replaced, filled up, repeated. */
import type { Pointer } from '../../core/memory.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { FlatVector, Vector } from '../../core/vector.ts'
import { flattenVector } from '../gather.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { stepOf, viewsOf } from './text-cut.ts'

type Evaluate = NonNullable<ScalarFunction['evaluate']>

function bytesOfAll({ kernels }: EvaluateContext, vector: Vector, validity: Pointer, rowCount: number): number {
  return kernels.string.textBytes(vector.data, stepOf(vector), validity, rowCount)
}

/** The vectors' texts one after the other in each row that is not NULL by `validity`; theirs own NULLs are left out if `skipsNulls`. */
function joined(
  context: EvaluateContext,
  parts: readonly Vector[],
  separator: Vector | null,
  rowCount: number,
  validity: Pointer,
  skipsNulls: boolean,
): FlatVector {
  const { memory, arena, kernels } = context
  const args = arena.allocate(parts.length * 12)
  let room = separator === null ? 0 : bytesOfAll(context, separator, 0, rowCount) * parts.length
  for (const [i, part] of parts.entries()) {
    const own = skipsNulls && part.encoding !== 'constant' ? part.validity : 0
    memory.u32.set([part.data, stepOf(part), own], (args >>> 2) + i * 3)
    room += bytesOfAll(context, part, skipsNulls ? own : validity, rowCount)
  }
  const bytes = arena.allocate(room)
  const data = arena.allocate(rowCount * 8)
  kernels.string.joinRows(
    args,
    parts.length,
    separator?.data ?? 0,
    separator === null ? 0 : stepOf(separator),
    validity,
    rowCount,
    bytes,
    data,
  )
  return viewsOf(data, rowCount, validity)
}

/** `evaluate` of || for texts and bytea. */
export const concatVectors: Evaluate = (context, args, rowCount, types, validity) => {
  if (types.result.kind !== 'varchar' && types.result.kind !== 'bytea') return null
  return { ...joined(context, args, null, rowCount, validity, false), type: types.result }
}

/** Texts without dictionaries, and without constants that are NULL; null if one is no text. */
function plainTexts(context: EvaluateContext, vectors: readonly Vector[]): readonly Vector[] | null {
  if (vectors.some(({ type }) => type.kind !== 'varchar')) return null
  return vectors
    .filter((vector) => vector.encoding !== 'constant' || !vector.isNull)
    .map((vector) => (vector.encoding === 'dictionary' ? flattenVector(context, vector) : vector))
}

/** `evaluate` of concat(...), which leaves out NULLs. */
export const concatAllVectors: Evaluate = (context, args, rowCount) => {
  const parts = plainTexts(context, args)
  return parts && joined(context, parts, null, rowCount, 0, true)
}

/** `evaluate` of concat_ws with one separator for all rows. */
export const concatWsVectors: Evaluate = (context, [separator, ...args], rowCount) => {
  if (separator?.encoding !== 'constant' || separator.isNull) return null
  const parts = plainTexts(context, args)
  return parts && joined(context, parts, separator, rowCount, 0, true)
}

/** `evaluate` of replace. */
export const replaceVectors: Evaluate = ({ arena, kernels }, [text, from, to], rowCount, _types, validity) => {
  const run = (bytes: Pointer, out: Pointer): number =>
    kernels.string.replaceRows(
      text!.data,
      stepOf(text!),
      validity,
      rowCount,
      from!.data,
      stepOf(from!),
      to!.data,
      stepOf(to!),
      bytes,
      out,
    )
  const bytes = arena.allocate(run(0, 0))
  const data = arena.allocate(rowCount * 8)
  run(bytes, data)
  return viewsOf(data, rowCount, validity)
}

/** Characters to which a kernel fills texts up: the filler is written out as long. */
const PAD_MAX = 10_000

/** `evaluate` of lpad and rpad to a constant length with a constant filler of ASCII characters. */
export function padVectors(side: 'left' | 'right'): Evaluate {
  return (context, [text, length, filler], rowCount, _types, validity) => {
    const { memory, arena, kernels } = context
    if (text!.encoding === 'constant' || length!.encoding !== 'constant') return null
    if (filler !== undefined && filler.encoding !== 'constant') return null
    const count = valueAt(memory, length!, 0) as number
    const fill = filler === undefined ? ' ' : (valueAt(memory, filler, 0) as string)
    // oxlint-disable-next-line no-control-regex
    if (count < 1 || count > PAD_MAX || !/^[\0-\x7f]*$/.test(fill)) return null
    let written: Pointer = 0
    if (fill !== '') {
      written = arena.allocate(count)
      memory.u8.set(Buffer.from(fill.repeat(Math.ceil(count / fill.length)).slice(0, count), 'latin1'), written)
    }
    const bytes = arena.allocate(bytesOfAll(context, text!, validity, rowCount) + rowCount * count)
    const data = arena.allocate(rowCount * 8)
    kernels.string.padRows(text!.data, validity, rowCount, count, written, side === 'right' ? 1 : 0, bytes, data)
    return viewsOf(data, rowCount, validity)
  }
}

/** Room up to which a kernel repeats texts; far below what one text may be. */
const REPEATED_BYTES_MAX = 32 << 20

/** `evaluate` of repeat. */
export const repeatVectors: Evaluate = ({ arena, kernels }, [text, count], rowCount, _types, validity) => {
  const run = (bytes: Pointer, out: Pointer): number =>
    kernels.string.repeatRows(text!.data, stepOf(text!), validity, rowCount, count!.data, stepOf(count!), bytes, out)
  const room = run(0, 0)
  if (room > REPEATED_BYTES_MAX) return null
  const bytes = arena.allocate(room)
  const data = arena.allocate(rowCount * 8)
  run(bytes, data)
  return viewsOf(data, rowCount, validity)
}

/** `evaluate` of reverse. */
export const reverseVectors: Evaluate = (context, [text], rowCount, _types, validity) => {
  if (text!.encoding === 'constant') return null
  const { arena, kernels } = context
  const bytes = arena.allocate(bytesOfAll(context, text!, validity, rowCount))
  const data = arena.allocate(rowCount * 8)
  kernels.string.reverseRows(text!.data, validity, rowCount, bytes, data)
  return viewsOf(data, rowCount, validity)
}

/** `evaluate` of translate with constant ASCII characters. */
export const translateVectors: Evaluate = (context, [text, from, to], rowCount, _types, validity) => {
  const { memory, arena, kernels } = context
  if (text!.encoding === 'constant' || from!.encoding !== 'constant' || to!.encoding !== 'constant') return null
  const [source, target] = [valueAt(memory, from!, 0) as string, valueAt(memory, to!, 0) as string]
  // oxlint-disable-next-line no-control-regex
  if (!/^[\0-\x7f]*$/.test(source + target)) return null
  const map = arena.allocate(128)
  for (let code = 0; code < 128; code++) {
    const place = source.indexOf(String.fromCharCode(code))
    memory.u8[map + code] = place < 0 ? code : place < target.length ? target.charCodeAt(place) : 0x80
  }
  const bytes = arena.allocate(bytesOfAll(context, text!, validity, rowCount))
  const data = arena.allocate(rowCount * 8)
  kernels.string.translateRows(text!.data, validity, rowCount, map, bytes, data)
  return viewsOf(data, rowCount, validity)
}

/** `evaluate` of md5 of texts and bytea. */
export const md5Vectors: Evaluate = ({ arena, kernels }, [text], rowCount, _types, validity) => {
  if (text!.encoding === 'constant') return null
  const bytes = arena.allocate(rowCount * 32)
  const data = arena.allocate(rowCount * 8)
  kernels.string.md5Rows(text!.data, validity, rowCount, arena.allocate(128), bytes, data)
  return viewsOf(data, rowCount, validity)
}
