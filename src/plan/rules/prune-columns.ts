/**
 * Drops columns that nobody above reads, down to the scans.
 *
 *     Project a                        Project a
 *       Filter b > 1                     Filter b > 1
 *         Scan t (a, b, c, d)    ->        Scan t (a, b)
 *
 * Also drops unused aggregates, unused left joins whose right side matches at most once, and projections that pass everything on.
 */
import { type Expr, columnsOf } from '../../expr/expr.ts'
import type {
  AggregateNode,
  CteReferenceNode,
  JoinNode,
  LogicalPlan,
  PlanColumn,
  ScanNode,
  SetOperationNode,
} from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import { isVolatile } from './expr-facts.ts'
import { keepColumns, markOf, oneRow, sameColumns, withInputs } from './plan-build.ts'
import { equalityKeys, isUniqueOn } from './plan-facts.ts'
import { freeColumns, idsOf } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const pruneColumns: Rule = {
  name: 'prune-columns',
  apply(plan) {
    const ctes = new Map<number, Set<number>>()
    return keepColumns(prune(plan, idsOf(plan), ctes), plan.columns)
  },
}

/** Columns of common table expressions that some reference reads, by CTE: filled while the references are pruned. */
type CteUses = Map<number, Set<number>>

/** `plan` with the columns of `required` and as few others as are cheap to leave out. */
function prune(plan: LogicalPlan, required: ReadonlySet<number>, ctes: CteUses): LogicalPlan {
  switch (plan.kind) {
    case 'scan':
      return pruneScan(plan, required)
    case 'values': {
      const kept = keptIndexes(plan.columns, (one) => required.has(one.id))
      if (kept.length === plan.columns.length) return plan
      return {
        ...plan,
        columns: pick(plan.columns, kept),
        rows: plan.rows.map((row) => pick(row, kept)),
      }
    }
    case 'filter':
    case 'sort':
    case 'distinct': {
      const needsAll = plan.kind === 'distinct' && plan.on === null
      const below = needsAll ? idsOf(plan.child) : withRead(required, plan)
      return withInputs(plan, (child) => prune(child, below, ctes))
    }
    case 'limit':
      return withInputs(plan, (child) => prune(child, required, ctes))
    case 'project': {
      const kept = keptIndexes(plan.columns, (one, i) => required.has(one.id) || isVolatile(plan.expressions[i]!))
      const expressions = pick(plan.expressions, kept)
      const columns = pick(plan.columns, kept)
      const child = prune(plan.child, readBy(expressions), ctes)
      const isPassing = expressions.every((one, i) => one.kind === 'column' && one.id === columns[i]!.id)
      if (isPassing && sameColumns(child.columns, columns)) return child
      return child === plan.child && kept.length === plan.columns.length
        ? plan
        : { ...plan, child, expressions, columns }
    }
    case 'join':
      return pruneJoin(plan, required, ctes)
    case 'aggregate':
      return pruneAggregate(plan, required, ctes)
    case 'window': {
      const own = plan.columns.slice(plan.child.columns.length)
      const kept = keptIndexes(own, (one) => required.has(one.id))
      if (kept.length === 0) return prune(plan.child, required, ctes)
      const node = kept.length === own.length ? plan : { ...plan, calls: pick(plan.calls, kept) }
      const child = prune(plan.child, withRead(required, node), ctes)
      if (child === plan.child && node === plan) return plan
      return { ...node, child, columns: [...child.columns, ...pick(own, kept)] }
    }
    case 'unnest':
      return withInputs(plan, (child) => prune(child, withRead(required, plan), ctes))
    case 'set-operation':
      return pruneSetOperation(plan, required, ctes)
    case 'cte-reference':
      return pruneReference(plan, required, ctes)
    case 'with': {
      const child = prune(plan.child, required, ctes)
      if (!ctes.has(plan.cteId)) return child
      const definition = prune(plan.definition, ctes.get(plan.cteId) ?? new Set(), ctes)
      if (definition === plan.definition && child === plan.child) return plan
      return { ...plan, definition, child, columns: child.columns }
    }
  }
}

