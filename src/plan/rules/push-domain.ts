/**
 * The general half of decorrelation: evaluates a correlated plan for all distinct outer values at once.
 *
 *     D  = the distinct values of the outer columns that the plan reads (the domain)
 *     pushDomain(plan) = for each row d of D, the rows of the plan for d, with d's columns beside them
 *
 *     D >< filter(T)      ->  filter(D >< T)
 *     D >< aggregate(T)   ->  aggregate by D's columns (D >< T); without groups: D left join that, as no rows give a row too
 *     D >< (A join B)     ->  (D >< A) join (D >< B) on the columns of D, or D beside one side when the other is not correlated
 *     D >< limit(T)       ->  row_number() over (partition by D's columns) <= limit
 *     D >< T, T uncorrelated: a cross product, which the filters above make a join
 *
 * After T. Neumann, A. Kemper: Unnesting Arbitrary Queries, BTW 2015, section 3.
 */
import { BIGINT, BOOLEAN } from '../../core/types.ts'
import { unsupported } from '../../core/errors.ts'
import { defined } from '../../core/assert.ts'
import { type Expr, and, call, column, conjuncts, literal } from '../../expr/expr.ts'
import type {
  AggregateCall,
  AggregateNode,
  DistinctNode,
  JoinNode,
  LogicalPlan,
  PlanColumn,
  SetOperationNode,
  SortKey,
} from '../logical.ts'
import { mapExpressions } from '../node-expressions.ts'
import { type Assignment, filtered, joined, markOf, pass, planColumn, projected } from './plan-build.ts'
import { freeColumns, readsAny, substitute } from './plan-rewrite.ts'
import { valueForNoRows } from './pull-up-correlation.ts'
import { sinkLimits } from './push-limits.ts'
import type { RuleContext } from './rule.ts'

/** One use of the domain: its plan, and which of its columns stands for which outer column. */
export interface Domain {
  readonly plan: LogicalPlan
  readonly keys: ReadonlyMap<number, PlanColumn>
}

export interface DomainOptions {
  readonly outer: ReadonlySet<number>
  /** A fresh use of the domain. */
  readonly newDomain: () => Domain
  readonly context: RuleContext
}

/** `plan` for every row of the domain; columns: those of `plan` in any order, and the domain's (`keys`). */
export function pushDomain(plan: LogicalPlan, options: DomainOptions): Domain {
  if (!isCorrelated(plan, options)) {
    const domain = options.newDomain()
    return {
      plan: joined({ type: 'inner', left: domain.plan, right: plan, on: [] }),
      keys: domain.keys,
    }
  }
  switch (plan.kind) {
    case 'filter': {
      const child = pushDomain(plan.child, options)
      return { ...child, plan: filtered(child.plan, [rename(plan.predicate, child)]) }
    }
    case 'project': {
      const child = pushDomain(plan.child, options)
      const own = plan.columns.map((one, i) => ({
        column: one,
        expr: rename(plan.expressions[i]!, child),
      }))
      return {
        ...child,
        plan: projected(child.plan, [...own, ...keyAssignments(child, plan.columns)]),
      }
    }
    case 'values':
      return pushIntoValues(plan, options)
    case 'scan': {
      const bare = { ...plan, filter: null }
      return pushDomain(filtered(bare, plan.filter === null ? [] : conjuncts(plan.filter)), options)
    }
    case 'join':
      return pushIntoJoin(plan, options)
    case 'aggregate':
      return pushIntoAggregate(plan, options)
    case 'window': {
      const child = pushDomain(plan.child, options)
      const own = plan.columns.slice(plan.child.columns.length)
      const renamed = mapExpressions(plan, (expr) => rename(expr, child)) as typeof plan
      const partitionBy = [...renamed.partitionBy, ...keyExprs(child)]
      const window = {
        ...renamed,
        child: child.plan,
        partitionBy,
        columns: [...child.plan.columns, ...own],
      }
      return { ...child, plan: window }
    }
    case 'sort': {
      const child = pushDomain(plan.child, options)
      if (plan.limit === null && plan.offset === 0) return child
      const keys = plan.keys.map((key) => ({ ...key, expr: rename(key.expr, child) }))
      return limitPerKey(child, {
        limit: plan.limit,
        offset: plan.offset,
        orderBy: keys,
        context: options.context,
      })
    }
    case 'limit': {
      // The order that decides which rows are kept may lie below a projection.
      const sunk = sinkLimits(plan)
      if (sunk.kind !== 'limit') return pushDomain(sunk, options)
      const child = pushDomain(sunk.child, options)
      const { limit, offset } = sunk
      return limitPerKey(child, { limit, offset, orderBy: [], context: options.context })
    }
    case 'distinct': {
      if (plan.on !== null) return pushIntoDistinctOn(plan, plan.on, options)
      const child = pushDomain(plan.child, options)
      return { ...child, plan: { ...plan, child: child.plan, columns: child.plan.columns } }
    }
    case 'set-operation':
      return pushIntoSetOperation(plan, options)
    case 'unnest': {
      const child = pushDomain(plan.child, options)
      const own = plan.columns.slice(plan.child.columns.length)
      const lists = plan.lists.map((one) => rename(one, child))
      return {
        ...child,
        plan: { ...plan, child: child.plan, lists, columns: [...child.plan.columns, ...own] },
      }
    }
    case 'with': {
      const child = pushDomain(plan.child, options)
      return { ...child, plan: { ...plan, child: child.plan, columns: child.plan.columns } }
    }
    case 'cte-reference':
      throw unsupported('a correlated common table expression')
  }
}

