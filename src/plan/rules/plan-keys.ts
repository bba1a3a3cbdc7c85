/**
 * Structural equality of plans, as text keys: plans of the same key give the same rows, their columns matching by place, whatever ids
 * these have.
 *
 *     Join #0 = #3                 columns are written as places in the node's inputs, tables as numbers
 *       Scan 0 (a, b, c)
 *       Scan 1 (x) where #0 > 5
 *
 * Plans that must not be taken for one another even so have no key: what is random, limited without an order, or reads columns of plans around it.
 */
import { type Expr, conjuncts, input, rewriteExpr } from '../../expr/expr.ts'
import type { Table } from '../../table/table.ts'
import { aggregateKey, exprKey, sortKeysKey } from '../bind/expr-key.ts'
import { type LogicalPlan, type PlanColumn, inputsOf } from '../logical.ts'
import { expressionsOf, mapCall, mapSortKeys } from '../node-expressions.ts'
import { isVolatile } from './expr-facts.ts'

export class PlanKeys {
  readonly #known = new WeakMap<LogicalPlan, string | null>()
  readonly #tables: Table[] = []

  /** Null: equal to nothing else. */
  of(plan: LogicalPlan): string | null {
    let key = this.#known.get(plan)
    if (key === undefined) this.#known.set(plan, (key = this.#make(plan)))
    return key
  }

  #make(plan: LogicalPlan): string | null {
    const inputs = inputsOf(plan)
    const keys: string[] = []
    for (const one of inputs) {
      const key = this.of(one)
      if (key === null) return null
      keys.push(key)
    }
    const own = expressionsOf(plan).some(isVolatile) ? null : this.#ownKey(plan, inputs)
    return own === null ? null : `${own}{${keys.join(' ')}}`
  }

  /** What the node itself does. */
  #ownKey(plan: LogicalPlan, inputs: readonly LogicalPlan[]): string | null {
    const places = new Places(plan.kind === 'scan' ? [plan.columns] : inputs.map(({ columns }) => columns))
    const key = this.#keyWith(plan, places)
    return places.readsOthers ? null : key
  }

  #keyWith(plan: LogicalPlan, places: Places): string | null {
    switch (plan.kind) {
      case 'scan': {
        if (plan.limit !== null) return null
        const filter = plan.filter === null ? '' : places.setKey(conjuncts(plan.filter))
        return `scan ${this.#tableNumber(plan.table)} ${JSON.stringify(plan.projection)} ${filter}`
      }
      case 'filter':
        return `filter ${places.setKey(conjuncts(plan.predicate))}`
      case 'project':
        return `project ${places.listKey(plan.expressions)}`
      case 'join':
        if (plan.dependent) return null
        return `${plan.type} join ${plan.condition === null ? '' : places.setKey(conjuncts(plan.condition))}`
      case 'aggregate': {
        const calls = plan.calls.map((one) => aggregateKey(mapCall(one, places.place)))
        return `aggregate ${places.listKey(plan.groups)};${calls.join()};${JSON.stringify(plan.groupingSets)}`
      }
      case 'window': {
        const calls = plan.calls.map((one) => aggregateKey(mapCall(one, places.place)))
        const order = sortKeysKey(mapSortKeys(plan.orderBy, places.place))
        return plan.frame === null ? `window ${places.listKey(plan.partitionBy)};${order};${calls.join()}` : null
      }
      case 'distinct':
        return plan.on === null ? 'distinct' : null
      case 'set-operation':
        return `${plan.operator} ${plan.all}`
      case 'cte-reference':
        return `cte ${plan.cteId} ${plan.definitionColumns.join()}`
      case 'values':
      case 'sort':
      case 'limit':
      case 'unnest':
      case 'with':
        return null
    }
  }

  #tableNumber(table: Table): number {
    const known = this.#tables.findIndex((one) => haveSameRows(one, table))
    return known >= 0 ? known : this.#tables.push(table) - 1
  }
}

/** Do two openings of a table read the same rows? */
export function haveSameRows(a: Table, b: Table): boolean {
  if (a === b) return true
  const { identity } = a
  const other = b.identity
  if (identity === undefined || other === undefined || identity.length !== other.length) return false
  return identity.every((part, i) => part === other[i])
}

/** Expressions with columns replaced by their places among the inputs' columns. */
class Places {
  /** Met a column of none of the inputs. */
  readsOthers = false
  readonly #places = new Map<number, number>()

  constructor(inputs: readonly (readonly PlanColumn[])[]) {
    for (const columns of inputs) for (const { id } of columns) this.#places.set(id, this.#places.size)
  }

  readonly place = (expr: Expr): Expr =>
    rewriteExpr(expr, (part) => {
      if (part.kind !== 'column') return part
      const place = this.#places.get(part.id)
      if (place === undefined) this.readsOthers = true
      return input(place ?? -1, part.type)
    })

  listKey(exprs: readonly Expr[]): string {
    return exprs.map((one) => exprKey(this.place(one))).join()
  }

  /** Of expressions whose order does not matter. */
  setKey(exprs: readonly Expr[]): string {
    return exprs
      .map((one) => exprKey(this.place(one)))
      .sort()
      .join(' and ')
  }
}
