/** INSERT: its query, brought to exactly the columns of the table, in their order. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, type Field, sameType, typeName } from '../../core/types.ts'
import { canAssign } from '../../expr/coerce.ts'
import { type Expr, column, literal } from '../../expr/expr.ts'
import type { Expression, Identifier, InsertStatement, Query, ValuesList } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import type { LogicalPlan, LogicalQuery, PlanColumn } from '../logical.ts'
import { finishQuery, makeBinder, withinStack } from './bind.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { castColumns, toScopeColumn } from './bound-columns.ts'
import type { BindContext } from './context.ts'
import { nearestName } from './nearest-name.ts'
import { isNullable } from './nullability.ts'
import { printedType } from './printed-type.ts'
import { NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { coerce, isUntyped } from './typing.ts'

/**
 * A query whose output is the table's columns in order, with their types: columns that the statement leaves out are NULL. That NULLs do not
 * reach NOT NULL columns is checked by who writes the rows.
 */
export async function bindInsert(
  statement: InsertStatement,
  table: Table,
  context: BindContext,
): Promise<LogicalQuery> {
  const binder = await makeBinder(statement.query ?? { at: statement.at }, context)
  return withinStack(statement, () => bindColumns(binder, statement, table))
}

function bindColumns(binder: Binder, statement: InsertStatement, table: Table): LogicalQuery {
  const { query, at } = statement
  const { fields } = table.schema
  if (query === null) return finishQuery(binder, allColumns(binder, ONE_ROW, fields, []))
  const values = plainValues(query)
  if (values !== null) {
    const targets = targetsOf(statement, table, values.rows[0]?.length ?? 0, null)
    return finishQuery(binder, allColumns(binder, bindRows(binder, values, targets, at), fields, targets))
  }
  const bound = binder.query(query, null, null)
  const targets = targetsOf(statement, table, bound.columns.length, bound)
  const places = outputPlaces(query, at)
  const types = bound.columns.map(({ type }, i) => {
    const target = targets[i]!
    checkAssignable(target, type.kind === 'null', type, places[i] ?? at)
    return target.type
  })
  return finishQuery(binder, allColumns(binder, castColumns(binder, bound, types, at), fields, targets))
}

/** DEFAULT VALUES: one row of nothing. */
const ONE_ROW: BoundQuery = { plan: { kind: 'values', rows: [[]], columns: [] }, columns: [] }

/** The body when the query is a bare VALUES: its expressions take the types of the table's columns one by one. */
function plainValues({ with: ctes, body, orderBy, orderByAll, limit, offset }: Query): ValuesList | null {
  const bare = ctes === null && orderBy.length === 0 && orderByAll === null && limit === null && offset === null
  return bare && body.kind === 'values' ? body : null
}

/** The table's columns that the query's columns go to, in the query's order. */
function targetsOf(
  { columns, byName, at }: InsertStatement,
  table: Table,
  count: number,
  bound: BoundQuery | null,
): readonly Field[] {
  const { fields } = table.schema
  const names: readonly Identifier[] | null =
    byName && bound !== null ? bound.columns.map(({ name }) => ({ name, quoted: true, at })) : columns
  const targets = names === null ? fields : names.map((name) => findField(name, table))
  for (const [i, target] of targets.entries()) {
    if (targets.indexOf(target) !== i) {
      throw new SqlError('42701', `column "${target.name}" specified more than once`, {
        at: names?.[i]?.at ?? at,
      })
    }
  }
  if (count > targets.length) {
    throw new SqlError('42601', 'INSERT has more expressions than target columns', { at })
  }
  if (count < targets.length && names !== null) {
    throw new SqlError('42601', 'INSERT has more target columns than expressions', {
      at: names[count]?.at ?? at,
    })
  }
  return targets.slice(0, count)
}

/** The column of the table that an identifier names; 42703 when there is none. */
export function findField(name: Identifier, table: Table): Field {
  const { fields } = table.schema
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

function bindRows(binder: Binder, { rows }: ValuesList, targets: readonly Field[], at: TextRange): BoundQuery {
  const scope = makeScope(null, null)
  const typed = inClause(scope, { ...NO_CLAUSE, name: 'VALUES' }, () =>
    rows.map((row) => {
      if (row.length !== targets.length) {
        throw new SqlError('42601', 'VALUES lists must all be the same length', {
          at: row[0]?.at ?? at,
        })
      }
      return row.map((value, i): Expr => {
        const target = targets[i]!
        // Tables here have no defaults of their own.
        if (value.kind === 'default') return literal(null, target.type)
        const expr = binder.expression(value, scope)
        checkAssignable(target, isUntyped(expr), expr.type, value.at)
        return coerce(binder, expr, target.type, value.at)
      })
    }),
  )
  const columns = targets.map(({ name, type }, i) =>
    binder.newColumn(
      name,
      type,
      typed.some((row) => isNullable(binder, row[i]!)),
    ),
  )
  return {
    plan: { kind: 'values', rows: typed, columns },
    columns: columns.map((made) => toScopeColumn(made, false)),
  }
}

/** Where the select list's expressions stand, for errors. */
function outputPlaces({ body }: Query, at: TextRange): readonly TextRange[] {
  if (body.kind !== 'select') return []
  const places: TextRange[] = []
  for (const item of body.items) {
    // After a star, places no longer count columns.
    if (item.kind === 'star') return []
    places.push((item.expression satisfies Expression).at ?? at)
  }
  return places
}

/** All columns of the table: those of `bound` at the places of their targets, NULL elsewhere. */
function allColumns(
  binder: Binder,
  bound: BoundQuery,
  fields: readonly Field[],
  targets: readonly Field[],
): BoundQuery {
  const expressions: Expr[] = []
  const columns: PlanColumn[] = []
  for (const field of fields) {
    const from = bound.columns[targets.indexOf(field)]
    if (from === undefined) {
      expressions.push(literal(null, field.type))
      columns.push(binder.newColumn(field.name, field.type, true))
    } else {
      expressions.push(column(from.id, from.type))
      columns.push({ id: from.id, name: field.name, type: from.type, nullable: from.nullable })
    }
  }
  const inOrder =
    columns.length === bound.columns.length && columns.every(({ id }, i) => id === bound.plan.columns[i]!.id)
  const plan: LogicalPlan = inOrder ? bound.plan : { kind: 'project', child: bound.plan, expressions, columns }
  return { plan, columns: columns.map((made) => toScopeColumn(made, false)) }
}
