/**
 * Variant columns: puts the parts that a file has of a variant together to the engine's form, metadata and value in one.
 *
 *   optional group v (VARIANT) {
 *     required binary metadata
 *     optional binary value              what is not shredded: any value, or the other fields of an object
 *     optional ... typed_value           shredded: a scalar,
 *                                        a group of fields  { a { value, typed_value }, ... }
 *                                        or a list of elements { value, typed_value }
 *   }
 *
 * A field of which neither part is there is not there; elsewhere that is a variant NULL. Field names are in the metadata, shredded ones too.
 *
 * Spec: Apache Parquet, VariantShredding.md.
 */
import type { Arena } from '../../core/arena.ts'
import { corrupt, unsupported } from '../../core/errors.ts'
import type { EngineMemory } from '../../core/memory.ts'
import { type DataType, VARIANT, typeName } from '../../core/types.ts'
import { isNullAt, valueAt, vectorFromLiterals } from '../../core/vector-values.ts'
import type { Vector } from '../../core/vector.ts'
import type { LiteralValue } from '../../core/value.ts'
import { join } from '../../expr/values/variant/variant-cast.ts'
import {
  VARIANT_NULL,
  type VariantField,
  variantArray,
  variantObject,
  variantScalar,
} from '../../expr/values/variant/variant-build.ts'
import { Variant, readNames } from '../../expr/values/variant/variant.ts'
import type { TargetField } from '../format.ts'
import { type FileNode, type LeafNode, type StructNode, childNodes } from './file-node.ts'

/** How a group `{ value, typed_value }` is read: places of its parts among the group's fields; -1 where there is none. */
interface VariantShape {
  readonly value: number
  readonly typed: { readonly place: number; readonly content: TypedContent } | null
}

type TypedContent =
  | { readonly kind: 'scalar'; readonly type: DataType }
  | { readonly kind: 'object'; readonly fields: readonly { readonly name: string; readonly shape: VariantShape }[] }
  | { readonly kind: 'array'; readonly element: VariantShape }

/** A group of a file as a variant: how it is put together. */
export interface VariantLayout {
  readonly metadata: number
  readonly shape: VariantShape
}

/** A group of metadata and value, nothing shredded. */
export const PLAIN_VARIANT: VariantLayout = { metadata: 0, shape: { value: 1, typed: null } }

/** Whether a group has the parts of a variant: tables may call it one where the file does not. */
export function isVariantGroup({ children }: StructNode): boolean {
  const names = children.map(({ name }) => name)
  return names.includes('metadata') && (names.includes('value') || names.includes('typed_value'))
}

/** 0A000 for groups that are none. */
export function variantLayout(node: StructNode): VariantLayout {
  const metadata = node.children.findIndex(({ name }) => name === 'metadata')
  if (metadata < 0) throw unsupported(`reading column "${node.name}" as a variant: it has no metadata`)
  return { metadata, shape: shapeOf(node) }
}

function shapeOf(node: FileNode): VariantShape {
  if (node.kind !== 'struct') throw unsupported(`reading the shredded variant "${node.name}": not a group`)
  const place = node.children.findIndex(({ name }) => name === 'typed_value')
  const typed = node.children[place]
  return {
    value: node.children.findIndex(({ name }) => name === 'value'),
    typed: typed === undefined ? null : { place, content: contentOf(typed) },
  }
}

function contentOf(node: FileNode): TypedContent {
  switch (node.kind) {
    case 'leaf':
      if (!isVariantType(node))
        throw unsupported(`reading the shredded variant "${node.name}" of type ${typeName(node.type)}`)
      return { kind: 'scalar', type: node.type }
    case 'list':
      return { kind: 'array', element: shapeOf(node.element) }
    case 'struct':
      return { kind: 'object', fields: node.children.map((field) => ({ name: field.name, shape: shapeOf(field) })) }
    case 'map':
      throw unsupported(`reading the shredded variant "${node.name}": a map`)
  }
}

/** Types that the specification lets be shredded. */
function isVariantType({ type, schema }: LeafNode): boolean {
  if (type.kind === 'bytea') return schema.element.physical === 'BYTE_ARRAY'
  return !['utinyint', 'usmallint', 'uinteger', 'ubigint', 'half', 'interval', 'null'].includes(type.kind)
}

