/**
 * Which of a scan's filters a task's rows must still pass.
 *
 * The table was given a predicate and left a residual of it; filters of the plan that were not part of the predicate stay as they are. So:
 * (filters not in the predicate) + (conjuncts of the residual).
 */
import { type Expr, conjuncts } from '../../expr/expr.ts'
import { keyOf } from '../../expr/key.ts'
import type { TaskChecks } from './scan-round.ts'

/** Answers for the tasks of one scan; tasks that share a residual share the answer. */
export class CheckPlanner {
  readonly #filters: readonly string[]
  readonly #pushed: ReadonlySet<string>
  readonly #known = new Map<Expr | null, TaskChecks>()

  constructor(filters: readonly Expr[], predicate: Expr | null) {
    this.#filters = filters.map(keyOf)
    this.#pushed = new Set(predicate === null ? [] : conjuncts(predicate).map(keyOf))
  }

  checks(residual: Expr | null): TaskChecks {
    let checks = this.#known.get(residual)
    if (checks === undefined) {
      checks = this.#plan(residual)
      this.#known.set(residual, checks)
    }
    return checks
  }

  #plan(residual: Expr | null): TaskChecks {
    const left = new Map((residual === null ? [] : conjuncts(residual)).map((expr) => [keyOf(expr), expr]))
    const filters: number[] = []
    this.#filters.forEach((text, i) => {
      const stays = left.delete(text) || !this.#pushed.has(text)
      if (stays) filters.push(i)
    })
    return { filters, others: [...left].map(([key, expr]) => ({ key, expr })) }
  }
}
