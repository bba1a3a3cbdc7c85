/** What an aggregate keeps, worked out from the plan alone: every worker and every stage derive the same. */
import { unsupported } from '../../core/errors.ts'
import { type DataType, INTEGER, storageOf, typeName } from '../../core/types.ts'
import type { HashAggregate } from '../../plan/physical.ts'
import { type RowLayout, layoutRows } from '../rows/row-layout.ts'
import { type StringPlaces, stringColumns } from '../rows/row-spill.ts'
import { type RollUp, planRollUp } from './roll-up-plan.ts'
import { type Accumulator, type AccumulatorPlan, planAccumulators } from './accumulator.ts'

export interface AggregateShape {
  /** none: one group. integer: one i32 or i64 key. rows: any keys, by hash and comparison. */
  readonly form: 'none' | 'integer' | 'rows'
  /** Group rows: keys (and the number of the grouping set, last), then states. */
  readonly layout: RowLayout
  readonly keyTypes: readonly DataType[]
  readonly plan: AccumulatorPlan
  readonly accumulators: readonly Accumulator[]
  /** By grouping set: which groups it has. Null: all, always. */
  readonly groupingSets: readonly ReadonlySet<number>[] | null
  /** How sets are computed from each other's groups; null: each from the rows. */
  readonly rollUp: RollUp | null
  /** Where group rows have strings. */
  readonly strings: StringPlaces
  /** By DISTINCT set: rows of the address of a group's row and a value. */
  readonly distinctLayouts: readonly RowLayout[]
}

export function aggregateShape(node: HashAggregate): AggregateShape {
  const plan = planAccumulators(node.calls)
  const groupTypes = node.groups.map((group) => group.type)
  const keyTypes = node.groupingSets === null ? groupTypes : [...groupTypes, INTEGER]
  for (const type of keyTypes) refuseKey(type)
  const form = keyTypes.length === 0 ? 'none' : isIntegerKey(keyTypes) ? 'integer' : 'rows'
  const layout = layoutRows({
    keys: keyTypes,
    wideKeys: form === 'integer',
    payload: [],
    withHash: form === 'rows',
    stateBytes: plan.stateBytes,
  })
  const accumulators = plan.accumulatorsAt(layout.statesOffset)
  const distinctLayouts = plan.distinctSets.map(({ arg }) => {
    const { type } = plan.args[arg]!
    refuseKey(type)
    return layoutRows({
      keys: [INTEGER, type],
      wideKeys: false,
      payload: [],
      withHash: true,
      stateBytes: 0,
    })
  })
  const groupingSets = node.groupingSets?.map((set) => new Set(set)) ?? null
  // Of a group's distinct values nothing can be added to another's.
  const canRollUp = groupingSets !== null && groupingSets.length > 1 && distinctLayouts.length === 0
  return {
    form,
    rollUp: canRollUp ? planRollUp(groupingSets) : null,
    layout,
    keyTypes,
    accumulators,
    strings: stringsOf(layout, accumulators),
    plan,
    groupingSets,
    distinctLayouts,
  }
}

function stringsOf(layout: RowLayout, accumulators: readonly Accumulator[]): StringPlaces {
  const states = accumulators.filter(({ kind, storage }) => storage === 'bytes' && kind !== 'count')
  const { offsets } = stringColumns(layout)
  return {
    offsets: [...offsets, ...states.map(({ offset }) => offset)],
    withCapacity: states.length,
  }
}

function isIntegerKey(types: readonly DataType[]): boolean {
  const [type] = types
  if (types.length !== 1 || type === undefined) return false
  const storage = storageOf(type)
  return storage === 'i32' || storage === 'i64'
}

function refuseKey(type: DataType): void {
  // Equal intervals may differ in form (1 month, 30 days).
  if (storageOf(type) === 'interval') throw unsupported(`grouping by ${typeName(type)}`)
}
