/** Set operations: UNION ALL as it is, UNION with groups above, INTERSECT and EXCEPT as joins. */
import { defined } from '../../core/assert.ts'
import { unsupported } from '../../core/errors.ts'
import { input } from '../../expr/expr.ts'
import type { SetOperationNode } from '../logical.ts'
import type { PhysicalPlan } from '../physical.ts'
import { idsOf } from '../rules/plan-rewrite.ts'
import { buildGroups } from './build-aggregate.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placesOf } from './plan-builder.ts'

export function buildSetOperation(
  builder: PlanBuilder,
  logical: SetOperationNode,
  required: ReadonlySet<number>,
): BuiltPlan {
  const { operator, all, columns } = logical
  if (operator !== 'union') return buildIntersection(builder, logical)
  const kept = columns.flatMap(({ id }, i) => (!all || required.has(id) ? [i] : []))
  const children = logical.children.map((child) => {
    const own = kept.map((i) => child.columns[i]!)
    return builder.inOrder(builder.build(child, new Set(own.map(({ id }) => id))), own)
  })
  const outputColumns = kept.map((i) => columns[i]!)
  const output = outputColumns.map(outputOf)
  const estimate = builder.estimate(logical, output)
  const plan: PhysicalPlan = { kind: 'union-all', id: builder.newId(), output, estimate, children }
  return all
    ? { plan, places: placesOf(outputColumns), logical }
    : buildGroups(builder, logical, plan)
}

/** INTERSECT and EXCEPT: rows with, without an equal row in each other input, NULL being equal to NULL; each once. */
function buildIntersection(builder: PlanBuilder, logical: SetOperationNode): BuiltPlan {
  const { operator, all, columns } = logical
  if (all) throw unsupported(`${operator.toUpperCase()} ALL`)
  const [first, ...others] = logical.children.map((child) =>
    builder.inOrder(builder.build(child, idsOf(child)), child.columns),
  )
  let current = defined(first, 'an input of a set operation')
  for (const build of others) {
    const keys = columns.map(({ type }, i) => input(i, type))
    current = {
      kind: 'hash-join',
      id: builder.newId(),
      type: operator === 'intersect' ? 'semi' : 'anti',
      output: current.output,
      estimate: current.estimate,
      probe: current,
      build,
      probeKeys: keys,
      buildKeys: keys,
      nullsEqual: keys.map(() => true),
      residual: null,
      nullAware: false,
      projection: columns.map((_, i) => i),
      buildIsUnique: false,
      makesDynamicFilter: false,
    }
  }
  return buildGroups(builder, logical, current)
}
