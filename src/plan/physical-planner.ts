/**
 * From a logical plan to what the executor runs: columns by place instead of id, joins with keys and sides, DISTINCT and set operations
 * as aggregates and joins, and every node putting out only the columns that somebody above reads.
 *
 *     Join inner on a = x             HashJoin inner  keys a = x          probe: the side of more bytes
 *       Scan t (a, b)          ->       probe: scan t  filters, projection
 *       Scan u (x)                      build: scan u                     a dynamic filter on t.a when u is selective
 */
import { InternalError, unsupported } from '../core/errors.ts'
import { defined } from '../core/assert.ts'
import { sameType } from '../core/types.ts'
import { type Expr, and, columnsOf, conjuncts, input, literal } from '../expr/expr.ts'
import type { LiteralValue } from '../core/value.ts'
import type { Pushdown, Table, TableStatistics } from '../table/table.ts'
import { type BuiltPlan, joinPlaces, outputOf, placed, placesOf } from './built-plan.ts'
import { shareExpressions } from './common-subexpressions.ts'
import { bytesOf } from './cost/column-stats.ts'
import { Estimator } from './cost/estimate.ts'
import { distinctOf } from './cost/selectivity.ts'
import { orderFilters } from './cost/filter-order.ts'
import { addDynamicFilters } from './dynamic-filters.ts'
import { type KeyPair, chooseProbe, joinTypeFor, splitConditions } from './join-planner.ts'
import type {
  AggregateNode,
  CteReferenceNode,
  DistinctNode,
  JoinNode,
  LogicalPlan,
  PlanColumn,
  ProjectNode,
  ScanNode,
  SetOperationNode,
  UnnestNode,
  WithNode,
} from './logical.ts'
import type {
  Estimate,
  HashAggregate,
  HashJoin,
  JoinType,
  NestedLoopJoin,
  OutputColumn,
  PhysicalAggregateCall,
  PhysicalPlan,
} from './physical.ts'
import { isUniqueOn } from './rules/plan-facts.ts'
import { expressionsOf, idsOf } from './rules/plan-rewrite.ts'

export interface ScanSource {
  readonly table: Table
  /** The predicate is over `pushdown.columns` by input index. */
  readonly pushdown: Pushdown
}

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

/** Hashing and linking a row costs about as much as copying this many bytes. */
const ROW_COST_BYTES = 40

class PhysicalPlanner {
  readonly #estimator: Estimator
  readonly #sources = new Map<number, ScanSource>()
  /** Places of a common table expression's columns in its rows. */
  readonly #ctes = new Map<number, ReadonlyMap<number, number>>()
  /** Fraction of the probe keys' values that the build side of each hash join has. */
  readonly #keptByKey = new Map<number, readonly number[]>()
  #nextId = 1
  /** Ids of columns that only this planner makes: below zero, so that they meet no others. */
  #nextColumnId = -1

  constructor({ statistics }: PhysicalOptions) {
    this.#estimator = new Estimator(statistics)
  }

  plan(root: LogicalPlan): PhysicalQuery {
    this.#estimator.estimate(root)
    const built = this.#inOrder(this.#build(root, idsOf(root)), root.columns)
    const isWorthFiltering = (join: HashJoin, key: number): boolean =>
      (this.#keptByKey.get(join.id)?.[key] ?? 1) < FILTER_KEEPS_MAX
    return { plan: addDynamicFilters(built, isWorthFiltering), sources: this.#sources }
  }

  /** `built` with exactly `columns`; a projection only when it has others or another order. */
  #inOrder({ plan, places, logical }: BuiltPlan, columns: readonly PlanColumn[]): PhysicalPlan {
    const wanted = columns.map(({ id }) => defined(places.get(id), `the place of column #${id}`))
    if (wanted.length === plan.output.length && wanted.every((place, i) => place === i)) return plan
    return this.#project(
      plan,
      columns.map(outputOf),
      wanted.map((place, i) => input(place, columns[i]!.type)),
      logical,
    )
  }

