/**
 * From a logical plan to what the executor runs: columns by place instead of id, joins with keys and sides, DISTINCT and set operations
 * as aggregates and joins, and every node putting out only the columns that somebody above reads.
 *
 *     Join inner on a = x             HashJoin inner  keys a = x          probe: the side of more bytes
 *       Scan t (a, b)          ->       probe: scan t  filters, projection
 *       Scan u (x)                      build: scan u                     a dynamic filter on t.a when u is selective
 */
import { defined } from '../core/assert.ts'
import { type Expr, and, conjuncts, input } from '../expr/expr.ts'
import type { Table, TableStatistics } from '../table/table.ts'
import { bytesOf } from './cost/column-stats.ts'
import { Estimator } from './cost/estimate.ts'
import { orderFilters } from './cost/filter-order.ts'
import type { CteReferenceNode, LogicalPlan, PlanColumn, UnnestNode, WithNode } from './logical.ts'
import { expressionsOf } from './node-expressions.ts'
import type { Estimate, HashJoin, OutputColumn, PhysicalPlan } from './physical.ts'
import { buildAggregate, buildDistinct } from './physical/build-aggregate.ts'
import { buildJoin } from './physical/build-join.ts'
import { buildProject } from './physical/build-project.ts'
import { buildScan } from './physical/build-scan.ts'
import { buildSetOperation } from './physical/build-set-operation.ts'
import { buildWindow } from './physical/build-window.ts'
import { addDynamicFilters } from './physical/dynamic-filters.ts'
import {
  type BuiltPlan,
  type PlanBuilder,
  type ScanSource,
  joinPlaces,
  outputOf,
  placed,
  placesOf,
  withRead,
} from './physical/plan-builder.ts'
import { idsOf } from './rules/plan-rewrite.ts'

export interface PhysicalQuery {
  readonly plan: PhysicalPlan
  /** By `PhysicalScan.source`. */
  readonly sources: ReadonlyMap<number, ScanSource>
}

export interface PhysicalOptions {
  readonly statistics: (table: Table) => TableStatistics | undefined
}

/** The physical plan of an optimized logical plan; its output is the logical plan's columns, in order. */
export function planPhysical(plan: LogicalPlan, options: PhysicalOptions): PhysicalQuery {
  return new PhysicalPlanner(options).plan(plan)
}

/** Filters by keys pay when they drop at least this part of the key values. */
const FILTER_KEEPS_MAX = 0.8

class PhysicalPlanner implements PlanBuilder {
  readonly estimator: Estimator
  readonly #sources = new Map<number, ScanSource>()
  /** Places of a common table expression's columns in its rows. */
  readonly #ctes = new Map<number, ReadonlyMap<number, number>>()
  /** Fraction of the probe keys' values that the build side of each hash join has. */
  readonly #keptByKey = new Map<number, readonly number[]>()
  #nextId = 1
  /** Below those that binder and rules give out. */
  #nextColumnId = -1

  constructor({ statistics }: PhysicalOptions) {
    this.estimator = new Estimator(statistics)
  }