/** What to ask of the file for a whole node, in its own types. */
export function ownTarget(node: FileNode): TargetField {
  return {
    names: [node.name],
    type: node.kind === 'struct' ? structType(node) : node.type,
    children: childNodes(node).map(ownTarget),
  }
}

/** The type of a group's fields, also where the group is a variant. */
function structType({ children }: StructNode): DataType {
  return { kind: 'struct', fields: children.map(({ name, type, nullable }) => ({ name, type, nullable })) }
}

/** Variants of the rows of `group`, the struct that the layout was made of. Values lie in `arena`. */
export function variantVector(
  memory: EngineMemory,
  arena: Arena,
  group: Vector,
  { metadata, shape }: VariantLayout,
  url: string,
): Vector {
  const values: (Uint8Array | null)[] = []
  for (let row = 0; row < group.length; row++) {
    if (isNullAt(memory, group, row) || group.encoding === 'dictionary') {
      values.push(null)
      continue
    }
    const parts = group.children.map((child) => valueAt(memory, child, row))
    const names = parts[metadata]
    if (!(names instanceof Uint8Array)) throw corrupt(url, `row ${row} of a variant column has no metadata`)
    const own = names.subarray(0, readNames(names).end)
    values.push(join(own, assemble(parts, shape, new NameIds(own, url)) ?? VARIANT_NULL))
  }
  return vectorFromLiterals(memory, arena, VARIANT, values)
}

/** The value of a group's parts; null when none is there. */
function assemble(parts: readonly LiteralValue[], { value, typed }: VariantShape, names: NameIds): Uint8Array | null {
  const rest = value < 0 ? null : ((parts[value] as Uint8Array | null | undefined) ?? null)
  const found = typed === null ? null : (parts[typed.place] ?? null)
  if (typed === null || found === null) return rest
  const { content } = typed
  if (rest !== null && content.kind !== 'object') {
    throw corrupt(names.url, 'a variant has a value and a typed_value, which exclude each other')
  }
  switch (content.kind) {
    case 'scalar':
      return variantScalar(found, content.type)
    case 'array':
      return variantArray(
        (found as readonly LiteralValue[]).map(
          (item) => assemble((item ?? []) as readonly LiteralValue[], content.element, names) ?? VARIANT_NULL,
        ),
      )
    case 'object':
      return assembleObject(found as readonly LiteralValue[], rest, content.fields, names)
  }
}

function assembleObject(
  found: readonly LiteralValue[],
  rest: Uint8Array | null,
  shapes: (TypedContent & { kind: 'object' })['fields'],
  names: NameIds,
): Uint8Array {
  const fields: VariantField[] = []
  shapes.forEach(({ name, shape }, i) => {
    const part = found[i]
    const value = part === null || part === undefined ? null : assemble(part as readonly LiteralValue[], shape, names)
    if (value !== null) fields.push({ name, id: names.idOf(name), value })
  })
  if (rest !== null) {
    const others = new Variant(join(names.metadata, rest))
    const node = others.node(others.root)
    if (node.kind !== 'object') throw corrupt(names.url, 'the rest of a shredded object is no object')
    // What was shredded wins, as the specification has it.
    const known = new Set(shapes.map(({ name }) => name))
    for (const { name, at } of node.fields) {
      if (!known.has(name)) fields.push({ name, id: names.idOf(name), value: others.valueBytes(at) })
    }
  }
  return variantObject(fields)
}

/** Ids of names in a row's metadata. */
class NameIds {
  readonly metadata: Uint8Array
  readonly url: string
  #ids: Map<string, number> | undefined

  constructor(metadata: Uint8Array, url: string) {
    this.metadata = metadata
    this.url = url
  }

  idOf(name: string): number {
    if (this.#ids === undefined) {
      const table = readNames(this.metadata)
      this.#ids = new Map(Array.from({ length: table.count }, (_, id) => [table.nameAt(id), id]))
    }
    const id = this.#ids.get(name)
    if (id === undefined) throw corrupt(this.url, `the metadata of a variant lacks the name of its field "${name}"`)
    return id
  }
}
