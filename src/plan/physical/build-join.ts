/** Joins: keys and residual, which side is held, which columns come out. */
import { defined } from '../../core/assert.ts'
import { InternalError } from '../../core/errors.ts'
import { sameType } from '../../core/types.ts'
import { type Expr, and } from '../../expr/expr.ts'
import { bytesOf } from '../cost/column-stats.ts'
import { distinctOf } from '../cost/selectivity.ts'
import type { JoinNode, PlanColumn } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import type { HashJoin, JoinType, KeyBound, NestedLoopJoin } from '../physical.ts'
import { isUniqueOn } from '../rules/plan-facts.ts'
import { type KeyPair, chooseProbe, joinTypeFor, splitConditions } from './join-conditions.ts'
import { type FoundRange, rangeOf } from './join-ranges.ts'
import { type BuiltPlan, type PlanBuilder, joinPlaces, outputOf, placed, placesOf, withRead } from './plan-builder.ts'

/** Hashing and linking a row costs about as much as copying this many bytes. */
const ROW_COST_BYTES = 40

export function buildJoin(builder: PlanBuilder, logical: JoinNode, required: ReadonlySet<number>): BuiltPlan {
  if (logical.dependent) throw new InternalError('a dependent join is left in the plan')
  const found = rangeOf(logical, (side) => builder.estimator.rows(side))
  if (found !== null) return buildRangeJoin(builder, logical, required, found)
  const needed = withRead(required, expressionsOf(logical))
  const left = builder.build(logical.left, needed)
  const right = builder.build(logical.right, needed)
  const { keys, residual, nullAware } = splitConditions(logical)
  const side = chooseProbe({
    type: logical.type,
    leftBytes: heldBytes(builder, left),
    rightBytes: heldBytes(builder, right),
    nullAware,
    hasKeys: keys.length > 0,
  })
  const [probe, build] = side === 'left' ? [left, right] : [right, left]
  const type = defined(joinTypeFor(logical.type, side), 'a join type for the chosen side')
  const both = joinPlaces(probe.places, build.places, probe.plan.output.length)
  const { places, columns } = outputOfJoin(logical, { type, probe, build, required })
  const output = columns.map(outputOf)
  const shared = {
    id: builder.newId(),
    output,
    estimate: builder.estimate(logical, output),
    type,
    probe: probe.plan,
    build: build.plan,
    projection: places,
  }
  const condition = residual.length === 0 ? null : placed(and(residual), both)
  if (keys.length === 0) {
    const plan: NestedLoopJoin = { kind: 'nested-loop-join', ...shared, condition }
    return { plan, places: placesOf(columns), logical }
  }
  const probeKeys = keys.map((key) => (side === 'left' ? key.left : key.right))
  const buildKeys = keys.map((key) => (side === 'left' ? key.right : key.left))
  const plan: HashJoin = {
    kind: 'hash-join',
    ...shared,
    probeKeys: probeKeys.map((one) => placed(one, probe.places)),
    buildKeys: buildKeys.map((one) => placed(one, build.places)),
    nullsEqual: keys.map((key) => key.nullsEqual),
    residual: condition,
    nullAware,
    buildIsUnique: isUniqueOn(
      build.logical,
      new Set(buildKeys.flatMap((one) => (one.kind === 'column' ? [one.id] : []))),
    ),
    makesDynamicFilter: false,
  }
  checkKeyTypes(keys)
  builder.noteKeptFractions(
    plan.id,
    probeKeys.map((one, i) => keptFraction(builder, probe, one, build, buildKeys[i]!)),
  )
  return { plan, places: placesOf(columns), logical }
}

/** A join without equalities but with bounds, or ASOF: the held side is sorted (exec/join/sorted-shape.ts). */
function buildRangeJoin(
  builder: PlanBuilder,
  logical: JoinNode,
  required: ReadonlySet<number>,
  { range, side, rest }: FoundRange,
): BuiltPlan {
  const needed = withRead(required, expressionsOf(logical))
  const left = builder.build(logical.left, needed)
  const right = builder.build(logical.right, needed)
  const [probe, build] = side === 'left' ? [left, right] : [right, left]
  const type = defined(joinTypeFor(logical.type, side), 'a join type for the chosen side')
  const both = joinPlaces(probe.places, build.places, probe.plan.output.length)
  const { places, columns } = outputOfJoin(logical, { type, probe, build, required })
  const output = columns.map(outputOf)
  const bound = (of: KeyBound | null): KeyBound | null => of && { ...of, expr: placed(of.expr, probe.places) }
  const plan: NestedLoopJoin = {
    kind: 'nested-loop-join',
    id: builder.newId(),
    output,
    estimate: builder.estimate(logical, output),
    type,
    probe: probe.plan,
    build: build.plan,
    projection: places,
    condition: rest.length === 0 ? null : placed(and(rest), both),
    range: {
      buildKeys: range.buildKeys.map((one) => placed(one, build.places)),
      equal: range.equal.map((one) => placed(one, probe.places)),
      nullsEqual: range.nullsEqual,
      lower: bound(range.lower),
      upper: bound(range.upper),
      nearest: range.nearest,
    },
  }
  return { plan, places: placesOf(columns), logical }
}

/** Bytes of a side in a hash table, and the work of putting a row there, as bytes. */
function heldBytes(builder: PlanBuilder, { plan, logical }: BuiltPlan): number {
  const width = plan.output.reduce((sum, { type }) => sum + bytesOf(type), ROW_COST_BYTES)
  return builder.estimator.rows(logical) * width
}

/** Which part of the probe's key values the build side is expected to have. */
function keptFraction(
  builder: PlanBuilder,
  probe: BuiltPlan,
  probeKey: Expr,
  build: BuiltPlan,
  buildKey: Expr,
): number {
  const probeColumns = builder.estimator.estimate(probe.logical).columns
  const buildColumns = builder.estimator.estimate(build.logical).columns
  const inProbe = distinctOf(probeKey, (id) => probeColumns.get(id))
  const inBuild = distinctOf(buildKey, (id) => buildColumns.get(id))
  if (inProbe === undefined || inBuild === undefined) return 1
  // Filters on the build side drop keys that the probe side has, also when that is filtered otherwise.
  const stats = buildKey.kind === 'column' ? buildColumns.get(buildKey.id) : undefined
  const ofTable = stats === undefined ? 1 : stats.distinct / stats.baseDistinct
  return Math.min(inBuild / inProbe, ofTable)
}

/** The columns that a join puts out, and their places before projection. */
function outputOfJoin(
  logical: JoinNode,
  parts: { type: JoinType; probe: BuiltPlan; build: BuiltPlan; required: ReadonlySet<number> },
): { places: readonly number[]; columns: readonly PlanColumn[] } {
  const { type, probe, build, required } = parts
  const probeWidth = probe.plan.output.length
  const places: number[] = []
  const columns: PlanColumn[] = []
  for (const one of logical.columns) {
    if (!required.has(one.id)) continue
    let place: number | undefined
    if (type === 'right-semi' || type === 'right-anti') place = build.places.get(one.id)
    else if (probe.places.has(one.id)) place = probe.places.get(one.id)
    else if (type === 'mark') place = probeWidth
    else place = probeWidth + defined(build.places.get(one.id), `the place of column #${one.id}`)
    columns.push(one)
    places.push(defined(place, `the place of column #${one.id}`))
  }
  return { places, columns }
}

function checkKeyTypes(keys: readonly KeyPair[]): void {
  for (const { left, right } of keys) {
    if (!sameType(left.type, right.type)) throw new InternalError('join keys of different types')
  }
}
