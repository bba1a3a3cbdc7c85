/**
 * Finds the file's columns for those a table asks for.
 *
 * By field id where the file has ids (never by name then: a renamed column keeps its id, a new column may have an old name),
 * else by the names given. Elements of lists and maps go by place. What the file lacks is missing.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { nodeByName } from '../bind-tree.ts'
import type { TargetField } from '../format.ts'
import { type Conversion, conversionTo } from './conversion.ts'
import { type FileNode, type LeafNode, type ListNode, type MapNode, type StructNode } from './file-node.ts'
import { childNodes } from './file-node.ts'
import { type VariantLayout, isVariantGroup, ownTarget, variantLayout } from './variant-column.ts'

export type BoundNode = BoundMissing | BoundLeaf | BoundStruct | BoundList | BoundVariant

/** Not in the file: every row has this value. */
export interface BoundMissing {
  readonly kind: 'missing'
  readonly type: DataType
  readonly value: LiteralValue
}

export interface BoundLeaf {
  readonly kind: 'leaf'
  readonly type: DataType
  readonly node: LeafNode
  readonly conversion: Conversion
}

export interface BoundStruct {
  readonly kind: 'struct'
  readonly type: DataType
  readonly node: StructNode
  readonly children: readonly BoundNode[]
}

/** A list, or a map: a list with two children. */
export interface BoundList {
  readonly kind: 'list'
  readonly type: DataType
  readonly node: ListNode | MapNode
  readonly children: readonly BoundNode[]
}

/** A variant, with the group that holds its parts. */
export interface BoundVariant {
  readonly kind: 'variant'
  readonly type: DataType
  readonly node: StructNode
  readonly children: readonly [BoundNode]
  readonly layout: VariantLayout
}

/** Binds `targets` to a file's columns. Errors: 0A000 where a type cannot be converted. */
export function bindFields(targets: readonly TargetField[], nodes: readonly FileNode[]): BoundNode[] {
  const hasIds = nodes.some(hasId)
  return targets.map((target) => bindField(target, nodes, hasIds))
}

function hasId(node: FileNode): boolean {
  return node.id !== undefined || childNodes(node).some(hasId)
}

function bindField(target: TargetField, nodes: readonly FileNode[], hasIds: boolean): BoundNode {
  const node = hasIds && target.id !== undefined ? findById(nodes, target.id) : nodeByName(nodes, target.names)
  if (node === undefined || node.type.kind === 'null') {
    return {
      kind: 'missing',
      type: target.type,
      value: node === undefined ? (target.missing ?? null) : null,
    }
  }
  return bindNode(target, node, hasIds)
}

function bindNode(target: TargetField, node: FileNode, hasIds: boolean): BoundNode {
  const { type } = target
  if (node.refusal !== undefined) throw unsupported(`reading column "${node.name}": ${node.refusal}`)
  if (node.type.kind === 'null') return { kind: 'missing', type, value: null }
  switch (node.kind) {
    case 'leaf':
      if (type.kind === 'struct' || type.kind === 'list' || type.kind === 'map') break
      return { kind: 'leaf', type, node, conversion: conversionTo(node, type) }
    case 'struct':
      if (type.kind === 'variant' && isVariantGroup(node)) return bindVariant(type, node)
      if (type.kind !== 'struct' || node.type.kind === 'variant') break
      return {
        kind: 'struct',
        type,
        node,
        children: target.children.map((child) => bindField(child, node.children, hasIds)),
      }
    case 'list': {
      const [element] = target.children
      if (type.kind !== 'list' || element === undefined) break
      return { kind: 'list', type, node, children: [bindNode(element, node.element, hasIds)] }
    }
    case 'map': {
      const [key, value] = target.children
      if (type.kind !== 'map' || key === undefined || value === undefined) break
      const children = [bindNode(key, node.key, hasIds), bindNode(value, node.value, hasIds)]
      return { kind: 'list', type, node, children }
    }
  }
  throw unsupported(`reading column "${node.name}" of type ${typeName(node.type)} as ${typeName(type)}`)
}

function bindVariant(type: DataType, node: StructNode): BoundVariant {
  const { type: groupType, children: targets } = ownTarget(node)
  // By place: within a variant, ids mean nothing and names are exact.
  const children = targets.map((target, i) => bindNode(target, node.children[i]!, false))
  const group: BoundStruct = { kind: 'struct', type: groupType, node, children }
  return { kind: 'variant', type, node, children: [group], layout: variantLayout(node) }
}

function findById(nodes: readonly FileNode[], id: number): FileNode | undefined {
  return nodes.find((node) => node.id === id)
}
