/** merge_action() in RETURNING: the call becomes a column that says what a MERGE did. */
import type { ColumnReference, FunctionCall, SelectItem } from '../../sql/ast.ts'
import { type SyntaxNode, someSyntax } from './walk-syntax.ts'

/** A name that no table of a lake has. */
export const MERGE_ACTION = ' merge_action'

export function namesMergeAction(item: SelectItem): boolean {
  return someSyntax(item, isCall)
}

/** The item with a reference to the column in place of calls. */
export function mergeActionName(item: SelectItem): SelectItem {
  if (!namesMergeAction(item)) return item
  const replaced = replace(item) as SelectItem
  if (item.kind === 'star' || item.alias !== null || !isCall(item.expression)) return replaced
  const { at } = item
  return { ...(replaced as typeof item), alias: { name: 'merge_action', quoted: false, at } }
}

function isCall(node: SyntaxNode): boolean {
  if (node.kind !== 'function') return false
  const { name, arguments: args } = node as unknown as FunctionCall
  return args.length === 0 && name.parts.at(-1)!.name === 'merge_action'
}

function replace(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(replace)
  if (typeof node !== 'object' || node === null) return node
  if ('at' in node && isCall(node as SyntaxNode)) {
    const { at } = node as SyntaxNode
    const reference: ColumnReference = { kind: 'column', parts: [{ name: MERGE_ACTION, quoted: true, at }], at }
    return reference
  }
  return Object.fromEntries(Object.entries(node).map(([key, part]) => [key, replace(part)]))
}
