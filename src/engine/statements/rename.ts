/** RENAME TO and SET SCHEMA: of tables, views, sequences and schemas, with the sequences that go with a table. */
import type { Catalog } from '../../catalog/catalog.ts'
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import type { Identifier, RenameStatement } from '../../sql/ast.ts'
import { type ResolvedName, candidatesOf, currentCatalog } from '../names.ts'
import { inTransaction } from '../own-transaction.ts'
import { type StatementResult, commandResult } from '../result.ts'
import { ownedSequences, renameOwner } from '../sequences/owned-sequences.ts'
import type { Session } from '../session.ts'
import { relationKind } from './new-relation.ts'
import { moveSequence, renameSequence } from './sequences.ts'

export async function runRename(session: Session, statement: RenameStatement): Promise<StatementResult> {
  const { what } = statement
  if (what === 'sequence') await renameSequence(session, statement)
  else await inTransaction(session, async () => (what === 'schema' ? renameSchema : moveView)(session, statement))
  return commandResult(`ALTER ${what.toUpperCase()}`, () => session.engine.memory)
}

async function moveView(session: Session, { name, to, ifExists }: RenameStatement): Promise<void> {
  for (const place of await candidatesOf(session.names, name.parts, name.at)) {
    if ((await relationKind(place).catch(() => undefined)) !== 'view') continue
    await renameRelation(place, { to, isSchema: true }, name.at)
    return
  }
  if (ifExists) return
  throw new SqlError('42P01', `view "${name.parts.at(-1)!.name}" does not exist`, { at: name.at })
}

export interface NewName {
  readonly to: Identifier
  /** SET SCHEMA; else RENAME TO. */
  readonly isSchema: boolean
}

/** Gives a table or view another name; what it owns goes with it. To be run in a transaction. */
export async function renameRelation(place: ResolvedName, { to, isSchema }: NewName, at: TextRange): Promise<void> {
  const { catalog, schema, table } = place
  if (catalog.renameTable === undefined) throw unsupported(`RENAME in catalog "${catalog.name}"`, { at })
  const next = isSchema ? { schema: to.name, name: table } : { schema, name: to.name }
  if (isSchema && !(await catalog.schemas()).includes(next.schema)) {
    throw new SqlError('3F000', `schema "${next.schema}" does not exist`, { at: to.at })
  }
  if ((await relationKind({ catalog, schema: next.schema, table: next.name })) !== undefined) {
    const where = isSchema ? ` in schema "${next.schema}"` : ''
    throw new SqlError('42P07', `relation "${next.name}" already exists${where}`, { at: to.at })
  }
  const owned = await ownedSequences(catalog, schema, table)
  await catalog.renameTable({ schema, name: table }, next)
  renameOwner(owned, (owner) => ({ ...owner, table: next.name }))
  if (!isSchema) return
  for (const { store, sequence } of owned) await moveSequence({ catalog, store, sequence }, next.schema, sequence.name)
}

/** ALTER SCHEMA ... RENAME TO: all that is in it has the new schema's name. */
async function renameSchema(session: Session, { name: { parts, at }, to }: RenameStatement): Promise<void> {
  const name = parts.at(-1)!.name
  const catalog = parts.length > 1 ? session.names.catalogs.get(parts[0]!.name) : currentCatalog(session.names)
  const schemas = (await catalog?.schemas()) ?? []
  if (catalog === undefined || !schemas.includes(name)) {
    throw new SqlError('3F000', `schema "${name}" does not exist`, { at })
  }
  if (catalog.renameSchema === undefined || name === 'main') {
    throw unsupported(`ALTER SCHEMA ... RENAME TO of "${name}" in catalog "${catalog.name}"`, { at })
  }
  if (schemas.includes(to.name)) throw new SqlError('42P06', `schema "${to.name}" already exists`, { at: to.at })
  const store = await catalog.sequences?.()
  const sequences = store?.list(name) ?? []
  await catalog.renameSchema(name, to.name)
  for (const sequence of sequences) await moveSequence({ catalog, store: store!, sequence }, to.name, sequence.name)
  await moveFunctions(catalog, name, to.name)
}

async function moveFunctions(catalog: Catalog, from: string, to: string): Promise<void> {
  for (const one of (await catalog.functions?.(from, null)) ?? []) {
    await catalog.createFunction!(to, one, false)
    await catalog.dropFunction!(from, one)
  }
}
