/** ORDER BY, with and without LIMIT: breaker of the input, source of the rows in order. */
import { freePages } from '../../core/memory.ts'
import type { PhysicalSort } from '../../plan/physical.ts'
import type { Breaker, OperatorContext, Source } from '../operators/operator.ts'
import { sortShape } from './sort-shape.ts'
import { type SortedRun, SortSink } from './sort-sink.ts'
import { SortSource } from './sort-source.ts'

/** The state is a sorted run a worker. */
export function sortBreaker(plan: PhysicalSort): Breaker {
  const shape = sortShape(plan)
  return {
    createSink: (context) => new SortSink(context, plan, shape),
    steps: [],
    release({ memory }: OperatorContext, state: readonly unknown[]): void {
      for (const run of state as readonly SortedRun[]) for (const page of run.pages) freePages(memory, page)
    },
  }
}

/** All rows in order: for one worker alone. */
export function createSortSource(context: OperatorContext, plan: PhysicalSort, state: readonly unknown[]): Source {
  return new SortSource(context, plan, sortShape(plan), state as readonly SortedRun[])
}
