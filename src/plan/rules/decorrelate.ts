/**
 * Replaces dependent joins by ordinary ones: afterwards no plan refers to columns of a plan beside it.
 *
 *     Join T dependent            Join T on p, o.k = d.k
 *       O                  ->       O
 *       R(o.k)                      R for every d in D           D = distinct o.k of O
 *
 * Innermost joins first. Two ways, cheap before general: pull the correlated predicates up (pull-up-correlation.ts), or
 * evaluate the right side for all distinct outer values (push-domain.ts). O is then needed twice: as a common table expression, unless it
 * is a plain scan or itself refers to columns further out.
 */
import { BOOLEAN } from '../../core/types.ts'
import { InternalError } from '../../core/errors.ts'
import { type Expr, call, column, conjuncts, literal, rewriteExpr } from '../../expr/expr.ts'
import type { DistinctNode, JoinNode, LogicalPlan, PlanColumn, WithNode } from '../logical.ts'
import { copyPlan } from './copy-plan.ts'
import { mayBeNull } from './expr-facts.ts'
import { inlineCtes } from './inline-ctes.ts'
import { type Assignment, filtered, joined, keepColumns, markOf, pass, planColumn, projected } from './plan-build.ts'
import { freeColumns, idsOf, readsAny, rewriteUp, substitute, walkPlan } from './plan-rewrite.ts'
import { type Pulled, pullUpCorrelation } from './pull-up-correlation.ts'
import { type Domain, pushDomain, sameKeys } from './push-domain.ts'
import type { Rule, RuleContext } from './rule.ts'

export const decorrelate: Rule = {
  name: 'decorrelate',
  required: true,
  apply: (plan, context) =>
    rewriteUp(plan, (node) => (node.kind === 'join' && node.dependent ? decorrelateJoin(node, context) : node)),
}

function decorrelateJoin(join: JoinNode, context: RuleContext): LogicalPlan {
  const { left, type } = join
  if (type === 'right' || type === 'full' || type === 'asof') throw new InternalError(`dependent ${type} join`)
  const on = join.condition === null ? [] : conjuncts(join.condition)
  const outer = new Set([...freeColumns(join.right)].filter((id) => idsOf(left).has(id)))
  if (outer.size === 0) return { ...join, dependent: false }
  const right = inlineCorrelatedCtes(join.right, outer, context)
  const lateral = projectLater({ ...join, right }, on, outer, context)
  if (lateral !== null) return lateral
  const duplicatesAllowed = type === 'semi' || type === 'anti' || type === 'mark'
  const pulled = pullUpCorrelation(right, { outer, duplicatesAllowed, context })
  if (pulled === null) return joinWithDomain({ ...join, right }, on, outer, context)
  return pulled.defaults === null ? joinOnPredicates(join, on, pulled) : joinWithDefaults(join, on, pulled, context)
}

/** Common table expressions whose definitions are correlated have no single result: each use gets its own. */
function inlineCorrelatedCtes(plan: LogicalPlan, outer: ReadonlySet<number>, context: RuleContext): LogicalPlan {
  return rewriteUp(plan, (node) => {
    if (node.kind !== 'with') return node
    const correlated = [...freeColumns(node.definition)].some((id) => outer.has(id))
    return correlated ? inlineCtes(node, context) : node
  })
}

/** A lateral select list that is correlated, over rows that are not, is computed above the join. */
function projectLater(
  join: JoinNode,
  on: readonly Expr[],
  outer: ReadonlySet<number>,
  context: RuleContext,
): LogicalPlan | null {
  const { right, type, left } = join
  if (right.kind !== 'project' || type !== 'inner') return null
  if (!right.expressions.some((one) => readsAny(one, outer))) return null
  const below = joined({ type, left, right: right.child, on: [], dependent: true })
  const inner = decorrelateJoin(below, context)
  const own = right.columns.map((one, i): Assignment => ({
    column: one,
    expr: right.expressions[i]!,
  }))
  return keepColumns(filtered(projected(inner, [...left.columns.map(pass), ...own]), on), join.columns)
}

function joinOnPredicates(join: JoinNode, on: readonly Expr[], { plan, predicates }: Pulled): LogicalPlan {
  const mark = markOf(join)
  const all = [...join.left.columns, ...plan.columns]
  // A mark is three-valued in the comparison of IN alone: a WHERE that is NULL just leaves the row out.
  const matches = join.type === 'mark' ? predicates.map((one) => twoValued(one, all)) : predicates
  const next = joined({
    type: join.type,
    left: join.left,
    right: plan,
    on: [...on, ...matches],
    ...(mark === undefined ? {} : { mark }),
  })
  return keepColumns(next, join.columns)
}

function twoValued(predicate: Expr, columns: readonly PlanColumn[]): Expr {
  return mayBeNull(predicate, columns) ? call('is_true', [predicate], BOOLEAN) : predicate
}

