/** Which columns a list of conditions makes equal, directly or by way of others. */
import { sameType } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import { exprKey } from '../bind/expr-key.ts'

export class EqualColumns {
  /** A column equal to each; columns that lead to the same one are equal. */
  readonly #leaders = new Map<number, number>()
  readonly #others = new Set<string>()

  constructor(conditions: readonly Expr[]) {
    for (const condition of conditions) {
      const pair = columnPair(condition)
      if (pair === null) this.#others.add(exprKey(condition))
      else this.#leaders.set(this.#leader(pair[0]), this.#leader(pair[1]))
    }
  }

  areEqual(a: number, b: number): boolean {
    return this.#leader(a) === this.#leader(b)
  }

  /** Does `condition` follow? */
  imply(condition: Expr): boolean {
    const pair = columnPair(condition)
    return pair === null ? this.#others.has(exprKey(condition)) : this.areEqual(...pair)
  }

  #leader(id: number): number {
    let at = id
    for (let next = this.#leaders.get(at); next !== undefined && next !== at; next = this.#leaders.get(at)) at = next
    return at
  }
}

/** The two columns of `a = b`, of one type and not the same. */
export function columnPair(condition: Expr): readonly [number, number] | null {
  if (condition.kind !== 'call' || condition.name !== 'eq') return null
  const [a, b] = condition.args as readonly [Expr, Expr]
  if (a.kind !== 'column' || b.kind !== 'column' || a.id === b.id || !sameType(a.type, b.type)) return null
  return [a.id, b.id]
}
