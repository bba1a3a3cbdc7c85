/**
 * Estimates how many rows a logical plan gives and how its columns' values are spread, bottom up.
 *
 *   scan       the table's statistics, times the selectivity of its filter
 *   join       left x right x the product of 1 / max(distinct) over its equalities x the rest
 *   aggregate  the product of the groups' distinct values, at most the input's rows
 *
 * Estimates are kept by plan object: plans are immutable, and rules ask for the same parts again and again.
 */
import { type Expr, conjuncts } from '../../expr/expr.ts'
import type { Table, TableStatistics } from '../../table/table.ts'
import type { AggregateNode, JoinNode, LogicalPlan, PlanColumn, ScanNode } from '../logical.ts'
import { aggregateStats } from './aggregate-stats.ts'
import { type ColumnStats, LazyColumns, bytesOf, distinctAfter, statsOfColumn, unknownStats } from './column-stats.ts'
import { keySelectivity } from './key-selectivity.ts'
import { type StatsOf, distinctOf, selectivityOf } from './selectivity.ts'

export interface PlanEstimate {
  /** At least 1 but for plans that surely have none: a wrong 0 makes every plan above look free. */
  readonly rows: number
  readonly columns: LazyColumns
}

/** A table without statistics. */
const UNKNOWN_TABLE_ROWS = 100_000
/** A wider IN, EXISTS: half of the rows. */
const MARK_SELECTIVITY = 0.5

export class Estimator {
  readonly #statistics: (table: Table) => TableStatistics | undefined
  readonly #known = new WeakMap<LogicalPlan, PlanEstimate>()
  /** Estimates of common table expressions, by number. */
  readonly #ctes = new Map<number, PlanEstimate>()

  constructor(statistics: (table: Table) => TableStatistics | undefined) {
    this.#statistics = statistics
  }

  estimate(plan: LogicalPlan): PlanEstimate {
    const known = this.#known.get(plan)
    if (known !== undefined) return known
    const estimate = this.#compute(plan)
    this.#known.set(plan, estimate)
    return estimate
  }

  rows(plan: LogicalPlan): number {
    return this.estimate(plan).rows
  }

  /** Bytes of the rows when only `columns` are kept. */
  bytes(plan: LogicalPlan, columns: readonly PlanColumn[] = plan.columns): number {
    return this.rows(plan) * columns.reduce((sum, { type }) => sum + bytesOf(type), 0)
  }

