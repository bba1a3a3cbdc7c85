/**
 * The schema tree: the footer's flat list of elements, with the levels that tell NULLs and lists apart.
 *
 * A node's definition level counts the optional and repeated nodes on the way to it: a value's definition level says how many
 * of them are there. Its repetition level counts the repeated ones: a value's repetition level says which list goes on.
 *
 * Spec: parquet-format 2.11, README.md, "Nested Encoding".
 */
import type { SchemaElement } from './metadata.ts'
import { ThriftError } from './thrift.ts'

/** Groups within groups: deeper ones only occur in damaged files. */
const DEPTH_MAX = 64

export interface SchemaNode {
  readonly element: SchemaElement
  readonly children: readonly SchemaNode[]
  /** Definition level of a value that is there. */
  readonly definition: number
  readonly repetition: number
  /** Leaf columns [firstLeaf, endLeaf) lie at or below this node. */
  readonly firstLeaf: number
  readonly endLeaf: number
}

/** The tree of `elements`; the root is the message. */
export function buildSchema(elements: readonly SchemaElement[]): SchemaNode {
  let next = 0
  let leaves = 0
  const build = (definition: number, repetition: number, depth: number): SchemaNode => {
    const written = elements[next++]
    if (written === undefined) throw new ThriftError('the schema ends before its last group', 0, false)
    if (depth > DEPTH_MAX) throw new ThriftError('the schema is nested too deep', 0, false)
    const isRoot = depth === 0
    // Early writers in Go give the root a type: what has children is a group.
    const element = isRoot && written.childCount > 0 ? asGroup(written) : written
    if (isRoot && element.physical !== undefined) throw new ThriftError('the schema has no root group', 0, false)
    const ownDefinition = definition + (isRoot || element.repetition === 'required' ? 0 : 1)
    const ownRepetition = repetition + (!isRoot && element.repetition === 'repeated' ? 1 : 0)
    const firstLeaf = leaves
    const children: SchemaNode[] = []
    if (element.physical === undefined) {
      for (let i = 0; i < element.childCount; i++) children.push(build(ownDefinition, ownRepetition, depth + 1))
    } else leaves++
    return {
      element,
      children,
      definition: ownDefinition,
      repetition: ownRepetition,
      firstLeaf,
      endLeaf: leaves,
    }
  }
  if (elements.length === 0) throw new ThriftError('the footer has no schema', 0, false)
  const root = build(0, 0, 0)
  if (next !== elements.length) throw new ThriftError('the schema has elements outside its groups', 0, false)
  return root
}

function asGroup(element: SchemaElement): SchemaElement {
  const { physical: _, ...group } = element
  return group
}

/** The leaves of a tree, in the order of their columns. */
export function leavesOf(node: SchemaNode): SchemaNode[] {
  return node.element.physical === undefined ? node.children.flatMap(leavesOf) : [node]
}

/** Of each leaf below a message the names from its root on, each followed by NUL. */
export function leafPaths(root: SchemaNode, path: string = ''): string[] {
  return root.children.flatMap((child) => {
    const own = `${path}${child.element.name}\0`
    return child.element.physical === undefined ? leafPaths(child, own) : [own]
  })
}
