/**
 * ADD COLUMN with a default or a constraint, of a table that has rows: files say nothing of a column that is new, so its rows are written anew.
 *
 *   ADD COLUMN c type  ->  UPDATE t SET c = default  ->  SET DEFAULT, SET NOT NULL, CHECK      all in one transaction
 */
import type { AlterAction, AlterTableStatement, Expression, UpdateStatement } from '../../sql/ast.ts'
import { inTransaction } from '../own-transaction.ts'
import type { ExecuteOptions, Session } from '../session.ts'
import { runStatement } from './index.ts'

type AddColumn = Extract<AlterAction, { kind: 'add-column' }>

/** Whether rows that are there have to be looked at or written for the new column. */
export function takesSteps(action: AlterAction): action is AddColumn {
  if (action.kind !== 'add-column' || action.column.parts.length > 1) return false
  const { keys, check, default: value } = action.definition
  return keys === undefined && (value !== null || check !== undefined)
}

/** Runs the actions one by one; `hasColumn` tells of those that IF NOT EXISTS leaves out. */
export async function alterAndFill(
  session: Session,
  statement: AlterTableStatement,
  hasColumn: (name: string) => boolean,
  options: ExecuteOptions,
): Promise<void> {
  await inTransaction(session, async () => {
    const alter = (action: AlterAction): Promise<unknown> =>
      runStatement(session, { ...statement, actions: [action] }, options)
    for (const action of statement.actions) {
      if (!takesSteps(action)) await alter(action)
      else if (!action.ifNotExists || !hasColumn(action.column.parts[0]!.name)) {
        for (const step of stepsOf(statement, action)) {
          await (step.kind === 'update' ? runStatement(session, step, options) : alter(step))
        }
      }
    }
  })
}

function stepsOf({ name }: AlterTableStatement, action: AddColumn): readonly (AlterAction | UpdateStatement)[] {
  const { at, column, definition } = action
  const { check, defaultText, notNull, ...rest } = definition
  const value = rest.default?.kind === 'null' ? null : rest.default
  const fill = (filled: Expression): UpdateStatement => ({
    kind: 'update',
    at,
    with: null,
    table: { name, alias: null, at },
    set: [{ at, columns: [column], values: [filled], source: null }],
    from: [],
    where: null,
    returning: null,
  })
  return [
    { ...action, definition: { ...rest, notNull: false, default: null } },
    ...(value === null ? [] : [fill(value)]),
    ...(value === null
      ? []
      : [{ kind: 'set-default', at, column, value: { expression: value, text: defaultText ?? '' } } as const]),
    ...(notNull ? [{ kind: 'set-not-null', at, column } as const] : []),
    ...(check === undefined ? [] : [{ kind: 'add-check', at, name: null, check } as const]),
  ]
}