  #compute(plan: LogicalPlan): PlanEstimate {
    switch (plan.kind) {
      case 'scan':
        return this.#scan(plan)
      case 'values':
        return { rows: plan.rows.length, columns: unknownColumns(plan.columns, plan.rows.length) }
      case 'filter': {
        const child = this.estimate(plan.child)
        return scale(child, selectivityOf(conjuncts(plan.predicate), statsIn(child)))
      }
      case 'project': {
        const child = this.estimate(plan.child)
        return { rows: child.rows, columns: byPlace(plan.columns, (i) => computedStats(plan.expressions[i]!, child)) }
      }
      case 'join':
        return this.#join(plan)
      case 'aggregate':
        return this.#aggregate(plan)
      case 'window':
      case 'unnest': {
        const child = this.estimate(plan.child)
        const rows = plan.kind === 'unnest' ? child.rows * elementsOf(plan.lists) : child.rows
        const own = unknownColumns(plan.columns, rows)
        return { rows, columns: new LazyColumns((id) => child.columns.get(id) ?? own.get(id)) }
      }
      case 'sort':
      case 'limit': {
        const child = this.estimate(plan.child)
        const rows = Math.max(0, Math.min(child.rows - plan.offset, plan.limit ?? Infinity))
        return rows >= child.rows ? child : scale(child, Math.max(rows, 1) / Math.max(child.rows, 1))
      }
      case 'distinct': {
        const child = this.estimate(plan.child)
        const keys = plan.on ?? plan.child.columns.map(({ id, type }): Expr => ({ kind: 'column', id, type }))
        return { rows: groupCount(keys, child), columns: child.columns }
      }
      case 'set-operation': {
        const children = plan.children.map((child) => this.rows(child))
        const sum = children.reduce((total, one) => total + one, 0)
        const rows = plan.operator === 'union' ? sum : (children[0] ?? 0) / (plan.operator === 'except' ? 1 : 2)
        return { rows, columns: unknownColumns(plan.columns, rows) }
      }
      case 'with': {
        this.#ctes.set(plan.cteId, this.estimate(plan.definition))
        return this.estimate(plan.child)
      }
      case 'cte-reference': {
        const definition = this.#ctes.get(plan.cteId)
        if (definition === undefined) return { rows: 1000, columns: unknownColumns(plan.columns, 1000) }
        const { rows } = definition
        const columns = byPlace(plan.columns, (i) => {
          return definition.columns.get(plan.definitionColumns[i]!) ?? unknownStats(rows)
        })
        return { rows, columns }
      }
    }
  }

  #scan(plan: ScanNode): PlanEstimate {
    const statistics = this.#statistics(plan.table)
    const total = Math.max(1, statistics?.rowCount ?? UNKNOWN_TABLE_ROWS)
    const columns = byPlace(plan.columns, (i) => {
      return statsOfColumn(statistics?.columns.get(plan.projection[i]!.name), plan.columns[i]!.type, total)
    })
    const all: PlanEstimate = { rows: total, columns }
    const kept = plan.filter === null ? all : scale(all, selectivityOf(conjuncts(plan.filter), statsIn(all)))
    return plan.limit !== null && plan.limit < kept.rows ? scale(kept, Math.max(1, plan.limit) / kept.rows) : kept
  }

  #join(plan: JoinNode): PlanEstimate {
    const left = this.estimate(plan.left)
    const right = this.estimate(plan.right)
    const both = new LazyColumns((id) => right.columns.get(id) ?? left.columns.get(id))
    const on = plan.condition === null ? [] : conjuncts(plan.condition)
    const fraction = selectivityOfJoin(on, left, right)
    const matches = left.rows * right.rows * fraction
    switch (plan.type) {
      case 'inner':
        return narrow(both, Math.max(1, matches), left.rows * right.rows)
      case 'left': {
        const filled = filledColumns(right, semiFraction(on, left, right))
        const columns = new LazyColumns((id) => filled.get(id) ?? left.columns.get(id))
        return { rows: Math.max(left.rows, matches), columns }
      }
      case 'right': {
        const filled = filledColumns(left, semiFraction(on, right, left))
        const columns = new LazyColumns((id) => right.columns.get(id) ?? filled.get(id))
        return { rows: Math.max(right.rows, matches), columns }
      }
      case 'full':
        return {
          rows: Math.max(left.rows + right.rows - matches, left.rows, right.rows, matches),
          columns: both,
        }
      case 'single':
      case 'asof':
        return { rows: left.rows, columns: both }
      case 'semi': {
        return scale(left, semiFraction(on, left, right))
      }
      case 'anti':
        return scale(left, Math.max(0.1, 1 - semiFraction(on, left, right)))
      case 'mark': {
        const mark = plan.columns.at(-1)!
        const stats = unknownStats(left.rows, 2)
        return { rows: left.rows, columns: new LazyColumns((id) => (id === mark.id ? stats : left.columns.get(id))) }
      }
    }
  }

  #aggregate(plan: AggregateNode): PlanEstimate {
    const child = this.estimate(plan.child)
    const rows = plan.groups.length === 0 ? 1 : groupCount(plan.groups, child) * (plan.groupingSets?.length ?? 1)
    const columns = byPlace(plan.columns, (i) => {
      const group = plan.groups[i]
      if (group !== undefined) return computedStats(group, child)
      const call = plan.calls[i - plan.groups.length]!
      return aggregateStats(call, { groupCount: rows, rowCount: child.rows, statsOf: statsIn(child) })
    })
    return { rows, columns }
  }
}

function statsIn({ columns }: PlanEstimate): StatsOf {
  return (id) => columns.get(id)
}

/** `statsOf` gives the statistics of the column at a place. */
function byPlace(columns: readonly PlanColumn[], statsOf: (place: number) => ColumnStats): LazyColumns {
  return new LazyColumns((id) => {
    const place = columns.findIndex((one) => one.id === id)
    return place < 0 ? undefined : statsOf(place)
  })
}

function unknownColumns(columns: readonly PlanColumn[], rows: number): LazyColumns {
  return byPlace(columns, () => unknownStats(rows))
}