/** The order below decides which row of each key stays. */
function pushIntoDistinctOn(plan: DistinctNode, on: readonly Expr[], options: DomainOptions): Domain {
  const sort = plan.child.kind === 'sort' && plan.child.limit === null && plan.child.offset === 0 ? plan.child : null
  const child = pushDomain(sort?.child ?? plan.child, options)
  const keys = sort?.keys.map((key) => ({ ...key, expr: rename(key.expr, child) })) ?? []
  const below = sort === null ? child.plan : { ...sort, keys, child: child.plan, columns: child.plan.columns }
  const all = [...on.map((one) => rename(one, child)), ...keyExprs(child)]
  return { ...child, plan: { ...plan, child: below, on: all, columns: below.columns } }
}

function isCorrelated(plan: LogicalPlan, { outer }: DomainOptions): boolean {
  return [...freeColumns(plan)].some((id) => outer.has(id))
}

function rename(expr: Expr, { keys }: Domain): Expr {
  return substitute(expr, new Map([...keys].map(([outer, { id, type }]) => [outer, column(id, type)])))
}

function keyExprs({ keys }: Domain): readonly Expr[] {
  return [...keys.values()].map(({ id, type }) => column(id, type))
}

function keyAssignments({ keys }: Domain, present: readonly PlanColumn[]): readonly Assignment[] {
  const ids = new Set(present.map(({ id }) => id))
  return [...keys.values()].filter(({ id }) => !ids.has(id)).map(pass)
}

/** The conditions under which two uses of the domain mean the same outer row. NULL is a value like any other here. */
export function sameKeys(a: Domain['keys'], b: Domain['keys']): readonly Expr[] {
  return [...a].map(([outer, one]) => {
    const other = defined(b.get(outer), 'a key in both uses of a domain')
    const name = one.nullable || other.nullable ? 'is_not_distinct_from' : 'eq'
    return call(name, [column(one.id, one.type), column(other.id, other.type)], BOOLEAN)
  })
}

