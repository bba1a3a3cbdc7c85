/**
 * A file's columns as SQL sees them: the schema tree with lists and maps recognised and every node given a type.
 *
 *   optional group tags (LIST) {            list    tags        def 1
 *     repeated group list {                   repeated          def 2, rep 1: an element is there
 *       optional binary element (STRING) }    leaf    element   def 3
 *   }
 *
 * Spec: parquet-format 2.11, LogicalTypes.md, "Nested Types" with its backward-compatibility rules.
 */
import { type DataType, type Field, VARIANT } from '../../core/types.ts'
import type { FileField } from '../format.ts'
import { leafType } from './leaf-type.ts'
import type { FileMetadata } from './metadata.ts'
import type { SchemaNode } from './schema.ts'

interface NodeBase {
  readonly name: string
  readonly id?: number
  readonly nullable: boolean
  readonly type: DataType
  readonly schema: SchemaNode
  /** Why values cannot be read: those of this node are refused, the others not. */
  readonly refusal?: string
}

export interface LeafNode extends NodeBase {
  readonly kind: 'leaf'
}

export interface StructNode extends NodeBase {
  readonly kind: 'struct'
  readonly children: readonly FileNode[]
}

export interface ListNode extends NodeBase {
  readonly kind: 'list'
  /** The repeated node: where there is an element, its definition level is reached. */
  readonly repeated: SchemaNode
  readonly element: FileNode
}

export interface MapNode extends NodeBase {
  readonly kind: 'map'
  readonly repeated: SchemaNode
  readonly key: FileNode
  readonly value: FileNode
}

export type FileNode = LeafNode | StructNode | ListNode | MapNode

/** The columns of a file. */
export function fileNodes(root: SchemaNode, { createdBy }: FileMetadata): FileNode[] {
  return root.children.map((child) => nodeOf(child, createdBy))
}

/** The same as the interface between formats has it. */
export function fieldOf(node: FileNode): FileField {
  const { name, type, nullable, id } = node
  // The parts of a variant are no fields of the table.
  const children = type.kind === 'variant' ? [] : childNodes(node).map(fieldOf)
  return { name, type, nullable, ...(id === undefined ? {} : { id }), children }
}

/** Struct fields; [element]; [key, value]; nothing. */
export function childNodes(node: FileNode): readonly FileNode[] {
  switch (node.kind) {
    case 'leaf':
      return []
    case 'struct':
      return node.children
    case 'list':
      return [node.element]
    case 'map':
      return [node.key, node.value]
  }
}

function nodeOf(schema: SchemaNode, createdBy: string): FileNode {
  // A repeated field that no LIST or MAP explains is a list of required elements that is never NULL itself.
  if (schema.element.repetition === 'repeated') {
    const element = contentOf(schema, 'element', createdBy)
    return listNode(schema, schema, element, { nullable: false })
  }
  return contentOf(schema, schema.element.name, createdBy)
}

/** The node without regard to being repeated. */
function contentOf(schema: SchemaNode, name: string, createdBy: string): FileNode {
  const { element } = schema
  const base = {
    name,
    nullable: element.repetition === 'optional',
    schema,
    ...(element.fieldId === undefined ? {} : { id: element.fieldId }),
  }
  if (element.physical !== undefined) {
    const { type, refusal } = leafType(element, createdBy)
    return { ...base, kind: 'leaf', type, ...(refusal === undefined ? {} : { refusal }) }
  }
  const logical = element.logical?.kind
  const { converted } = element
  if (logical === 'list' || (logical === undefined && converted === 'LIST')) {
    const list = annotatedList(schema, name, createdBy)
    if (list !== undefined) return list
  }
  if (logical === 'map' || (logical === undefined && (converted === 'MAP' || converted === 'MAP_KEY_VALUE'))) {
    const map = annotatedMap(schema, name, createdBy)
    if (map !== undefined) return map
  }
  const children = schema.children.map((child) => nodeOf(child, createdBy))
  const type: DataType = { kind: 'struct', fields: children.map(asField) }
  if (logical === 'variant') return { ...base, kind: 'struct', type: VARIANT, children }
  return { ...base, kind: 'struct', type, children }
}

function annotatedList(schema: SchemaNode, name: string, createdBy: string): ListNode | undefined {
  const [repeated] = schema.children
  if (schema.children.length !== 1 || repeated?.element.repetition !== 'repeated') return undefined
  const nullable = schema.element.repetition === 'optional'
  const only = repeated.children[0]
  // Two-level lists of older writers: the repeated node is the element itself.
  const isElement =
    repeated.element.physical !== undefined ||
    repeated.children.length !== 1 ||
    only?.element.repetition === 'repeated' ||
    repeated.element.name === 'array' ||
    repeated.element.name === `${schema.element.name}_tuple`
  if (isElement || only === undefined) {
    const element = contentOf(repeated, 'element', createdBy)
    return listNode(schema, repeated, { ...element, nullable: false }, { name, nullable })
  }
  const element = contentOf(only, 'element', createdBy)
  return listNode(schema, repeated, element, { name, nullable })
}

function listNode(
  schema: SchemaNode,
  repeated: SchemaNode,
  element: FileNode,
  { name = schema.element.name, nullable }: { name?: string; nullable: boolean },
): ListNode {
  const { fieldId } = schema.element
  return {
    kind: 'list',
    name,
    nullable,
    schema,
    repeated,
    element,
    type: {
      kind: 'list',
      element: asField(element),
    },
    ...(fieldId === undefined ? {} : { id: fieldId }),
  }
}

function annotatedMap(schema: SchemaNode, name: string, createdBy: string): FileNode | undefined {
  const [repeated] = schema.children
  if (schema.children.length !== 1 || repeated?.element.repetition !== 'repeated') return undefined
  const [keySchema, valueSchema] = repeated.children
  if (keySchema === undefined || repeated.children.length > 2) return undefined
  const base = {
    name,
    nullable: schema.element.repetition === 'optional',
    schema,
    ...(schema.element.fieldId === undefined ? {} : { id: schema.element.fieldId }),
  }
  const key = nodeOf(keySchema, createdBy)
  if (valueSchema === undefined) {
    // A map without values is a set: shown as the list of its keys.
    return {
      ...base,
      kind: 'list',
      repeated,
      element: key,
      type: { kind: 'list', element: asField(key) },
    }
  }
  const value = nodeOf(valueSchema, createdBy)
  return {
    ...base,
    kind: 'map',
    repeated,
    key,
    value,
    type: {
      kind: 'map',
      key: asField(key),
      value: asField(value),
    },
  }
}

function asField({ name, type, nullable, id }: FileNode): Field {
  return { name, type, nullable, ...(id === undefined ? {} : { id }) }
}
