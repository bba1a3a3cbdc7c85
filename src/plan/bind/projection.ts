/** Projections: output columns for expressions, under their old ids where nothing is computed. */
import type { Expr } from '../../expr/expr.ts'
import type { LogicalPlan, PlanColumn, ProjectNode } from '../logical.ts'
import type { Binder } from './binder.ts'
import { isNullable } from './nullability.ts'

/** A projection under construction. */
export class Projection {
  readonly #binder: Binder
  readonly #child: LogicalPlan
  readonly #inputs: ReadonlySet<number>
  readonly #used = new Set<number>()
  readonly #expressions: Expr[] = []
  readonly #columns: PlanColumn[] = []

  constructor(binder: Binder, child: LogicalPlan) {
    this.#binder = binder
    this.#child = child
    this.#inputs = new Set(child.columns.map(({ id }) => id))
  }

  /** Adds an output column. A column of the child keeps its id the first time; outer columns and repetitions get a new one. */
  add(expr: Expr, name: string): PlanColumn {
    const nullable = isNullable(this.#binder, expr)
    let output: PlanColumn
    if (expr.kind === 'column' && this.#inputs.has(expr.id) && !this.#used.has(expr.id)) {
      this.#used.add(expr.id)
      output = { id: expr.id, name, type: expr.type, nullable }
    } else {
      output = this.#binder.newColumn(name, expr.type, nullable)
    }
    this.#expressions.push(expr)
    this.#columns.push(output)
    return output
  }

  /** Whether an output column is that column of the child. */
  has(id: number): boolean {
    return this.#used.has(id)
  }

  /** The plan: the child itself when the projection changes nothing. */
  finish(): LogicalPlan {
    const { columns } = this.#child
    const same =
      columns.length === this.#columns.length &&
      columns.every((from, i) => from.id === this.#columns[i]!.id && from.name === this.#columns[i]!.name)
    if (same) return this.#child
    const node: ProjectNode = {
      kind: 'project',
      child: this.#child,
      expressions: this.#expressions,
      columns: this.#columns,
    }
    return node
  }
}
