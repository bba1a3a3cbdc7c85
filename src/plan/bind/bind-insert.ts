/** INSERT: its query, brought to exactly the columns of the table, in their order. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import type { Field } from '../../core/types.ts'
import { type Expr, column } from '../../expr/expr.ts'
import type { Expression, Identifier, InsertStatement, Query, ValuesList } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import { bindValue, defaultOf } from './assignments.ts'
import { makeChangeBinder, withinStack } from './bind.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { castColumns, toScopeColumn } from './bound-columns.ts'
import { type ChangeQuery, type RowCheck, finishChange, tableChecks } from './change-target.ts'
import { bindCondition } from './conditions.ts'
import type { BindContext } from './context.ts'
import { declaredFields } from './declared-types.ts'
import { checkInsertable, isOverridden } from './identity-columns.ts'
import { isNullable } from './nullability.ts'
import { NO_CLAUSE, type Scope, inClause, makeScope } from './scope.ts'
import { checkAssignable, findField } from './target-columns.ts'

/**
 * INSERT as a change: the table's columns in order, with their types, and columns that the statement leaves out get their defaults. That NULLs do
 * not reach NOT NULL columns is checked by who writes the rows.
 */
export async function bindInsert(statement: InsertStatement, table: Table, context: BindContext): Promise<ChangeQuery> {
  const binder = await makeChangeBinder(statement, table, context)
  return withinStack(statement, () => {
    const { plan, columns } = bindColumns(binder, statement, table)
    const shown = statement.alias?.name ?? statement.table.parts.at(-1)!.name
    const relation = { name: shown, path: statement.table.parts.slice(0, -1).map(({ name }) => name), columns }
    const place = { ctes: null, relations: [relation], columns }
    const replaces = statement.replaceWhere
    const checks = [
      ...tableChecks(binder, table, columns),
      ...(replaces === null ? [] : [replaceCheck(binder, replaces, makeScope(null, null, place))]),
    ]
    const end = { checks, returning: statement.returning, place, wrap: (whole: LogicalPlan) => whole }
    const finished = finishChange(binder, plan, columns, end)
    return { ...finished, actions: ['insert'], hasActionColumn: false, valuesAt: 0 }
  })
}

/** REPLACE WHERE: what comes must be what went. */
function replaceCheck(binder: Binder, condition: Expression, scope: Scope): RowCheck {
  const clause = { ...NO_CLAUSE, name: 'REPLACE WHERE' }
  const expr = inClause(scope, clause, () => bindCondition(binder, condition, scope, 'REPLACE WHERE'))
  return { expr, mustBeTrue: true, sqlstate: '44000', message: 'new row does not match the condition of REPLACE WHERE' }
}

function bindColumns(binder: Binder, statement: InsertStatement, table: Table): BoundQuery {
  const { query, overriding, at } = statement
  // Values for those that are not kept are computed, and forgotten.
  const kept = (targets: readonly Field[]): readonly (Field | null)[] =>
    targets.map((target) => (isOverridden(table, target, overriding) ? null : target))
  if (query === null) return allColumns(binder, ONE_ROW, table, [])
  const values = plainValues(query)
  if (values !== null) {
    const targets = targetsOf(statement, table, values.rows[0]?.length ?? 0, null)
    for (const row of values.rows) {
      row.forEach((value, i) => {
        const target = targets[i]
        if (value.kind !== 'default' && target !== undefined) checkInsertable(table, target, overriding, value.at)
      })
    }
    return allColumns(binder, bindRows(binder, values, { targets, table }, at), table, kept(targets))
  }
  const bound = binder.query(query, null, null)
  const targets = targetsOf(statement, table, bound.columns.length, bound)
  const places = outputPlaces(query, at)
  targets.forEach((target, i) => checkInsertable(table, target, overriding, places[i] ?? at))
  const types = bound.columns.map(({ type }, i) => {
    const target = targets[i]!
    checkAssignable(target, type.kind === 'null', type, places[i] ?? at)
    return target.type
  })
  return allColumns(binder, castColumns(binder, bound, types, at), table, kept(targets))
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
  const fields = declaredFields(table)
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

function bindRows(
  binder: Binder,
  { rows }: ValuesList,
  { targets, table }: { readonly targets: readonly Field[]; readonly table: Table },
  at: TextRange,
): BoundQuery {
  const scope = makeScope(null, null)
  const typed = inClause(scope, { ...NO_CLAUSE, name: 'VALUES' }, () =>
    rows.map((row) => {
      if (row.length !== targets.length) {
        throw new SqlError('42601', 'VALUES lists must all be the same length', {
          at: row[0]?.at ?? at,
        })
      }
      return row.map((value, i): Expr => {
        return bindValue(binder, value, { table, field: targets[i]! }, scope)
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

/** All columns of the table: those of `bound` at the places of their targets, defaults elsewhere. */
function allColumns(binder: Binder, bound: BoundQuery, table: Table, targets: readonly (Field | null)[]): BoundQuery {
  const expressions: Expr[] = []
  const columns: PlanColumn[] = []
  for (const field of declaredFields(table)) {
    const from = bound.columns[targets.indexOf(field)]
    if (from === undefined) {
      expressions.push(defaultOf(binder, table, field))
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
