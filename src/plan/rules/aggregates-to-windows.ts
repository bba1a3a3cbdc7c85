/**
 * Computes an aggregate that a correlated subquery compares with, over the rows of the query around it where these hold the subquery's.
 *
 *     Join on l.p = part.p and q.p = part.p and l.n < q.a        Filter n < a
 *       Scan l                                                     Window a = avg(n) partition by p
 *       Scan part where brand = 'x'                      ->          Join on p = part.p
 *       Aggregate by p as q: avg(n) as a                               Scan l
 *         Scan l                                                       Scan part where brand = 'x'
 *
 * The table is then read once, and only the groups that are asked for are computed. Sound where every group has in the join the rows that it has in the
 * aggregate, each the same number of times: what is joined besides may look at the group's keys only. Functions must not count: min, max and
 * exact averages. After C. Zuzarte et al., WinMagic: Subquery Elimination Using Window Aggregation (SIGMOD 2003).
 */
import { isFloat } from '../../core/types.ts'
import { type ColumnExpr, type Expr, column } from '../../expr/expr.ts'
import { Estimator } from '../cost/estimate.ts'
import { GRAPH_RELATIONS_MAX, JoinGraph } from '../cost/join-graph.ts'
import { rowsScanned } from '../cost/rows-scanned.ts'
import type { AggregateCall, AggregateNode, JoinNode, LogicalPlan, WindowNode } from '../logical.ts'
import { mapCall } from '../node-expressions.ts'
import { EqualColumns, columnPair } from './equal-columns.ts'
import { isVolatile } from './expr-facts.ts'
import { type FlatJoins, flattenJoins, isOrderable } from './flat-joins.ts'
import { filtered, joined, projected, withInputs } from './plan-build.ts'
import { PlanKeys } from './plan-keys.ts'
import { idsOf, readsAny, readsOnly, substitute } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

/** A window sorts, an aggregate does not: it must see fewer rows by this factor. */
const FEWER_ROWS = 8
/** Ways to find the aggregate's relations among the join's that are tried. */
const MATCHES_MAX = 24
/** The same when every row comes twice. */
const WHATEVER_THE_COUNT: ReadonlySet<string> = new Set(['min', 'max', 'avg', 'bool_and', 'bool_or'])
const COUNTING: ReadonlySet<string> = new Set(['sum', 'count', 'count_star'])

export const aggregatesToWindows: Rule = {
  name: 'aggregates-to-windows',
  apply(plan, { statistics }) {
    const estimator = new Estimator(statistics)
    estimator.estimate(plan)
    return visit(plan, { estimator, keys: new PlanKeys() })
  },
}

interface Tools {
  readonly estimator: Estimator
  readonly keys: PlanKeys
}

function visit(plan: LogicalPlan, tools: Tools): LogicalPlan {
  const next = isOrderable(plan) ? rewriteJoins(plan, tools) : null
  return next === null ? withInputs(plan, (input) => visit(input, tools)) : visit(next, tools)
}

/** Null: no relation is such an aggregate. */
function rewriteJoins(root: JoinNode, tools: Tools): LogicalPlan | null {
  const flat = flattenJoins(root, GRAPH_RELATIONS_MAX)
  if (flat.conditions.some(isVolatile)) return null
  for (const relation of flat.relations) {
    const grouped = groupedIn(relation)
    if (grouped === null) continue
    const inner = flattenJoins(grouped.aggregate.child, GRAPH_RELATIONS_MAX)
    const others = flat.relations.filter((one) => one !== relation)
    for (const places of matches(inner.relations, others, tools.keys)) {
      const window = windowOver({ grouped, inner, others, places, conditions: flat.conditions }, tools)
      if (window !== null) return rebuilt(root, flat, window)
    }
  }
  return null
}

/** An aggregate, below projections. */
interface Grouped {
  readonly relation: LogicalPlan
  readonly aggregate: AggregateNode
  /** The relation's columns, as expressions over the aggregate's. */
  readonly values: ReadonlyMap<number, Expr>
}

function groupedIn(relation: LogicalPlan): Grouped | null {
  let node = relation
  let exprs: readonly Expr[] = relation.columns.map(({ id, type }) => column(id, type))
  while (node.kind === 'project') {
    const { columns, expressions } = node
    const below = new Map(columns.map(({ id }, i) => [id, expressions[i]!]))
    exprs = exprs.map((one) => substitute(one, below))
    node = node.child
  }
  if (node.kind !== 'aggregate' || node.groups.length === 0 || node.groupingSets !== null) return null
  if (!node.groups.every((one) => one.kind === 'column' && !isFloat(one.type))) return null
  if (!node.calls.every(isPlain) || exprs.some(isVolatile)) return null
  return { relation, aggregate: node, values: new Map(relation.columns.map(({ id }, i) => [id, exprs[i]!])) }
}