/** The right side gives exactly one row for each left row: every kind of join becomes a left join and expressions over its row. */
function joinWithDefaults(join: JoinNode, on: readonly Expr[], pulled: Pulled, context: RuleContext): LogicalPlan {
  const { left, right, type } = join
  const { plan, values } = fillDefaults(left, right.columns, pulled, context)
  const condition = conditionOf(on.map((one) => substitute(one, values)))
  const own = (valueOf: (value: Expr) => Expr): readonly Assignment[] =>
    right.columns.map((one) => ({ column: one, expr: valueOf(values.get(one.id)!) }))
  switch (type) {
    case 'inner':
      return projected(filtered(plan, conjuncts(condition)), [...left.columns.map(pass), ...own((value) => value)])
    case 'semi':
      return keepColumns(filtered(plan, conjuncts(condition)), join.columns)
    case 'anti':
      return keepColumns(filtered(plan, [call('is_not_true', [condition], BOOLEAN)]), join.columns)
    case 'mark':
      return projected(plan, [...left.columns.map(pass), { column: markOf(join)!, expr: condition }])
    case 'left':
    case 'single': {
      const valueOf = (value: Expr): Expr => {
        const branches = [{ when: condition, then: value }]
        return on.length === 0 ? value : { kind: 'case', branches, else: literal(null, value.type), type: value.type }
      }
      return projected(plan, [...left.columns.map(pass), ...own(valueOf)])
    }
    case 'right':
    case 'full':
    case 'asof':
      throw new InternalError(`dependent ${type} join`)
  }
}

function conditionOf(on: readonly Expr[]): Expr {
  if (on.length === 0) return literal(true, BOOLEAN)
  return on.length === 1 ? on[0]! : { kind: 'and', args: on, type: BOOLEAN }
}

/** `left` joined with the pulled plan, and what each column of `columns` is there: its default where nothing matches. */
function fillDefaults(
  left: LogicalPlan,
  columns: readonly PlanColumn[],
  { plan, predicates, defaults }: Pulled,
  context: RuleContext,
): { plan: LogicalPlan; values: ReadonlyMap<number, Expr> } {
  // The columns get their own ids back above the join: below it they need others.
  const copy = copyPlan(plan, context)
  const ids = copy.ids
  const on = predicates.map((one) => renameColumns(one, ids))
  const isPlain = columns.every(({ id }) => isNull(defaults?.get(id)))
  const flag = planColumn(context.newId(), 'matched', BOOLEAN, false)
  const right = isPlain
    ? copy.plan
    : projected(copy.plan, [...copy.plan.columns.map(pass), { column: flag, expr: literal(true, BOOLEAN) }])
  const missing = call('is_null', [column(flag.id, BOOLEAN)], BOOLEAN)
  const values = columns.map(({ id, type }): readonly [number, Expr] => {
    const value = column(ids.get(id)!, type)
    const other = defaults?.get(id)
    if (other === undefined || isNull(other)) return [id, value]
    return [id, { kind: 'case', branches: [{ when: missing, then: other }], else: value, type }]
  })
  return { plan: joined({ type: 'left', left, right, on }), values: new Map(values) }
}

function isNull(expr: Expr | undefined): boolean {
  return expr?.kind === 'literal' && expr.value === null
}

function renameColumns(expr: Expr, ids: ReadonlyMap<number, number>): Expr {
  return rewriteExpr(expr, (part) => (part.kind === 'column' ? { ...part, id: ids.get(part.id) ?? part.id } : part))
}

function joinWithDomain(
  join: JoinNode,
  on: readonly Expr[],
  outer: ReadonlySet<number>,
  context: RuleContext,
): LogicalPlan {
  const { left } = join
  const keyColumns = left.columns.filter(({ id }) => outer.has(id))
  const share = !isCheapToRepeat(left) && freeColumns(left).size === 0
  const cteId = share ? context.newCteId() : -1
  const definition = share ? copyPlan(left, context) : null
  const reference = (columns: readonly PlanColumn[], fresh: readonly PlanColumn[]): LogicalPlan => ({
    kind: 'cte-reference',
    cteId,
    name: 'outer_rows',
    columns: fresh,
    definitionColumns: columns.map(({ id }) => definition!.ids.get(id)!),
  })
  const newDomain = (): Domain => {
    const source = definition === null ? copyPlan(left, context) : null
    const fresh = keyColumns.map((one) => ({
      ...one,
      id: source?.ids.get(one.id) ?? context.newId(),
    }))
    const rows = source === null ? reference(keyColumns, fresh) : keepColumns(source.plan, fresh)
    const plan: DistinctNode = { kind: 'distinct', columns: rows.columns, child: rows, on: null }
    return { plan, keys: new Map(keyColumns.map((one, i) => [one.id, fresh[i]!])) }
  }
  const { plan, keys } = pushDomain(join.right, { outer, newDomain, context })
  const ownKeys = new Map(keyColumns.map((one) => [one.id, one]))
  const mark = markOf(join)
  const next = joined({
    type: join.type,
    left: definition === null ? left : reference(left.columns, left.columns),
    right: plan,
    on: [...on, ...sameKeys(ownKeys, keys)],
    ...(mark === undefined ? {} : { mark }),
  })
  const kept = keepColumns(next, join.columns)
  if (definition === null) return kept
  const shared: WithNode = {
    kind: 'with',
    cteId,
    name: 'outer_rows',
    definition: definition.plan,
    child: kept,
    columns: kept.columns,
  }
  return shared
}

/** Scanning a few columns twice costs less than keeping rows, and lets filters reach both scans. */
function isCheapToRepeat(plan: LogicalPlan): boolean {
  for (const { kind } of walkPlan(plan)) {
    if (!['scan', 'values', 'filter', 'project', 'cte-reference'].includes(kind)) return false
  }
  return true
}
