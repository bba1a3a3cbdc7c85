/**
 * Logical plans as text, a line a node, inputs indented below: for tests and EXPLAIN.
 *
 *     Project a, b + 1 as c
 *       Filter a > 5
 *         Scan t (a, b)
 *     Subquery 1
 *       ...
 *
 * A column is shown by its name; where several columns of the query share one, its id is added: `k#7`.
 */
import type { Expr } from '../expr/expr.ts'
import {
  type AggregateCall,
  type LogicalPlan,
  type LogicalQuery,
  type PlanColumn,
  type SortKey,
  inputsOf,
} from './logical.ts'
import { type NameOf, printExpr } from './print-expr.ts'

/** The text of a query, its subqueries after it by their number. */
export function printLogicalQuery(query: LogicalQuery): string {
  const plans = [query.plan, ...query.subqueries.values()]
  const nameOf = columnNames(plans)
  const parts = [printNode(query.plan, nameOf, 0)]
  for (const [id, plan] of [...query.subqueries].sort(([a], [b]) => a - b)) {
    parts.push(`Subquery ${id}`, printNode(plan, nameOf, 1))
  }
  return parts.join('\n')
}

/** The text of one plan. */
export function printLogical(plan: LogicalPlan): string {
  return printNode(plan, columnNames([plan]), 0)
}

/** Names of all columns of `plans`: plain where unique, with the id where not. */
function columnNames(plans: readonly LogicalPlan[]): NameOf {
  const names = new Map<number, string>()
  const visit = (plan: LogicalPlan): void => {
    for (const { id, name } of plan.columns) names.set(id, name)
    inputsOf(plan).forEach(visit)
  }
  plans.forEach(visit)
  const uses = new Map<string, number>()
  for (const name of names.values()) uses.set(name, (uses.get(name) ?? 0) + 1)
  return (id) => {
    const name = names.get(id)
    if (name === undefined) return `#${id}`
    return uses.get(name) === 1 ? name : `${name}#${id}`
  }
}

function printNode(plan: LogicalPlan, nameOf: NameOf, depth: number): string {
  const line = `${'  '.repeat(depth)}${describeNode(plan, nameOf)}`
  return [line, ...inputsOf(plan).map((input) => printNode(input, nameOf, depth + 1))].join('\n')
}

/** One node without its inputs. */
function describeNode(plan: LogicalPlan, nameOf: NameOf): string {
  const list = (columns: readonly PlanColumn[]): string => columns.map(({ id }) => nameOf(id)).join(', ')
  const print = (expr: Expr): string => printExpr(expr, nameOf)
  switch (plan.kind) {
    case 'scan': {
      const alias = plan.alias === plan.table.name ? '' : ` as ${plan.alias}`
      const filter = plan.filter === null ? '' : ` where ${print(plan.filter)}`
      const limit = plan.limit === null ? '' : ` limit ${plan.limit}`
      return `Scan ${plan.table.name}${alias} (${list(plan.columns)})${filter}${limit}`
    }
    case 'values': {
      if (plan.rows.length === 1 && plan.columns.length === 0) return 'Values ()'
      const rows = plan.rows.slice(0, 5).map((row) => `(${row.map(print).join(', ')})`)
      const rest = plan.rows.length > 5 ? ` ... ${plan.rows.length} rows` : ''
      return `Values (${list(plan.columns)}): ${rows.join(', ')}${rest}`
    }
    case 'filter':
      return `Filter ${print(plan.predicate)}`
    case 'project':
      return `Project ${assignments(plan.columns, plan.expressions, nameOf)}`
    case 'join': {
      const dependent = plan.dependent ? ' dependent' : ''
      const on = plan.condition === null ? '' : ` on ${print(plan.condition)}`
      const mark = plan.type === 'mark' ? ` ${nameOf(plan.columns.at(-1)!.id)}` : ''
      const type = plan.type === 'inner' && plan.condition === null ? 'cross' : plan.type
      return `Join ${type}${dependent}${mark}${on}`
    }
    case 'aggregate':
      return describeAggregate(plan, nameOf)
    case 'window': {
      const partition = plan.partitionBy.length === 0 ? '' : ` partition by ${plan.partitionBy.map(print).join(', ')}`
      const order = plan.orderBy.length === 0 ? '' : ` order by ${printKeys(plan.orderBy, nameOf)}`
      const columns = plan.columns.slice(plan.child.columns.length)
      const calls = plan.calls.map((call, i) => `${printAggregateCall(call, nameOf)} as ${nameOf(columns[i]!.id)}`)
      return `Window ${calls.join(', ')}${partition}${order}`
    }
    case 'sort':
      return `Sort ${printKeys(plan.keys, nameOf)}${printLimit(plan.limit, plan.offset)}`
    case 'limit':
      return `Limit${printLimit(plan.limit, plan.offset).replace(' limit', '')}`
    case 'distinct':
      return plan.on === null ? 'Distinct' : `Distinct on ${plan.on.map(print).join(', ')}`
    case 'set-operation':
      return `${capital(plan.operator)}${plan.all ? ' all' : ''} (${list(plan.columns)})`
    case 'unnest': {
      const columns = plan.columns.slice(plan.child.columns.length)
      const outer = plan.outer ? ' outer' : ''
      return `Unnest${outer} ${plan.lists.map(print).join(', ')} as ${list(columns)}${plan.ordinality ? ' with ordinality' : ''}`
    }
    case 'with':
      return `With ${plan.name} (cte ${plan.cteId})`
    case 'cte-reference':
      return `Cte ${plan.name} (cte ${plan.cteId}): ${list(plan.columns)}`
  }
}