  plan(root: LogicalPlan): PhysicalQuery {
    this.estimator.estimate(root)
    const built = this.inOrder(this.build(root, idsOf(root)), root.columns)
    const isWorthFiltering = (join: HashJoin, key: number): boolean =>
      (this.#keptByKey.get(join.id)?.[key] ?? 1) < FILTER_KEEPS_MAX
    return { plan: addDynamicFilters(built, isWorthFiltering), sources: this.#sources }
  }

  /** `built` with exactly `columns`; a projection only when it has others or another order. */
  inOrder({ plan, places, logical }: BuiltPlan, columns: readonly PlanColumn[]): PhysicalPlan {
    const wanted = columns.map(({ id }) => defined(places.get(id), `the place of column #${id}`))
    if (wanted.length === plan.output.length && wanted.every((place, i) => place === i)) return plan
    return this.project(
      plan,
      columns.map(outputOf),
      wanted.map((place, i) => input(place, columns[i]!.type)),
      logical,
    )
  }

  project(
    child: PhysicalPlan,
    output: readonly OutputColumn[],
    expressions: readonly Expr[],
    logical: LogicalPlan,
  ): PhysicalPlan {
    return {
      kind: 'project',
      id: this.newId(),
      output,
      estimate: this.estimate(logical, output),
      child,
      expressions,
    }
  }

  newColumnId(): number {
    return this.#nextColumnId--
  }

  newId(): number {
    return this.#nextId++
  }

  addSource(source: ScanSource): number {
    const key = this.#sources.size
    this.#sources.set(key, source)
    return key
  }

  noteKeptFractions(join: number, fractions: readonly number[]): void {
    this.#keptByKey.set(join, fractions)
  }

  estimate(logical: LogicalPlan, output: readonly OutputColumn[]): Estimate {
    const rows = this.estimator.rows(logical)
    return {
      rows: Math.round(rows),
      bytes: Math.round(rows * output.reduce((sum, { type }) => sum + bytesOf(type), 0)),
    }
  }

  /** `logical` with the columns of `required`, perhaps more. */
  build(logical: LogicalPlan, required: ReadonlySet<number>): BuiltPlan {
    switch (logical.kind) {
      case 'scan':
        return buildScan(this, logical, required)
      case 'values': {
        const output = logical.columns.map(outputOf)
        const estimate = this.estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'values',
          id: this.newId(),
          output,
          estimate,
          rows: logical.rows,
        }
        return { plan, places: placesOf(logical.columns), logical }
      }
      case 'filter': {
        const child = this.build(logical.child, withRead(required, [logical.predicate]))
        const statsOf = (id: number) => this.estimator.estimate(logical.child).columns.get(id)
        const predicate = placed(and(orderFilters(conjuncts(logical.predicate), statsOf)), child.places)
        const { output } = child.plan
        const estimate = this.estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'filter',
          id: this.newId(),
          output,
          estimate,
          child: child.plan,
          predicate,
        }
        return { plan, places: child.places, logical }
      }
      case 'project':
        return buildProject(this, logical, required)
      case 'join':
        return buildJoin(this, logical, required)
      case 'aggregate':
        return buildAggregate(this, logical)
      case 'sort': {
        const child = this.build(logical.child, withRead(required, expressionsOf(logical)))
        const keys = logical.keys.map((key) => ({ ...key, expr: placed(key.expr, child.places) }))
        const { output } = child.plan
        const { limit, offset } = logical
        const estimate = this.estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'sort',
          id: this.newId(),
          output,
          estimate,
          child: child.plan,
          keys,
          limit,
          offset,
        }
        return { plan, places: child.places, logical }
      }
      case 'limit': {
        const child = this.build(logical.child, required)
        const { output } = child.plan
        const { limit, offset } = logical
        const estimate = this.estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'limit',
          id: this.newId(),
          output,
          estimate,
          child: child.plan,
          limit,
          offset,
        }
        return { plan, places: child.places, logical }
      }
      case 'distinct':
        return buildDistinct(this, logical)
      case 'set-operation':
        return buildSetOperation(this, logical, required)
      case 'unnest':
        return this.#unnest(logical, required)
      case 'with':
        return this.#with(logical, required)
      case 'cte-reference':
        return this.#reference(logical, required)
      case 'window':
        return buildWindow(this, logical, required)
    }
  }

  #unnest(logical: UnnestNode, required: ReadonlySet<number>): BuiltPlan {
    const child = this.build(logical.child, withRead(required, logical.lists))
    const own = logical.columns.slice(logical.child.columns.length)
    const output = [...child.plan.output, ...own.map(outputOf)]
    const offset = child.plan.output.length
    const plan: PhysicalPlan = {
      kind: 'unnest',
      id: this.newId(),
      output,
      estimate: this.estimate(logical, output),
      child: child.plan,
      lists: logical.lists.map((one) => placed(one, child.places)),
      ordinality: logical.ordinality,
      outer: logical.outer,
    }
    return { plan, places: joinPlaces(child.places, placesOf(own), offset), logical }
  }

  #with(logical: WithNode, required: ReadonlySet<number>): BuiltPlan {
    const definition = this.build(logical.definition, idsOf(logical.definition))
    this.#ctes.set(logical.cteId, definition.places)
    const child = this.build(logical.child, required)
    const { output, estimate } = child.plan
    const plan: PhysicalPlan = {
      kind: 'materialize',
      id: this.newId(),
      output,
      estimate,
      cteId: logical.cteId,
      name: logical.name,
      definition: definition.plan,
      child: child.plan,
    }
    return { plan, places: child.places, logical }
  }

  #reference(logical: CteReferenceNode, required: ReadonlySet<number>): BuiltPlan {
    const places = defined(this.#ctes.get(logical.cteId), `common table expression ${logical.cteId}`)
    const kept = logical.columns.flatMap(({ id }, i) => (required.has(id) ? [i] : []))
    const columns = kept.map((i) => logical.columns[i]!)
    const output = columns.map(outputOf)
    const projection = kept.map((i) => defined(places.get(logical.definitionColumns[i]!), 'a column of the definition'))
    const estimate = this.estimate(logical, output)
    const { cteId, name } = logical
    const plan: PhysicalPlan = {
      kind: 'cte-scan',
      id: this.newId(),
      output,
      estimate,
      cteId,
      name,
      projection,
    }
    return { plan, places: placesOf(columns), logical }
  }
}
