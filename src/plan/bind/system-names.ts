/** What queries call the system's own relations and functions by: asked for every name of a query, so nothing is loaded for it. */
import type { Identifier } from '../../sql/ast.ts'
import type { SyntaxNode } from './walk-syntax.ts'

/** Schemas that every database has. */
export const SYSTEM_SCHEMAS: readonly string[] = ['pg_catalog', 'information_schema']

const OBJECT_TYPES: ReadonlySet<string> = new Set([
  ...['oid', 'xid', 'regclass', 'regtype', 'regproc', 'regprocedure', 'regnamespace', 'regrole', 'regcollation'],
])

/** Whether a type is one of numbers of objects. */
export function isObjectTypeName(name: string): boolean {
  return OBJECT_TYPES.has(name)
}

/** Whether a node is the name of such a type. */
export function namesObjectType(node: SyntaxNode): boolean {
  const { name } = node as { readonly name?: unknown }
  return typeof name === 'string' && 'modifiers' in node && isObjectTypeName(name)
}

/** Whether a name may be that of a relation of the system: `pg_class`, `pg_catalog.pg_class`, `information_schema.tables`. */
export function mayBeSystemName(parts: readonly Pick<Identifier, 'name'>[]): boolean {
  const [last, schema] = parts.toReversed().map(({ name }) => name)
  if (schema !== undefined) return SYSTEM_SCHEMAS.includes(schema)
  return last?.startsWith('pg_') === true
}