function keptIndexes<T>(items: readonly T[], keeps: (item: T, index: number) => boolean): readonly number[] {
  return items.flatMap((item, i) => (keeps(item, i) ? [i] : []))
}

function pick<T>(items: readonly T[], indexes: readonly number[]): readonly T[] {
  return indexes.map((i) => items[i]!)
}

function readBy(exprs: readonly Expr[]): Set<number> {
  const ids = new Set<number>()
  for (const expr of exprs) for (const id of columnsOf(expr)) ids.add(id)
  return ids
}

function withRead(required: ReadonlySet<number>, plan: LogicalPlan): Set<number> {
  return new Set([...required, ...readBy(expressionsOf(plan))])
}

function pruneScan(plan: ScanNode, required: ReadonlySet<number>): ScanNode {
  const needed = plan.filter === null ? required : withRead(required, plan)
  const kept = keptIndexes(plan.columns, (one) => needed.has(one.id))
  if (kept.length === plan.columns.length) return plan
  return { ...plan, columns: pick(plan.columns, kept), projection: pick(plan.projection, kept) }
}

function pruneJoin(plan: JoinNode, required: ReadonlySet<number>, ctes: CteUses): LogicalPlan {
  const right = idsOf(plan.right)
  const rightUnused = ![...required].some((id) => right.has(id))
  if (plan.type === 'left' && !plan.dependent && rightUnused && isUniqueOn(plan.right, equalityKeys(plan))) {
    return prune(plan.left, required, ctes)
  }
  const mark = markOf(plan)
  if (mark !== undefined && !required.has(mark.id)) return prune(plan.left, required, ctes)
  const needed = withRead(required, plan)
  // The right side of a dependent join reads columns of the left.
  if (plan.dependent) for (const id of freeColumns(plan.right)) needed.add(id)
  return withInputs(plan, (input) => prune(input, needed, ctes))
}

function pruneAggregate(plan: AggregateNode, required: ReadonlySet<number>, ctes: CteUses): LogicalPlan {
  const groupCount = plan.groups.length
  const own = plan.columns.slice(groupCount)
  const kept = keptIndexes(own, (one) => required.has(one.id))
  // One row whatever the input.
  if (kept.length === 0 && groupCount === 0 && plan.groupingSets === null) return oneRow()
  const node: AggregateNode =
    kept.length === own.length
      ? plan
      : {
          ...plan,
          calls: pick(plan.calls, kept),
          columns: [...plan.columns.slice(0, groupCount), ...pick(own, kept)],
        }
  return withInputs(node, (child) => prune(child, readBy(expressionsOf(node)), ctes))
}

function pruneSetOperation(plan: SetOperationNode, required: ReadonlySet<number>, ctes: CteUses): LogicalPlan {
  const all = plan.operator === 'union' && plan.all
  const kept = keptIndexes(plan.columns, (one) => !all || required.has(one.id))
  const children = plan.children.map((child) => {
    const columns: readonly PlanColumn[] = pick(child.columns, kept)
    return keepColumns(prune(child, new Set(columns.map(({ id }) => id)), ctes), columns)
  })
  const same = kept.length === plan.columns.length && children.every((child, i) => child === plan.children[i])
  return same ? plan : { ...plan, columns: pick(plan.columns, kept), children }
}

function pruneReference(plan: CteReferenceNode, required: ReadonlySet<number>, ctes: CteUses): CteReferenceNode {
  const kept = keptIndexes(plan.columns, (one) => required.has(one.id))
  const uses = ctes.get(plan.cteId) ?? new Set()
  for (const i of kept) uses.add(plan.definitionColumns[i]!)
  ctes.set(plan.cteId, uses)
  if (kept.length === plan.columns.length) return plan
  return {
    ...plan,
    columns: pick(plan.columns, kept),
    definitionColumns: pick(plan.definitionColumns, kept),
  }
}
