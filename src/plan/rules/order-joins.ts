/**
 * Chooses the order of inner joins by cost.
 *
 *     Join on l_partkey = p_partkey            Join on l_suppkey = s_suppkey
 *       Join on l_suppkey = s_suppkey            Join on l_partkey = p_partkey
 *         lineitem                        ->       lineitem
 *         supplier                                 part where p_size = 15
 *       part where p_size = 15                   supplier
 *
 * A tree of inner joins, with the filters and the mere renamings between them, becomes a graph (cost/join-graph.ts) and is built again
 * in the cheapest order found (cost/join-order.ts). Outer, semi and other joins are relations of the graph, ordered within.
 */
import { type Expr, column, conjuncts } from '../../expr/expr.ts'
import { Estimator } from '../cost/estimate.ts'
import { GRAPH_RELATIONS_MAX, JoinGraph } from '../cost/join-graph.ts'
import { type JoinTree, orderRelations } from '../cost/join-order.ts'
import type { JoinNode, LogicalPlan, ProjectNode } from '../logical.ts'
import { isVolatile } from './expr-facts.ts'
import { filtered, joined, keepColumns, projected, withInputs } from './plan-build.ts'
import { substitute } from './plan-rewrite.ts'
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
  const flat = flatten(plan)
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

function isOrderable(plan: LogicalPlan): plan is JoinNode {
  return plan.kind === 'join' && plan.type === 'inner' && !plan.dependent
}

interface FlatJoins {
  readonly relations: LogicalPlan[]
  readonly conditions: Expr[]
  /** Columns that projections between the joins renamed. */
  readonly renamed: Map<number, Expr>
}

function flatten(root: JoinNode): FlatJoins {
  const relations: LogicalPlan[] = []
  const conditions: Expr[] = []
  const renamed = new Map<number, Expr>()
  // Relations still to come when a subtree is looked at: the graph must have bits for all of them.
  let expected = 1
  const collect = (plan: LogicalPlan): void => {
    if (isOrderable(plan) && expected < GRAPH_RELATIONS_MAX) {
      expected++
      collect(plan.left)
      collect(plan.right)
      if (plan.condition !== null) conditions.push(...conjuncts(plan.condition))
    } else if (plan.kind === 'filter' && leadsToJoin(plan.child) && !isVolatile(plan.predicate)) {
      collect(plan.child)
      conditions.push(...conjuncts(plan.predicate))
    } else if (plan.kind === 'project' && isRenaming(plan) && leadsToJoin(plan.child)) {
      collect(plan.child)
      plan.columns.forEach(({ id }, i) => {
        const expr = plan.expressions[i]!
        if (expr.kind === 'column' && expr.id !== id) renamed.set(id, expr)
      })
    } else {
      relations.push(plan)
    }
  }
  collect(root)
  const resolve = (expr: Expr): Expr => {
    let current = substitute(expr, renamed)
    // A renaming of a renaming; ids are made once, so this ends.
    for (let next = substitute(current, renamed); next !== current; next = substitute(next, renamed)) current = next
    return current
  }
  for (const [id, expr] of renamed) renamed.set(id, resolve(expr))
  return { relations, conditions: conditions.map(resolve), renamed }
}

function leadsToJoin(plan: LogicalPlan): boolean {
  if (plan.kind === 'filter') return leadsToJoin(plan.child)
  if (plan.kind === 'project') return isRenaming(plan) && leadsToJoin(plan.child)
  return isOrderable(plan)
}

function isRenaming(plan: ProjectNode): boolean {
  return plan.expressions.every(({ kind }) => kind === 'column')
}

function buildTree(tree: JoinTree, graph: JoinGraph): LogicalPlan {
  if (tree.kind === 'leaf') return filtered(graph.relations[tree.relation]!.plan, graph.conditionsWithin(tree.relation))
  const left = buildTree(tree.probe, graph)
  const right = buildTree(tree.build, graph)
  const on = graph.conditionsBetween(tree.probe.mask, tree.build.mask)
  return joined({ type: 'inner', left, right, on })
}