  #project(
    child: PhysicalPlan,
    output: readonly OutputColumn[],
    expressions: readonly Expr[],
    logical: LogicalPlan,
  ): PhysicalPlan {
    return {
      kind: 'project',
      id: this.#newId(),
      output,
      estimate: this.#estimate(logical, output),
      child,
      expressions,
    }
  }

  #newId(): number {
    return this.#nextId++
  }

  #estimate(logical: LogicalPlan, output: readonly OutputColumn[]): Estimate {
    const rows = this.#estimator.rows(logical)
    return {
      rows: Math.round(rows),
      bytes: Math.round(rows * output.reduce((sum, { type }) => sum + bytesOf(type), 0)),
    }
  }

  /** `logical` with the columns of `required`, perhaps more. */
  #build(logical: LogicalPlan, required: ReadonlySet<number>): BuiltPlan {
    switch (logical.kind) {
      case 'scan':
        return this.#scan(logical, required)
      case 'values': {
        const output = logical.columns.map(outputOf)
        const estimate = this.#estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'values',
          id: this.#newId(),
          output,
          estimate,
          rows: logical.rows,
        }
        return { plan, places: placesOf(logical.columns), logical }
      }
      case 'filter': {
        const child = this.#build(logical.child, withRead(required, [logical.predicate]))
        const statsOf = (id: number) => this.#estimator.estimate(logical.child).columns.get(id)
        const predicate = placed(
          and(orderFilters(conjuncts(logical.predicate), statsOf)),
          child.places,
        )
        const { output } = child.plan
        const estimate = this.#estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'filter',
          id: this.#newId(),
          output,
          estimate,
          child: child.plan,
          predicate,
        }
        return { plan, places: child.places, logical }
      }
      case 'project':
        return this.#projection(logical, required)
      case 'join':
        return this.#join(logical, required)
      case 'aggregate':
        return this.#aggregate(logical)
      case 'sort': {
        const child = this.#build(logical.child, withRead(required, expressionsOf(logical)))
        const keys = logical.keys.map((key) => ({ ...key, expr: placed(key.expr, child.places) }))
        const { output } = child.plan
        const { limit, offset } = logical
        const estimate = this.#estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'sort',
          id: this.#newId(),
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
        const child = this.#build(logical.child, required)
        const { output } = child.plan
        const { limit, offset } = logical
        const estimate = this.#estimate(logical, output)
        const plan: PhysicalPlan = {
          kind: 'limit',
          id: this.#newId(),
          output,
          estimate,
          child: child.plan,
          limit,
          offset,
        }
        return { plan, places: child.places, logical }
      }
      case 'distinct':
        return this.#distinct(logical)
      case 'set-operation':
        return this.#setOperation(logical, required)
      case 'unnest':
        return this.#unnest(logical, required)
      case 'with':
        return this.#with(logical, required)
      case 'cte-reference':
        return this.#reference(logical, required)
      case 'window':
        throw unsupported('a window function')
    }
  }

  #scan(logical: ScanNode, required: ReadonlySet<number>): BuiltPlan {
    const { table, projection, columns } = logical
    const places = placesOf(columns)
    const all = this.#estimator.estimate({ ...logical, filter: null })
    const parts = logical.filter === null ? [] : conjuncts(logical.filter)
    const filters = orderFilters(parts, (id) => all.columns.get(id)).map((one) =>
      placed(one, places),
    )
    const kept = columns.flatMap(({ id }, i) => (required.has(id) ? [i] : []))
    if (table.literalRows !== undefined)
      return this.#literalScan(logical, table.literalRows, filters)
    const source = this.#sources.size
    const limit = logical.limit
    const predicate = filters.length === 0 ? null : and(filters)
    const pushdown: Pushdown = {
      columns: projection,
      predicate,
      ...(limit === null ? {} : { limit }),
    }
    this.#sources.set(source, { table, pushdown })
    const outputColumns = kept.map((i) => columns[i]!)
    const output = outputColumns.map(outputOf)
    const plan: PhysicalPlan = {
      kind: 'scan',
      id: this.#newId(),
      output,
      estimate: this.#estimate(logical, output),
      source,
      tableName: logical.alias === table.name ? table.name : `${table.name} ${logical.alias}`,
      format: table.format,
      columns: columns.map((one, i) => ({ ...outputOf(one), name: projection[i]!.name })),
      filters,
      projection: kept,
      dynamicFilters: [],
      limit,
    }
    return { plan, places: placesOf(outputColumns), logical }
  }

  /** A table whose rows are at hand: values, and what of the filter there is above them. */
  #literalScan(
    logical: ScanNode,
    rows: readonly (readonly LiteralValue[])[],
    filters: readonly Expr[],
  ): BuiltPlan {
    const { table, projection, columns } = logical
    const indexes = projection.map(({ name }) =>
      table.schema.fields.findIndex((field) => field.name === name),
    )
    const literals = rows.map((row) =>
      indexes.map((index, i) => literal(row[index] ?? null, columns[i]!.type)),
    )
    const output = columns.map(outputOf)
    const estimate = {
      rows: rows.length,
      bytes: rows.length * output.reduce((sum, { type }) => sum + bytesOf(type), 0),
    }
    const values: PhysicalPlan = {
      kind: 'values',
      id: this.#newId(),
      output,
      estimate,
      rows: literals,
    }
    const places = placesOf(columns)
    if (filters.length === 0) return { plan: values, places, logical }
    const plan: PhysicalPlan = {
      kind: 'filter',
      id: this.#newId(),
      output,
      estimate: this.#estimate(logical, output),
      child: values,
      predicate: and(filters),
    }
    return { plan, places, logical }
  }

  #projection(logical: ProjectNode, required: ReadonlySet<number>): BuiltPlan {
    const wanted = logical.columns.flatMap((one, i) =>
      required.has(one.id) ? [{ one, expr: logical.expressions[i]! }] : [],
    )
    const exprs = wanted.map(({ expr }) => expr)
    const child = this.#computed(this.#build(logical.child, withRead(new Set(), exprs)), exprs)
    if (child.exprs.every(({ kind }) => kind === 'column')) {
      // Only names change: those above look the columns up where they lie.
      const places = wanted.map(({ one }, i) => {
        const { id } = child.exprs[i] as { readonly id: number }
        return [one.id, defined(child.built.places.get(id), 'a passed column')] as const
      })
      return { plan: child.built.plan, places: new Map(places), logical }
    }
    const expressions = child.exprs.map((one) => placed(one, child.built.places))
    const columns = wanted.map(({ one }) => one)
    const plan = this.#project(child.built.plan, columns.map(outputOf), expressions, logical)
    return { plan, places: placesOf(columns), logical }
  }

  /** Computes what `exprs` have in common in a projection of its own. */
  #computed(
    built: BuiltPlan,
    exprs: readonly Expr[],
  ): { built: BuiltPlan; exprs: readonly Expr[] } {
    const sharing = shareExpressions(exprs, () => this.#nextColumnId--)
    if (sharing === null) return { built, exprs }
    const passed = [...withRead(new Set(), sharing.exprs)].filter((id) => built.places.has(id))
    const { output } = built.plan
    const columns: OutputColumn[] = [
      ...passed.map((id) => output[built.places.get(id)!]!),
      ...sharing.shared.map(({ expr }, i) => ({
        name: `shared_${i + 1}`,
        type: expr.type,
        nullable: true,
      })),
    ]
    const expressions = [
      ...passed.map((id) => input(built.places.get(id)!, output[built.places.get(id)!]!.type)),
      ...sharing.shared.map(({ expr }) => placed(expr, built.places)),
    ]
    const plan = this.#project(built.plan, columns, expressions, built.logical)
    const ids = [...passed, ...sharing.shared.map(({ id }) => id)]
    return {
      built: { plan, places: new Map(ids.map((id, i) => [id, i])), logical: built.logical },
      exprs: sharing.exprs,
    }
  }

  #aggregate(logical: AggregateNode): BuiltPlan {
    const calls = logical.calls.map((call) => {
      if (call.orderBy.length > 0 && !IGNORES_ORDER.has(call.name))
        throw unsupported(`ORDER BY within ${call.name}`)
      return call
    })
    const exprs = expressionsOf({
      ...logical,
      calls: calls.map((call) => ({ ...call, orderBy: [] })),
    })
    const { built, exprs: shared } = this.#computed(
      this.#build(logical.child, withRead(new Set(), exprs)),
      exprs,
    )
    const places = shared.map((one) => placed(one, built.places))
    let next = logical.groups.length
    const physicalCalls = calls.map(
      ({ name, args, distinct, filter, type }): PhysicalAggregateCall => {
        const own = args.map(() => places[next++]!)
        return { name, args: own, distinct, filter: filter === null ? null : places[next++]!, type }
      },
    )
    return this.#makeAggregate(logical, built.plan, {
      groups: places.slice(0, logical.groups.length),
      calls: physicalCalls,
      groupingSets: logical.groupingSets,
    })
  }

  #makeAggregate(
    logical: LogicalPlan,
    child: PhysicalPlan,
    parts: Pick<HashAggregate, 'groups' | 'calls' | 'groupingSets'>,
  ): BuiltPlan {
    const output = logical.columns.map(outputOf)
    const estimate = this.#estimate(logical, output)
    const plan: PhysicalPlan = {
      kind: 'aggregate',
      id: this.#newId(),
      output,
      estimate,
      child,
      ...parts,
    }
    return { plan, places: placesOf(logical.columns), logical }
  }

  /** DISTINCT: groups without calls. */
  #distinct(logical: DistinctNode): BuiltPlan {
    if (logical.on !== null) throw unsupported('DISTINCT ON')
    const child = this.#inOrder(
      this.#build(logical.child, idsOf(logical.child)),
      logical.child.columns,
    )
    return this.#grouped(logical, child)
  }

  #grouped(logical: LogicalPlan, child: PhysicalPlan): BuiltPlan {
    const groups = logical.columns.map(({ type }, i) => input(i, type))
    if (groups.length > 0)
      return this.#makeAggregate(logical, child, { groups, calls: [], groupingSets: null })
    // Rows of no columns: one if there are any.
    const output: readonly OutputColumn[] = []
    const estimate = { rows: 1, bytes: 0 }
    const plan: PhysicalPlan = {
      kind: 'limit',
      id: this.#newId(),
      output,
      estimate,
      child,
      limit: 1,
      offset: 0,
    }
    return { plan, places: new Map(), logical }
  }

  #setOperation(logical: SetOperationNode, required: ReadonlySet<number>): BuiltPlan {
    const { operator, all, columns } = logical
    if (operator !== 'union') return this.#intersection(logical)
    const kept = columns.flatMap(({ id }, i) => (!all || required.has(id) ? [i] : []))
    const children = logical.children.map((child) => {
      const own = kept.map((i) => child.columns[i]!)
      return this.#inOrder(this.#build(child, new Set(own.map(({ id }) => id))), own)
    })
    const outputColumns = kept.map((i) => columns[i]!)
    const output = outputColumns.map(outputOf)
    const estimate = this.#estimate(logical, output)
    const plan: PhysicalPlan = { kind: 'union-all', id: this.#newId(), output, estimate, children }
    return all ? { plan, places: placesOf(outputColumns), logical } : this.#grouped(logical, plan)
  }

  /** INTERSECT and EXCEPT: rows with, without an equal row in each other input, NULL being equal to NULL; each once. */
  #intersection(logical: SetOperationNode): BuiltPlan {
    const { operator, all, columns } = logical
    if (all) throw unsupported(`${operator.toUpperCase()} ALL`)
    const [first, ...others] = logical.children.map((child) =>
      this.#inOrder(this.#build(child, idsOf(child)), child.columns),
    )
    let current = defined(first, 'an input of a set operation')
    for (const build of others) {
      const keys = columns.map(({ type }, i) => input(i, type))
      current = {
        kind: 'hash-join',
        id: this.#newId(),
        type: operator === 'intersect' ? 'semi' : 'anti',
        output: current.output,
        estimate: current.estimate,
        probe: current,
        build,
        probeKeys: keys,
        buildKeys: keys,
        nullsEqual: keys.map(() => true),
        residual: null,
        nullAware: false,
        projection: columns.map((_, i) => i),
        buildIsUnique: false,
        makesDynamicFilter: false,
      }
    }
    return this.#grouped(logical, current)
  }

  #unnest(logical: UnnestNode, required: ReadonlySet<number>): BuiltPlan {
    const child = this.#build(logical.child, withRead(required, logical.lists))
    const own = logical.columns.slice(logical.child.columns.length)
    const output = [...child.plan.output, ...own.map(outputOf)]
    const offset = child.plan.output.length
    const plan: PhysicalPlan = {
      kind: 'unnest',
      id: this.#newId(),
      output,
      estimate: this.#estimate(logical, output),
      child: child.plan,
      lists: logical.lists.map((one) => placed(one, child.places)),
      ordinality: logical.ordinality,
      outer: logical.outer,
    }
    return { plan, places: joinPlaces(child.places, placesOf(own), offset), logical }
  }

  #with(logical: WithNode, required: ReadonlySet<number>): BuiltPlan {
    const definition = this.#build(logical.definition, idsOf(logical.definition))
    this.#ctes.set(logical.cteId, definition.places)
    const child = this.#build(logical.child, required)
    const { output, estimate } = child.plan
    const plan: PhysicalPlan = {
      kind: 'materialize',
      id: this.#newId(),
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
    const places = defined(
      this.#ctes.get(logical.cteId),
      `common table expression ${logical.cteId}`,
    )
    const kept = logical.columns.flatMap(({ id }, i) => (required.has(id) ? [i] : []))
    const columns = kept.map((i) => logical.columns[i]!)
    const output = columns.map(outputOf)
    const projection = kept.map((i) =>
      defined(places.get(logical.definitionColumns[i]!), 'a column of the definition'),
    )
    const estimate = this.#estimate(logical, output)
    const { cteId, name } = logical
    const plan: PhysicalPlan = {
      kind: 'cte-scan',
      id: this.#newId(),
      output,
      estimate,
      cteId,
      name,
      projection,
    }
    return { plan, places: placesOf(columns), logical }
  }

  #join(logical: JoinNode, required: ReadonlySet<number>): BuiltPlan {
    if (logical.dependent) throw new InternalError('a dependent join is left in the plan')
    const needed = withRead(required, expressionsOf(logical))
    const left = this.#build(logical.left, needed)
    const right = this.#build(logical.right, needed)
    const { keys, residual, nullAware } = splitConditions(logical)
    const side = chooseProbe({
      type: logical.type,
      leftBytes: this.#heldBytes(left),
      rightBytes: this.#heldBytes(right),
      nullAware,
      hasKeys: keys.length > 0,
    })
    const [probe, build] = side === 'left' ? [left, right] : [right, left]
    const type = defined(joinTypeFor(logical.type, side), 'a join type for the chosen side')
    const both = joinPlaces(probe.places, build.places, probe.plan.output.length)
    const { places, columns } = this.#outputOfJoin(logical, { type, probe, build, required })
    const output = columns.map(outputOf)
    const shared = {
      id: this.#newId(),
      output,
      estimate: this.#estimate(logical, output),
      type,
      probe: probe.plan,
      build: build.plan,
      projection: places,
    }
    const condition = residual.length === 0 ? null : placed(and(residual), both)
    if (keys.length === 0) {
      const plan: NestedLoopJoin = { kind: 'nested-loop-join', ...shared, condition }
      return { plan, places: placesOf(columns), logical }
    }
    const probeKeys = keys.map((key) => (side === 'left' ? key.left : key.right))
    const buildKeys = keys.map((key) => (side === 'left' ? key.right : key.left))
    const plan: HashJoin = {
      kind: 'hash-join',
      ...shared,
      probeKeys: probeKeys.map((one) => placed(one, probe.places)),
      buildKeys: buildKeys.map((one) => placed(one, build.places)),
      nullsEqual: keys.map((key) => key.nullsEqual),
      residual: condition,
      nullAware,
      buildIsUnique: isUniqueOn(
        build.logical,
        new Set(buildKeys.flatMap((one) => (one.kind === 'column' ? [one.id] : []))),
      ),
      makesDynamicFilter: false,
    }
    checkKeyTypes(keys)
    this.#keptByKey.set(
      plan.id,
      probeKeys.map((one, i) => this.#keptFraction(probe, one, build, buildKeys[i]!)),
    )
    return { plan, places: placesOf(columns), logical }
  }

  /** Bytes of a side in a hash table, and the work of putting a row there, as bytes. */
  #heldBytes({ plan, logical }: BuiltPlan): number {
    const width = plan.output.reduce((sum, { type }) => sum + bytesOf(type), ROW_COST_BYTES)
    return this.#estimator.rows(logical) * width
  }

  /** Which part of the probe's key values the build side is expected to have. */
  #keptFraction(probe: BuiltPlan, probeKey: Expr, build: BuiltPlan, buildKey: Expr): number {
    const probeColumns = this.#estimator.estimate(probe.logical).columns
    const buildColumns = this.#estimator.estimate(build.logical).columns
    const inProbe = distinctOf(probeKey, (id) => probeColumns.get(id))
    const inBuild = distinctOf(buildKey, (id) => buildColumns.get(id))
    if (inProbe === undefined || inBuild === undefined) return 1
    // Filters on the build side drop keys that the probe side has, also when that is filtered otherwise.
    const stats = buildKey.kind === 'column' ? buildColumns.get(buildKey.id) : undefined
    const ofTable = stats === undefined ? 1 : stats.distinct / stats.baseDistinct
    return Math.min(inBuild / inProbe, ofTable)
  }

  /** The columns that a join puts out, and their places before projection. */
  #outputOfJoin(
    logical: JoinNode,
    parts: { type: JoinType; probe: BuiltPlan; build: BuiltPlan; required: ReadonlySet<number> },
  ): { places: readonly number[]; columns: readonly PlanColumn[] } {
    const { type, probe, build, required } = parts
    const probeWidth = probe.plan.output.length
    const places: number[] = []
    const columns: PlanColumn[] = []
    for (const one of logical.columns) {
      if (!required.has(one.id)) continue
      let place: number | undefined
      if (type === 'right-semi' || type === 'right-anti') place = build.places.get(one.id)
      else if (probe.places.has(one.id)) place = probe.places.get(one.id)
      else if (type === 'mark') place = probeWidth
      else place = probeWidth + defined(build.places.get(one.id), `the place of column #${one.id}`)
      columns.push(one)
      places.push(defined(place, `the place of column #${one.id}`))
    }
    return { places, columns }
  }
}

/** Aggregates whose result does not depend on the order of their input. */
const IGNORES_ORDER: ReadonlySet<string> = new Set([
  'count',
  'count_star',
  'sum',
  'avg',
  'min',
  'max',
  'bool_and',
  'bool_or',
  'every',
  'stddev',
  'variance',
])

function withRead(required: ReadonlySet<number>, exprs: readonly Expr[]): Set<number> {
  const ids = new Set(required)
  for (const expr of exprs) for (const id of columnsOf(expr)) ids.add(id)
  return ids
}

function checkKeyTypes(keys: readonly KeyPair[]): void {
  for (const { left, right } of keys) {
    if (!sameType(left.type, right.type)) throw new InternalError('join keys of different types')
  }
}
