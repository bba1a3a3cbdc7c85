/**
 * Table names to tables: `table`, `schema.table`, `catalog.table`, `catalog.schema.table`, in the session's catalogs.
 *
 * An unknown name is answered with the nearest one that exists.
 */
import type { Catalog } from '../catalog/catalog.ts'
import { SqlError, type TextRange } from '../core/errors.ts'
import type { Identifier } from '../sql/ast.ts'
import type { ReadSettings, Table, VersionSpec } from '../table/table.ts'

/** Names looked through for a hint: a directory may hold a hundred thousand tables. */
const HINT_NAMES_MAX = 2000

export interface NameSpace {
  readonly catalogs: ReadonlyMap<string, Catalog>
  readonly currentCatalog: string
  readonly currentSchema: string
  /** Schemas in which plain names are looked up after that one. */
  readonly otherSchemas?: readonly string[]
  /** In-memory tables that the program registered: found before all others by their plain name. */
  readonly registered: ReadonlyMap<string, Table>
  readonly settings: ReadSettings
  /** Temporary tables: found before others by their plain name. */
  readonly temporary?: Catalog
}

export interface ResolvedName {
  readonly catalog: Catalog
  readonly schema: string
  readonly table: string
}

/** The places that a name may mean, most likely first; at least one, else 3F000 / 42601. */
export async function candidatesOf(
  space: NameSpace,
  parts: readonly Identifier[],
  at: TextRange | undefined,
): Promise<ResolvedName[]> {
  const names = parts.map((part) => part.name)
  const current = currentCatalog(space)
  if (names.length === 1) {
    const own = { catalog: current, schema: space.currentSchema, table: names[0]! }
    const others = (space.otherSchemas ?? []).map((schema) => ({ ...own, schema }))
    return [...(space.temporary === undefined ? [] : [temporaryName(space.temporary, names[0]!)]), own, ...others]
  }
  if (names.length === 2) {
    const [first, table] = names as [string, string]
    if (first === 'pg_temp' && space.temporary !== undefined) return [temporaryName(space.temporary, table)]
    const found: ResolvedName[] = []
    if ((await current.schemas()).includes(first)) found.push({ catalog: current, schema: first, table })
    const catalog = space.catalogs.get(first)
    if (catalog !== undefined) found.push({ catalog, schema: 'main', table })
    if (found.length > 0) return found
    throw new SqlError('3F000', `schema "${first}" does not exist`, {
      at,
      hint: `ATTACH '<directory>' AS ${first} makes tables of a directory known under that name.`,
    })
  }
  if (names.length === 3) {
    const [first, schema, table] = names as [string, string, string]
    const catalog = space.catalogs.get(first)
    if (catalog === undefined) throw new SqlError('3F000', `catalog "${first}" does not exist`, { at })
    return [{ catalog, schema, table }]
  }
  throw new SqlError('42601', `improper qualified name (too many dotted names): ${names.join('.')}`, { at })
}

function temporaryName(catalog: Catalog, table: string): ResolvedName {
  return { catalog, schema: 'main', table }
}

export function currentCatalog(space: NameSpace): Catalog {
  const catalog = space.catalogs.get(space.currentCatalog)
  if (catalog === undefined) throw new SqlError('3F000', `catalog "${space.currentCatalog}" does not exist`)
  return catalog
}

/** The table of that name at that version; 42P01 with the nearest name if there is none. */
export async function resolveTable(
  space: NameSpace,
  parts: readonly Identifier[],
  travel: VersionSpec | null,
  at: TextRange | undefined,
): Promise<Table> {
  return (await locateTable(space, parts, travel, at)).table
}

/** As `resolveTable`, with where the table was found: no place for what a program registered. */
export async function locateTable(
  space: NameSpace,
  parts: readonly Identifier[],
  travel: VersionSpec | null,
  at: TextRange | undefined,
): Promise<{ readonly table: Table; readonly place?: ResolvedName }> {
  const registered = parts.length === 1 ? space.registered.get(parts[0]!.name) : undefined
  if (registered !== undefined) return { table: registered }
  const candidates = await candidatesOf(space, parts, at)
  for (const place of candidates) {
    const table = await place.catalog.table(place.schema, place.table, travel ?? undefined, space.settings)
    if (table !== undefined) return { table, place }
  }
  const name = parts.map((part) => part.name).join('.')
  const nearest = await nearestTable(candidates)
  throw new SqlError('42P01', `relation "${name}" does not exist`, {
    at,
    ...(nearest === undefined ? {} : { hint: `Perhaps you meant the table "${nearest}".` }),
  })
}

async function nearestTable(candidates: readonly ResolvedName[]): Promise<string | undefined> {
  let best: string | undefined
  let bestDistance = Infinity
  for (const { catalog, schema, table } of candidates) {
    let seen = 0
    for await (const { name } of catalog.tables(schema)) {
      if (++seen > HINT_NAMES_MAX) break
      const distance = editDistance(name.toLowerCase(), table.toLowerCase())
      if (distance < bestDistance && distance <= Math.max(1, Math.floor(table.length / 3))) {
        best = name
        bestDistance = distance
      }
    }
  }
  return best
}

/** Levenshtein distance, in O(a x b) time; both are names, so short. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min(change, previous[j]! + 1, current[j - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
