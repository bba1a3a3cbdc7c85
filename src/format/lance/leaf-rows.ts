/**
 * What pages of a leaf column hold for some rows: values, and for each place the levels that say what is there.
 *
 * Levels are the same for all pages: `definition` 0 is a value; else 1 + 2 * layer, plus 1 for an empty list, layers counted from the innermost. `repetition` is
 * the number of lists (from the innermost) that begin anew: 0 goes on with the innermost. Absent: no NULLs, no lists.
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt } from '../../core/errors.ts'
import type { Pointer } from '../../core/memory.ts'
import type { ValueBlock } from './decompress.ts'
import type { Layer } from './page-encoding.ts'
import type { LanceContext } from './reader-context.ts'

/** Rows or values of a part of a page. */
export interface LeafPart {
  readonly values: ValueBlock
  readonly repetition: Uint8Array | undefined
  readonly definition: Uint8Array | undefined
  /** Places: as many as levels, where there are any, else as values. */
  readonly places: number
}

export interface LeafRows {
  readonly values: Pointer
  /** Bytes of a value; 0: views. */
  readonly width: number
  readonly valueCount: number
  /** Of the items of fixed-size lists; 0: none is NULL. */
  readonly itemValidity: Pointer
  readonly repetition: Uint8Array | undefined
  readonly definition: Uint8Array | undefined
  readonly places: number
}

/** The codes of a page's layers as those above. */
export function definitionCodes(layers: readonly Layer[]): Uint8Array {
  const codes = [0]
  layers.forEach((layer, i) => {
    const [absent, empty] = [1 + 2 * i, 2 + 2 * i]
    if (layer === 'item' || layer === 'nullable list') codes.push(absent)
    else if (layer === 'list') codes.push(empty)
    else if (layer === 'nullable, empty list') codes.push(absent, empty)
  })
  return Uint8Array.from(codes)
}

/** Lists among the layers. */
export function listCount(layers: readonly Layer[]): number {
  return layers.filter((layer) => layer.endsWith('list')).length
}

/** Levels of u16 at `pointer` as bytes; definitions go through `codes`. */
export function levelsOf(
  { memory, file }: LanceContext,
  pointer: Pointer,
  count: number,
  codes: Uint8Array | undefined,
  max: number,
): Uint8Array {
  const levels = new Uint8Array(count)
  const view = new DataView(memory.u8.buffer, pointer, count * 2)
  for (let i = 0; i < count; i++) {
    const level = view.getUint16(i * 2, true)
    if (level > max) throw corrupt(file.url, `a page is malformed: level ${level} of ${max}`)
    levels[i] = codes === undefined ? level : codes[level]!
  }
  return levels
}

/** Puts parts together, in `arena`. */
export function joinParts(context: LanceContext, parts: readonly LeafPart[], arena: Arena, perValue: number): LeafRows {
  const { memory, file } = context
  const [first] = parts
  const width = first?.values.width ?? 0
  const valueCount = parts.reduce((sum, { values }) => sum + values.count, 0)
  const places = parts.reduce((sum, part) => sum + part.places, 0)
  const bytes = width === 0 ? 8 : width
  const values = arena.allocate(valueCount * perValue * bytes)
  const hasItems = parts.some((part) => part.values.validity !== 0)
  const itemValidity = hasItems ? arena.allocate(valueCount * perValue) : 0
  const repetition = parts.some((part) => part.repetition !== undefined) ? new Uint8Array(places) : undefined
  const definition = parts.some((part) => part.definition !== undefined) ? new Uint8Array(places) : undefined
  let [value, place] = [0, 0]
  for (const part of parts) {
    const block = part.values
    if (block.count > 0 && block.width !== width)
      throw corrupt(file.url, 'pages of a column have values of different widths')
    const items = block.count * perValue
    memory.bulk.copyWithin(values + value * bytes, block.pointer, block.pointer + items * bytes)
    if (itemValidity !== 0) {
      const to = itemValidity + value
      if (block.validity === 0) memory.bulk.fill(1, to, to + items)
      else memory.bulk.copyWithin(to, block.validity, block.validity + items)
    }
    if (part.repetition !== undefined) repetition!.set(part.repetition, place)
    if (part.definition !== undefined) definition!.set(part.definition, place)
    value += items
    place += part.places
  }
  return { values, width, valueCount, itemValidity, repetition, definition, places }
}
