/**
 * Runs logical plans in the plainest way there is: nested loops, subqueries evaluated for every row, a list of rows for each node. What
 * rules make of a plan must give the same rows as the plan that they were given.
 */
import { BOOLEAN } from '../../../src/core/types.ts'
import { type Expr, type LiteralValue, type SubqueryExpr, call, literal, mapChildren } from '../../../src/expr/expr.ts'
import { evaluateConstant } from '../../../src/expr/fold.ts'
import { compareNullable } from '../../../src/expr/values/compare.ts'
import type { AggregateCall, AggregateNode, JoinNode, LogicalPlan, SortKey } from '../../../src/plan/logical.ts'

export type Row = readonly LiteralValue[]
/** Values of columns by id. */
type Scope = ReadonlyMap<number, LiteralValue>

const SESSION = { nowMicros: 0n, timeZone: 'UTC' }

export class MoreThanOneRow extends Error {}

export interface Database {
  /** Rows of a table in the order of its schema. */
  readonly tables: ReadonlyMap<string, readonly Row[]>
  readonly subqueries: ReadonlyMap<number, LogicalPlan>
}

/** The rows of `plan`. */
export function interpret(plan: LogicalPlan, database: Database): readonly Row[] {
  return new Interpreter(database).run(plan, new Map())
}

class Interpreter {
  readonly #database: Database
  readonly #ctes = new Map<number, { readonly ids: readonly number[]; readonly rows: readonly Row[] }>()

  constructor(database: Database) {
    this.#database = database
  }

  run(plan: LogicalPlan, outer: Scope): readonly Row[] {
    switch (plan.kind) {
      case 'scan': {
        const stored = this.#database.tables.get(plan.table.name)!
        const places = plan.projection.map(({ name }) =>
          plan.table.schema.fields.findIndex((field) => field.name === name),
        )
        const rows = stored.map((row) => places.map((place) => row[place]!))
        const kept = plan.filter === null ? rows : this.#filter(plan, rows, plan.filter, outer)
        return plan.limit === null ? kept : kept.slice(0, plan.limit)
      }
      case 'values':
        return plan.rows.map((row) => row.map((expr) => this.#value(expr, outer)))
      case 'filter':
        return this.#filter(plan.child, this.run(plan.child, outer), plan.predicate, outer)
      case 'project':
        return this.#scopes(plan.child, outer).map(({ scope }) =>
          plan.expressions.map((one) => this.#value(one, scope)),
        )
      case 'join':
        return this.#join(plan, outer)
      case 'aggregate':
        return this.#aggregate(plan, outer)
      case 'window':
        return this.#window(plan, outer)
      case 'sort': {
        const sorted = this.#sort(this.#scopes(plan.child, outer), plan.keys).map(({ row }) => row)
        return sorted.slice(plan.offset, plan.limit === null ? undefined : plan.offset + plan.limit)
      }
      case 'limit':
        return this.run(plan.child, outer).slice(
          plan.offset,
          plan.limit === null ? undefined : plan.offset + plan.limit,
        )
      case 'distinct':
        return unique(this.run(plan.child, outer))
      case 'set-operation':
        return this.#setOperation(plan, outer)
      case 'with': {
        this.#ctes.set(plan.cteId, {
          ids: plan.definition.columns.map(({ id }) => id),
          rows: this.run(plan.definition, outer),
        })
        return this.run(plan.child, outer)
      }
      case 'cte-reference': {
        const { ids, rows } = this.#ctes.get(plan.cteId)!
        const places = plan.definitionColumns.map((id) => ids.indexOf(id))
        return rows.map((row) => places.map((place) => row[place]!))
      }
      case 'unnest':
        throw new Error('unnest is not interpreted')
    }
  }

