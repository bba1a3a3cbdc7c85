/** Names of the language's own functions: users' functions cannot have them. */
import { functionByName } from '../../expr/functions/index.ts'
import type { Identifier } from '../../sql/ast.ts'
import { isAggregateName } from './aggregates.ts'
import { isSetReturning } from './set-returning.ts'
import { isWindowName } from './windows.ts'

/** Schemas whose functions are those without a schema. */
export const BUILTIN_SCHEMAS: ReadonlySet<string> = new Set(['pg_catalog', 'system', 'builtin'])

/** Forms of the language that look like calls. */
const FORMS: ReadonlySet<string> = new Set(['if', 'iff', 'grouping', 'coalesce', 'columns', 'range', 'concat'])

/** Whether a call of this name means a function of the language. What operators are called in plans (`add`) is free. */
export function isBuiltinName(name: string): boolean {
  const entry = functionByName(name)
  if (entry !== undefined) return entry.category !== 'operator'
  return FORMS.has(name) || isAggregateName(name) || isWindowName(name) || isSetReturning(name)
}

/** Whether a call may mean a function that a user defined. */
export function mayBeUserFunction(parts: readonly Identifier[]): boolean {
  const [first, ...rest] = parts
  if (first === undefined) return false
  if (rest.length === 0) return !isBuiltinName(first.quoted ? first.name : first.name.toLowerCase())
  // Functions of the catalog are the engine's.
  if (first.name === 'pg_catalog' && rest.length === 1) return mayBeUserFunction(rest)
  return !BUILTIN_SCHEMAS.has(first.name.toLowerCase())
}
