/** Column references, with the struct fields that may follow: `a`, `t.a`, `st.a.b`, `(expr).field`. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BOOLEAN, VARCHAR, typeName } from '../../core/types.ts'
import { type Expr, call, column, literal } from '../../expr/expr.ts'
import type { ColumnReference, FieldAccess, Identifier } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { nearestName } from './nearest-name.ts'
import {
  type Relation,
  type Scope,
  type ScopeColumn,
  findColumn,
  findRelation,
  missingColumn,
  outwards,
} from './scope.ts'

/** Binds a dotted name. */
export function bindColumn(binder: Binder, { parts, at }: ColumnReference, scope: Scope): Expr {
  const match = findColumn(scope, parts, at)
  if (match !== null) {
    let expr = valueOf(binder, match.column, match.display, at)
    for (const field of match.fields) expr = fieldOf(binder, expr, field, at)
    return expr
  }
  const [first, ...fields] = parts as [Identifier, ...Identifier[]]
  for (const level of outwards(scope)) {
    let expr = level.clause.aliases?.(first) ?? null
    if (expr === null) continue
    for (const field of fields) expr = fieldOf(binder, expr, field, at)
    return expr
  }
  const row = parts.length === 1 ? wholeRow(binder, first, scope, at) : null
  if (row !== null) return row
  throw missingColumn(scope, parts, at)
}

function valueOf(binder: Binder, column: ScopeColumn, display: string, at: TextRange): Expr {
  return column.value?.() ?? binder.reference(column, display, at)
}

export function bindFieldAccess(binder: Binder, { operand, field, at }: FieldAccess, scope: Scope): Expr {
  return fieldOf(binder, binder.expression(operand, scope), field, at)
}

/** The field of a struct by its name; as with columns, without case when nothing matches exactly. */
export function fieldOf(binder: Binder, operand: Expr, field: Identifier, at: TextRange): Expr {
  const { type } = operand
  if (type.kind !== 'struct') {
    throw new SqlError(
      '42809',
      `column notation .${field.name} applied to type ${typeName(type)}, which is not a composite type`,
      { at },
    )
  }
  let found = type.fields.filter(({ name }) => name === field.name)
  if (found.length === 0 && !field.quoted) {
    found = type.fields.filter(({ name }) => name.toLowerCase() === field.name)
  }
  if (found.length > 1) throw new SqlError('42702', `field reference "${field.name}" is ambiguous`, { at })
  const [only] = found
  if (only === undefined) {
    const nearest = nearestName(
      field.name,
      type.fields.map(({ name }) => name),
    )
    throw new SqlError('42703', `field "${field.name}" not found in data type ${typeName(type)}`, {
      at,
      ...(nearest === undefined ? {} : { hint: `Perhaps you meant to reference the field "${nearest}".` }),
    })
  }
  const expr = call('field', [operand, literal(only.name, VARCHAR)], only.type)
  if (binder.isStored(operand)) binder.markStored(expr)
  return expr
}

/** NULL where an outer join has put NULLs in place of the relation's row, told by all its columns being NULL. */
export function filledOr(value: Expr, { columns }: Relation): Expr {
  const present = columns.map(({ id, type }) => call('is_not_null', [column(id, type)], BOOLEAN))
  if (present.length === 0) return value
  const when: Expr = present.length === 1 ? present[0]! : { kind: 'or', args: present, type: BOOLEAN }
  return { kind: 'case', branches: [{ when, then: value }], else: literal(null, value.type), type: value.type }
}

/** `t` where t is a table: its row as a struct. */
function wholeRow(binder: Binder, name: Identifier, scope: Scope, at: TextRange): Expr | null {
  for (const level of outwards(scope)) {
    const relation = findRelation(level, [name], at)
    if (relation === null) continue
    const columns = relation.columns.filter(({ hidden }) => !hidden)
    const display = (column: string): string => `${relation.name}.${column}`
    const row = call(
      'row',
      columns.map((column) => valueOf(binder, column, display(column.name), at)),
      {
        kind: 'struct',
        fields: columns.map((column) => ({
          name: column.name,
          type: column.type,
          nullable: column.nullable,
        })),
      },
    )
    return relation.isFilled === true ? filledOr(row, relation) : row
  }
  return null
}