function computedStats(expr: Expr, child: PlanEstimate): ColumnStats {
  const passed = expr.kind === 'column' ? child.columns.get(expr.id) : undefined
  if (passed !== undefined) return passed
  const distinct = distinctOf(expr, statsIn(child))
  return unknownStats(child.rows, distinct === undefined ? undefined : Math.min(distinct, child.rows))
}

/** The rows of `estimate` when `fraction` of them is kept. */
function scale(estimate: PlanEstimate, fraction: number): PlanEstimate {
  const rows = Math.max(1, estimate.rows * fraction)
  return narrow(estimate.columns, rows, estimate.rows)
}

function narrow(columns: LazyColumns, rows: number, total: number): PlanEstimate {
  const narrowed = new LazyColumns((id) => {
    const stats = columns.get(id)
    if (stats === undefined) return undefined
    const distinct = rows >= total ? Math.min(stats.distinct, rows) : distinctAfter(stats.distinct, total, rows)
    return distinct === stats.distinct ? stats : { ...stats, distinct: Math.max(1, distinct) }
  })
  return { rows, columns: narrowed }
}

function groupCount(keys: readonly Expr[], child: PlanEstimate): number {
  let product = 1
  for (const key of keys) {
    product *= distinctOf(key, statsIn(child)) ?? Math.max(1, child.rows * 0.1)
    if (product >= child.rows) return Math.max(1, child.rows)
  }
  return Math.max(1, Math.min(product, child.rows))
}

/** Fraction of the pairs of rows that match: see `keySelectivity` for the equalities, the rest damped as any conjuncts. */
function selectivityOfJoin(on: readonly Expr[], left: PlanEstimate, right: PlanEstimate): number {
  const statsOf: StatsOf = (id) => left.columns.get(id) ?? right.columns.get(id)
  const pairs: (readonly [ColumnStats, ColumnStats])[] = []
  const rest: Expr[] = []
  for (const part of on) {
    const [a, b] = part.kind === 'call' && part.name === 'eq' ? (part.args as readonly [Expr, Expr]) : []
    const first = a?.kind === 'column' ? statsOf(a.id) : undefined
    const second = b?.kind === 'column' ? statsOf(b.id) : undefined
    if (first === undefined || second === undefined) rest.push(part)
    else pairs.push([first, second])
  }
  return keySelectivity(pairs) * selectivityOf(rest, statsOf)
}

/** Fraction of the left rows that have a match: the part of their keys that the right side holds. */
function semiFraction(on: readonly Expr[], left: PlanEstimate, right: PlanEstimate): number {
  let fraction = 1
  let isKnown = false
  const rest: Expr[] = []
  for (const part of on) {
    const [a, b] = part.kind === 'call' && part.name === 'eq' ? (part.args as readonly [Expr, Expr]) : []
    if (a === undefined || b === undefined) {
      rest.push(part)
      continue
    }
    const inLeft = distinctOf(a, statsIn(left)) ?? distinctOf(b, statsIn(left))
    const inRight = distinctOf(b, statsIn(right)) ?? distinctOf(a, statsIn(right))
    if (inLeft === undefined || inRight === undefined) continue
    fraction = Math.min(fraction, inRight / inLeft)
    isKnown = true
  }
  if (on.length === 0) return right.rows >= 1 ? 1 : 0
  return Math.max(1e-6, Math.min(1, isKnown ? fraction : MARK_SELECTIVITY)) * (rest.length > 0 ? 0.7 : 1)
}

/** Rows without a match are looked for where there are some: this part of them at least is expected. */
const UNMATCHED_MIN = 0.1

/** The columns of a side of an outer join, with NULLs in the rows of the other that have no match. */
function filledColumns({ columns }: PlanEstimate, matched: number): LazyColumns {
  const present = Math.min(matched, 1 - UNMATCHED_MIN)
  return new LazyColumns((id) => {
    const stats = columns.get(id)
    return stats && { ...stats, nullFraction: 1 - present * (1 - stats.nullFraction) }
  })
}

/** Elements of a list whose length is not known. */
const LIST_ELEMENTS = 5

/** Elements of the longest list: exact for constants (generate_series), whose joins may be huge and must not block the calling thread. */
function elementsOf(lists: readonly Expr[]): number {
  const counts = lists.map((list) =>
    list.kind === 'literal' && Array.isArray(list.value) ? list.value.length : LIST_ELEMENTS,
  )
  return Math.max(0, ...counts)
}
