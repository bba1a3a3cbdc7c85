/**
 * The relations and predicates of a tree of inner joins, freed from the tree's shape, and the number of rows that each set of relations
 * gives when joined.
 *
 *     relations: part, lineitem, supplier        equalities: {p_partkey, l_partkey} {s_suppkey, l_suppkey}
 *     sets of relations are bits of a number     predicates: the others, each with the relations it reads
 *
 * Equalities are kept as classes of equal columns, so that a = b, b = c lets a be joined with c directly, and so that the rows of a set
 * do not depend on the order in which it was joined:
 *
 *     rows(S) = product of rows x for each class, 1 / distinct for all its relations in S but the one with fewest x the predicates in S
 */
import { defined } from '../../core/assert.ts'
import { BOOLEAN, sameType } from '../../core/types.ts'
import { type ColumnExpr, type Expr, call, column, columnsOf } from '../../expr/expr.ts'
import type { LogicalPlan } from '../logical.ts'
import { type ColumnStats, unknownStats } from './column-stats.ts'
import type { Estimator, PlanEstimate } from './estimate.ts'
import { boundedDistinct, compositeBound } from './key-selectivity.ts'
import { selectivityOf } from './selectivity.ts'

/** Relations that fit a set's bits. */
export const GRAPH_RELATIONS_MAX = 30

export interface Relation {
  readonly plan: LogicalPlan
  readonly estimate: PlanEstimate
}

interface Predicate {
  readonly expr: Expr
  readonly mask: number
  readonly selectivity: number
}

interface ClassMember {
  readonly relation: number
  readonly column: ColumnExpr
  readonly stats: ColumnStats
  /** Bounded by the keys of the class. */
  readonly distinct: number
}

/** Columns that are all equal. */
interface EqualityClass {
  readonly members: readonly ClassMember[]
  readonly mask: number
  /** Distinct values by relation (its bit), the fewest first. */
  readonly distinct: readonly { readonly bit: number; readonly count: number }[]
}

/** Two relations that are equal in several columns, and what that makes of the product of their fractions. */
interface CompositeKey {
  readonly pair: number
  readonly correction: number
}

export class JoinGraph {
  readonly relations: readonly Relation[]
  readonly #classes: readonly EqualityClass[]
  readonly #predicates: readonly Predicate[]
  readonly #composites: readonly CompositeKey[]
  readonly #neighbours: readonly number[]
  readonly #rows = new Map<number, number>()

