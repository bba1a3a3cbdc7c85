/** Columns that come with a sequence of their own. */
import type { SequenceDefinition } from '../../catalog/sequence.ts'
import type { ColumnDefinition } from '../../sql/ast.ts'

export const SERIALS: Readonly<Record<string, SequenceDefinition['type']>> = {
  smallserial: 'smallint',
  serial2: 'smallint',
  serial: 'integer',
  serial4: 'integer',
  bigserial: 'bigint',
  serial8: 'bigint',
}

/** Whether the column is `serial` or an identity. */
export function bringsSequence({ type, identity }: ColumnDefinition): boolean {
  return identity !== undefined || (type !== null && Object.hasOwn(SERIALS, type.name))
}
