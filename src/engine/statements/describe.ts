import { typeName } from '../../core/types.ts'
import { declaredFields } from '../../plan/bind/declared-types.ts'
import type { DescribeStatement, Identifier, QualifiedName } from '../../sql/ast.ts'
import { resolveTable } from '../names.ts'
import type { StatementResult } from '../result.ts'
import type { Session } from '../session.ts'
import { literalResult, textField } from './literals.ts'

export async function runDescribe(session: Session, statement: DescribeStatement): Promise<StatementResult> {
  const { name, history } = statement
  if (history !== true) return describeColumns(session, name)
  const table = await resolveTable(session.names, [...name.parts.slice(0, -1), historyOf(name)], null, name.at)
  return literalResult(session, 'DESCRIBE', table.schema.fields, table.literalRows ?? [])
}

/** The name of the table's metadata table. */
function historyOf({ parts }: QualifiedName): Identifier {
  const last = parts.at(-1)!
  return { ...last, name: `${last.name}$history` }
}

/** Columns of a table: name, type, whether NULL is allowed, comment. */
export async function describeColumns(session: Session, name: QualifiedName): Promise<StatementResult> {
  const table = await resolveTable(session.names, name.parts, null, name.at)
  const rows = declaredFields(table).map((field) => [
    field.name,
    typeName(field.type),
    field.nullable ? 'YES' : 'NO',
    field.comment ?? null,
  ])
  const fields = ['column_name', 'data_type', 'is_nullable', 'comment'].map((column) => textField(column))
  return literalResult(session, 'DESCRIBE', fields, rows)
}
