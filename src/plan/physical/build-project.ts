/** Projections: renamings cost nothing. Work that expressions have in common is done once by the executor (compileExprs). */
import { defined } from '../../core/assert.ts'
import type { ProjectNode } from '../logical.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placed, placesOf, withRead } from './plan-builder.ts'

export function buildProject(builder: PlanBuilder, logical: ProjectNode, required: ReadonlySet<number>): BuiltPlan {
  const wanted = logical.columns.flatMap((one, i) =>
    required.has(one.id) ? [{ one, expr: logical.expressions[i]! }] : [],
  )
  const exprs = wanted.map(({ expr }) => expr)
  const built = builder.build(logical.child, withRead(new Set(), exprs))
  if (exprs.every(({ kind }) => kind === 'column')) {
    // Only names change: those above look the columns up where they lie.
    const places = wanted.map(({ one }, i) => {
      const { id } = exprs[i] as { readonly id: number }
      return [one.id, defined(built.places.get(id), 'a passed column')] as const
    })
    return { plan: built.plan, places: new Map(places), logical }
  }
  const expressions = exprs.map((one) => placed(one, built.places))
  const columns = wanted.map(({ one }) => one)
  const plan = builder.project(built.plan, columns.map(outputOf), expressions, logical)
  return { plan, places: placesOf(columns), logical }
}
