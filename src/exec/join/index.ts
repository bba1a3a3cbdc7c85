/** Hash joins and nested-loop joins: breakers of their build sides, probes, and sources of unmatched build rows. */
import { freePages } from '../../core/memory.ts'
import type { HashJoin } from '../../plan/physical.ts'
import type { Breaker, OperatorContext, Source, StreamOperator } from '../operators/operator.ts'
import { BuildSink } from './build-sink.ts'
import { joinShape } from './join-shape.ts'
import type { JoinState } from './join-state.ts'
import { joinSteps } from './join-table.ts'
import { HashProbe } from './probe.ts'
import { type SpilledProbe, SpilledJoinSource, SpillingProbe } from './spilled-probe.ts'
import { UnmatchedSource } from './unmatched.ts'

export { applyDynamicFilter, dynamicFilterRange } from './dynamic-filter.ts'

/** The build side of a hash join ends here; the state is for `createProbe`, `createUnmatchedSource` and dynamic filters. */
export function hashJoinBreaker(plan: HashJoin): Breaker {
  const shape = joinShape(plan)
  return {
    createSink: (context) => new BuildSink(context, plan, shape),
    steps: joinSteps(plan, shape),
    release({ memory }: OperatorContext, state: readonly unknown[]): void {
      const [first] = state as readonly JoinState[]
      for (const page of first?.pages ?? []) freePages(memory, page)
    },
  }
}

export function createProbe(context: OperatorContext, plan: HashJoin, state: readonly unknown[]): StreamOperator {
  const states = state as readonly JoinState[]
  if (states[0]!.spilled !== null) return new SpillingProbe(context, plan)
  return new HashProbe(context, plan, joinShape(plan), states)
}

/** Whether rows come after the probe (`createUnmatchedSource`). */
export function hasUnmatchedSource(plan: HashJoin, state: readonly unknown[]): boolean {
  const { type } = plan
  if (type === 'right' || type === 'full' || type === 'right-semi' || type === 'right-anti') return true
  return (state as readonly JoinState[])[0]!.spilled !== null
}

/** To be read once the probe has ended in all workers; `handOvers` is what their probes left. */
export function createUnmatchedSource(
  context: OperatorContext,
  plan: HashJoin,
  state: readonly unknown[],
  handOvers: readonly unknown[],
): Source {
  const first = (state as readonly JoinState[])[0]!
  const shape = joinShape(plan)
  if (first.spilled !== null) {
    return new SpilledJoinSource(context, plan, shape, first, handOvers as readonly SpilledProbe[])
  }
  return new UnmatchedSource(context, plan, shape, () => first.chunks[context.nextMorsel()] ?? null)
}
