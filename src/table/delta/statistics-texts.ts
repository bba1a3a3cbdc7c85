/**
 * Members of statistics as JSON, of a batch of files at a time, without making values of them.
 *
 *   {"numRecords":10,"minValues":{"id":1},...}     paths: numRecords, minValues.id, ...     ->  a view of the text, and its kind, a row each
 *
 * Spec: Delta PROTOCOL.md, "Per-file Statistics".
 */
import type { Arena } from '../../core/arena.ts'
import type { EngineMemory, Pointer } from '../../core/memory.ts'
import type { Vector } from '../../core/vector.ts'
import { metadataReadContext } from '../metadata-reader.ts'

/** Kinds of a JSON value, as the kernel gives them; 255: unknown. */
export const ABSENT = 0
export const STRING = 1
export const SCALAR = 2
export const NULL = 3

/** Views and kinds of a member, a row each. */
export interface Members {
  readonly views: Pointer
  readonly kinds: Pointer
}

export interface Texts {
  readonly views: Pointer
  readonly validity: Pointer
  readonly length: number
}

/** Scalars of a text that is compared with the one before it; texts of more are read anew. */
const SEGMENTS_MAX = 4096
const SEGMENT_BYTES = 12

/** The child of a struct by its name. */
export function childNamed(struct: Vector, name: string): Vector | undefined {
  if (struct.encoding !== 'flat' || struct.type.kind !== 'struct') return undefined
  return struct.children[struct.type.fields.findIndex((field) => field.name === name)]
}

/** Views of a column of texts; undefined for one text that all rows have, and for what is no text. */
export function textsOf(vector: Vector, arena: Arena): Texts | undefined {
  if (vector.encoding === 'constant' || vector.type.kind !== 'varchar') return undefined
  const { length, validity } = vector
  if (vector.encoding === 'flat') return { views: vector.data, validity, length }
  const { i32, u8, u32 } = metadataReadContext().memory
  const views = arena.allocate(length * 8)
  const [codes, to, from] = [vector.data >>> 2, views >>> 2, vector.dictionary.data >>> 2]
  for (let row = 0; row < length; row++) {
    // The code under a NULL means nothing.
    const isSet = validity === 0 || u8[validity + row] !== 0
    const code = i32[codes + row]!
    u32[to + 2 * row] = isSet ? u32[from + 2 * code]! : 0
    u32[to + 2 * row + 1] = isSet ? u32[from + 2 * code + 1]! : 0
  }
  return { views, validity, length }
}

type Tree = Map<string, Tree | number>

/**
 * The members at `paths`, which last as long as what is in `arena`. A path that another one begins with, or ends
 * within, may count as absent.
 */
export function membersOf(texts: Texts, paths: readonly (readonly string[])[], arena: Arena): readonly Members[] {
  if (paths.length === 0) return []
  const tree: Tree = new Map()
  const slots = paths.map((path, i) => slotOf(tree, path, i + 1))
  const { length } = texts
  const out = arena.allocate(length * paths.length * 8)
  const kinds = arena.allocate(length * paths.length)
  const scratch = arena.allocate(SEGMENTS_MAX * SEGMENT_BYTES)
  const { string } = metadataReadContext().kernels
  const root = writeTree(tree, arena)
  string.jsonSpans(texts.views, texts.validity, length, root, paths.length, out, kinds, scratch, SEGMENTS_MAX)
  return slots.map((slot) => ({ views: out + (slot - 1) * length * 8, kinds: kinds + (slot - 1) * length }))
}

/** The slot of a path, counted from 1: another one's if they are the same. */
function slotOf(tree: Tree, path: readonly string[], slot: number): number {
  let at = tree
  for (const name of path.slice(0, -1)) {
    const below = at.get(name) ?? new Map()
    if (typeof below === 'number') return slot
    at.set(name, below)
    at = below
  }
  const last = path.at(-1)!
  const known = at.get(last)
  if (known === undefined) at.set(last, slot)
  return typeof known === 'number' ? known : slot
}

/** As the kernel reads it: `{count, 0}`, then `{name, length, tree, slot}` each. */
function writeTree(tree: Tree, arena: Arena): Pointer {
  const { u8, u32 } = metadataReadContext().memory
  const pointer = arena.allocate(8 + tree.size * 16)
  let at = pointer >>> 2
  u32[at++] = tree.size
  u32[at++] = 0
  for (const [name, below] of tree) {
    const bytes = new TextEncoder().encode(name)
    const text = arena.allocate(bytes.length)
    u8.set(bytes, text)
    const isLeaf = typeof below === 'number'
    u32[at++] = text
    u32[at++] = bytes.length
    u32[at++] = isLeaf ? 0 : writeTree(below, arena)
    u32[at++] = isLeaf ? below : 0
  }
  return pointer
}

/** An integer of at most 15 digits, null where there is none or null; undefined for anything else. */
export function integerAt(
  { u8, u32 }: EngineMemory,
  { views, kinds }: Members,
  row: number,
): number | null | undefined {
  const kind = u8[kinds + row]
  if (kind === ABSENT || kind === NULL) return null
  if (kind !== SCALAR) return undefined
  const start = u32[(views >>> 2) + 2 * row]!
  const end = start + u32[(views >>> 2) + 2 * row + 1]!
  const isNegative = u8[start] === 0x2d
  const first = isNegative ? start + 1 : start
  if (end - first > 15 || end === first) return undefined
  let value = 0
  for (let at = first; at < end; at++) {
    const digit = u8[at]! - 48
    if (digit < 0 || digit > 9) return undefined
    value = value * 10 + digit
  }
  return isNegative ? -value : value
}
