/**
 * Which of a scan's filters a task's rows must still pass.
 *
 * The table was given a predicate and left a residual of it; filters of the plan that were not part of the predicate stay as they are. So:
 * (filters not in the predicate) + (conjuncts of the residual).
 */
import { type Expr, type LiteralValue, childrenOf, conjuncts } from '../../expr/expr.ts'
import { typeName } from '../../core/types.ts'
import type { TaskChecks } from './scan-round.ts'

/** Answers for the tasks of one scan; tasks that share a residual share the answer. */
export class CheckPlanner {
  readonly #filters: readonly string[]
  readonly #pushed: ReadonlySet<string>
  readonly #known = new Map<Expr | null, TaskChecks>()

  constructor(filters: readonly Expr[], predicate: Expr | null) {
    this.#filters = filters.map(fingerprint)
    this.#pushed = new Set(predicate === null ? [] : conjuncts(predicate).map(fingerprint))
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
    const left = new Map((residual === null ? [] : conjuncts(residual)).map((expr) => [fingerprint(expr), expr]))
    const filters: number[] = []
    this.#filters.forEach((text, i) => {
      const stays = left.delete(text) || !this.#pushed.has(text)
      if (stays) filters.push(i)
    })
    return { filters, others: [...left.values()] }
  }
}

/** Equal for expressions of equal structure, and for no others. */
function fingerprint(expr: Expr): string {
  return JSON.stringify(shape(expr))
}

function shape(expr: Expr): unknown {
  const head: unknown[] = [expr.kind, typeName(expr.type)]
  switch (expr.kind) {
    case 'column':
      head.push(expr.id)
      break
    case 'input':
      head.push(expr.index)
      break
    case 'literal':
      head.push(valueShape(expr.value))
      break
    case 'call':
      head.push(expr.name)
      break
    case 'cast':
      head.push(expr.try)
      break
    case 'in':
      head.push(
        expr.negated,
        expr.values.map(({ value }) => valueShape(value)),
      )
      break
    case 'subquery':
      head.push(expr.form, expr.plan, expr.comparison, expr.negated)
      break
    case 'case':
    case 'and':
    case 'or':
      break
  }
  return [...head, childrenOf(expr).map(shape)]
}

function valueShape(value: LiteralValue): unknown {
  if (typeof value === 'bigint') return ['b', value.toString()]
  if (typeof value === 'number') return ['n', Object.is(value, -0) ? '-0' : String(value)]
  if (value instanceof Uint8Array) return ['x', [...value]]
  if (Array.isArray(value)) return ['a', value.map(valueShape)]
  if (typeof value === 'object' && value !== null && 'months' in value) {
    return ['i', value.months, value.days, value.micros.toString()]
  }
  return value
}
