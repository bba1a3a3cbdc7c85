/**
 * SELECT. Clauses are bound over the rows of FROM, in SQL's order of evaluation, and then stacked:
 *
 *     FROM -> WHERE -> aggregate -> HAVING -> windows -> QUALIFY -> projection -> DISTINCT -> sort -> projection without sort keys
 *
 * ORDER BY is bound here, not with the query around, because it may name columns that the select list leaves out.
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type Expr, column } from '../../expr/expr.ts'
import type { Expression, Select } from '../../sql/ast.ts'
import type { AggregateNode, LogicalPlan, PlanColumn, SortKey } from '../logical.ts'
import { mapCall, mapSortKeys } from '../node-expressions.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { bindCondition } from './conditions.ts'
import { toScopeColumn } from './bound-columns.ts'
import { expandCondition } from './columns-call.ts'
import { exprKey } from './expr-key.ts'
import { bindFrom } from './from.ts'
import { type GroupedColumns, bindGroupBy } from './group-items.ts'
import { type Regroup, groupColumns, makeRegroup } from './grouping.ts'
import { type OrderKey, type Ordering, aliasLookup, bindOrderBy, notInDistinct } from './order-by.ts'
import { Projection } from './projection.ts'
import { type Clause, type CteScope, type FromItem, type Scope, NO_CLAUSE, inClause, makeScope } from './scope.ts'
import { sampleItem } from './sample.ts'
import { type OutputItem, expandItems, starColumns } from './select-items.ts'
import { type UnnestedList, carryColumns, readsUnnested, unnestSelectList } from './set-returning.ts'
import { sortKey } from './sort-keys.ts'
import { settle } from './typing.ts'

/** The clauses of a SELECT, bound over its FROM. */
interface Clauses {
  readonly items: readonly { readonly item: OutputItem; readonly expr: Expr }[]
  readonly where: Expr | null
  readonly groups: GroupedColumns
  readonly having: Expr | null
  readonly qualify: Expr | null
  readonly distinctOn: readonly { readonly expr: Expr; readonly at: TextRange }[] | null
  readonly order: readonly OrderKey[]
}

export function bindSelect(
  binder: Binder,
  select: Select,
  ordering: Ordering,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  const tables = bindFrom(binder, select.from, parent, ctes)
  const from = select.sample === undefined ? tables : sampleItem(binder, tables, select.sample)
  return bindSelectOver(binder, from, select, ordering, parent, ctes)
}

/** A SELECT over a FROM that is bound already. */
export function bindSelectOver(
  binder: Binder,
  from: FromItem,
  select: Select,
  ordering: Ordering,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  const scope = makeScope(parent, ctes, from)
  scope.grouping = { keys: new Set(), calls: [] }
  scope.windows = []
  scope.unnested = []
  scope.namedWindows = select.windows
  const clauses = bindClauses(binder, select, ordering, scope)
  let plan: LogicalPlan = from.plan
  if (clauses.where !== null) plan = filter(plan, clauses.where)
  const grouped =
    select.groupBy === 'all' || select.groupBy.length > 0 || select.having !== null || scope.grouping.calls.length > 0
  let regroup: Regroup = (expr) => expr
  if (grouped) {
    const outputs = groupColumns(binder, scope, clauses.groups)
    regroup = makeRegroup(binder, scope, clauses.groups, outputs)
    plan = aggregate(plan, clauses.groups, outputs, scope)
  }
  if (clauses.having !== null) plan = filter(plan, regroup(clauses.having))
  plan = addWindows(plan, scope, regroup)
  if (clauses.qualify !== null) plan = filter(plan, regroup(clauses.qualify))
  if (unnestsLast(clauses, scope.unnested)) {
    return project(binder, select, clauses, { child: plan, regroup, late: scope.unnested })
  }
  plan = unnestSelectList(plan, scope.unnested, regroup)
  return project(binder, select, clauses, { child: plan, regroup, late: [] })
}

const SELECT_CLAUSE: Clause = { ...NO_CLAUSE, name: 'SELECT', aggregates: true, windows: true }

