/** Finds the WITH RECURSIVE that recurse; recursive.ts, which computes them, is loaded only for these. */
import { countReferences } from '../../plan/bind/ctes.ts'
import { type SyntaxNode, childNodes, isQuery, someSyntax } from '../../plan/bind/walk-syntax.ts'
import type { CommonTable, Expression, Query } from '../../sql/ast.ts'

/** Whether some WITH RECURSIVE of the query does recurse. */
export function isRecursive(node: SyntaxNode): boolean {
  if (isQuery(node)) {
    const { with: clause } = node as unknown as Query
    if (clause?.recursive === true && clause.ctes.some(recurses)) return true
  }
  return childNodes(node).some(isRecursive)
}

/** Whether some LIMIT or OFFSET has a subquery. */
export function hasLimitQuery(node: SyntaxNode): boolean {
  if (isQuery(node)) {
    const { limit, offset } = node as unknown as Query
    if (isSubqueryWithin(limit) || isSubqueryWithin(offset)) return true
  }
  return childNodes(node).some(hasLimitQuery)
}

/** Whether the expression holds a subquery. */
export function isSubqueryWithin(ast: Expression | null): boolean {
  return ast !== null && someSyntax(ast, (node) => isQuery(node) || childNodes(node).some(isQuery))
}

/** Whether the table's query names the table itself. */
export function recurses({ name, query }: CommonTable): boolean {
  return countReferences(query, name.name) > 0
}
