/** SET: which columns get which values. */
import { plainQuery, plainSelect } from '../../sql/make-query.ts'
import { SqlError, type TextRange, unsupported } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import type {
  AssignedColumn,
  Assignment,
  ColumnReference,
  Expression,
  Identifier,
  Query,
  Select,
} from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import { checkUpdatable } from './identity-columns.ts'
import { checkAssignable, findField } from './target-columns.ts'
import type { Binder } from './binder.ts'
import type { TargetItem } from './change-target.ts'
import { declaredFields } from './declared-types.ts'
import { type Scope, makeScope } from './scope.ts'
import { coerce, isUntyped } from './typing.ts'

/** Values by the index of the table's column, of the column's type. */
export type AssignedValues = ReadonlyMap<number, Expr>

/** Binds assignments; `scope` is what their values may name. */
export function bindAssignments(
  binder: Binder,
  set: readonly Assignment[],
  target: TargetItem,
  scope: Scope,
): AssignedValues {
  const values = new Map<number, Expr>()
  for (const assignment of set) {
    const sources = assignment.values ?? partsOfQuery(binder, assignment, scope)
    if (sources.length !== assignment.columns.length) throw wrongCount(assignment.at)
    assignment.columns.forEach((name, i) => {
      const field = assignedField(name, target)
      const index = declaredFields(target.table).indexOf(field)
      if (values.has(index)) {
        throw new SqlError('42601', `multiple assignments to same column "${field.name}"`, { at: name.at })
      }
      if (sources[i]!.kind !== 'default') checkUpdatable(target.table, field, name.at)
      values.set(index, bindValue(binder, sources[i]!, { table: target.table, field }, scope))
    })
  }
  return values
}

/** A value for a column: of its type, or the column's default. */
export function bindValue(
  binder: Binder,
  ast: Expression,
  { table, field }: { readonly table: Table; readonly field: Field },
  scope: Scope,
): Expr {
  if (ast.kind === 'default') return defaultOf(binder, table, field)
  return asValueOf(binder, binder.expression(ast, scope), field, ast.at)
}

/** The expression as a value of the column; 42804 when it can't be one. */
export function asValueOf(binder: Binder, expr: Expr, field: Field, at: TextRange): Expr {
  checkAssignable(field, isUntyped(expr), expr.type, at)
  return coerce(binder, expr, field.type, at)
}

/** What a row gets in a column for which nothing is given: the column's default, or NULL. */
export function defaultOf(binder: Binder, { name, rules }: Table, field: Field): Expr {
  const text = rules?.defaults.get(field.name)
  if (text === undefined) return literal(null, field.type)
  const { parseExpression } = binder.context
  if (parseExpression === undefined) throw unsupported(`the default of column "${field.name}" of "${name}"`)
  const ast = parseExpression(text)
  return asValueOf(binder, binder.expression(ast, makeScope(null, null)), field, ast.at)
}

function wrongCount(at: TextRange): SqlError {
  return new SqlError('42601', 'number of columns does not match number of values', { at })
}

function assignedField({ parts, at }: AssignedColumn, { table, relation }: TargetItem): Field {
  const [first, ...rest] = parts as readonly [Identifier, ...Identifier[]]
  const isQualified = rest.length > 0 && first.name === relation.name && !hasColumn(table, first)
  const [name, ...fields] = isQualified ? (rest as [Identifier, ...Identifier[]]) : [first, ...rest]
  const field = findField(name, table)
  if (fields.length > 0) throw unsupported('assigning to a field of a column', { at })
  return field
}

function hasColumn({ schema }: Table, { name }: Identifier): boolean {
  return schema.fields.some((field) => field.name === name)
}

/** `(a, b) = (SELECT x, y ...)`: one scalar subquery a column, each of one column of the query. */
function partsOfQuery(binder: Binder, { source, columns, at }: Assignment, scope: Scope): readonly Expression[] {
  const query = source!
  const known = new Set(binder.subqueries.keys())
  const { length } = binder.query(query, scope, scope.ctes).columns
  for (const id of binder.subqueries.keys()) if (!known.has(id)) binder.subqueries.delete(id)
  if (length !== columns.length) throw wrongCount(at)
  const names = columns.map((_, i): Identifier => ({ name: `c${i}`, quoted: true, at: query.at }))
  return names.map((name) => ({ kind: 'scalar-query', at: query.at, query: columnOf(query, names, name) }))
}

function columnOf(query: Query, names: readonly Identifier[], name: Identifier): Query {
  const { at } = query
  const alias = { name: { name: 'assigned', quoted: true, at }, columns: names, at }
  const expression: ColumnReference = { kind: 'column', parts: [name], at }
  const items: Select['items'] = [{ kind: 'expression', expression, alias: null, at }]
  const from: Select['from'] = [{ kind: 'derived-table', lateral: false, query, alias, at }]
  return plainQuery(plainSelect({ items, from }, at), at)
}
