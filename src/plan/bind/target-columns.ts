/** Columns of the table that a statement writes to. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, type Field, sameType, typeName } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import { literal } from '../../expr/expr.ts'
import type { Identifier } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import { declaredFields } from './declared-types.ts'
import { nearestName } from './nearest-name.ts'
import { printedType } from './printed-type.ts'

/** The column of the table that an identifier names; 42703 when there is none. */
export function findField(name: Identifier, table: Table): Field {
  const fields = declaredFields(table)
  const exact = fields.find((field) => field.name === name.name)
  if (exact !== undefined) return exact
  const loose = name.quoted ? [] : fields.filter((field) => field.name.toLowerCase() === name.name)
  if (loose.length === 1) return loose[0]!
  const nearest = nearestName(
    name.name,
    fields.map((field) => field.name),
  )
  throw new SqlError('42703', `column "${name.name}" of relation "${table.name}" does not exist`, {
    at: name.at,
    ...(nearest === undefined ? {} : { hint: `Perhaps you meant the column "${nearest}".` }),
  })
}

/** 42804 when values of the type can't be stored in the column. */
export function checkAssignable(target: Field, untyped: boolean, type: DataType, at: TextRange): void {
  if (untyped || sameType(type, target.type) || canAssign(type, target.type)) return
  throw new SqlError(
    '42804',
    `column "${target.name}" is of type ${typeName(target.type)} but expression is of type ${printedType(literal(null, type))}`,
    { at, hint: 'You will need to rewrite or cast the expression.' },
  )
}
