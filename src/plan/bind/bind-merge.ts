/**
 * MERGE as a query: the table joined with the source, and for each pair the first WHEN clause that applies.
 *
 *   table  join  source      inner, or outer for the sides of which rows without a partner matter
 *     > action               CASE: the number of the clause; rows without one fall out
 *     > new values           CASE by action, column by column
 *     > RETURNING
 *
 * The source has a column that is never NULL: where it is, the row of the table has no partner; `_pos` says the same of the table.
 */
import { SqlError, type TextRange } from '../../core/errors.ts'
import { BOOLEAN, INTEGER, VARCHAR } from '../../core/types.ts'
import { type Expr, and, call, column, literal } from '../../expr/expr.ts'
import type { Identifier, MergeAction, MergeClause, MergeStatement, Returning } from '../../sql/ast.ts'
import type { Table } from '../../table/table.ts'
import type { JoinNode, PlanColumn } from '../logical.ts'
import { type AssignedValues, asValueOf, bindAssignments, bindValue, defaultOf } from './assignments.ts'
import { makeChangeBinder, withinStack } from './bind.ts'
import { findField } from './target-columns.ts'
import type { Binder } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import {
  type ChangeQuery,
  type RowAction,
  type TargetItem,
  addColumns,
  addFilter,
  finishChange,
  scanTarget,
  tableChecks,
  withColumns,
} from './change-target.ts'
import { bindCondition } from './conditions.ts'
import type { BindContext } from './context.ts'
import { bindWith } from './ctes.ts'
import { bindFrom, combine } from './from.ts'
import { MERGE_ACTION, mergeActionName, namesMergeAction } from './merge-action.ts'
import { declaredFields } from './declared-types.ts'
import { checkInsertable, isOverridden } from './identity-columns.ts'
import { isNullable } from './nullability.ts'
import { type FromItem, NO_CLAUSE, type Scope, type ScopeColumn, inClause, makeScope } from './scope.ts'
import { callOperator } from './typing.ts'

/** Binds MERGE INTO `table`. */
export async function bindMerge(statement: MergeStatement, table: Table, context: BindContext): Promise<ChangeQuery> {
  const binder = await makeChangeBinder(statement, table, context)
  return withinStack(statement, () => new MergeBinder(binder, statement, table).bind())
}

interface BoundClause {
  readonly action: RowAction
  readonly values: AssignedValues
}

/** The table and the source beside each other. */
interface Pairs {
  readonly item: FromItem
  readonly target: TargetItem
  /** The source's columns, as the join puts them out. */
  readonly source: FromItem
  /** True where the row has a row of the table, or of the source; null where all have. */
  readonly hasTarget: Expr | null
  readonly hasSource: Expr | null
}

class MergeBinder {
  readonly #binder: Binder
  readonly #statement: MergeStatement
  readonly #table: Table

  constructor(binder: Binder, statement: MergeStatement, table: Table) {
    this.#binder = binder
    this.#statement = statement
    this.#table = table
  }

