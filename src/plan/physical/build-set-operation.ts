/** Set operations: UNION ALL as it is, UNION with groups above, INTERSECT and EXCEPT as joins, with ALL of numbered rows. */
import { defined } from '../../core/assert.ts'
import { BIGINT } from '../../core/types.ts'
import { type Expr, input } from '../../expr/expr.ts'
import type { LogicalPlan, SetOperationNode } from '../logical.ts'
import type { PhysicalPlan } from '../physical.ts'
import { idsOf } from '../rules/plan-rewrite.ts'
import { buildGroups } from './build-aggregate.ts'
import { keyForm } from './key-form.ts'
import { numberRows } from './build-window.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placesOf } from './plan-builder.ts'

export function buildSetOperation(
  builder: PlanBuilder,
  logical: SetOperationNode,
  required: ReadonlySet<number>,
): BuiltPlan {
  const { operator, all, columns } = logical
  if (operator !== 'union') {
    return all ? buildCounted(builder, logical) : buildIntersection(builder, logical)
  }
  const kept = columns.flatMap(({ id }, i) => (!all || required.has(id) ? [i] : []))
  const children = logical.children.map((child) => {
    const own = kept.map((i) => child.columns[i]!)
    return builder.inOrder(builder.build(child, new Set(own.map(({ id }) => id))), own)
  })
  const outputColumns = kept.map((i) => columns[i]!)
  const output = outputColumns.map(outputOf)
  const estimate = builder.estimate(logical, output)
  const plan: PhysicalPlan = { kind: 'union-all', id: builder.newId(), output, estimate, children }
  return all ? { plan, places: placesOf(outputColumns), logical } : buildGroups(builder, logical, plan)
}

/** INTERSECT and EXCEPT: rows with, without an equal row in each other input, NULL being equal to NULL; each once. */
function buildIntersection(builder: PlanBuilder, logical: SetOperationNode): BuiltPlan {
  const { operator, columns } = logical
  const [first, ...others] = logical.children.map((child) =>
    builder.inOrder(builder.build(child, idsOf(child)), child.columns),
  )
  let current = defined(first, 'an input of a set operation')
  for (const build of others) {
    const keys = columns.map(({ type }, i) => input(i, type))
    current = matchRows(builder, operator === 'intersect' ? 'semi' : 'anti', current, build, keys)
  }
  return buildGroups(builder, logical, current)
}

/**
 * INTERSECT ALL and EXCEPT ALL: equal rows of each input are numbered, and the n-th one meets the n-th one.
 *
 *     a: x1 x2 x3 y1     b: x1 x2        a INTERSECT ALL b: x1 x2       a EXCEPT ALL b: x3 y1
 */
function buildCounted(builder: PlanBuilder, logical: SetOperationNode): BuiltPlan {
  const { operator, columns } = logical
  const type = operator === 'intersect' ? 'semi' : 'anti'
  const own = columns.map(({ type: one }, i) => input(i, one))
  const keys = [...own, input(own.length, BIGINT)]
  const numbered = (plan: PhysicalPlan, source: LogicalPlan): PhysicalPlan => numberRows(builder, source, plan, own, [])
  const inputs = logical.children.map((child) => builder.inOrder(builder.build(child, idsOf(child)), child.columns))
  let current = defined(inputs[0], 'an input of a set operation')
  for (const [i, build] of inputs.entries()) {
    if (i === 0) continue
    const left = numbered(current, logical.children[0]!)
    const right = numbered(build, logical.children[i]!)
    // The next input counts what is left anew.
    current = builder.project(matchRows(builder, type, left, right, keys), columns.map(outputOf), own, logical)
  }
  return { plan: current, places: placesOf(columns), logical }
}

/** Rows of `probe` with (semi), without (anti) an equal row in `build`; NULL is equal to NULL. */
function matchRows(
  builder: PlanBuilder,
  type: 'semi' | 'anti',
  probe: PhysicalPlan,
  build: PhysicalPlan,
  values: readonly Expr[],
): PhysicalPlan {
  const keys = values.map(keyForm)
  return {
    kind: 'hash-join',
    id: builder.newId(),
    type,
    output: probe.output,
    estimate: probe.estimate,
    probe,
    build,
    probeKeys: keys,
    buildKeys: keys,
    nullsEqual: keys.map(() => true),
    residual: null,
    nullAware: false,
    projection: probe.output.map((_, i) => i),
    buildIsUnique: false,
    makesDynamicFilter: false,
  }
}
