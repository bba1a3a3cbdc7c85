/** Where relations are made, and whether a name is free: tables, views and sequences share one space of names. */
import type { Catalog } from '../../catalog/catalog.ts'
import { SqlError } from '../../core/errors.ts'
import type { QualifiedName } from '../../sql/ast.ts'
import { type ResolvedName, candidatesOf } from '../names.ts'
import type { Session } from '../session.ts'

/** The catalog and schema in which `name` can be created; 0A000 when the catalog is read-only. */
export async function writablePlace(
  session: Session,
  name: QualifiedName,
  isTemporary: boolean,
): Promise<ResolvedName & { catalog: Catalog }> {
  const { names } = session
  const places = await candidatesOf(names, name.parts, name.at)
  if (isTemporary && names.temporary !== undefined) {
    if (places[0]!.catalog === names.temporary) return places[0]!
    throw new SqlError('42P16', 'cannot create temporary relation in non-temporary schema', { at: name.at })
  }
  const place = places.find(({ catalog }) => catalog !== names.temporary) ?? places[0]
  if (place!.catalog.createTable === undefined) {
    throw new SqlError('0A000', `cannot create tables in catalog "${place!.catalog.name}": it is read-only`, {
      at: name.at,
      hint: 'Tables can be created in the embedded catalog "sluice".',
    })
  }
  return place!
}

/** What has the name; undefined when it is free. */
export async function relationKind({
  catalog,
  schema,
  table: name,
}: ResolvedName): Promise<'table' | 'view' | 'sequence' | undefined> {
  if ((await catalog.hasViews?.([name])) === true && (await catalog.view?.(schema, name)) !== undefined) return 'view'
  if ((await catalog.sequences?.())?.find(schema, name) !== undefined) return 'sequence'
  return (await catalog.table(schema, name)) === undefined ? undefined : 'table'
}
