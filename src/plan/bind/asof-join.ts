/**
 * ASOF JOIN: beside each left row the one right row that is nearest by an inequality.
 *
 *     a ASOF JOIN b ON a.k = b.k AND a.t >= b.t   ->   Filter  present
 *                                                        Join asof  (a.k = b.k AND a.t >= b.t)
 *                                                          a
 *                                                          Project  b.*, true AS present
 *
 * ASOF LEFT JOIN is the join alone. With USING the last column is the one that is compared: left >= right.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { BOOLEAN, sameType, storageOf } from '../../core/types.ts'
import { type Expr, column, columnsOf, conjuncts, literal } from '../../expr/expr.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'
import { hasSubquery } from './repeated.ts'
import type { FromItem } from './scope.ts'

const INEQUALITIES: ReadonlySet<string> = new Set(['lt', 'le', 'gt', 'ge'])

/** The plan of the join; `right` is the nullable item for a left join. */
export function asofPlan(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  condition: Expr,
  isLeft: boolean,
  at: TextRange,
): LogicalPlan {
  checkCondition(left, right, condition, at)
  const join = (held: LogicalPlan): LogicalPlan => ({
    kind: 'join',
    type: 'asof',
    left: left.plan,
    right: held,
    condition,
    dependent: false,
    columns: [...left.plan.columns, ...held.columns.map(nullable)],
  })
  if (isLeft) return join(right.plan)
  const present = binder.newColumn('present', BOOLEAN, true)
  const marked: LogicalPlan = {
    kind: 'project',
    child: right.plan,
    expressions: [...right.plan.columns.map(({ id, type }) => column(id, type)), literal(true, BOOLEAN)],
    columns: [...right.plan.columns, present],
  }
  const joined = join(marked)
  const found: LogicalPlan = {
    kind: 'filter',
    child: joined,
    predicate: column(present.id, BOOLEAN),
    columns: joined.columns,
  }
  const columns = [...left.plan.columns, ...right.plan.columns.map(nullable)]
  return { kind: 'project', child: found, expressions: columns.map(({ id, type }) => column(id, type)), columns }
}

function nullable(from: PlanColumn): PlanColumn {
  return from.nullable ? from : { ...from, nullable: true }
}

/** Equalities of the two sides, and one inequality. */
function checkCondition(left: FromItem, right: FromItem, condition: Expr, at: TextRange): void {
  const [leftIds, rightIds] = [left, right].map((item) => new Set(item.plan.columns.map(({ id }) => id)))
  const isOver = (expr: Expr, ids: ReadonlySet<number>): boolean => {
    const read = [...columnsOf(expr)]
    return read.length > 0 && read.every((id) => ids.has(id)) && !hasSubquery(expr)
  }
  let inequalities = 0
  for (const part of conjuncts(condition)) {
    const [a, b] = part.kind === 'call' ? part.args : []
    const isComparison = part.kind === 'call' && (part.name === 'eq' || INEQUALITIES.has(part.name))
    const apart =
      a !== undefined &&
      b !== undefined &&
      ((isOver(a, leftIds!) && isOver(b, rightIds!)) || (isOver(b, leftIds!) && isOver(a, rightIds!)))
    if (!isComparison || !apart || !sameType(a.type, b.type) || !isOrdered(a)) {
      throw unsupported('a condition of an ASOF JOIN that is no comparison of its two sides', { at })
    }
    if (part.name !== 'eq') inequalities++
  }
  if (inequalities === 1) return
  const what = inequalities === 0 ? 'needs an inequality' : 'takes one inequality only'
  throw new SqlError('42601', `an ASOF JOIN ${what}`, { at })
}

function isOrdered({ type }: Expr): boolean {
  const storage = storageOf(type)
  return storage !== 'list' && storage !== 'struct' && storage !== 'interval'
}
