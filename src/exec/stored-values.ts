/**
 * Long VALUES lists (tables in JavaScript's memory) on their way to worker threads: written into shared pages once by the calling
 * thread instead of being posted to every thread as objects. The threads find the segments as the state of the node, and read
 * them as they read a CTE, sharing them as morsels.
 */
import { Arena } from '../core/arena.ts'
import type { EngineMemory } from '../core/memory.ts'
import { vectorFromLiterals } from '../core/vector-values.ts'
import { BATCH_ROWS_MAX } from '../core/vector.ts'
import type { LiteralValue } from '../expr/expr.ts'
import type { Kernels } from '../kernel/kernels.ts'
import type { PhysicalPlan, PhysicalValues } from '../plan/physical.ts'
import { BatchStore } from './batch-store.ts'
import type { Segment } from './segment.ts'

/** Shorter lists are posted with the plan, and read in their order by one worker. */
const STORED_ROWS_MIN = 1000

/** Whether the rows of a VALUES list go to the threads as segments. */
export function isStoredValues(plan: PhysicalValues): boolean {
  if (plan.rows.length < STORED_ROWS_MIN) return false
  let isStored = known.get(plan)
  if (isStored === undefined) {
    isStored = plan.rows.every((row) => row.every(({ kind }) => kind === 'literal'))
    known.set(plan, isStored)
  }
  return isStored
}

/** Looking at every row once is enough. */
const known = new WeakMap<PhysicalValues, boolean>()

/**
 * The rows as segments, whose pages belong to the memory's owner. Lets the event loop have its turns; `checkCancelled` throws to
 * stop it.
 */
export async function storeValues(
  context: {
    readonly memory: EngineMemory
    readonly kernels: Kernels
    readonly checkCancelled: () => void
  },
  { rows, output }: PhysicalValues,
): Promise<readonly Segment[]> {
  const { memory } = context
  const store = new BatchStore(context, 'rows of an in-memory table')
  const arena = new Arena(memory, 'rows of an in-memory table')
  try {
    for (let start = 0; start < rows.length; start += BATCH_ROWS_MAX) {
      const slice = rows.slice(start, start + BATCH_ROWS_MAX)
      const columns = output.map(({ type }, column) => {
        const values = slice.map((row): LiteralValue => {
          const expr = row[column]!
          return expr.kind === 'literal' ? expr.value : null
        })
        return vectorFromLiterals(memory, arena, type, values)
      })
      store.append({ rowCount: slice.length, columns })
      arena.reset()
      await new Promise(setImmediate)
      context.checkCancelled()
    }
    return store.detach()
  } finally {
    arena.free()
    store.free()
  }
}

/** The plan without the rows of stored VALUES lists. */
export function withoutStoredValues(plan: PhysicalPlan): PhysicalPlan {
  switch (plan.kind) {
    case 'values':
      return isStoredValues(plan) ? { ...plan, rows: [] } : plan
    case 'scan':
    case 'cte-scan':
      return plan
    case 'filter':
    case 'project':
    case 'aggregate':
    case 'sort':
    case 'window':
    case 'limit':
    case 'unnest':
      return { ...plan, child: withoutStoredValues(plan.child) }
    case 'hash-join':
    case 'nested-loop-join':
      return {
        ...plan,
        probe: withoutStoredValues(plan.probe),
        build: withoutStoredValues(plan.build),
      }
    case 'union-all':
      return { ...plan, children: plan.children.map(withoutStoredValues) }
    case 'materialize':
      return {
        ...plan,
        definition: withoutStoredValues(plan.definition),
        child: withoutStoredValues(plan.child),
      }
  }
}
