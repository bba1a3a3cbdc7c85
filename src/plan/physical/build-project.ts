/** Projections: renamings cost nothing, work that expressions have in common is done once. */
import { defined } from '../../core/assert.ts'
import { type Expr, input } from '../../expr/expr.ts'
import type { ProjectNode } from '../logical.ts'
import type { OutputColumn } from '../physical.ts'
import { shareExpressions } from './common-subexpressions.ts'
import {
  type BuiltPlan,
  type PlanBuilder,
  outputOf,
  placed,
  placesOf,
  withRead,
} from './plan-builder.ts'

export function buildProject(
  builder: PlanBuilder,
  logical: ProjectNode,
  required: ReadonlySet<number>,
): BuiltPlan {
  const wanted = logical.columns.flatMap((one, i) =>
    required.has(one.id) ? [{ one, expr: logical.expressions[i]! }] : [],
  )
  const exprs = wanted.map(({ expr }) => expr)
  const child = shareWork(builder, builder.build(logical.child, withRead(new Set(), exprs)), exprs)
  if (child.exprs.every(({ kind }) => kind === 'column')) {
    // Only names change: those above look the columns up where they lie.
    const places = wanted.map(({ one }, i) => {
      const { id } = child.exprs[i] as { readonly id: number }
      return [one.id, defined(child.built.places.get(id), 'a passed column')] as const
    })
    return { plan: child.built.plan, places: new Map(places), logical }
  }
  const expressions = child.exprs.map((one) => placed(one, child.built.places))
  const columns = wanted.map(({ one }) => one)
  const plan = builder.project(child.built.plan, columns.map(outputOf), expressions, logical)
  return { plan, places: placesOf(columns), logical }
}

/** Computes what `exprs` have in common in a projection of its own. */
export function shareWork(
  builder: PlanBuilder,
  built: BuiltPlan,
  exprs: readonly Expr[],
): { built: BuiltPlan; exprs: readonly Expr[] } {
  const sharing = shareExpressions(exprs, () => builder.newColumnId())
  if (sharing === null) return { built, exprs }
  const passed = [...withRead(new Set(), sharing.exprs)].filter((id) => built.places.has(id))
  const { output } = built.plan
  const columns: OutputColumn[] = [
    ...passed.map((id) => output[built.places.get(id)!]!),
    ...sharing.shared.map(({ expr }, i) => ({
      name: `shared_${i + 1}`,
      type: expr.type,
      nullable: true,
    })),
  ]
  const expressions = [
    ...passed.map((id) => input(built.places.get(id)!, output[built.places.get(id)!]!.type)),
    ...sharing.shared.map(({ expr }) => placed(expr, built.places)),
  ]
  const plan = builder.project(built.plan, columns, expressions, built.logical)
  const ids = [...passed, ...sharing.shared.map(({ id }) => id)]
  return {
    built: { plan, places: new Map(ids.map((id, i) => [id, i])), logical: built.logical },
    exprs: sharing.exprs,
  }
}