  constructor(plans: readonly LogicalPlan[], conditions: readonly Expr[], estimator: Estimator) {
    this.relations = plans.map((plan) => ({ plan, estimate: estimator.estimate(plan) }))
    const owner = new Map(plans.flatMap((plan, i) => plan.columns.map(({ id }) => [id, i] as const)))
    const { classes, rest } = classesOf(conditions, owner)
    this.#classes = classes.map((members) => this.#makeClass(members, owner))
    this.#composites = compositeKeysOf(this.#classes, plans.length)
    const statsOf = (id: number) => this.relations[owner.get(id) ?? 0]?.estimate.columns.get(id)
    this.#predicates = rest.map((expr) => ({
      expr,
      mask: maskOf(expr, owner),
      selectivity: selectivityOf([expr], statsOf),
    }))
    this.#neighbours = plans.map((_, i) => this.#neighboursOf(1 << i))
  }

  #makeClass(members: readonly ColumnExpr[], owner: ReadonlyMap<number, number>): EqualityClass {
    const stats = members.map(({ id }) => {
      const { estimate } = this.relations[owner.get(id)!]!
      return estimate.columns.get(id) ?? unknownStats(estimate.rows)
    })
    const distinct = boundedDistinct(stats)
    const placed = members.map((one, i): ClassMember => {
      return { relation: owner.get(one.id)!, column: one, stats: stats[i]!, distinct: distinct[i]! }
    })
    return {
      members: placed,
      mask: placed.reduce((mask, { relation }) => mask | (1 << relation), 0),
      distinct: fewestFirst(placed),
    }
  }

  #neighboursOf(mask: number): number {
    let out = 0
    for (const one of this.#classes) if (one.mask & mask) out |= one.mask
    // A predicate over more than two relations joins none of them until the last is there.
    for (const one of this.#predicates) if (one.mask & mask && bitCount(one.mask) === 2) out |= one.mask
    return out & ~mask
  }

  /** Relations that a predicate links to one of `mask`. */
  neighbours(mask: number): number {
    let out = 0
    for (let rest = mask; rest !== 0; rest &= rest - 1) out |= this.#neighbours[lowestIndex(rest)]!
    return out & ~mask
  }

  areLinked(a: number, b: number): boolean {
    if (this.neighbours(a) & b) return true
    return this.#predicates.some(({ mask }) => mask & a && mask & b && (mask & ~(a | b)) === 0)
  }

  haveEquality(a: number, b: number): boolean {
    return (
      this.#classes.some(({ mask }) => mask & a && mask & b) || this.#predicates.some((one) => isEqualityOf(one, a, b))
    )
  }

  /** Predicates that become checkable when `a` and `b` are joined: one equality a class, and what spans both. */
  conditionsBetween(a: number, b: number): readonly Expr[] {
    const out: Expr[] = []
    for (const { members } of this.#classes) {
      const left = members.find(({ relation }) => a & (1 << relation))
      const right = members.find(({ relation }) => b & (1 << relation))
      if (left !== undefined && right !== undefined) out.push(call('eq', [left.column, right.column], BOOLEAN))
    }
    const both = a | b
    for (const { expr, mask } of this.#predicates) {
      if ((mask & ~both) === 0 && mask & ~a && mask & ~b) out.push(expr)
    }
    return out
  }

  /** What a relation must satisfy by itself: its predicates, and its own columns of one class being equal. */
  conditionsWithin(relation: number): readonly Expr[] {
    const bit = 1 << relation
    const own = this.#predicates.filter(({ mask }) => mask === bit).map(({ expr }) => expr)
    for (const { members } of this.#classes) {
      const [first, ...others] = members.filter((one) => one.relation === relation)
      for (const other of others) own.push(call('eq', [first!.column, other.column], BOOLEAN))
    }
    return own
  }

  /** Conditions that read no relation at all. */
  constantConditions(): readonly Expr[] {
    return this.#predicates.filter(({ mask }) => mask === 0).map(({ expr }) => expr)
  }

  /** Estimated rows of the join of the relations in `mask`. */
  rows(mask: number): number {
    const known = this.#rows.get(mask)
    if (known !== undefined) return known
    let rows = 1
    for (let rest = mask; rest !== 0; rest &= rest - 1)
      rows *= Math.max(1, this.relations[lowestIndex(rest)]!.estimate.rows)
    for (const one of this.#classes) rows *= classFraction(one, mask)
    rows *= this.#compositeKeys(mask)
    for (const one of this.#predicates) if ((one.mask & ~mask) === 0) rows *= one.selectivity
    const result = Math.max(1, rows)
    this.#rows.set(mask, result)
    return result
  }

  #compositeKeys(mask: number): number {
    let correction = 1
    for (const one of this.#composites) if ((one.pair & ~mask) === 0) correction *= one.correction
    return correction
  }

  /** Average bytes of a row of the joined relations. */
  rowBytes(mask: number): number {
    let bytes = 0
    for (let rest = mask; rest !== 0; rest &= rest - 1)
      bytes += 8 * this.relations[lowestIndex(rest)]!.plan.columns.length
    return bytes
  }
}

function isEqualityOf({ expr, mask }: Predicate, a: number, b: number): boolean {
  const isEqual = expr.kind === 'call' && (expr.name === 'eq' || expr.name === 'is_not_distinct_from')
  return isEqual && (mask & ~(a | b)) === 0 && (mask & a) !== 0 && (mask & b) !== 0
}

function statsIn({ members }: EqualityClass, relation: number): ColumnStats {
  return defined(members.find((one) => one.relation === relation)?.stats, 'a member of the class')
}

function fewestFirst(members: readonly ClassMember[]): EqualityClass['distinct'] {
  const counts = new Map<number, number>()
  for (const { relation, distinct } of members) {
    counts.set(relation, Math.min(counts.get(relation) ?? Infinity, distinct))
  }
  return [...counts].map(([relation, count]) => ({ bit: 1 << relation, count })).sort((a, b) => a.count - b.count)
}

/** Asked of every set of relations: of all its relations' values but the fewest. */
function classFraction({ distinct }: EqualityClass, mask: number): number {
  let fraction = 1
  let isFirst = true
  for (const { bit, count } of distinct) {
    if (!(mask & bit)) continue
    if (!isFirst) fraction /= count
    isFirst = false
  }
  return fraction
}

/**
 * Two relations equal in several columns are nearly always a key and a reference to it: the pair has no more values than the smaller table
 * has rows, however many the product of the columns' counts would allow.
 */
function compositeKeysOf(classes: readonly EqualityClass[], relations: number): readonly CompositeKey[] {
  const found: CompositeKey[] = []
  if (classes.length < 2) return found
  for (let i = 0; i < relations; i++) {
    for (let k = i + 1; k < relations; k++) {
      const pair = (1 << i) | (1 << k)
      const shared = classes.filter((one) => (one.mask & pair) === pair)
      if (shared.length < 2) continue
      const fraction = shared.reduce((product, one) => product * classFraction(one, pair), 1)
      const least = compositeBound(shared.map((one) => [statsIn(one, i), statsIn(one, k)]))
      if (least > fraction) found.push({ pair, correction: least / fraction })
    }
  }
  return found
}

function maskOf(expr: Expr, owner: ReadonlyMap<number, number>): number {
  let mask = 0
  for (const id of columnsOf(expr)) {
    const relation = owner.get(id)
    if (relation !== undefined) mask |= 1 << relation
  }
  return mask
}

/** Splits equalities between columns of one type, merged to classes, from the other conditions. */
function classesOf(
  conditions: readonly Expr[],
  owner: ReadonlyMap<number, number>,
): { classes: readonly (readonly ColumnExpr[])[]; rest: readonly Expr[] } {
  const classes: ColumnExpr[][] = []
  const rest: Expr[] = []
  const classOf = (one: ColumnExpr): ColumnExpr[] => {
    const found = classes.find((members) => members.some(({ id }) => id === one.id))
    if (found !== undefined) return found
    const made = [one]
    classes.push(made)
    return made
  }
  for (const expr of conditions) {
    const [a, b] = expr.kind === 'call' && expr.name === 'eq' ? (expr.args as readonly [Expr, Expr]) : []
    const areColumns = a?.kind === 'column' && b?.kind === 'column' && owner.has(a.id) && owner.has(b.id)
    if (!areColumns || !sameType(a.type, b.type) || a.id === b.id) {
      rest.push(expr)
      continue
    }
    const left = classOf(column(a.id, a.type))
    const right = classOf(column(b.id, b.type))
    if (left === right) continue
    left.push(...right)
    classes.splice(classes.indexOf(right), 1)
  }
  return { classes, rest }
}

/** Index of the lowest bit that is set. */
function lowestIndex(mask: number): number {
  return 31 - Math.clz32(mask & -mask)
}

function bitCount(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}
