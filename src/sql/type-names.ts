/** Makes TypeName nodes, and the canonical spelling of operators and units. */
import type { TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'

export function typeName(name: string, at: TextRange, parts: Partial<ast.TypeName> = {}): ast.TypeName {
  return { at, name, modifiers: [], arguments: [], fields: [], interval: null, ...parts }
}

/** A name as it stands; `pg_catalog.` says nothing, another schema stays in the name. */
export function plainType(parts: readonly ast.Identifier[], modifiers: readonly number[], at: TextRange): ast.TypeName {
  const own = parts.length > 1 && parts[0]?.name === 'pg_catalog' ? parts.slice(1) : parts
  return typeName(own.map((part) => part.name).join('.'), at, { modifiers })
}

export function plainOperator(operator: string): string {
  if (operator === '!=') return '<>'
  return operator === '==' ? '=' : operator
}

/** `days` to `day`, `centuries` to `century`. */
export function singularUnit(word: string): string {
  if (word === 'centuries') return 'century'
  if (word === 'millennia') return 'millennium'
  return word.endsWith('s') ? word.slice(0, -1) : word
}
