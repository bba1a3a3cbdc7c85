/** GROUP BY and aggregates by hash: breaker of the input, source of the groups. */
import { freePages } from '../../core/memory.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import type { Breaker, OperatorContext, Source } from '../operators/operator.ts'
import { aggregateShape } from './aggregate-shape.ts'
import { AggregateSink } from './aggregate-sink.ts'
import { AggregateSource } from './aggregate-source.ts'
import { type MergedGroups, mergeSteps } from './merge-groups.ts'

export function aggregateBreaker(plan: HashAggregate): Breaker {
  const shape = aggregateShape(plan)
  return {
    createSink: (context) => new AggregateSink(context, plan, shape),
    steps: mergeSteps(plan, shape),
    release({ memory }: OperatorContext, state: readonly unknown[]): void {
      for (const { pages } of state as readonly MergedGroups[]) for (const page of pages) freePages(memory, page)
    },
  }
}

/** The groups, in no order, shared among the workers. */
export function createAggregateSource(
  context: OperatorContext,
  plan: HashAggregate,
  state: readonly unknown[],
): Source {
  return new AggregateSource(context, plan, aggregateShape(plan), state as readonly MergedGroups[])
}
