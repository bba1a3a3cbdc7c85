/** Which function makes the operator, source or breaker of a plan node: a node kind is a line in each list it belongs to. */
import { InternalError } from '../../core/errors.ts'
import type { PhysicalPlan } from '../../plan/physical.ts'
import { aggregateBreaker, createAggregateSource } from '../aggregate/index.ts'
import { createCteScan, createSegmentSource, cteBreaker } from '../cte.ts'
import { createProbe, createUnmatchedSource, hashJoinBreaker, hasUnmatchedSource } from '../join/index.ts'
import {
  createNestedLoop,
  createNestedLoopUnmatched,
  hasNestedLoopUnmatched,
  nestedLoopBreaker,
} from '../join/nested-loop.ts'
import { sortedBreaker } from '../join/sorted-build.ts'
import { SortedProbe } from '../join/sorted-probe.ts'
import { hasRange } from '../join/sorted-shape.ts'
import { SortedUnmatched } from '../join/sorted-unmatched.ts'
import type { QueryContext } from '../query-context.ts'
import type { ScanRound } from '../scan/scan-round.ts'
import { createScanSource } from '../scan/scan-source.ts'
import type { Segment } from '../segment.ts'
import { createSortSource, sortBreaker } from '../sort/index.ts'
import { createWindow } from '../window/index.ts'
import { createFilter } from './filter.ts'
import { createLimit } from './limit.ts'
import type { Breaker, Sink, Source, StreamOperator } from './operator.ts'
import { createProject } from './project.ts'
import { createUnnest } from './unnest.ts'
import { createValues } from './values.ts'

/** The breaker of a node at which a pipeline ends. */
export function breakerOf(plan: PhysicalPlan): Breaker {
  if (plan.kind === 'hash-join') return hashJoinBreaker(plan)
  if (plan.kind === 'nested-loop-join') return hasRange(plan) ? sortedBreaker(plan) : nestedLoopBreaker(plan)
  if (plan.kind === 'aggregate') return aggregateBreaker(plan)
  if (plan.kind === 'sort') return sortBreaker(plan)
  if (plan.kind === 'materialize') return cteBreaker(plan)
  throw new InternalError(`no pipeline ends at a ${plan.kind} node`)
}

/** One worker's sink into a node's breaker. */
export function createSink(context: QueryContext, node: number): Sink {
  return breakerOf(context.plan.node(node)).createSink(context)
}

/** One worker's streaming operator of a node. */
export function createOperator(context: QueryContext, node: number): StreamOperator {
  const plan = context.plan.node(node)
  if (plan.kind === 'filter') return createFilter(context, plan)
  if (plan.kind === 'project') return createProject(context, plan)
  if (plan.kind === 'limit') return createLimit(context, plan)
  if (plan.kind === 'unnest') return createUnnest(context, plan)
  if (plan.kind === 'window') return createWindow(context, plan)
  if (plan.kind === 'hash-join') return createProbe(context, plan, context.state(node))
  if (plan.kind === 'nested-loop-join') {
    return hasRange(plan)
      ? new SortedProbe(context, plan, context.state(node))
      : createNestedLoop(context, plan, context.state(node))
  }
  throw new InternalError(`a ${plan.kind} node does not stream`)
}

/** One worker's share of a node's rows. `round`: the files, for a scan. */
export function createSource(context: QueryContext, node: number, round: ScanRound | null): Source {
  const plan = context.plan.node(node)
  if (plan.kind === 'scan' && round !== null) return createScanSource(context, plan, round)
  if (plan.kind === 'values') {
    const isStored = context.hasState(node)
    return isStored
      ? createSegmentSource(context, context.state(node) as readonly Segment[], null)
      : createValues(context, plan)
  }
  if (plan.kind === 'cte-scan') {
    return createCteScan(context, plan, context.state(context.plan.materialize(plan.cteId).id))
  }
  if (plan.kind === 'aggregate') return createAggregateSource(context, plan, context.state(node))
  if (plan.kind === 'sort') return createSortSource(context, plan, context.state(node))
  throw new InternalError(`a ${plan.kind} node is no source`)
}

/** Whether rows come from a join after its probe side has ended, by the state that its build side left. */
export function hasTrailingRows(plan: PhysicalPlan, state: readonly unknown[]): boolean {
  if (plan.kind === 'hash-join') return hasUnmatchedSource(plan, state)
  return plan.kind === 'nested-loop-join' && hasNestedLoopUnmatched(plan, state)
}

/** One worker's share of the rows that come from a join after its probe side has ended. */
export function createTrailingSource(context: QueryContext, node: number, handOvers: readonly unknown[]): Source {
  const plan = context.plan.node(node)
  if (plan.kind === 'hash-join') {
    return createUnmatchedSource(context, plan, context.state(node), handOvers)
  }
  if (plan.kind === 'nested-loop-join') {
    return hasRange(plan)
      ? new SortedUnmatched(context, plan, context.state(node))
      : createNestedLoopUnmatched(context, plan, context.state(node), handOvers)
  }
  throw new InternalError(`a ${plan.kind} node has no trailing rows`)
}