  bind(): ChangeQuery {
    const { clauses, returning } = this.#statement
    checkReachable(clauses)
    const { ctes, wrap } = bindWith(this.#binder, this.#statement, null, null)
    const pairs = this.#pairs(makeScope(null, ctes))
    const bound: BoundClause[] = []
    const branches: { when: Expr; then: Expr }[] = []
    for (const clause of clauses) {
      const scope = this.#scopeOf(clause, pairs, ctes)
      const when = this.#conditionOf(clause, pairs, scope)
      const action = this.#actionOf(clause, pairs, scope)
      branches.push({ when, then: literal(action === null ? null : bound.length, INTEGER) })
      if (action !== null) bound.push(action)
    }
    const number = this.#binder.newColumn('action', INTEGER, true)
    const expr: Expr = { kind: 'case', branches, else: literal(null, INTEGER), type: INTEGER }
    const numbered = addColumns(pairs.item.plan, [{ column: number, expr }])
    const acting = addFilter(numbered, isPresent(number))
    const values = this.#values(pairs.target, bound, number)
    const name = this.#actionName(bound, number, returning)
    const plan = addColumns(acting, name === null ? values : [...values, name])
    const now = values.map((value) => toScopeColumn(value.column, false))
    const place = this.#returningPlace(pairs, now, name?.column ?? null, ctes)
    const lead = [pairs.target.file, pairs.target.position, number, ...values.map((value) => value.column)]
    const renamed = returning === null ? null : returning.map((item) => mergeActionName(item))
    return {
      ...finishChange(this.#binder, plan, lead, {
        checks: tableChecks(this.#binder, this.#table, now),
        returning: renamed,
        place,
        wrap,
      }),
      actions: bound.map(({ action }) => action),
      hasActionColumn: true,
      valuesAt: 3,
    }
  }

  #pairs(outer: Scope): Pairs {
    const { table: ast, using, clauses, at } = this.#statement
    const target = scanTarget(this.#binder, this.#table, ast)
    const read = bindFrom(this.#binder, [using], null, outer.ctes)
    const marker = this.#binder.newColumn('matched', BOOLEAN, false)
    const source = { ...read, plan: addColumns(read.plan, [{ column: marker, expr: literal(true, BOOLEAN) }]) }
    const scope = makeScope(null, outer.ctes)
    scope.relations = [...target.item.relations, ...source.relations]
    scope.columns = [...target.item.columns, ...source.columns]
    const condition = this.#joinCondition(target, source, scope)
    const keepsSource = clauses.some(({ match }) => match === 'not-matched')
    const keepsTarget = clauses.some(({ match }) => match === 'not-matched-by-source')
    const type: JoinNode['type'] = keepsSource ? (keepsTarget ? 'full' : 'right') : keepsTarget ? 'left' : 'inner'
    const item = combine(this.#binder, target.item, source, type, condition, at)
    const joined = <T extends { readonly id: number }>(columns: readonly T[], all: readonly T[]): T[] =>
      columns.map((one) => all.find(({ id }) => id === one.id)!)
    return {
      item,
      target: {
        ...target,
        relation: item.relations[0]!,
        columns: joined(target.columns, item.columns),
        file: joined([target.file], item.plan.columns)[0]!,
        position: joined([target.position], item.plan.columns)[0]!,
      },
      source: {
        ...source,
        relations: item.relations.slice(1),
        columns: joined(source.columns, item.columns),
      },
      hasTarget: keepsSource ? isPresent(target.position) : null,
      hasSource: keepsTarget ? isPresent(marker) : null,
    }
  }

  #joinCondition(target: TargetItem, source: FromItem, scope: Scope): Expr {
    const { on, columns } = this.#statement
    if (on !== null) {
      const clause = { ...NO_CLAUSE, name: 'JOIN conditions' }
      return inClause(scope, clause, () => bindCondition(this.#binder, on, scope, 'JOIN/ON'))
    }
    const equal = (columns ?? []).map((name) => {
      const field = findField(name, this.#table)
      const own = target.columns[declaredFields(this.#table).indexOf(field)]!
      const other = sourceColumn(source, name)
      const { at } = name
      const sides = [column(own.id, own.type), column(other.id, other.type)]
      return callOperator(this.#binder, 'eq', '=', sides, [at, at], at)
    })
    return and(equal)
  }

  /** What the clause may name: both sides where they match, else the one that is there. */
  #scopeOf({ match }: MergeClause, { item, target, source }: Pairs, ctes: Scope['ctes']): Scope {
    if (match === 'matched') return makeScope(null, ctes, item)
    if (match === 'not-matched') return makeScope(null, ctes, source)
    return makeScope(null, ctes, { relations: [target.relation], columns: target.relation.columns })
  }

  #conditionOf({ match, condition }: MergeClause, { hasTarget, hasSource }: Pairs, scope: Scope): Expr {
    const wanted: (Expr | null)[] = []
    if (match === 'matched') wanted.push(hasTarget, hasSource)
    else if (match === 'not-matched') wanted.push(hasTarget === null ? null : not(hasTarget))
    else wanted.push(hasSource === null ? null : not(hasSource))
    if (condition !== null) {
      const clause = { ...NO_CLAUSE, name: 'MERGE WHEN' }
      wanted.push(inClause(scope, clause, () => bindCondition(this.#binder, condition, scope, 'WHEN')))
    }
    const parts = wanted.filter((part) => part !== null)
    return parts.length === 0 ? literal(true, BOOLEAN) : and(parts)
  }

  /** Null: DO NOTHING. */
  #actionOf({ action, match, at }: MergeClause, pairs: Pairs, scope: Scope): BoundClause | null {
    const isInsert = action.kind === 'insert' || action.kind === 'insert-all'
    if (action.kind !== 'nothing' && isInsert !== (match === 'not-matched')) {
      throw new SqlError(
        '42601',
        `syntax error: WHEN ${MATCH_NAMES[match]} does not go with ${action.kind.replace('-all', '').toUpperCase()}`,
        { at },
      )
    }
    return inClause(scope, { ...NO_CLAUSE, name: 'MERGE' }, (): BoundClause | null => {
      switch (action.kind) {
        case 'nothing':
          return null
        case 'delete':
          return { action: 'delete', values: new Map() }
        case 'update':
          return { action: 'update', values: bindAssignments(this.#binder, action.set, pairs.target, scope) }
        case 'update-all':
          return { action: 'update', values: this.#allColumns(pairs.source, action.byName, at) }
        case 'insert-all':
          return { action: 'insert', values: this.#allColumns(pairs.source, action.byName, at) }
        case 'insert':
          return { action: 'insert', values: this.#insertValues(action, at, scope) }
      }
    })
  }

  /** The source's columns for the table's: by name, or by place. */
  #allColumns(source: FromItem, byName: boolean, at: TextRange): AssignedValues {
    const fields = declaredFields(this.#table)
    const visible = source.columns.filter(({ hidden }) => !hidden)
    if (!byName && visible.length !== fields.length) {
      throw new SqlError('42601', `the source has ${visible.length} columns but the table has ${fields.length}`, { at })
    }
    return new Map(
      fields.map((field, i) => {
        const from = byName ? sourceColumn(source, { name: field.name, quoted: false, at }) : visible[i]!
        return [i, asValueOf(this.#binder, column(from.id, from.type), field, at)]
      }),
    )
  }

  #insertValues(
    { columns, values, overriding }: MergeAction & { kind: 'insert' },
    at: TextRange,
    scope: Scope,
  ): AssignedValues {
    const fields = declaredFields(this.#table)
    const targets =
      columns === null ? fields.slice(0, values.length) : columns.map((name) => findField(name, this.#table))
    targets.forEach((field, i) => {
      if (targets.indexOf(field) === i) return
      throw new SqlError('42701', `column "${field.name}" specified more than once`, { at: columns?.[i]?.at ?? at })
    })
    if (values.length > targets.length)
      throw new SqlError('42601', 'INSERT has more expressions than target columns', { at })
    if (values.length < targets.length)
      throw new SqlError('42601', 'INSERT has more target columns than expressions', { at })
    const kept = targets.flatMap((field, i) => {
      if (values[i]!.kind !== 'default') checkInsertable(this.#table, field, overriding, values[i]!.at)
      return isOverridden(this.#table, field, overriding) ? [] : [{ field, value: values[i]! }]
    })
    return new Map(
      kept.map(({ field, value }) => {
        const place = { table: this.#table, field }
        return [fields.indexOf(field), bindValue(this.#binder, value, place, scope)]
      }),
    )
  }

  /** The new value of each column: by the action, the old one where it says nothing. */
  #values({ columns, table }: TargetItem, clauses: readonly BoundClause[], number: PlanColumn) {
    return columns.map((own, i) => {
      const field = declaredFields(table)[i]!
      const old = column(own.id, own.type)
      const branches = clauses.flatMap(({ action, values }, n) => {
        const value = values.get(i) ?? (action === 'insert' ? defaultOf(this.#binder, table, field) : null)
        if (value === null) return []
        return [{ when: call('eq', [column(number.id, INTEGER), literal(n, INTEGER)], BOOLEAN), then: value }]
      })
      // Where all say something, the old value need not be read.
      const rest = branches.length === clauses.length ? literal(null, field.type) : old
      const expr: Expr = branches.length === 0 ? old : { kind: 'case', branches, else: rest, type: field.type }
      return { expr, column: this.#binder.newColumn(field.name, field.type, isNullable(this.#binder, expr)) }
    })
  }

  /** The column behind merge_action(), where RETURNING calls it. */
  #actionName(clauses: readonly BoundClause[], number: PlanColumn, returning: Returning | null) {
    if (returning === null || !returning.some(namesMergeAction)) return null
    const branches = clauses.map(({ action }, n) => ({
      when: call('eq', [column(number.id, INTEGER), literal(n, INTEGER)], BOOLEAN),
      then: literal(action.toUpperCase(), VARCHAR),
    }))
    const expr: Expr = { kind: 'case', branches, else: literal(null, VARCHAR), type: VARCHAR }
    return { column: this.#binder.newColumn(MERGE_ACTION, VARCHAR, true), expr }
  }

  #returningPlace(
    { item, target, source }: Pairs,
    now: readonly ScopeColumn[],
    name: PlanColumn | null,
    ctes: Scope['ctes'],
  ) {
    const relations = item.relations.map((one) => (one === target.relation ? withColumns(one, now) : one))
    const hidden = name === null ? [] : [{ ...toScopeColumn(name, false), hidden: true }]
    // PostgreSQL's order of `*`: the source, then the table.
    return { ctes, relations, columns: [...source.columns, ...now, ...hidden] }
  }
}

const MATCH_NAMES = {
  matched: 'MATCHED',
  'not-matched': 'NOT MATCHED',
  'not-matched-by-source': 'NOT MATCHED BY SOURCE',
} as const

/** PostgreSQL: nothing may follow a clause of its kind that has no condition. */
function checkReachable(clauses: readonly MergeClause[]): void {
  const closed = new Set<MergeClause['match']>()
  for (const { match, condition, at } of clauses) {
    if (closed.has(match)) {
      throw new SqlError('42601', 'unreachable WHEN clause specified after unconditional WHEN clause', { at })
    }
    if (condition === null) closed.add(match)
  }
}

function sourceColumn({ columns }: FromItem, name: Identifier): ScopeColumn {
  const visible = columns.filter(({ hidden }) => !hidden)
  const exact = visible.filter((one) => one.name === name.name)
  const found = exact.length > 0 ? exact : visible.filter((one) => one.name.toLowerCase() === name.name.toLowerCase())
  if (found.length === 1) return found[0]!
  const what = found.length === 0 ? 'does not exist' : 'is ambiguous'
  throw new SqlError(found.length === 0 ? '42703' : '42702', `column "${name.name}" of the source ${what}`, {
    at: name.at,
  })
}

function isPresent({ id, type }: PlanColumn): Expr {
  return not(call('is_null', [column(id, type)], BOOLEAN))
}

function not(expr: Expr): Expr {
  return call('not', [expr], BOOLEAN)
}
