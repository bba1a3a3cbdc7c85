/** CREATE, ALTER and DROP SEQUENCE. */
import type { SequenceOwner } from '../../catalog/sequence.ts'
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import type {
  AlterSequenceStatement,
  CreateSequenceStatement,
  DropSequenceStatement,
  QualifiedName,
  RenameStatement,
} from '../../sql/ast.ts'
import { type ResolvedName, locateTable } from '../names.ts'
import { type StatementResult, commandResult } from '../result.ts'
import { renamedIn, wholeName } from '../sequences/default-text.ts'
import { type FoundSequence, findSequence } from '../sequences/find-sequences.ts'
import { readSequenceOptions } from '../sequences/sequence-options.ts'
import { usersOf } from '../sequences/sequence-users.ts'
import type { Session } from '../session.ts'
import { relationKind, writablePlace } from './new-relation.ts'

export async function runCreateSequence(
  session: Session,
  statement: CreateSequenceStatement,
): Promise<StatementResult> {
  const { name, temporary, ifNotExists, orReplace, options } = statement
  if (temporary) session.temporary ??= new (await import('../temporary-tables.ts')).TemporaryTables()
  const place = await writablePlace(session, name, temporary)
  const { catalog, schema, table } = place
  const done = commandResult('CREATE SEQUENCE', () => session.engine.memory)
  const store = await catalog.sequences?.()
  if (store === undefined) throw unsupported(`a sequence in catalog "${catalog.name}"`, { at: name.at })
  const { definition, state, owner } = readSequenceOptions(options, {})
  const taken = await relationKind(place)
  if (taken !== undefined) {
    if (ifNotExists) return done
    if (!orReplace || taken !== 'sequence') {
      throw new SqlError('42P07', `relation "${table}" already exists`, { at: name.at })
    }
  }
  const owned = owner === undefined || owner === null ? null : await ownerOf(session, owner, place)
  const before = store.find(schema, table)
  if (before !== undefined) store.drop(before)
  store.create(schema, table, { ...definition, owner: owned }, state)
  return done
}

export async function runAlterSequence(session: Session, statement: AlterSequenceStatement): Promise<StatementResult> {
  const done = commandResult('ALTER SEQUENCE', () => session.engine.memory)
  const found = await find(session, statement.name, statement.ifExists)
  if (found === undefined) return done
  const { store, sequence, catalog } = found
  // What the session holds of a run goes back first.
  session.sequences?.giveBack()
  session.sequences?.forget(sequence)
  const before = { definition: sequence.definition, state: sequence.state() }
  const { definition, state, owner } = readSequenceOptions(statement.options, { before })
  if (owner !== undefined && sequence.definition.owner?.isIdentity === true) {
    throw unsupported('changing the owner of the sequence of an identity column', { at: statement.at })
  }
  const place = { catalog, schema: sequence.schema, table: sequence.name }
  const owned =
    owner === undefined ? sequence.definition.owner : owner === null ? null : await ownerOf(session, owner, place)
  store.alter(sequence, { ...definition, owner: owned }, state)
  return done
}

export async function runDropSequence(session: Session, statement: DropSequenceStatement): Promise<StatementResult> {
  for (const name of statement.names) {
    const found = await find(session, name, statement.ifExists)
    if (found === undefined) continue
    const { store, sequence } = found
    await releaseUsers(found, statement.cascade, name.at)
    store.drop(sequence)
    session.sequences?.forget({ key: sequence.key })
  }
  return commandResult('DROP SEQUENCE', () => session.engine.memory)
}