function describeAggregate(plan: Extract<LogicalPlan, { kind: 'aggregate' }>, nameOf: NameOf): string {
  const groups = plan.groups.map((group, i) => assignment(plan.columns[i]!, group, nameOf))
  const calls = plan.calls.map((call, i) => {
    const { id } = plan.columns[plan.groups.length + i]!
    return `${printAggregateCall(call, nameOf)} as ${nameOf(id)}`
  })
  const sets =
    plan.groupingSets === null
      ? ''
      : ` sets ${plan.groupingSets.map((set) => `(${set.map((i) => i + 1).join(' ')})`).join(' ')}`
  const by = groups.length === 0 ? '' : ` by ${groups.join(', ')}`
  return `Aggregate${by}${sets}${calls.length === 0 ? '' : `: ${calls.join(', ')}`}`
}

/** `sum(distinct a) filter (where b > 1)`. */
export function printAggregateCall(call: AggregateCall, nameOf: NameOf): string {
  const args = call.name === 'count_star' ? '*' : call.args.map((arg) => printExpr(arg, nameOf)).join(', ')
  const name = call.name === 'count_star' ? 'count' : call.name
  const order = call.orderBy.length === 0 ? '' : ` order by ${printKeys(call.orderBy, nameOf)}`
  const filter = call.filter === null ? '' : ` filter (where ${printExpr(call.filter, nameOf)})`
  return `${name}(${call.distinct ? 'distinct ' : ''}${args}${order})${filter}`
}

function assignments(columns: readonly PlanColumn[], expressions: readonly Expr[], nameOf: NameOf): string {
  return expressions.map((expr, i) => assignment(columns[i]!, expr, nameOf)).join(', ')
}

/** `a` for a column that is passed on under its id, else `expr as name`. */
function assignment({ id }: PlanColumn, expr: Expr, nameOf: NameOf): string {
  if (expr.kind === 'column' && expr.id === id) return nameOf(id)
  return `${printExpr(expr, nameOf)} as ${nameOf(id)}`
}

function printKeys(keys: readonly SortKey[], nameOf: NameOf): string {
  return keys
    .map(({ expr, descending, nullsFirst }) => {
      const nulls = nullsFirst === descending ? '' : nullsFirst ? ' nulls first' : ' nulls last'
      return `${printExpr(expr, nameOf)}${descending ? ' desc' : ''}${nulls}`
    })
    .join(', ')
}

function printLimit(limit: number | null, offset: number): string {
  return `${limit === null ? '' : ` limit ${limit}`}${offset === 0 ? '' : ` offset ${offset}`}`
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1)
}
