/** A physical plan by node id, and what every thread derives from it alike. */
import { InternalError } from '../core/errors.ts'
import { type MaterializeCte, type PhysicalPlan, physicalInputs } from '../plan/physical.ts'

export interface PlanIndex {
  readonly root: PhysicalPlan
  /** All nodes, parents first. */
  readonly nodes: readonly PhysicalPlan[]
  node(id: number): PhysicalPlan
  /** The node that keeps the rows of a CTE. */
  materialize(cteId: number): MaterializeCte
  /** Number of a LIMIT (a limit node, or a scan with a limit) among those of the plan; its counter in the QueryControl. */
  limitNumber(id: number): number
}

export function indexPlan(root: PhysicalPlan): PlanIndex {
  const nodes = new Map<number, PhysicalPlan>()
  const definitions = new Map<number, MaterializeCte>()
  const limits = new Map<number, number>()
  const visit = (plan: PhysicalPlan): void => {
    if (nodes.has(plan.id)) throw new InternalError(`two plan nodes have the id ${plan.id}`)
    nodes.set(plan.id, plan)
    if (plan.kind === 'materialize') definitions.set(plan.cteId, plan)
    if (plan.kind === 'limit' || (plan.kind === 'scan' && plan.limit !== null)) limits.set(plan.id, limits.size)
    for (const child of physicalInputs(plan)) visit(child)
  }
  visit(root)
  return {
    root,
    nodes: [...nodes.values()],
    node: (id) => found(nodes.get(id), `plan node ${id}`),
    materialize: (cteId) => found(definitions.get(cteId), `definition of CTE ${cteId}`),
    limitNumber: (id) => found(limits.get(id), `limit of plan node ${id}`),
  }
}

function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new InternalError(`the physical plan has no ${what}`)
  return value
}