function isPlain({ name, args, distinct, filter, orderBy }: AggregateCall): boolean {
  if (distinct || filter !== null || orderBy.length > 0 || args.some(isVolatile)) return false
  return WHATEVER_THE_COUNT.has(name) || COUNTING.has(name)
}

/** The relations of `others` that are equal to those of `wanted`, one by one: all ways, up to a limit. */
function* matches(
  wanted: readonly LogicalPlan[],
  others: readonly LogicalPlan[],
  keys: PlanKeys,
): Generator<readonly LogicalPlan[]> {
  let left = MATCHES_MAX
  const found: LogicalPlan[] = []
  function* from(i: number): Generator<readonly LogicalPlan[]> {
    if (i === wanted.length) {
      left--
      yield [...found]
      return
    }
    const key = keys.of(wanted[i]!)
    for (const one of others) {
      if (left === 0 || key === null || found.includes(one) || keys.of(one) !== key) continue
      found.push(one)
      yield* from(i + 1)
      found.pop()
    }
  }
  yield* from(0)
}

interface Match {
  readonly grouped: Grouped
  /** What the aggregate reads. */
  readonly inner: FlatJoins
  /** The relations around it. */
  readonly others: readonly LogicalPlan[]
  /** Those of `others` that are the aggregate's, one by one. */
  readonly places: readonly LogicalPlan[]
  /** All conditions around it. */
  readonly conditions: readonly Expr[]
}

interface WindowPlan {
  readonly plan: LogicalPlan
  /** What the aggregate's columns, and those of projections above it, are now. */
  readonly values: ReadonlyMap<number, Expr>
}

function windowOver(match: Match, tools: Tools): WindowPlan | null {
  const { grouped, inner, others, places, conditions } = match
  const { aggregate, relation } = grouped
  const translate = translator(inner, places)
  const needed = inner.conditions.map(translate)
  const groupIds = idsOf(relation)
  const own = conditions.filter((one) => !readsAny(one, groupIds))
  const around = new EqualColumns(own)
  if (!needed.every((one) => around.imply(one))) return null
  const keys = aggregate.groups.map((one) => translate(one) as ColumnExpr)
  const values = valuesOf(grouped, keys)
  const asked = askedOf(conditions, groupIds, values, keys, around)
  if (asked === null) return null
  const split = splitConditions({ own, needed, keys, places, others })
  const counts = aggregate.calls.some(({ name, args }) => COUNTING.has(name) || args.some(({ type }) => isFloat(type)))
  if (counts && split.below.length > places.length) return null
  const graph = new JoinGraph(split.below, split.within, tools.estimator)
  const rows = graph.rows(2 ** split.below.length - 1)
  if (rows * FEWER_ROWS > rowsScanned(aggregate.child, tools.estimator)) return null
  const child = joinedOn(split.below, split.within)
  const window: WindowNode = {
    kind: 'window',
    columns: [...child.columns, ...aggregate.columns.slice(keys.length)],
    child,
    partitionBy: keys,
    orderBy: [],
    calls: aggregate.calls.map((one) => mapCall(one, translate)),
    frame: null,
  }
  const above = others.filter((one) => !split.below.includes(one))
  return { plan: joinedOn([window, ...above], [...split.later, ...asked]), values }
}

/** Brings expressions over the aggregate's input to the columns of the equal relations. */
function translator(inner: FlatJoins, places: readonly LogicalPlan[]): (expr: Expr) => Expr {
  const columns = new Map<number, Expr>()
  inner.relations.forEach((one, i) => {
    one.columns.forEach(({ id, type }, k) => columns.set(id, column(places[i]!.columns[k]!.id, type)))
  })
  return (expr) => substitute(substitute(expr, inner.renamed), columns)
}

/** The columns of the relation over those of the join and of the window. */
function valuesOf({ aggregate, values }: Grouped, keys: readonly Expr[]): ReadonlyMap<number, Expr> {
  const groups = new Map(keys.map((key, i) => [aggregate.columns[i]!.id, key]))
  return new Map([...values].map(([id, value]) => [id, substitute(value, groups)]))
}

