/** Walks over syntax trees without naming their kinds: every plain object with a place is a node. */
import type { TextRange } from '../../core/errors.ts'

export interface SyntaxNode {
  readonly kind?: string
  readonly at: TextRange
}

/** Does `test` hold for any of the expression's nodes? Does not go into queries within it. */
export function someSyntax(node: SyntaxNode, test: (node: SyntaxNode) => boolean): boolean {
  return test(node) || childNodes(node).some((child) => !isQuery(child) && someSyntax(child, test))
}

/** Whether the node is a Query. */
export function isQuery(node: SyntaxNode): boolean {
  return 'body' in node && 'with' in node
}

/** The nodes directly below. */
export function childNodes(node: SyntaxNode): readonly SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (const name in node) if (name !== 'at') addNodes(node[name as keyof SyntaxNode], found)
  return found
}

function addNodes(value: unknown, found: SyntaxNode[]): void {
  if (value === null || typeof value !== 'object') return
  if (Array.isArray(value)) {
    for (const item of value) addNodes(item, found)
  } else if ('at' in value) {
    found.push(value as SyntaxNode)
  } else {
    // A part without a place of its own, such as a branch of CASE.
    for (const name in value) if (!name.endsWith('At')) addNodes(value[name as keyof typeof value], found)
  }
}