function pushIntoValues(plan: Extract<LogicalPlan, { kind: 'values' }>, options: DomainOptions): Domain {
  const uses = plan.rows.map((row) => {
    const domain = options.newDomain()
    const single = plan.rows.length === 1
    const own = plan.columns.map((one, i) => ({
      column: single ? one : { ...one, id: options.context.newId() },
      expr: rename(row[i]!, domain),
    }))
    return { ...domain, plan: projected(domain.plan, [...own, ...keyAssignments(domain, [])]) }
  })
  return uses.length === 1 ? uses[0]! : unite(plan.columns, uses, { operator: 'union', all: true }, options.context)
}

/** A set operation over plans that each have the columns first, then their own use of the domain. */
function unite(
  columns: readonly PlanColumn[],
  uses: readonly Domain[],
  operation: Pick<SetOperationNode, 'operator' | 'all'>,
  context: RuleContext,
): Domain {
  const keys = new Map([...uses[0]!.keys].map(([outer, one]) => [outer, { ...one, id: context.newId() }]))
  const plan: SetOperationNode = {
    kind: 'set-operation',
    ...operation,
    columns: [...columns, ...keys.values()],
    children: uses.map((use) => use.plan),
  }
  return { plan, keys }
}

function pushIntoSetOperation(plan: SetOperationNode, options: DomainOptions): Domain {
  const uses = plan.children.map((child) => {
    const use = pushDomain(child, options)
    return {
      ...use,
      plan: projected(use.plan, [...child.columns.map(pass), ...keyAssignments(use, [])]),
    }
  })
  return unite(plan.columns, uses, plan, options.context)
}

function pushIntoJoin(plan: JoinNode, options: DomainOptions): Domain {
  const { type } = plan
  const on = plan.condition === null ? [] : conjuncts(plan.condition)
  const inCondition = on.some((one) => readsAny(one, options.outer))
  const leftCorrelated = isCorrelated(plan.left, options)
  const rightCorrelated = isCorrelated(plan.right, options)
  const mark = markOf(plan)
  const rest = mark === undefined ? {} : { mark }
  const symmetric = type === 'inner'
  // An outer join's kept side needs the domain whatever is correlated: its rows come out for every outer row.
  const needsLeft = leftCorrelated || (!symmetric && type !== 'right') || (inCondition && !rightCorrelated)
  const needsRight = rightCorrelated || type === 'right' || type === 'full'
  const left = needsLeft ? pushDomain(plan.left, options) : null
  const right = needsRight ? pushDomain(plan.right, options) : null
  const kept = type === 'right' ? right : (left ?? right)
  const keyed = defined(kept, 'a side with the domain')
  const condition = on.map((one) => rename(one, keyed))
  const both = left !== null && right !== null ? sameKeys(left.keys, right.keys) : []
  const join = joined({
    type,
    left: left?.plan ?? plan.left,
    right: right?.plan ?? plan.right,
    on: [...condition, ...both],
    ...rest,
  })
  if (type === 'full' && left !== null && right !== null) return mergeKeys(join, left, right, options.context)
  return { plan: join, keys: keyed.keys }
}

/** The keys of a full join: of whichever side has a row. A key may itself be NULL, and then either side's NULL is right. */
function mergeKeys(join: JoinNode, left: Domain, right: Domain, context: RuleContext): Domain {
  const keys = new Map<number, PlanColumn>()
  const merged: Assignment[] = []
  for (const [outer, one] of left.keys) {
    const other = defined(right.keys.get(outer), 'a key in both uses of a domain')
    const value = column(one.id, one.type)
    const isNull = call('is_null', [value], BOOLEAN)
    const expr: Expr = {
      kind: 'case',
      branches: [{ when: isNull, then: column(other.id, other.type) }],
      else: value,
      type: one.type,
    }
    const key = planColumn(context.newId(), one.name, one.type, one.nullable)
    keys.set(outer, key)
    merged.push({ column: key, expr })
  }
  return { plan: projected(join, [...join.columns.map(pass), ...merged]), keys }
}

