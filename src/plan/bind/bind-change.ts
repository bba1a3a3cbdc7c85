/** DELETE and UPDATE as queries: which rows of the table, and what they become. */
import { column } from '../../expr/expr.ts'
import type { DeleteStatement, Expression, UpdateStatement } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import { bindAssignments } from './assignments.ts'
import { makeChangeBinder, withinStack } from './bind.ts'
import type { Binder } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import {
  type ChangeQuery,
  addColumns,
  addFilter,
  finishChange,
  oldAndNew,
  scanTarget,
  tableChecks,
  withColumns,
} from './change-target.ts'
import { bindCondition } from './conditions.ts'
import type { BindContext } from './context.ts'
import { bindWith } from './ctes.ts'
import { bindFrom } from './from.ts'
import { isNullable } from './nullability.ts'
import { NO_CLAUSE, type Scope, inClause, makeScope } from './scope.ts'

/** Binds DELETE FROM `table` [USING ...]. */
export async function bindDelete(statement: DeleteStatement, table: Table, context: BindContext): Promise<ChangeQuery> {
  const binder = await makeChangeBinder(statement, table, context)
  return withinStack(statement, () => {
    const { ctes, wrap } = bindWith(binder, statement, null, null)
    const target = scanTarget(binder, table, statement.table)
    const from = bindFrom(binder, statement.using, null, ctes, target.item)
    const scope = makeScope(null, ctes, from)
    const plan = addFilter(from.plan, bindWhere(binder, statement.where, scope))
    const relations = [...scope.relations, ...oldAndNew(scope.relations, { old: target.columns })]
    const place = { ctes, relations, columns: scope.columns }
    const lead = [target.file, target.position]
    const finished = finishChange(binder, plan, lead, { checks: [], returning: statement.returning, place, wrap })
    return {
      ...finished,
      actions: ['delete'],
      hasActionColumn: false,
      valuesAt: null,
    }
  })
}

/** Binds UPDATE `table` SET ... [FROM ...]. */
export async function bindUpdate(statement: UpdateStatement, table: Table, context: BindContext): Promise<ChangeQuery> {
  const binder = await makeChangeBinder(statement, table, context)
  return withinStack(statement, () => {
    const { ctes, wrap } = bindWith(binder, statement, null, null)
    const target = scanTarget(binder, table, statement.table)
    const from = bindFrom(binder, statement.from, null, ctes, target.item)
    const scope = makeScope(null, ctes, from)
    const filtered = addFilter(from.plan, bindWhere(binder, statement.where, scope))
    const set = inClause(scope, { ...NO_CLAUSE, name: 'UPDATE' }, () =>
      bindAssignments(binder, statement.set, target, scope),
    )
    const values = target.columns.map((from, i) => {
      const expr = set.get(i) ?? column(from.id, from.type)
      return { expr, column: binder.newColumn(from.name, expr.type, isNullable(binder, expr)) }
    })
    const plan = addColumns(filtered, values)
    const now = values.map((value) => toScopeColumn(value.column, false))
    const relations = scope.relations.map((one) => (one === target.relation ? withColumns(one, now) : one))
    const others = scope.columns.filter(({ id }) => target.relation.columns.every((own) => own.id !== id))
    const place = {
      ctes,
      relations: [...relations, ...oldAndNew(relations, { old: target.columns, new: now })],
      columns: [...now, ...others],
    }
    const lead = [target.file, target.position, ...values.map((value) => value.column)]
    const finished = finishChange(binder, plan, lead, {
      checks: tableChecks(binder, table, now),
      returning: statement.returning,
      place,
      wrap,
    })
    return {
      ...finished,
      actions: ['update'],
      hasActionColumn: false,
      valuesAt: 2,
    }
  })
}

function bindWhere(binder: Binder, where: Expression | null, scope: Scope) {
  if (where === null) return null
  return inClause(scope, { ...NO_CLAUSE, name: 'WHERE' }, () => bindCondition(binder, where, scope, 'WHERE'))
}
