/** Regular expressions over vectors: a constant pattern, and texts read where they lie. */
import type { Pointer } from '../../core/memory.ts'
import { BOOLEAN } from '../../core/types.ts'
import { valueAt } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { EvaluateContext, ScalarFunction } from '../functions/function.ts'
import { compileRegex } from '../regex/regex.ts'
import { similarToRegexp } from '../regex/similar.ts'
import { nextPlace } from '../regex/utf8.ts'

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

/** A part of a replacement: bytes, or the number of a group (0: the whole match). */
type ReplacementPart = Uint8Array | number

/** \\1 to \\9 are groups, \\& the match, \\\\ a backslash. */
function replacementParts(replacement: string): readonly ReplacementPart[] {
  return replacement.split(/(\\[1-9&\\])/).flatMap((part, i): ReplacementPart[] => {
    if (i % 2 === 0) return part === '' ? [] : [Buffer.from(part, 'utf8')]
    if (part === '\\\\') return [Buffer.from('\\')]
    return [part === '\\&' ? 0 : Number(part[1])]
  })
}

/** Bytes written to memory one after the other, in pieces of the arena that grow as they must. */
class TextWriter {
  readonly #context: EvaluateContext
  #start: Pointer = 0
  #next: Pointer = 0
  #end: Pointer = 0

  constructor(context: EvaluateContext) {
    this.#context = context
  }

  /** Begins a text. */
  begin(): void {
    this.#start = this.#next
  }

  /** Where the text that was begun lies and how long it is. */
  get view(): readonly [Pointer, number] {
    return [this.#start, this.#next - this.#start]
  }

  copy(from: Pointer, end: Pointer): void {
    this.#reserve(end - from)
    this.#context.memory.bulk.copyWithin(this.#next, from, end)
    this.#next += end - from
  }

  write(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#context.memory.u8.set(bytes, this.#next)
    this.#next += bytes.length
  }

  #reserve(byteCount: number): void {
    if (this.#next + byteCount <= this.#end) return
    const written = this.#next - this.#start
    const size = Math.max(PIECE_BYTES, 2 * (written + byteCount))
    const piece = this.#context.arena.allocate(size)
    this.#context.memory.bulk.copyWithin(piece, this.#start, this.#next)
    this.#start = piece
    this.#next = piece + written
    this.#end = piece + size
  }
}

const PIECE_BYTES = 65_536

/** `evaluate` of regexp_replace with a constant pattern, replacement and flags: the first match, or all with `g`. */
export const replaceMatchVectors: Evaluate = (context, args, rowCount, types, validity) => {
  const [text, ...rest] = args
  if (text!.encoding === 'constant' || rest.some(({ encoding }) => encoding !== 'constant')) return null
  if (rest.length > 3 || types.args.some(({ kind }) => kind !== 'varchar')) return null
  const { memory, arena } = context
  const [pattern, replacement, flags = ''] = rest.map((arg) => valueAt(memory, arg, 0) as string)
  const regex = compileRegex(pattern!, flags)
  const parts = replacementParts(replacement!)
  const groups = parts.some((part) => typeof part === 'number' && part > 0)
  const writer = new TextWriter(context)
  const data = arena.allocate(rowCount * 8)
  const { u8, u32 } = memory
  for (let i = 0; i < rowCount; i++) {
    if (validity !== 0 && u8[validity + i] === 0) continue
    const view = (text!.data >>> 2) + 2 * i
    const [start, length] = [u32[view]!, u32[view + 1]!]
    const end = start + length
    // Places of matches are 32-bit integers with a sign, which addresses are not.
    const subject = regex.subject(u8.subarray(start, end), 0, length)
    const out = (data >>> 2) + 2 * i
    let done = 0
    let count = 0
    for (let at = 0; at <= length;) {
      const found = regex.find(subject, at, groups)
      if (found === null) break
      if (count++ === 0) writer.begin()
      writer.copy(start + done, start + found[0]!)
      for (const part of parts) {
        if (typeof part !== 'number') writer.write(part)
        else if (2 * part < found.length && found[2 * part]! >= 0) {
          writer.copy(start + found[2 * part]!, start + found[2 * part + 1]!)
        }
      }
      done = found[1]!
      if (!flags.includes('g')) break
      at = done > found[0]! ? done : done < length ? nextPlace(subject.bytes, done, length) : length + 1
    }
    if (count === 0) [u32[out], u32[out + 1]] = [start, length]
    else {
      writer.copy(start + done, end)
      ;[u32[out], u32[out + 1]] = writer.view
    }
  }
  return { encoding: 'flat', type: types.result, length: rowCount, data, validity, children: [] }
}