  #scopes(plan: LogicalPlan, outer: Scope): readonly { readonly row: Row; readonly scope: Scope }[] {
    return this.run(plan, outer).map((row) => ({ row, scope: scopeOf(plan, row, outer) }))
  }

  #filter(plan: LogicalPlan, rows: readonly Row[], predicate: Expr, outer: Scope): readonly Row[] {
    return rows.filter((row) => this.#value(predicate, scopeOf(plan, row, outer)) === true)
  }

  #value(expr: Expr, scope: Scope): LiteralValue {
    return evaluateConstant(this.#bind(expr, scope), SESSION)
  }

  #bind(expr: Expr, scope: Scope): Expr {
    if (expr.kind === 'column') {
      const value = scope.get(expr.id)
      if (value === undefined) throw new Error(`column #${expr.id} is not there`)
      return literal(value, expr.type)
    }
    const bound = mapChildren(expr, (child) => this.#bind(child, scope))
    return bound.kind === 'subquery' ? literal(this.#subquery(bound, scope), expr.type) : bound
  }

  #subquery(expr: SubqueryExpr, scope: Scope): LiteralValue {
    const plan = this.#database.subqueries.get(expr.plan)!
    const rows = this.run(plan, scope)
    switch (expr.form) {
      case 'scalar':
        if (rows.length > 1) throw new MoreThanOneRow()
        return rows[0]?.[0] ?? null
      case 'exists':
        return rows.length > 0 !== expr.negated
      case 'array':
        return rows.map((row) => row[0]!)
      case 'in':
      case 'any':
      case 'all': {
        const answers = rows.map((row) => {
          const parts = expr.args.map((arg, i) =>
            call(expr.form === 'in' ? 'eq' : expr.comparison, [arg, literal(row[i]!, plan.columns[i]!.type)], BOOLEAN),
          )
          return evaluateConstant(parts.length === 1 ? parts[0]! : { kind: 'and', args: parts, type: BOOLEAN }, SESSION)
        })
        const decisive = expr.form !== 'all'
        const value = answers.includes(decisive) ? decisive : answers.includes(null) ? null : !decisive
        return value === null ? null : value !== expr.negated
      }
    }
  }

  #join(plan: JoinNode, outer: Scope): readonly Row[] {
    const { type, left, right, condition } = plan
    const leftRows = this.#scopes(left, outer)
    const fixed = plan.dependent ? null : this.run(right, outer)
    const matchedRight = new Set<Row>()
    const nulls = (width: number): Row => new Array<null>(width).fill(null)
    const out: Row[] = []
    for (const { row, scope } of leftRows) {
      const rightRows = fixed ?? this.run(right, scope)
      const answers = rightRows.map((one) =>
        condition === null ? true : this.#value(condition, scopeOf(right, one, scope)),
      )
      const matches = rightRows.filter((_, i) => answers[i] === true)
      for (const match of matches) matchedRight.add(match)
      if (type === 'semi' && matches.length > 0) out.push(row)
      else if (type === 'anti' && matches.length === 0) out.push(row)
      else if (type === 'mark') out.push([...row, matches.length > 0 ? true : answers.includes(null) ? null : false])
      else if (type !== 'semi' && type !== 'anti') {
        if (type === 'single' && matches.length > 1) throw new MoreThanOneRow()
        for (const match of matches) out.push([...row, ...match])
        const fills = type === 'left' || type === 'full' || type === 'single'
        if (matches.length === 0 && fills) out.push([...row, ...nulls(right.columns.length)])
      }
    }
    if (type === 'right' || type === 'full') {
      for (const one of fixed ?? []) if (!matchedRight.has(one)) out.push([...nulls(left.columns.length), ...one])
    }
    return out
  }

  #aggregate(plan: AggregateNode, outer: Scope): readonly Row[] {
    const rows = this.#scopes(plan.child, outer)
    const sets = plan.groupingSets ?? [plan.groups.map((_, i) => i)]
    return sets.flatMap((set) => {
      const groups = new Map<string, { readonly keys: Row; readonly scopes: Scope[] }>()
      if (set.length === 0) groups.set('', { keys: plan.groups.map(() => null), scopes: [] })
      for (const { scope } of rows) {
        const keys = plan.groups.map((group, i) => (set.includes(i) ? this.#value(group, scope) : null))
        const text = set.length === 0 ? '' : keyOf(keys)
        const group = groups.get(text) ?? { keys, scopes: [] }
        groups.set(text, group)
        group.scopes.push(scope)
      }
      return [...groups.values()].map(({ keys, scopes }) => [
        ...keys,
        ...plan.calls.map((one) => this.#call(one, scopes)),
      ])
    })
  }

  #call({ name, args, distinct, filter, type }: AggregateCall, scopes: readonly Scope[]): LiteralValue {
    const kept = filter === null ? scopes : scopes.filter((scope) => this.#value(filter, scope) === true)
    if (name === 'count_star') return BigInt(kept.length)
    const all = kept.map((scope) => this.#value(args[0]!, scope)).filter((value) => value !== null)
    const values = distinct ? unique(all.map((value) => [value])).map(([value]) => value!) : all
    if (name === 'count') return BigInt(values.length)
    if (values.length === 0) return null
    switch (name) {
      case 'sum':
        return values.reduce((sum: bigint, value) => sum + BigInt(value as number | bigint), 0n)
      case 'min':
      case 'max': {
        const sorted = [...values].sort((a, b) => compareNullable(a, b, type))
        return name === 'min' ? sorted[0]! : sorted.at(-1)!
      }
      default:
        throw new Error(`${name} is not interpreted`)
    }
  }

  #window(plan: Extract<LogicalPlan, { kind: 'window' }>, outer: Scope): readonly Row[] {
    const sorted = this.#sort(this.#scopes(plan.child, outer), plan.orderBy)
    const partitions = new Map<string, Scope[]>()
    const placed = sorted.map(({ row, scope }) => {
      const text = keyOf(plan.partitionBy.map((one) => this.#value(one, scope)))
      const partition = partitions.get(text) ?? []
      partitions.set(text, partition)
      return { row, partition, number: partition.push(scope) }
    })
    // Aggregates without an order are of the whole partition; of others only row_number is interpreted.
    return placed.map(({ row, partition, number }) => [
      ...row,
      ...plan.calls.map((one) => {
        if (one.name === 'row_number') return BigInt(number)
        return plan.orderBy.length === 0 ? this.#call(one, partition) : failWindow(one.name)
      }),
    ])
  }

  #sort<T extends { readonly scope: Scope }>(rows: readonly T[], keys: readonly SortKey[]): readonly T[] {
    return [...rows].sort((a, b) => {
      for (const { expr, descending, nullsFirst } of keys) {
        const [x, y] = [this.#value(expr, a.scope), this.#value(expr, b.scope)]
        if (x === null || y === null) {
          if (x === y) continue
          return (x === null) === nullsFirst ? -1 : 1
        }
        const order = compareNullable(x, y, expr.type)
        if (order !== 0) return descending ? -order : order
      }
      return 0
    })
  }

  #setOperation(plan: Extract<LogicalPlan, { kind: 'set-operation' }>, outer: Scope): readonly Row[] {
    const [first, ...others] = plan.children.map((child) => this.run(child, outer))
    if (plan.operator === 'union') {
      const rows = [...first!, ...others.flat()]
      return plan.all ? rows : unique(rows)
    }
    let current = first!
    for (const rows of others) {
      const keys = new Set(rows.map(keyOf))
      current = current.filter((row) => keys.has(keyOf(row)) === (plan.operator === 'intersect'))
    }
    return unique(current)
  }
}

function failWindow(name: string): never {
  throw new Error(`${name} is not interpreted`)
}

function scopeOf(plan: LogicalPlan, row: Row, outer: Scope): Scope {
  return new Map([...outer, ...plan.columns.map(({ id }, i) => [id, row[i]!] as const)])
}

function unique(rows: readonly Row[]): readonly Row[] {
  return [...new Map(rows.map((row) => [keyOf(row), row])).values()]
}

/** The same text for equal rows. */
export function keyOf(row: Row): string {
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
}
