/** Which function makes the operator, source or breaker of a plan node: a node kind is a line in each switch it belongs to. */
import { InternalError } from '../../core/errors.ts'
import type { PhysicalPlan } from '../../plan/physical.ts'
import { createCteScan, cteBreaker } from '../cte.ts'
import { createProbe, createUnmatchedSource, hashJoinBreaker, hasUnmatchedSource } from '../join/index.ts'
import type { QueryContext } from '../query-context.ts'
import type { ScanRound } from '../scan/scan-round.ts'
import { createScanSource } from '../scan/scan-source.ts'
import { createFilter } from './filter.ts'
import { createLimit } from './limit.ts'
import type { Breaker, Sink, Source, StreamOperator } from './operator.ts'
import { createProject } from './project.ts'
import { createUnnest } from './unnest.ts'
import { createValues } from './values.ts'

/** The breaker of a node at which a pipeline ends. */
export function breakerOf(plan: PhysicalPlan): Breaker {
  switch (plan.kind) {
    case 'hash-join':
      return hashJoinBreaker(plan)
    case 'materialize':
      return cteBreaker(plan)
    default:
      throw new InternalError(`no pipeline ends at a ${plan.kind} node`)
  }
}

/** One worker's sink into a node's breaker. */
export function createSink(context: QueryContext, node: number): Sink {
  return breakerOf(context.plan.node(node)).createSink(context)
}

/** One worker's streaming operator of a node. */
export function createOperator(context: QueryContext, node: number): StreamOperator {
  const plan = context.plan.node(node)
  switch (plan.kind) {
    case 'filter':
      return createFilter(context, plan)
    case 'project':
      return createProject(context, plan)
    case 'limit':
      return createLimit(context, plan)
    case 'unnest':
      return createUnnest(context, plan)
    case 'hash-join':
      return createProbe(context, plan, context.state(node))
    default:
      throw new InternalError(`a ${plan.kind} node does not stream`)
  }
}

/** One worker's share of a node's rows. `round`: the files, for a scan. */
export function createSource(context: QueryContext, node: number, round: ScanRound | null): Source {
  const plan = context.plan.node(node)
  switch (plan.kind) {
    case 'scan':
      if (round === null) throw new InternalError('a scan has no files')
      return createScanSource(context, plan, round)
    case 'values':
      return createValues(context, plan)
    case 'cte-scan':
      return createCteScan(context, plan, context.state(context.plan.materialize(plan.cteId).id))
    default:
      throw new InternalError(`a ${plan.kind} node is no source`)
  }
}

/** Whether rows come from a join after its probe side has ended, by the state that its build side left. */
export function hasTrailingRows(plan: PhysicalPlan, state: readonly unknown[]): boolean {
  switch (plan.kind) {
    case 'hash-join':
      return hasUnmatchedSource(plan)
    default:
      return false
  }
}

/** One worker's share of the rows that come from a join after its probe side has ended. */
export function createTrailingSource(context: QueryContext, node: number, handOvers: readonly unknown[]): Source {
  const plan = context.plan.node(node)
  switch (plan.kind) {
    case 'hash-join':
      return createUnmatchedSource(context, plan, context.state(node))
    default:
      throw new InternalError(`a ${plan.kind} node has no trailing rows`)
  }
}
