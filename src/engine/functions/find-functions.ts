/**
 * Names of users' functions to their definitions: temporary ones first, then those that the program registered, then those of the catalogs,
 * `function`, `schema.function`, `catalog.function`, `catalog.schema.function`.
 */
import type { StoredFunction } from '../../catalog/catalog.ts'
import type { UserFunction } from '../../plan/bind/user-function.ts'
import type { Identifier } from '../../sql/ast.ts'
import { type ResolvedName, candidatesOf } from '../names.ts'
import type { Session } from '../session.ts'

export interface FoundFunctions {
  /** Undefined for temporary and registered functions. */
  readonly place?: ResolvedName
  readonly stored: readonly StoredFunction[]
  readonly registered: readonly UserFunction[]
}

/** Empty when there are none. */
export async function findFunctions(session: Session, parts: readonly Identifier[]): Promise<FoundFunctions> {
  const name = nameOf(parts)
  const isPlain = parts.length === 1
  if (isPlain || parts[0]!.name === 'pg_temp') {
    const stored = session.functions?.list(name) ?? []
    if (stored.length > 0) return { stored, registered: [] }
  }
  const registered = isPlain ? session.engine.functions.get(name) : undefined
  if (registered !== undefined) return { stored: [], registered }
  for (const place of await placesOf(session, parts)) {
    const stored = (await place.catalog.functions?.(place.schema, name)) ?? []
    if (stored.length > 0) return { place, stored, registered: [] }
  }
  return { stored: [], registered: [] }
}

/** Where functions of the name may be kept. */
export async function placesOf(session: Session, parts: readonly Identifier[]): Promise<readonly ResolvedName[]> {
  const { names } = session
  const given = await candidatesOf(names, parts, undefined).catch(() => [])
  const places = given
    .filter(({ catalog }) => catalog !== names.temporary)
    .map((place) => ({ ...place, table: nameOf(parts) }))
  const [first] = places
  if (parts.length > 1 || first === undefined || first.schema === 'main') return places
  return [...places, { ...first, schema: 'main' }]
}

/** As functions are called: without regard to case where it was not quoted. */
export function nameOf(parts: readonly Identifier[]): string {
  const last = parts.at(-1)!
  return last.quoted ? last.name : last.name.toLowerCase()
}
