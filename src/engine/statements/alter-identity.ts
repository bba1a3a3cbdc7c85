/** ALTER TABLE on columns that have, get or lose a sequence of their own. */
import { SqlError, type TextRange } from '../../core/errors.ts'
import { findField } from '../../plan/bind/target-columns.ts'
import type { AlterAction, AlterTableStatement, ColumnDefinition, SequenceOption } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import { type ResolvedName, locateTable } from '../names.ts'
import { inTransaction } from '../own-transaction.ts'
import { bringsSequence } from '../sequences/brings-sequence.ts'
import { withSequences } from '../sequences/column-sequences.ts'
import { dropOwned, ownedSequences } from '../sequences/owned-sequences.ts'
import { readSequenceOptions } from '../sequences/sequence-options.ts'
import type { Session } from '../session.ts'

type IdentityAction = AlterAction & { readonly kind: 'add-identity' | 'drop-identity' | 'set-identity' }

/** Runs the actions one after the other, in one transaction. `alter`: the statement with those that say nothing of sequences. */
export async function alterWithSequences(
  session: Session,
  statement: AlterTableStatement,
  alter: (statement: AlterTableStatement) => Promise<unknown>,
): Promise<void> {
  const { name, actions } = statement
  await inTransaction(session, async () => {
    for (const action of actions) {
      const { table, place } = await locateTable(session.names, name.parts, null, name.at)
      if (action.kind === 'add-column' && bringsSequence(action.definition)) {
        const made = await withSequences(place!, [action.definition])
        made.create()
        await alter({ ...statement, actions: [{ ...action, definition: made.columns[0]! }] })
        if (made.rules.length > 0) await place!.catalog.alterTable!(place!.schema, place!.table, made.rules)
      } else if (isIdentityAction(action)) {
        session.sequences?.giveBack()
        await changeIdentity(place!, table, action)
      } else await alter({ ...statement, actions: [action] })
    }
  })
}

function isIdentityAction(action: AlterAction): action is IdentityAction {
  return action.kind === 'add-identity' || action.kind === 'drop-identity' || action.kind === 'set-identity'
}

async function changeIdentity(place: ResolvedName, table: Table, action: IdentityAction): Promise<void> {
  const { catalog, schema, table: name } = place
  const column = columnOf(table, action)
  const identity = table.rules?.identities?.get(column)
  if (action.kind === 'add-identity') {
    if (identity !== undefined) {
      throw wrong(`column "${column}" of relation "${table.name}" is already an identity column`, action.at)
    }
    return addIdentity(place, table, action, column)
  }
  if (identity === undefined) {
    if (action.kind === 'drop-identity' && action.ifExists) return
    throw wrong(`column "${column}" of relation "${table.name}" is not an identity column`, action.at)
  }
  const owned = await ownedSequences(catalog, schema, name, column)
  if (action.kind === 'drop-identity') {
    await catalog.alterTable!(schema, name, [
      { kind: 'set-identity', column, always: null },
      { kind: 'set-default', column, expression: null },
    ])
    dropOwned(owned)
    return
  }
  const options = action.changes.filter((one): one is SequenceOption => 'option' in one)
  for (const { store, sequence } of options.length === 0 ? [] : owned) {
    const before = { definition: sequence.definition, state: sequence.state() }
    const { definition, state } = readSequenceOptions(options, { before })
    store.alter(sequence, definition, state)
  }
  const kinds = action.changes.flatMap((one) => ('always' in one ? [one.always] : []))
  for (const always of kinds) await catalog.alterTable!(schema, name, [{ kind: 'set-identity', column, always }])
}

async function addIdentity(
  place: ResolvedName,
  table: Table,
  { identity, at }: IdentityAction & { readonly kind: 'add-identity' },
  column: string,
): Promise<void> {
  const field = table.schema.fields.find(({ name }) => name === column)!
  if (field.nullable) {
    const message = `column "${column}" of relation "${table.name}" must be declared NOT NULL before identity can be added`
    throw wrong(message, at)
  }
  if (table.rules?.defaults.has(column) === true) {
    throw wrong(`column "${column}" of relation "${table.name}" already has a default value`, at)
  }
  const type = { at, name: field.type.kind, modifiers: [], arguments: [], fields: [], interval: null }
  const name = { name: column, quoted: true, at }
  const definition: ColumnDefinition = { at, name, type, notNull: true, default: null, comment: null, identity }
  const made = await withSequences(place, [definition])
  made.create()
  const expression = made.columns[0]!.defaultText!
  await place.catalog.alterTable!(place.schema, place.table, [
    { kind: 'set-default', column, expression },
    ...made.rules,
  ])
}

/** As the table spells it; 42703 when there is none. */
function columnOf(table: Table, { column: { parts } }: IdentityAction): string {
  return findField(parts[0]!, table).name
}

function wrong(message: string, at: TextRange): SqlError {
  return new SqlError('55000', message, { at })
}
