/** Finds the STREAM(t) that a query reads; stream.ts, which follows the table, is loaded only for these. */
import { isStream } from '../../plan/bind/resolve-tables.ts'
import type { Query, TableFunction, TableReference } from '../../sql/ast.ts'

/** The first STREAM in FROM of the outermost SELECT. Anywhere else the binder refuses it. */
export function streamIn({ body }: Query): TableFunction | undefined {
  if (body.kind !== 'select') return undefined
  for (const reference of body.from) {
    const found = streamBelow(reference)
    if (found !== undefined) return found
  }
  return undefined
}

function streamBelow(reference: TableReference): TableFunction | undefined {
  if (reference.kind === 'table-function') return isStream(reference) ? reference : undefined
  return reference.kind === 'join' ? (streamBelow(reference.left) ?? streamBelow(reference.right)) : undefined
}
