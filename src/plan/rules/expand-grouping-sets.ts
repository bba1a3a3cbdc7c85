/**
 * Grouping sets with aggregates that collect their values become one aggregate a set, over rows that are computed once:
 *
 *     array_agg(x) GROUP BY ROLLUP (a)   ->   With rows
 *                                               Union all
 *                                                 Project  a, agg        <- Aggregate array_agg(x) GROUP BY a
 *                                                 Project  NULL, agg     <- Aggregate array_agg(x)
 *
 * Such aggregates sort the rows by their groups, which is another order for each set.
 */
import { type Expr, column, literal } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'
import type { AggregateCall, AggregateNode, CteReferenceNode, LogicalPlan, PlanColumn } from '../logical.ts'
import { mapCall } from '../node-expressions.ts'
import { projected } from './plan-build.ts'
import { freeColumns, rewriteUp, substitute } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

export const expandGroupingSets: Rule = {
  name: 'expand-grouping-sets',
  required: true,
  apply: (plan, context) =>
    rewriteUp(plan, (node) => (node.kind === 'aggregate' && isExpanded(node) ? expand(node, context) : node)),
}

function isExpanded({ groupingSets, calls, child }: AggregateNode): boolean {
  return groupingSets !== null && calls.some(({ name }) => name === 'array_agg') && freeColumns(child).size === 0
}

function expand(node: AggregateNode, context: RuleContext): LogicalPlan {
  const { child, columns } = node
  const cteId = context.newCteId()
  const name = 'grouping sets'
  const children = node.groupingSets!.map((set) => {
    const reference: CteReferenceNode = {
      kind: 'cte-reference',
      cteId,
      name,
      definitionColumns: child.columns.map(({ id }) => id),
      columns: child.columns.map((one) => renewed(one, context)),
    }
    return aggregateOf(node, new Set(set), reference, context)
  })
  const union: LogicalPlan = { kind: 'set-operation', operator: 'union', all: true, children, columns }
  return { kind: 'with', cteId, name, definition: child, child: union, columns }
}

/** The aggregate of one set; NULL for the groups that it leaves out. */
function aggregateOf(
  node: AggregateNode,
  set: ReadonlySet<number>,
  child: CteReferenceNode,
  context: RuleContext,
): LogicalPlan {
  const renamed = new Map(
    node.child.columns.map(({ id, type }, i): readonly [number, Expr] => [id, column(child.columns[i]!.id, type)]),
  )
  const change = (expr: Expr): Expr => substitute(expr, renamed)
  const members = node.groups.map((_, i) => i).filter((i) => set.has(i))
  const calls = node.calls.filter(({ name }) => name !== 'grouping')
  const groupColumns = new Map(members.map((i) => [i, renewed(node.columns[i]!, context)]))
  const callColumns = new Map(
    calls.map((one) => [one, renewed(node.columns[node.groups.length + node.calls.indexOf(one)]!, context)]),
  )
  const aggregate: AggregateNode = {
    kind: 'aggregate',
    child,
    groups: members.map((i) => change(node.groups[i]!)),
    calls: calls.map((one) => mapCall(one, change)),
    groupingSets: null,
    columns: [...groupColumns.values(), ...callColumns.values()],
  }
  const read = (from: PlanColumn | undefined, type: PlanColumn['type']): Expr =>
    from === undefined ? literal(null, type) : column(from.id, from.type)
  return projected(
    aggregate,
    node.columns.map((one, i) => {
      const call = node.calls[i - node.groups.length]
      const expr =
        call === undefined
          ? read(groupColumns.get(i), one.type)
          : call.name === 'grouping'
            ? literal(groupingOf(node, call, set), one.type)
            : read(callColumns.get(call), one.type)
      return { column: renewed(one, context), expr }
    }),
  )
}

/** A bit for each argument, the last one's lowest: 1 where the set leaves the expression out. */
function groupingOf({ groups }: AggregateNode, { args }: AggregateCall, set: ReadonlySet<number>): number {
  const keys = groups.map(exprKey)
  return args.reduce((bits, arg) => bits * 2 + (set.has(keys.indexOf(exprKey(arg))) ? 0 : 1), 0)
}

function renewed(one: PlanColumn, { newId }: RuleContext): PlanColumn {
  return { ...one, id: newId(), nullable: true }
}
