/** Aggregates, and DISTINCT as an aggregate without calls. */
import { unsupported } from '../../core/errors.ts'
import { BIGINT, BOOLEAN } from '../../core/types.ts'
import { type Expr, call, input, literal } from '../../expr/expr.ts'
import type { AggregateNode, DistinctNode, LogicalPlan } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import type { HashAggregate, OutputColumn, PhysicalAggregateCall, PhysicalPlan } from '../physical.ts'
import { idsOf } from '../rules/plan-rewrite.ts'
import { collectGroups } from './collect-groups.ts'
import { keyForm } from './key-form.ts'
import { numberRows } from './build-window.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placed, placesOf, withRead } from './plan-builder.ts'

/** Aggregates whose result does not depend on the order of their input. */
const IGNORES_ORDER: ReadonlySet<string> = new Set([
  'count',
  'count_star',
  'sum',
  'avg',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'stddev',
  'variance',
])

export function buildAggregate(builder: PlanBuilder, logical: AggregateNode): BuiltPlan {
  if (logical.calls.some(({ name }) => name === 'array_agg')) {
    const lowered = collectGroups(logical, () => builder.newColumnId())
    return { ...builder.build(lowered, idsOf(lowered)), logical }
  }
  const calls = logical.calls.map((call) => {
    if (call.orderBy.length > 0 && !IGNORES_ORDER.has(call.name)) throw unsupported(`ORDER BY within ${call.name}`)
    return call
  })
  const exprs = expressionsOf({
    ...logical,
    calls: calls.map((call) => ({ ...call, orderBy: [] })),
  })
  // What the calls have in common is left to the executor: it computes it once a batch, and in 64 bits where a column of the
  // shared expression's type would have 128.
  const built = builder.build(logical.child, withRead(new Set(), exprs))
  const places = exprs.map((one) => placed(one, built.places))
  let next = logical.groups.length
  const physicalCalls = calls.map(({ name, args, distinct, filter, type }): PhysicalAggregateCall => {
    const own = args.map(() => places[next++]!)
    const seen = distinct && name === 'count' ? own.map(keyForm) : own
    return { name, args: seen, distinct, filter: filter === null ? null : places[next++]!, type }
  })
  return makeAggregate(builder, logical, built.plan, {
    groups: places.slice(0, logical.groups.length),
    calls: physicalCalls,
    groupingSets: logical.groupingSets,
  })
}

function makeAggregate(
  builder: PlanBuilder,
  logical: LogicalPlan,
  child: PhysicalPlan,
  parts: Pick<HashAggregate, 'groups' | 'calls' | 'groupingSets'>,
): BuiltPlan {
  const output = logical.columns.map(outputOf)
  const keyed = parts.groups.map(keyForm)
  // Values of such a key, one of each group.
  const shown = parts.groups.filter((group, i) => keyed[i] !== group)
  const plan: PhysicalPlan = {
    kind: 'aggregate',
    id: builder.newId(),
    output:
      shown.length === 0
        ? output
        : [
            ...output.map((column, i) => ({ ...column, type: keyed[i]?.type ?? column.type })),
            ...shown.map(({ type }) => ({ name: 'shown', type, nullable: true })),
          ],
    estimate: builder.estimate(logical, output),
    child,
    ...parts,
    groups: keyed,
    calls: [
      ...parts.calls,
      ...shown.map((arg) => ({ name: 'any_value', args: [arg], distinct: false, filter: null, type: arg.type })),
    ],
  }
  if (shown.length === 0) return { plan, places: placesOf(logical.columns), logical }
  let next = output.length
  const columns = plan.output.slice(0, output.length).map(({ type }, i) => {
    const group = parts.groups[i]
    if (group === undefined || keyed[i] === group) return input(i, type)
    // A grouping set without the key has none.
    const isKeyed = call('is_not_null', [input(i, type)], BOOLEAN)
    const value = input(next++, group.type)
    return {
      kind: 'case',
      branches: [{ when: isKeyed, then: value }],
      else: literal(null, group.type),
      type: group.type,
    } as const
  })
  return { plan: builder.project(plan, output, columns, logical), places: placesOf(logical.columns), logical }
}

/** DISTINCT: groups without calls. */
export function buildDistinct(builder: PlanBuilder, logical: DistinctNode): BuiltPlan {
  if (logical.on !== null) return buildDistinctOn(builder, logical, logical.on)
  const child = builder.inOrder(builder.build(logical.child, idsOf(logical.child)), logical.child.columns)
  return buildGroups(builder, logical, child)
}

/** The first row of each value of `on` in the order of the input. */
function buildDistinctOn(builder: PlanBuilder, logical: DistinctNode, on: readonly Expr[]): BuiltPlan {
  const { child } = logical
  const isOrder = child.kind === 'sort' && child.limit === null && child.offset === 0
  const sort = isOrder ? child : null
  const source = sort?.child ?? child
  const built = builder.build(source, withRead(idsOf(child), [...on, ...(sort?.keys ?? []).map(({ expr }) => expr)]))
  const numbered = numberRows(
    builder,
    source,
    built.plan,
    on.map((one) => placed(one, built.places)),
    (sort?.keys ?? []).map((key) => ({ ...key, expr: placed(key.expr, built.places) })),
  )
  const number = input(numbered.output.length - 1, BIGINT)
  const plan: PhysicalPlan = {
    kind: 'filter',
    id: builder.newId(),
    output: numbered.output,
    estimate: builder.estimate(logical, numbered.output),
    child: numbered,
    predicate: call('eq', [number, literal(1n, BIGINT)], BOOLEAN),
  }
  return { plan, places: built.places, logical }
}

export function buildGroups(builder: PlanBuilder, logical: LogicalPlan, child: PhysicalPlan): BuiltPlan {
  const groups = logical.columns.map(({ type }, i) => input(i, type))
  if (groups.length > 0) return makeAggregate(builder, logical, child, { groups, calls: [], groupingSets: null })
  // Rows of no columns: one if there are any.
  const output: readonly OutputColumn[] = []
  const estimate = { rows: 1, bytes: 0 }
  const plan: PhysicalPlan = {
    kind: 'limit',
    id: builder.newId(),
    output,
    estimate,
    child,
    limit: 1,
    offset: 0,
  }
  return { plan, places: new Map(), logical }
}