/** 2BP01 for a sequence that columns take values from; with CASCADE they do so no longer. */
async function releaseUsers({ catalog, sequence }: FoundSequence, cascade: boolean, at: TextRange): Promise<void> {
  const { owner } = sequence.definition
  if (owner?.isIdentity === true) {
    const what = `column ${owner.column} of table ${owner.table}`
    throw new SqlError('2BP01', `cannot drop sequence ${sequence.name} because ${what} requires it`, {
      at,
      hint: `You can drop ${what} instead.`,
    })
  }
  const users = await usersOf(catalog, sequence)
  if (users.length > 0 && !cascade) {
    const detail = users.map(
      ({ table, column }) =>
        `default value for column ${column} of table ${table} depends on sequence ${sequence.name}`,
    )
    throw new SqlError('2BP01', `cannot drop sequence ${sequence.name} because other objects depend on it`, {
      at,
      detail: detail.join('\n'),
      hint: 'Use DROP ... CASCADE to drop the dependent objects too.',
    })
  }
  for (const { schema, table, column } of users) {
    await catalog.alterTable!(schema, table, [{ kind: 'set-default', column, expression: null }])
  }
}

/** ALTER SEQUENCE ... RENAME TO and SET SCHEMA; defaults that name the sequence follow. */
export async function renameSequence(session: Session, statement: RenameStatement): Promise<void> {
  const { name, to, schema: isSchema, ifExists } = statement
  const found = await find(session, name, ifExists)
  if (found === undefined) return
  const { catalog, sequence } = found
  const schema = isSchema ? to.name : sequence.schema
  const table = isSchema ? sequence.name : to.name
  if (isSchema && !(await catalog.schemas()).includes(schema)) {
    throw new SqlError('3F000', `schema "${schema}" does not exist`, { at: to.at })
  }
  if (isSchema && sequence.definition.owner !== null) {
    throw unsupported('moving an owned sequence into another schema', { at: name.at })
  }
  if ((await relationKind({ catalog, schema, table })) !== undefined) {
    throw new SqlError('42P07', `relation "${table}" already exists`, { at: to.at })
  }
  session.sequences?.giveBack()
  await moveSequence(found, schema, table)
}

/** Gives a sequence another name; defaults that name it follow. */
export async function moveSequence(
  { catalog, store, sequence }: FoundSequence,
  schema: string,
  name: string,
): Promise<void> {
  const users = await usersOf(catalog, sequence)
  store.rename(sequence, schema, name)
  for (const { text, column, ...user } of users) {
    const expression = renamedIn(text, sequence, wholeName(catalog, schema, name))!
    await catalog.alterTable!(user.schema, user.table, [{ kind: 'set-default', column, expression }])
  }
}

/** 42P01 when there is no relation of that name, 42809 when it is none. */
async function find(session: Session, name: QualifiedName, ifExists: boolean): Promise<FoundSequence | undefined> {
  const { parts, at } = name
  const found = await findSequence(session.names, parts, at)
  if (found !== undefined) return found
  const shown = parts.map((part) => part.name).join('.')
  const isOther = await locateTable(session.names, parts, null, at).then(
    () => true,
    () => false,
  )
  if (isOther) throw new SqlError('42809', `"${shown}" is not a sequence`, { at })
  if (ifExists) return undefined
  throw new SqlError('42P01', `relation "${shown}" does not exist`, { at })
}

/** OWNED BY table.column. */
async function ownerOf(session: Session, { parts, at }: QualifiedName, place: ResolvedName): Promise<SequenceOwner> {
  if (parts.length < 2) {
    const hint = 'Specify OWNED BY table.column or OWNED BY NONE.'
    throw new SqlError('42601', 'invalid OWNED BY option', { at, hint })
  }
  const column = parts.at(-1)!.name
  const { table, place: found } = await locateTable(session.names, parts.slice(0, -1), null, at)
  if (!table.schema.fields.some(({ name }) => name === column)) {
    throw new SqlError('42703', `column "${column}" of relation "${table.name}" does not exist`, { at })
  }
  if (found?.catalog !== place.catalog || found.schema !== place.schema) {
    throw new SqlError('55000', 'sequence must be in same schema as table it is linked to', { at })
  }
  return { table: found.table, column, isIdentity: false }
}
