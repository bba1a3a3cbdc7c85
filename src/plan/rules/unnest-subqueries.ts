/**
 * Turns subqueries within expressions into joins; correlated ones become dependent joins, which `decorrelate` takes apart.
 *
 *     Filter a IN (subquery) AND b > (scalar)       Filter b > s
 *       T                                      ->     Join single
 *                                                       Join semi on a = x
 *                                                         T
 *                                                         subquery
 *                                                       scalar
 *
 * A conjunct of a filter needs rows kept or dropped only: semi and anti joins. NOT IN drops a row also where the comparison is unknown,
 * so its anti join matches on `a = x OR a IS NULL OR x IS NULL`. Anywhere else the value itself counts: a mark join gives the
 * three-valued answer of IN, EXISTS and ANY as a column.
 */
import { BOOLEAN } from '../../core/types.ts'
import { InternalError, unsupported } from '../../core/errors.ts'
import { defined } from '../../core/assert.ts'
import {
  type Expr,
  type SubqueryExpr,
  and,
  call,
  column,
  columnsOf,
  conjuncts,
  literal,
  mapChildren,
  someExpr,
} from '../../expr/expr.ts'
import type { AggregateNode, JoinNode, LogicalPlan, PlanColumn } from '../logical.ts'
import { expressionsOf, mapExpressions } from '../node-expressions.ts'
import { copyPlan } from './copy-plan.ts'
import { mayBeNull } from './expr-facts.ts'
import { hasExactlyOneRow } from './plan-facts.ts'
import { filtered, joined, keepColumns, oneRow, planColumn, projected } from './plan-build.ts'
import { freeColumns, idsOf, rewriteUp } from './plan-rewrite.ts'
import type { Rule, RuleContext } from './rule.ts'

export const unnestSubqueries: Rule = {
  name: 'unnest-subqueries',
  required: true,
  apply: (plan, context) => new Unnester(context).unnest(plan),
}

/** The comparison that holds where `name` doesn't (both three-valued). */
const NEGATED: Readonly<Record<string, string>> = {
  eq: 'ne',
  ne: 'eq',
  lt: 'ge',
  ge: 'lt',
  gt: 'le',
  le: 'gt',
}

class Unnester {
  readonly #context: RuleContext
  /** Subqueries placed already: a second use needs columns of its own. */
  readonly #placed = new Set<number>()

  constructor(context: RuleContext) {
    this.#context = context
  }

  unnest(plan: LogicalPlan): LogicalPlan {
    return rewriteUp(plan, (node) => (expressionsOf(node).some(hasSubquery) ? this.#unnestNode(node) : node))
  }

  #unnestNode(node: LogicalPlan): LogicalPlan {
    switch (node.kind) {
      case 'filter':
        return this.#unnestFilter(node.child, conjuncts(node.predicate), node.columns)
      case 'join':
        return this.#unnestJoin(node)
      case 'values':
        return this.#unnestValues(node)
      case 'project':
      case 'aggregate':
      case 'window':
      case 'sort':
      case 'distinct':
      case 'unnest': {
        let child = node.child
        const own = mapExpressions(node, (expr) => {
          const attached = this.#attach(child, expr)
          child = attached.plan
          return attached.expr
        })
        if (own.kind === 'project' || own.kind === 'aggregate') return { ...own, child }
        // The other nodes pass their input's columns on: the subquery's must go again.
        const trailing = node.columns.slice(node.child.columns.length)
        const wide = { ...own, child, columns: [...child.columns, ...trailing] } as LogicalPlan
        return keepColumns(wide, node.columns)
      }
      default:
        throw new InternalError(`subquery in a ${node.kind} node`)
    }
  }

  #unnestFilter(child: LogicalPlan, predicates: readonly Expr[], columns: readonly PlanColumn[]): LogicalPlan {
    let plan = filtered(
      child,
      predicates.filter((one) => !hasSubquery(one)),
    )
    const nested = predicates.filter(hasSubquery)
    const rest: Expr[] = []
    // Comparisons with one value are cheaper than joins, and leave these less to do.
    const constant = nested.filter((one) => this.#readsOneRowOnly(one))
    for (const predicate of constant) {
      const attached = this.#attach(plan, predicate)
      plan = filtered(attached.plan, [attached.expr])
    }
    for (const predicate of nested) {
      if (constant.includes(predicate)) continue
      const join = this.#asSemiJoin(plan, predicate)
      if (join === null) rest.push(predicate)
      else plan = join
    }
    for (const predicate of rest) {
      const attached = this.#attach(plan, predicate)
      plan = filtered(attached.plan, [attached.expr])
    }
    return keepColumns(plan, columns)
  }

  /** Are its subqueries all scalar and uncorrelated? */
  #readsOneRowOnly(expr: Expr): boolean {
    const { subqueries } = this.#context
    return !someExpr(expr, (part) => {
      if (part.kind !== 'subquery') return false
      const stored = subqueries.get(part.plan)
      if (part.form !== 'scalar' || stored === undefined || !hasExactlyOneRow(stored)) return true
      return freeColumns(stored, subqueries).size > 0
    })
  }

