/**
 * ADD COLUMN with a default or a constraint, where there are rows: files say nothing of a column that is new, so the rows get its value by an UPDATE.
 *
 *   ADD COLUMN c type  ->  UPDATE t SET c = default  ->  SET DEFAULT, SET NOT NULL, ADD CHECK
 *
 * in one transaction: others see the table before or after.
 */
import { SqlError } from '../../core/errors.ts'
import type { AlterAction, AlterTableStatement, Expression, UpdateStatement } from '../../sql/ast.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { TransactionBlock } from '../transaction-block.ts'

type AddColumn = AlterAction & { readonly kind: 'add-column' }

/** Whether rows that are there need values for a column that the action adds. */
export function fillsColumn(action: AlterAction): action is AddColumn {
  if (action.kind !== 'add-column' || action.column.parts.length > 1) return false
  const { definition } = action
  const isNull = definition.default === null || definition.default.kind === 'null'
  return definition.keys === undefined && (!isNull || definition.check !== undefined)
}

/** Runs the actions one after the other. `alter`: the statement with those that say nothing of rows. */
export async function addFilledColumns(
  session: Session,
  statement: AlterTableStatement,
  alter: (statement: AlterTableStatement) => Promise<unknown>,
  options: ExecuteOptions,
): Promise<void> {
  const own = session.transaction === null ? new TransactionBlock(false) : null
  session.transaction ??= own
  try {
    for (const action of statement.actions) {
      if (!fillsColumn(action)) {
        await alter({ ...statement, actions: [action] })
        continue
      }
      await alter({ ...statement, actions: [bareColumn(action)] })
      if (action.definition.default !== null) await fill(session, statement, action, options)
      const rules = rulesOf(action)
      if (rules.length > 0) await alter({ ...statement, actions: rules })
    }
    if (own !== null) session.transaction = null
    await own?.commit()
  } catch (error) {
    if (own !== null) {
      session.transaction = null
      await own.rollback().catch(() => undefined)
    }
    throw error
  }
}

/** The column without what needs rows to have values. */
function bareColumn(action: AddColumn): AddColumn {
  const { check: _, defaultText: __, ...definition } = action.definition
  return { ...action, definition: { ...definition, notNull: false, default: null } }
}

function rulesOf({ column, definition, at }: AddColumn): readonly AlterAction[] {
  const { default: expression, defaultText: text, notNull, check } = definition
  const rules: AlterAction[] = []
  if (expression !== null) rules.push({ kind: 'set-default', column, value: { expression, text: text! }, at })
  if (notNull) rules.push({ kind: 'set-not-null', column, at })
  if (check !== undefined) rules.push({ kind: 'add-check', name: null, check, at })
  return rules
}

async function fill(
  session: Session,
  { name, at }: AlterTableStatement,
  { column, definition }: AddColumn,
  options: ExecuteOptions,
): Promise<void> {
  const value: Expression = definition.default!
  const update: UpdateStatement = {
    kind: 'update',
    with: null,
    table: { name, alias: null, at },
    set: [{ columns: [column], values: [value], source: null, at }],
    from: [],
    where: null,
    returning: null,
    at,
  }
  const { runChange } = await import('./change-table.ts')
  try {
    for await (const _ of (await runChange(session, update, options)).chunks());
  } catch (error) {
    if (!(error instanceof SqlError) || error.sqlstate !== '42804') throw error
    const message = error.message.replace(' but expression', ' but default expression')
    throw new SqlError('42804', message, { at, cause: error })
  }
}
