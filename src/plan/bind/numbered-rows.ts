/**
 * Clauses that keep rows by their number: WITH TIES, LIMIT of a percentage, POSITIONAL JOIN. Each is a window below a filter:
 *
 *     ... ORDER BY a LIMIT 10%   ->   Filter  (row_number - offset) * 100 <= 10 * count
 *                                       Window  row_number() OVER (ORDER BY a)
 *                                         Window  count(*) OVER ()
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { BIGINT, BOOLEAN, decimal } from '../../core/types.ts'
import { type Expr, and, call, column, literal } from '../../expr/expr.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type { LogicalPlan, PlanColumn, SortKey } from '../logical.ts'
import type { Binder } from './binder.ts'
import { coerce, isUntyped } from './typing.ts'

/** Functions of a window that number or count rows; one bigint column each. */
type Numbering = 'row_number' | 'rank' | 'count_star'

/** `child` with the numbers as further columns. */
export function numberRows(
  binder: Binder,
  child: LogicalPlan,
  orderBy: readonly SortKey[],
  names: readonly Numbering[],
): { readonly plan: LogicalPlan; readonly numbers: readonly PlanColumn[] } {
  const numbers = names.map((name) => binder.newColumn(name, BIGINT, false))
  const plan: LogicalPlan = {
    kind: 'window',
    child,
    partitionBy: [],
    orderBy,
    calls: names.map((name) => ({ name, args: [], distinct: false, filter: null, orderBy: [], type: BIGINT })),
    frame: null,
    columns: [...child.columns, ...numbers],
  }
  return { plan, numbers }
}

/** FETCH FIRST n ROWS WITH TIES: rows up to n, and those that are equal in the order to the last of them. */
export function keepTies(binder: Binder, plan: LogicalPlan, limit: number, offset: number, at: TextRange): LogicalPlan {
  if (plan.kind === 'project') return { ...plan, child: keepTies(binder, plan.child, limit, offset, at) }
  if (plan.kind !== 'sort') {
    throw new SqlError('42601', 'WITH TIES cannot be specified without ORDER BY clause', { at })
  }
  const { child, keys } = plan
  const { plan: window, numbers } = numberRows(binder, child, keys, ['rank', 'row_number'])
  const [rank, number] = numbers as [PlanColumn, PlanColumn]
  return keep(window, child, [
    compare('le', read(rank), bigint(limit + offset)),
    compare('gt', read(number), bigint(offset)),
  ])
}

/** A share of all rows, behind the first `offset` ones. */
export interface Share {
  /** Of a hundred, in millionths. */
  readonly millionths: bigint
  /** What happens to a part of a row. */
  readonly rounding: 'floor' | 'ceiling'
  readonly withTies: boolean
}

const HUNDRED = 100_000_000n

export function keepShare(binder: Binder, plan: LogicalPlan, share: Share, offset: number, at: TextRange): LogicalPlan {
  if (plan.kind === 'project') return { ...plan, child: keepShare(binder, plan.child, share, offset, at) }
  if (share.withTies && plan.kind !== 'sort') {
    throw new SqlError('42601', 'WITH TIES cannot be specified without ORDER BY clause', { at })
  }
  const [child, keys] = plan.kind === 'sort' ? [plan.child, plan.keys] : [plan, []]
  const counted = numberRows(binder, child, [], ['count_star'])
  const { plan: window, numbers } = numberRows(binder, counted.plan, keys, ['row_number', 'rank'])
  const [number, rank] = numbers as [PlanColumn, PlanColumn]
  const behind = arithmetic('subtract', read(share.withTies ? rank : number), bigint(offset))
  const wanted = arithmetic('multiply', read(counted.numbers[0]!), literal(share.millionths, BIGINT))
  const within =
    share.rounding === 'floor'
      ? compare('le', arithmetic('multiply', behind, literal(HUNDRED, BIGINT)), wanted)
      : compare(
          'lt',
          arithmetic('multiply', arithmetic('subtract', behind, bigint(1)), literal(HUNDRED, BIGINT)),
          wanted,
        )
  return keep(window, child, [within, compare('gt', read(number), bigint(offset))])
}

/** The constant percentage of a LIMIT or a sample, in millionths; null for NULL. */
export function percentage(binder: Binder, bound: Expr, what: string, at: TextRange): bigint | null {
  const type = decimal(20, 6)
  const expr = isUntyped(bound)
    ? coerce(binder, bound, type, at)
    : ({ kind: 'cast', arg: bound, type, try: false } as const)
  const value = binder.locate(at, () => evaluateConstant(expr, binder.context.session)) as bigint | null
  if (value !== null && (value < 0n || value > HUNDRED)) {
    throw new SqlError('2202H', `${what} percentage must be between 0 and 100`, { at })
  }
  return value
}

/** The rows of `window` for which all conditions hold, without the numbers. */
function keep(window: LogicalPlan, child: LogicalPlan, conditions: readonly Expr[]): LogicalPlan {
  const filter: LogicalPlan = {
    kind: 'filter',
    child: window,
    predicate: and(conditions),
    columns: window.columns,
  }
  const expressions = child.columns.map(({ id, type }) => column(id, type))
  return { kind: 'project', child: filter, expressions, columns: child.columns }
}

function read({ id, type }: PlanColumn): Expr {
  return column(id, type)
}

function bigint(value: number): Expr {
  return literal(BigInt(value), BIGINT)
}

function compare(name: string, a: Expr, b: Expr): Expr {
  return call(name, [a, b], BOOLEAN)
}

function arithmetic(name: string, a: Expr, b: Expr): Expr {
  return call(name, [a, b], BIGINT)
}
