/** Walks over syntax trees without naming their kinds: every plain object with a place is a node. */
import type { TextRange } from '../../core/errors.ts'

export interface SyntaxNode {
  readonly kind?: string
  readonly at: TextRange
}

/** The expression's nodes, not going into queries within it. */
export function* walkSyntax(node: SyntaxNode): Generator<SyntaxNode> {
  yield node
  for (const child of childNodes(node)) {
    if (!isQuery(child)) yield* walkSyntax(child)
  }
}

/** Whether the node is a Query. */
export function isQuery(node: SyntaxNode): boolean {
  return 'body' in node && 'with' in node
}

/** The nodes directly below. */
export function* childNodes(node: SyntaxNode): Generator<SyntaxNode> {
  for (const [name, value] of Object.entries(node)) {
    if (name !== 'at') yield* nodesIn(value)
  }
}

function* nodesIn(value: unknown): Generator<SyntaxNode> {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const item of value) yield* nodesIn(item)
  } else if ('at' in value) {
    yield value as SyntaxNode
  } else {
    // A part without a place of its own, such as a branch of CASE.
    for (const [name, item] of Object.entries(value)) if (!name.endsWith('At')) yield* nodesIn(item)
  }
}