function pushIntoAggregate(plan: AggregateNode, options: DomainOptions): Domain {
  const emptySets = plan.groupingSets?.filter((set) => set.length === 0).length ?? (plan.groups.length === 0 ? 1 : 0)
  if (emptySets > 1) throw unsupported('several empty grouping sets in a correlated subquery')
  const child = pushDomain(plan.child, options)
  const groupCount = plan.groups.length
  const renamed = mapExpressions(plan, (expr) => rename(expr, child)) as AggregateNode
  const keyColumns = [...child.keys.values()]
  const keyIndexes = keyColumns.map((_, i) => groupCount + i)
  const node: AggregateNode = {
    ...renamed,
    child: child.plan,
    groups: [...renamed.groups, ...keyExprs(child)],
    groupingSets: plan.groupingSets?.map((set) => [...set, ...keyIndexes]) ?? null,
    columns: [...plan.columns.slice(0, groupCount), ...keyColumns, ...plan.columns.slice(groupCount)],
  }
  if (emptySets === 0) return { plan: node, keys: child.keys }
  return withEmptyGroups(node, plan, child.keys, options)
}

/** An aggregate without groups, and the grouping set without any, gives a row also for those values of the domain that have no rows. */
function withEmptyGroups(
  node: AggregateNode,
  plan: AggregateNode,
  keys: Domain['keys'],
  { newDomain, context }: DomainOptions,
): Domain {
  const inner = plan.columns.map((one) => ({ ...one, id: context.newId() }))
  const flag = planColumn(context.newId(), 'matched', BOOLEAN, false)
  const groupCount = plan.groups.length
  const renamed: AggregateNode = {
    ...node,
    columns: [
      ...inner.slice(0, groupCount),
      ...node.columns.slice(groupCount, node.groups.length),
      ...inner.slice(groupCount),
    ],
  }
  const right = projected(renamed, [...renamed.columns.map(pass), { column: flag, expr: literal(true, BOOLEAN) }])
  const domain = newDomain()
  const join = joined({ type: 'left', left: domain.plan, right, on: sameKeys(domain.keys, keys) })
  const missing = call('is_null', [column(flag.id, BOOLEAN)], BOOLEAN)
  const values = plan.columns.map((one, i): Assignment => {
    const value = column(inner[i]!.id, one.type)
    // Groups are NULL, as the join leaves them.
    if (i < groupCount) return { column: one, expr: value }
    const zero = valueForNoRows(plan.calls[i - groupCount]!)
    const isNull = zero.kind === 'literal' && zero.value === null
    const filled: Expr = {
      kind: 'case',
      branches: [{ when: missing, then: zero }],
      else: value,
      type: one.type,
    }
    return { column: one, expr: isNull ? value : filled }
  })
  return { plan: projected(join, [...values, ...keyAssignments(domain, [])]), keys: domain.keys }
}

interface LimitOptions {
  readonly limit: number | null
  readonly offset: number
  readonly orderBy: readonly SortKey[]
  readonly context: RuleContext
}

function limitPerKey(child: Domain, { limit, offset, orderBy, context }: LimitOptions): Domain {
  const number = planColumn(context.newId(), 'row_number', BIGINT, false)
  const rowNumber: AggregateCall = {
    name: 'row_number',
    args: [],
    distinct: false,
    filter: null,
    orderBy: [],
    type: BIGINT,
  }
  const window: LogicalPlan = {
    kind: 'window',
    columns: [...child.plan.columns, number],
    child: child.plan,
    partitionBy: keyExprs(child),
    orderBy,
    calls: [rowNumber],
    frame: null,
  }
  const value = column(number.id, BIGINT)
  const bounds: Expr[] = []
  if (offset > 0) bounds.push(call('gt', [value, literal(BigInt(offset), BIGINT)], BOOLEAN))
  if (limit !== null) bounds.push(call('le', [value, literal(BigInt(offset + limit), BIGINT)], BOOLEAN))
  const plan = bounds.length === 0 ? window : filtered(window, [and(bounds)])
  return { ...child, plan: projected(plan, child.plan.columns.map(pass)) }
}
