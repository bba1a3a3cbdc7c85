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

/**
 * The node with parts replaced: `change` gives another node, or undefined to go on below. What does not change stays the same object;
 * queries within are left as they are, for tables are known by their nodes.
 */
export function mapSyntax<T>(
  value: T,
  change: (node: SyntaxNode) => SyntaxNode | readonly SyntaxNode[] | undefined,
): T {
  return mapPart(value, change) as T
}

function mapPart(value: unknown, change: Parameters<typeof mapSyntax>[1]): unknown {
  if (value === null || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const mapped = value.flatMap((part: unknown): unknown => mapPart(part, change))
    return mapped.length === value.length && mapped.every((part, i) => part === value[i]) ? value : mapped
  }
  if ('at' in value) {
    const changed = change(value as SyntaxNode)
    if (changed !== undefined) return changed
    if (isQuery(value as SyntaxNode)) return value
  }
  let copy: Record<string, unknown> | null = null
  for (const [name, part] of Object.entries(value)) {
    if (name === 'at' || name.endsWith('At')) continue
    const mapped = mapPart(part, change)
    if (mapped !== part) copy = { ...(copy ?? value), [name]: mapped } as Record<string, unknown>
  }
  return copy ?? value
}

/** The same text for nodes that say the same, wherever they stand. */
export function syntaxKey(node: SyntaxNode): string {
  return JSON.stringify(node, (name, part: unknown) => (name === 'at' || name.endsWith('At') ? undefined : part))
}
