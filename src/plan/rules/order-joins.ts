/**
 * Chooses the order of inner joins by cost.
 *
 *     Join on l_partkey = p_partkey            Join on l_suppkey = s_suppkey
 *       Join on l_suppkey = s_suppkey            Join on l_partkey = p_partkey
 *         lineitem                        ->       lineitem
 *         supplier                                 part where p_size = 15
 *       part where p_size = 15                   supplier
 *
 * A tree of inner joins (flat-joins.ts) becomes a graph (cost/join-graph.ts) and is built again
 * in the cheapest order found (cost/join-order.ts). Outer, semi and other joins are relations of the graph, ordered within.
 */
import { column } from '../../expr/expr.ts'
import { Estimator } from '../cost/estimate.ts'
import { GRAPH_RELATIONS_MAX, JoinGraph } from '../cost/join-graph.ts'
import { type JoinTree, orderRelations } from '../cost/join-order.ts'
import type { LogicalPlan } from '../logical.ts'
import { flattenJoins, isOrderable } from './flat-joins.ts'
import { filtered, joined, keepColumns, projected, withInputs } from './plan-build.ts'
import type { Rule } from './rule.ts'

export const orderJoins: Rule = {
  name: 'order-joins',
  apply(plan, { statistics }) {
    const estimator = new Estimator(statistics)
    estimator.estimate(plan)
    return visit(plan, estimator)
  },
}

function visit(plan: LogicalPlan, estimator: Estimator): LogicalPlan {
  if (!isOrderable(plan)) return withInputs(plan, (input) => visit(input, estimator))
  const flat = flattenJoins(plan, GRAPH_RELATIONS_MAX)
  const relations = flat.relations.map((one) => visit(one, estimator))
  const graph = new JoinGraph(relations, flat.conditions, estimator)
  const tree = buildTree(orderRelations(graph), graph)
  const whole = filtered(tree, graph.constantConditions())
  const columns = plan.columns.map((one) => ({
    column: one,
    expr: flat.renamed.get(one.id) ?? column(one.id, one.type),
  }))
  return flat.renamed.size === 0 ? keepColumns(whole, plan.columns) : projected(whole, columns)
}

function buildTree(tree: JoinTree, graph: JoinGraph): LogicalPlan {
  if (tree.kind === 'leaf') return filtered(graph.relations[tree.relation]!.plan, graph.conditionsWithin(tree.relation))
  const left = buildTree(tree.probe, graph)
  const right = buildTree(tree.build, graph)
  const on = graph.conditionsBetween(tree.probe.mask, tree.build.mask)
  return joined({ type: 'inner', left, right, on })
}
