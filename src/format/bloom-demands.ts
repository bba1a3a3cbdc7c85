/** What conjuncts demand of single columns: the values that Bloom filters can be asked for. */
import type { DataType } from '../core/types.ts'
import type { LiteralValue } from '../core/value.ts'
import { type Expr, conjuncts } from '../expr/expr.ts'

/** More values are not looked up: each may cost a read. */
const VALUES_MAX = 64

/** A column must have one of several values. */
export interface Demand {
  readonly input: number
  readonly type: DataType
  readonly values: readonly LiteralValue[]
}

/** The demands of a predicate: all must be met. */
export function demandsOf(predicate: Expr): Demand[] {
  return conjuncts(predicate)
    .flatMap((conjunct) => demandOf(conjunct) ?? [])
    .filter(({ values }) => values.length <= VALUES_MAX)
}

function demandOf(expr: Expr): Demand | undefined {
  if (expr.kind === 'in' && !expr.negated && expr.arg.kind === 'input') {
    const { index, type } = expr.arg
    return { input: index, type, values: expr.values.map(({ value }) => value).filter((value) => value !== null) }
  }
  if (expr.kind !== 'call' || expr.name !== 'eq') return undefined
  const [left, right] = expr.args
  if (left?.kind === 'input' && right?.kind === 'literal') return demand(left.index, left.type, right.value)
  if (left?.kind === 'literal' && right?.kind === 'input') return demand(right.index, right.type, left.value)
  return undefined
}

function demand(input: number, type: DataType, value: LiteralValue): Demand | undefined {
  return value === null ? undefined : { input, type, values: [value] }
}
