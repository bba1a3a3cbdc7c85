/**
 * Splits a physical plan into pipelines, in the order in which they run.
 *
 *   join                      pipeline 1: scan b -> [sink: join's build side]
 *    ├─ probe: filter         pipeline 2: scan a -> filter -> probe -> [sink: result]
 *    │          └─ scan a                 (rows of b that found no match) -> [sink: result]     right and full joins
 *    └─ build: scan b
 *
 * A pipeline has one sink and one or more branches; a branch is a source and the streaming operators from there to the sink. The
 * branches run one after another, each in all workers: the children of a UNION ALL, and the source behind a join that gives the rows
 * that are known only when all probing is done. What a branch needs (build sides, CTEs, dynamic filters) is made by earlier pipelines.
 */
import { type HashJoin, type NestedLoopJoin, type PhysicalPlan } from '../plan/physical.ts'
import type { PlanIndex } from './plan-index.ts'
import { isStoredValues } from './stored-values.ts'

/** Plain data: nodes by id. */
export interface Pipeline {
  readonly id: number
  readonly branches: readonly Branch[]
  /** The plan node whose breaker takes the rows; null: the query's result. */
  readonly sink: number | null
  /** Nodes whose state no later pipeline uses. */
  readonly releases: readonly number[]
}

export interface Branch {
  /** The node whose rows come in. */
  readonly source: number
  /** `rows`: the node's output; `trailing`: what a join gives after its probe side has ended. */
  readonly part: 'rows' | 'trailing'
  /** Nodes of the streaming operators, first to last. */
  readonly operators: readonly number[]
  /** Worker 0 alone reads the source, which is in order. */
  readonly isOrdered: boolean
}

interface Draft {
  readonly branches: Branch[]
  readonly sink: number | null
  /** Nodes whose states its branches use. */
  readonly uses: Set<number>
}

/** Pipelines so that each comes after all that it needs. */
export function splitPipelines(index: PlanIndex): readonly Pipeline[] {
  const drafts: Draft[] = []
  const result: Draft = { branches: [], sink: null, uses: new Set() }
  new Splitter(index, drafts).split(index.root, [], result)
  drafts.push(result)
  const lastUse = new Map<number, number>()
  drafts.forEach((draft, i) => {
    for (const node of draft.uses) lastUse.set(node, i)
  })
  return drafts.map(({ branches, sink }, i) => ({
    id: i,
    branches,
    sink,
    releases: [...lastUse].filter(([, last]) => last === i).map(([node]) => node),
  }))
}

class Splitter {
  readonly #index: PlanIndex
  readonly #done: Draft[]

  constructor(index: PlanIndex, done: Draft[]) {
    this.#index = index
    this.#done = done
  }

  /** Adds the branches that give `plan`'s rows to `target`, where they pass the nodes `above` (nearest first). */
  split(plan: PhysicalPlan, above: readonly number[], target: Draft): void {
    switch (plan.kind) {
      case 'scan':
        for (const { join } of plan.dynamicFilters) target.uses.add(join)
        this.#source(plan, above, target)
        return
      case 'values':
        this.#source(plan, above, target)
        return
      case 'cte-scan':
        target.uses.add(this.#index.materialize(plan.cteId).id)
        this.#source(plan, above, target)
        return
      case 'filter':
      case 'project':
      case 'window':
      case 'limit':
      case 'unnest':
        this.split(plan.child, [plan.id, ...above], target)
        return
      case 'union-all':
        for (const child of plan.children) this.split(child, above, target)
        return
      case 'aggregate':
      case 'sort':
        this.#sink(plan, plan.child)
        target.uses.add(plan.id)
        this.#source(plan, above, target)
        return
      case 'materialize':
        this.#sink(plan, plan.definition)
        this.split(plan.child, above, target)
        // Released after the last user, or here when nothing reads it.
        target.uses.add(plan.id)
        return
      case 'hash-join':
      case 'nested-loop-join':
        this.#join(plan, above, target)
    }
  }

  #join(plan: HashJoin | NestedLoopJoin, above: readonly number[], target: Draft): void {
    this.#sink(plan, plan.build)
    this.split(plan.probe, [plan.id, ...above], target)
    target.uses.add(plan.id)
    target.branches.push({ source: plan.id, part: 'trailing', operators: above, isOrdered: false })
  }

  /** A pipeline of its own that ends in `node`. */
  #sink(node: PhysicalPlan, child: PhysicalPlan): void {
    const draft: Draft = { branches: [], sink: node.id, uses: new Set() }
    this.split(child, [], draft)
    this.#done.push(draft)
  }

  #source(plan: PhysicalPlan, above: readonly number[], target: Draft): void {
    target.branches.push({
      source: plan.id,
      part: 'rows',
      operators: above,
      isOrdered: plan.kind === 'sort' || (plan.kind === 'values' && !isStoredValues(plan)),
    })
  }
}