function bindClauses(binder: Binder, select: Select, ordering: Ordering, scope: Scope): Clauses {
  const whereClause = { ...NO_CLAUSE, name: 'WHERE' }
  const where =
    select.where === null
      ? null
      : inClause(scope, whereClause, () =>
          bindCondition(binder, expanded(binder, select.where!, scope), scope, 'WHERE'),
        )
  const items = inClause(scope, SELECT_CLAUSE, () => expandItems(binder, select.items, scope))
  const groups = bindGroupBy(binder, select, items, scope)
  scope.grouping!.keys = new Set(groups.expressions.map(exprKey))
  scope.groupSyntax = groups.syntax
  const keepsUntyped =
    !select.distinct && select.distinctOn === null && ordering.orderBy.length === 0 && ordering.orderByAll === null
  const bound = inClause(scope, SELECT_CLAUSE, () =>
    items.map((item) => ({ item, expr: keepsUntyped ? item.bind() : settle(item.bind()) })),
  )
  const aliases = aliasLookup(items)
  const havingClause: Clause = { ...NO_CLAUSE, name: 'HAVING', aggregates: true, aliases }
  const having = bindClause(binder, select.having, scope, havingClause)
  const qualify = bindClause(binder, select.qualify, scope, {
    ...SELECT_CLAUSE,
    name: 'QUALIFY',
    aliases,
  })
  const orderClause: Clause = { ...SELECT_CLAUSE, name: 'ORDER BY', aliases }
  return inClause(scope, orderClause, () => ({
    items: bound,
    where,
    groups,
    having,
    qualify,
    distinctOn:
      select.distinctOn?.map((ast) => ({
        expr: bindOrderBy(
          binder,
          {
            orderBy: [{ expression: ast, descending: false, nulls: null, at: ast.at }],
            orderByAll: null,
          },
          items,
          scope,
        )[0]!.expr,
        at: ast.at,
      })) ?? null,
    order: bindOrderBy(binder, ordering, items, scope),
  }))
}

function bindClause(binder: Binder, ast: Select['having'], scope: Scope, clause: Clause): Expr | null {
  if (ast === null) return null
  return inClause(scope, clause, () => bindCondition(binder, expanded(binder, ast, scope), scope, clause.name))
}

/** A condition with COLUMNS() holds for all of them. */
function expanded(binder: Binder, ast: Expression, scope: Scope): Expression {
  return expandCondition(binder, ast, starColumns(binder, scope))
}

function filter(child: LogicalPlan, predicate: Expr): LogicalPlan {
  return { kind: 'filter', child, predicate, columns: child.columns }
}

function aggregate(
  child: LogicalPlan,
  groups: GroupedColumns,
  outputs: readonly PlanColumn[],
  scope: Scope,
): AggregateNode {
  const calls = scope.grouping!.calls
  return {
    kind: 'aggregate',
    child,
    groups: groups.expressions,
    calls: calls.map(({ call }) => call),
    groupingSets: groups.sets,
    columns: [...outputs, ...calls.map((entry) => entry.column)],
  }
}

function addWindows(child: LogicalPlan, scope: Scope, regroup: Regroup): LogicalPlan {
  let plan = child
  for (const group of scope.windows!) {
    plan = {
      kind: 'window',
      child: plan,
      partitionBy: group.partitionBy.map(regroup),
      orderBy: mapSortKeys(group.orderBy, regroup),
      calls: group.calls.map(({ call }) => mapCall(call, regroup)),
      frame: group.frame,
      columns: [...plan.columns, ...group.calls.map((entry) => entry.column)],
    }
  }
  return plan
}

/** PostgreSQL: what gives rows does so after DISTINCT ON and ORDER BY, where these do not read them. */
function unnestsLast({ distinctOn, order }: Clauses, unnested: readonly UnnestedList[]): boolean {
  if (distinctOn === null || order.length === 0 || unnested.length === 0) return false
  return ![...distinctOn, ...order].some(({ expr }) => readsUnnested(expr, unnested))
}