/**
 * The conditions on the aggregate over the new columns, without what the others imply. Null when some group key is not equated with its own
 * column in the join: then rows would be compared with other groups than theirs.
 */
function askedOf(
  conditions: readonly Expr[],
  groupIds: ReadonlySet<number>,
  values: ReadonlyMap<number, Expr>,
  keys: readonly ColumnExpr[],
  around: EqualColumns,
): readonly Expr[] | null {
  const equated = new Set<number>()
  const asked: Expr[] = []
  for (const one of conditions) {
    if (!readsAny(one, groupIds)) continue
    const now = substitute(one, values)
    const isImplied = around.imply(now) && columnPair(now) !== null
    const key = keyOf(one, now, values, around)
    if (key !== null) equated.add(key)
    if (!isImplied) asked.push(now)
  }
  return keys.every(({ id }) => equated.has(id)) ? asked : null
}

/** The key that a condition `group = x` is about, x being equal to it in every row of the join. */
function keyOf(condition: Expr, now: Expr, values: ReadonlyMap<number, Expr>, around: EqualColumns): number | null {
  if (condition.kind !== 'call' || condition.name !== 'eq' || now.kind !== 'call') return null
  const side = condition.args.findIndex((one) => one.kind === 'column' && values.has(one.id))
  const key = now.args[side]
  const other = now.args[1 - side]
  if (key?.kind !== 'column' || other?.kind !== 'column') return null
  return key.id === other.id || around.imply(now) ? key.id : null
}

interface SplitConditions {
  /** Relations below the window: the aggregate's first. */
  readonly below: readonly LogicalPlan[]
  readonly within: readonly Expr[]
  /** Conditions that would take rows out of groups. */
  readonly later: readonly Expr[]
}

interface SplitOptions {
  readonly own: readonly Expr[]
  readonly needed: readonly Expr[]
  readonly keys: readonly ColumnExpr[]
  readonly places: readonly LogicalPlan[]
  readonly others: readonly LogicalPlan[]
}

/** Below the window stay the aggregate's conditions, and those that look at keys and at other relations only. */
function splitConditions({ own, needed, keys, places, others }: SplitOptions): SplitConditions {
  const inside = new EqualColumns(needed)
  const placed = new Set(places.flatMap((one) => [...idsOf(one)]))
  const keptWhole = (one: Expr): boolean => readsOnly(one, placed) && inside.imply(one)
  const isKey = (id: number): boolean => keys.some((key) => inside.areEqual(key.id, id))
  const nonKeys = new Set([...placed].filter((id) => !isKey(id)))
  const even = own.filter((one) => keptWhole(one) || !readsAny(one, nonKeys))
  const below = [...places]
  const visible = new Set(placed)
  const extras = others.filter((one) => !places.includes(one))
  // A relation comes in by a condition that links it to those that are there.
  const linked = (one: LogicalPlan): boolean => {
    const ids = idsOf(one)
    const both = new Set([...visible, ...ids])
    return even.some(
      (condition) => readsAny(condition, ids) && readsAny(condition, visible) && readsOnly(condition, both),
    )
  }
  for (
    let next = extras.find(linked);
    next !== undefined;
    next = extras.find((one) => !below.includes(one) && linked(one))
  ) {
    below.push(next)
    for (const id of idsOf(next)) visible.add(id)
  }
  const more = even.filter((one) => !keptWhole(one) && readsOnly(one, visible))
  const later = own.filter((one) => !keptWhole(one) && !more.includes(one))
  return { below, within: [...needed, ...more], later }
}

/** In no order yet: rules that follow choose it. */
function joinedOn(plans: readonly LogicalPlan[], on: readonly Expr[]): LogicalPlan {
  const [first, ...rest] = plans as readonly [LogicalPlan, ...LogicalPlan[]]
  const last = rest.pop()
  if (last === undefined) return filtered(first, on)
  const left = rest.reduce((tree, right) => joined({ type: 'inner', left: tree, right, on: [] }), first)
  return joined({ type: 'inner', left, right: last, on })
}

/** The columns of `root`, from the plan that stands for it. */
function rebuilt(root: JoinNode, flat: FlatJoins, { plan, values }: WindowPlan): LogicalPlan {
  const assignments = root.columns.map((one) => {
    const expr = flat.renamed.get(one.id) ?? column(one.id, one.type)
    return { column: one, expr: substitute(expr, values) }
  })
  return projected(plan, assignments)
}