  /** The rows of `plan` that satisfy EXISTS, IN, ANY or ALL or its negation; null for other predicates. */
  #asSemiJoin(plan: LogicalPlan, predicate: Expr): LogicalPlan | null {
    const outerNot = predicate.kind === 'call' && predicate.name === 'not' ? predicate.args[0] : undefined
    const expr = outerNot ?? predicate
    if (expr.kind !== 'subquery' || expr.form === 'scalar' || expr.form === 'array') return null
    const right = this.#place(expr)
    const args = this.#attachAll(plan, expr.args)
    const { comparison, negated } = normalize(expr)
    const anti = negated !== (outerNot !== undefined)
    const matches = expr.form === 'exists' ? [] : this.#comparisons(args.exprs, right, comparison)
    const nullables = [...args.plan.columns, ...right.columns]
    const on = anti ? matches.map((one) => isNotFalse(one, nullables)) : matches
    const join = joined({
      type: anti ? 'anti' : 'semi',
      left: args.plan,
      right,
      on,
      dependent: isDependent(right, args.plan),
    })
    return keepColumns(join, plan.columns)
  }

  #comparisons(args: readonly Expr[], right: LogicalPlan, comparison: string): readonly Expr[] {
    return args.map((arg, i) => {
      const { id, type } = defined(right.columns[i], 'a column of the subquery for each expression')
      return call(comparison, [arg, column(id, type)], BOOLEAN)
    })
  }

  #attachAll(plan: LogicalPlan, exprs: readonly Expr[]): { plan: LogicalPlan; exprs: readonly Expr[] } {
    let current = plan
    const out = exprs.map((expr) => {
      const attached = this.#attach(current, expr)
      current = attached.plan
      return attached.expr
    })
    return { plan: current, exprs: out }
  }

  /** Joins every subquery of `expr` to `plan`; the expression then reads the columns that the joins add. */
  #attach(plan: LogicalPlan, expr: Expr): { plan: LogicalPlan; expr: Expr } {
    let current = plan
    const visit = (part: Expr): Expr => {
      const mapped = mapChildren(part, visit)
      if (mapped.kind !== 'subquery') return mapped
      const attached = this.#attachOne(current, mapped)
      current = attached.plan
      return attached.expr
    }
    const out = visit(expr)
    return { plan: current, expr: out }
  }

  #attachOne(plan: LogicalPlan, expr: SubqueryExpr): { plan: LogicalPlan; expr: Expr } {
    const placed = this.#place(expr)
    const right = expr.form === 'array' ? this.#collect(placed, expr) : placed
    const dependent = isDependent(right, plan)
    if (expr.form === 'scalar' || expr.form === 'array') {
      const { id, type } = defined(right.columns[0], 'the column of a scalar subquery')
      return {
        plan: joined({ type: 'single', left: plan, right, on: [], dependent }),
        expr: column(id, type),
      }
    }
    const { comparison, negated } = normalize(expr)
    const on = expr.form === 'exists' ? [] : this.#comparisons(expr.args, right, comparison)
    const nullables = [...plan.columns, ...right.columns]
    const mark = planColumn(
      this.#context.newId(),
      'mark',
      BOOLEAN,
      on.some((one) => mayBeNull(one, nullables)),
    )
    const value = column(mark.id, BOOLEAN)
    return {
      plan: joined({ type: 'mark', left: plan, right, on, mark, dependent }),
      expr: negated ? call('not', [value], BOOLEAN) : value,
    }
  }

  /** The subquery's own plan, its subqueries unnested too. */
  #place({ plan: id, form }: SubqueryExpr): LogicalPlan {
    const stored = defined(this.#context.subqueries.get(id), `subquery ${id}`)
    const used = this.#placed.has(id)
    this.#placed.add(id)
    let plan = this.unnest(stored)
    if (used) plan = copyPlan(plan, this.#context).plan
    // Whether rows exist depends neither on their order nor on a limit that lets one through.
    while (form === 'exists' && isIdleLimit(plan)) plan = plan.child
    while (form !== 'scalar' && form !== 'array' && plan.kind === 'sort' && plan.limit === null) plan = plan.child
    return plan
  }

  /** ARRAY(subquery): one row, an empty array for no rows. */
  #collect(plan: LogicalPlan, expr: SubqueryExpr): LogicalPlan {
    const sorted = plan.kind === 'sort' && plan.limit === null && plan.offset === 0 ? plan : null
    const { id, type, name } = defined(plan.columns[0], 'the column of ARRAY(subquery)')
    const collected = planColumn(this.#context.newId(), name, expr.type)
    const child = sorted?.child ?? plan
    const aggregate: AggregateNode = {
      kind: 'aggregate',
      columns: [collected],
      child,
      groups: [],
      calls: [
        {
          name: 'array_agg',
          args: [column(id, type)],
          distinct: false,
          filter: null,
          orderBy: sorted?.keys ?? [],
          type: expr.type,
        },
      ],
      groupingSets: null,
    }
    const value = column(collected.id, expr.type)
    const whenEmpty = { when: call('is_null', [value], BOOLEAN), then: literal([], expr.type) }
    const filled: Expr = { kind: 'case', branches: [whenEmpty], else: value, type: expr.type }
    return projected(aggregate, [{ column: planColumn(this.#context.newId(), name, expr.type, false), expr: filled }])
  }

  #unnestJoin(node: JoinNode): LogicalPlan {
    const parts = conjuncts(defined(node.condition, 'a condition with a subquery'))
    const plain = parts.filter((one) => !hasSubquery(one))
    const nested = parts.filter(hasSubquery)
    if (node.type === 'inner') {
      const join = joined({ ...node, on: plain })
      return this.#unnestFilter(join, nested, node.columns)
    }
    let { left, right } = node
    const on = nested.map((predicate) => {
      const visit = (part: Expr): Expr => {
        const mapped = mapChildren(part, visit)
        if (mapped.kind !== 'subquery') return mapped
        // Of the inputs as they are now: what this one compares may be a subquery that was joined before.
        const onLeft = this.#sideOf(mapped, predicate, { left, right }) === 'left'
        const attached = this.#attachOne(onLeft ? left : right, mapped)
        if (onLeft) left = attached.plan
        else right = attached.plan
        return attached.expr
      }
      return visit(predicate)
    })
    return keepColumns(joined({ ...node, left, right, on: [...plain, ...on] }), node.columns)
  }

  /** The input of an outer join that has all columns the subquery reads; where it reads none, that of its predicate's others. */
  #sideOf(expr: SubqueryExpr, predicate: Expr, inputs: Pick<JoinNode, 'left' | 'right'>): 'left' | 'right' {
    const own = this.#usedBy(expr)
    const reads = (used: ReadonlySet<number>, side: LogicalPlan): boolean => [...idsOf(side)].some((id) => used.has(id))
    const readsAny = reads(own, inputs.left) || reads(own, inputs.right)
    const used = readsAny ? own : this.#usedBy(predicate)
    const readsLeft = reads(used, inputs.left)
    const readsRight = reads(used, inputs.right)
    if (readsAny && readsLeft && readsRight) {
      throw unsupported('a subquery in the condition of an outer join that refers to both sides')
    }
    return readsLeft ? 'left' : 'right'
  }

  /** Columns that the subqueries within read, and what is compared with them. */
  #usedBy(expr: Expr): ReadonlySet<number> {
    const { subqueries } = this.#context
    const used = new Set<number>()
    someExpr(expr, (part) => {
      if (part.kind !== 'subquery') return false
      for (const id of freeColumns(defined(subqueries.get(part.plan), `subquery ${part.plan}`), subqueries))
        used.add(id)
      for (const arg of part.args) for (const id of columnsOf(arg)) used.add(id)
      return false
    })
    return used
  }

  /** VALUES with subqueries: one projection a row. */
  #unnestValues(node: Extract<LogicalPlan, { kind: 'values' }>): LogicalPlan {
    const rows = node.rows.map((row, rowIndex) => {
      const attached = this.#attachAll(oneRow(), row)
      const columns = node.columns.map((one) =>
        rowIndex === 0 && node.rows.length === 1 ? one : { ...one, id: this.#context.newId() },
      )
      return projected(
        attached.plan,
        columns.map((one, i) => ({
          column: one,
          expr: defined(attached.exprs[i], 'a value for each column'),
        })),
      )
    })
    if (rows.length === 1) return rows[0]!
    return {
      kind: 'set-operation',
      columns: node.columns,
      operator: 'union',
      all: true,
      children: rows,
    }
  }
}

function hasSubquery(expr: Expr): boolean {
  return someExpr(expr, ({ kind }) => kind === 'subquery')
}

/** `x op ALL (s)` is `NOT (x negated-op ANY (s))`. */
function normalize({ form, comparison, negated }: SubqueryExpr): {
  comparison: string
  negated: boolean
} {
  if (form === 'in') return { comparison: 'eq', negated }
  if (form !== 'all') return { comparison, negated }
  const opposite = NEGATED[comparison]
  if (opposite === undefined) throw unsupported(`${comparison} with ALL`)
  return { comparison: opposite, negated: !negated }
}

/** True where the comparison is TRUE or NULL. */
function isNotFalse(comparison: Expr, columns: readonly PlanColumn[]): Expr {
  const args = comparison.kind === 'call' ? comparison.args : []
  const nullTests = args.filter((arg) => mayBeNull(arg, columns)).map((arg) => call('is_null', [arg], BOOLEAN))
  if (nullTests.length === 0) return and([comparison])
  return { kind: 'or', args: [comparison, ...nullTests], type: BOOLEAN }
}

function isDependent(right: LogicalPlan, left: LogicalPlan): boolean {
  const free = freeColumns(right)
  return left.columns.some(({ id }) => free.has(id))
}

function isIdleLimit(plan: LogicalPlan): plan is Extract<LogicalPlan, { kind: 'limit' | 'sort' }> {
  if (plan.kind !== 'limit' && plan.kind !== 'sort') return false
  return plan.offset === 0 && (plan.limit === null || plan.limit >= 1)
}