interface Below {
  readonly child: LogicalPlan
  readonly regroup: Regroup
  /** What becomes rows above all else. */
  readonly late: readonly UnnestedList[]
}

/** The select list, DISTINCT and ORDER BY. */
function project(binder: Binder, select: Select, clauses: Clauses, { child, regroup, late }: Below): BoundQuery {
  const projection = new Projection(binder, child)
  const items = clauses.items.map(({ item, expr }) => ({ name: item.name, expr: regroup(expr) }))
  const early = items.map(({ name, expr }) => (readsUnnested(expr, late) ? null : projection.add(expr, name)))
  if (late.length > 0)
    carryColumns(binder, projection, child, [
      ...items.map(({ expr }) => expr),
      ...late.map(({ list }) => regroup(list)),
    ])
  const outputs = early.map((output, i) => output ?? binder.newColumn(items[i]!.name, items[i]!.expr.type, true))
  const columns = outputs.map((output, i) => toScopeColumn(output, binder.isStored(clauses.items[i]!.expr)))
  const byKey = new Map<string, PlanColumn>()
  clauses.items.forEach(({ expr }, i) => {
    const key = exprKey(expr)
    if (early[i] !== null && !byKey.has(key)) byKey.set(key, outputs[i]!)
  })
  const find = (expr: Expr): PlanColumn => {
    const key = exprKey(expr)
    let output = byKey.get(key)
    if (output === undefined) {
      output = projection.add(regroup(expr), 'key')
      byKey.set(key, output)
    }
    return output
  }
  const distinct = select.distinct && clauses.distinctOn === null
  const keys = clauses.order
    // Constants order nothing.
    .filter(({ expr }) => expr.kind !== 'literal')
    .map(({ order, expr, ast }): SortKey => {
      if (distinct && !byKey.has(exprKey(expr))) throw notInDistinct(ast)
      const output = find(expr)
      return sortKey(order, column(output.id, output.type))
    })
  if (clauses.distinctOn !== null) checkDistinctOn(clauses)
  const on = clauses.distinctOn?.map(({ expr }) => find(expr)) ?? null
  let plan = projection.finish()
  if (distinct) plan = { kind: 'distinct', child: plan, on: null, columns: plan.columns }
  if (on !== null) {
    // Which row of each group is kept depends on the order; the order of the result is made again above.
    if (keys.length > 0) plan = sort(plan, keys)
    plan = {
      kind: 'distinct',
      child: plan,
      on: on.map(({ id, type }) => column(id, type)),
      columns: plan.columns,
    }
  }
  if (keys.length > 0) plan = sort(plan, keys)
  if (late.length === 0) return { plan: trim(plan, outputs), columns }
  const expressions = early.map((output, i) => (output === null ? items[i]!.expr : column(output.id, output.type)))
  const above = unnestSelectList(plan, late, regroup)
  return { plan: { kind: 'project', child: above, expressions, columns: outputs }, columns }
}

function sort(child: LogicalPlan, keys: readonly SortKey[]): LogicalPlan {
  return { kind: 'sort', child, keys, limit: null, offset: 0, columns: child.columns }
}

/** Leaves out what was projected for sorting only. */
function trim(plan: LogicalPlan, outputs: readonly PlanColumn[]): LogicalPlan {
  if (plan.columns.length === outputs.length) return plan
  return {
    kind: 'project',
    child: plan,
    expressions: outputs.map(({ id, type }) => column(id, type)),
    columns: outputs,
  }
}

/** PostgreSQL: the expressions of DISTINCT ON are the first ones of ORDER BY, in any order. */
function checkDistinctOn({ distinctOn, order }: Clauses): void {
  const wanted = new Set(distinctOn!.map(({ expr }) => exprKey(expr)))
  const seen = new Set<string>()
  for (const { expr, ast } of order) {
    if (seen.size === wanted.size) return
    const key = exprKey(expr)
    if (!wanted.has(key)) {
      throw new SqlError(
        '42P10',
        'SELECT DISTINCT ON expressions must match initial ORDER BY expressions',
        ast === null ? {} : { at: ast.at },
      )
    }
    seen.add(key)
  }
}
