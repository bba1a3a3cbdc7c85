/** Columns GENERATED ... AS IDENTITY: when a statement may give them values. */
import { SqlError, type TextRange } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import type { Overriding } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'

/** 428C9 for a value that is inserted into a column GENERATED ALWAYS. */
export function checkInsertable(
  { rules }: Table,
  { name }: Field,
  overriding: Overriding | undefined,
  at: TextRange,
): void {
  if (overriding !== undefined || rules?.identities?.get(name) !== true) return
  throw new SqlError('428C9', `cannot insert a non-DEFAULT value into column "${name}"`, {
    at,
    detail: `Column "${name}" is an identity column defined as GENERATED ALWAYS.`,
    hint: 'Use OVERRIDING SYSTEM VALUE to override.',
  })
}

/** 428C9 for a column GENERATED ALWAYS that is set to something else than DEFAULT. */
export function checkUpdatable({ rules }: Table, { name }: Field, at: TextRange): void {
  if (rules?.identities?.get(name) !== true) return
  throw new SqlError('428C9', `column "${name}" can only be updated to DEFAULT`, {
    at,
    detail: `Column "${name}" is an identity column defined as GENERATED ALWAYS.`,
  })
}

/** OVERRIDING USER VALUE: the column gets its next value, whatever is given. */
export function isOverridden({ rules }: Table, { name }: Field, overriding: Overriding | undefined): boolean {
  return overriding === 'user' && rules?.identities?.has(name) === true
}
