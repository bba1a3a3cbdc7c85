/** USING and NATURAL: equalities over columns of the same name, which stand once in the result. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, sameType, typeName } from '../../core/types.ts'
import { commonType } from '../../expr/coerce.ts'
import { type Expr, and, call, column } from '../../expr/expr.ts'
import type { Identifier } from '../../sql/ast.ts'
import type { JoinNode, LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'
import { toScopeColumn } from './bound-columns.ts'
import { type FromItem, type ScopeColumn, pickColumn } from './scope.ts'
import { callOperator, coerce } from './typing.ts'

type Combine = (
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: JoinNode['type'],
  condition: Expr | null,
  at: TextRange,
) => FromItem

/** The names that NATURAL joins by, in the left side's order. */
export function commonNames(left: FromItem, right: FromItem, at: TextRange): readonly Identifier[] {
  const names = new Set(right.columns.filter(({ hidden }) => !hidden).map(({ name }) => name))
  return left.columns
    .filter(({ hidden, name }) => !hidden && names.has(name))
    .map(({ name }) => ({ name, quoted: true, at }))
}

interface Merged {
  readonly left: ScopeColumn
  readonly right: ScopeColumn
  readonly type: DataType
  readonly name: string
  readonly at: TextRange
}

export function mergeColumns(
  binder: Binder,
  left: FromItem,
  right: FromItem,
  type: JoinNode['type'],
  names: readonly Identifier[],
  at: TextRange,
  combine: Combine,
  asof: boolean,
): FromItem {
  const merged = names.map((name) => findPair(left, right, name))
  const condition = and(
    merged.map((pair, i) => comparison(binder, pair, asof && i === merged.length - 1 ? ['ge', '>='] : ['eq', '='])),
  )
  const joined = combine(binder, left, right, type, condition, at)
  if (type === 'semi' || type === 'anti') return joined
  const extra: PlanColumn[] = []
  const expressions: Expr[] = []
  const columns = merged.map((pair): ScopeColumn => {
    const expr = mergedValue(binder, pair, type)
    if (expr.kind === 'column') {
      const side = type === 'right' ? pair.right : pair.left
      return { ...side, name: pair.name }
    }
    const output = binder.newColumn(pair.name, pair.type, true)
    extra.push(output)
    expressions.push(expr)
    return toScopeColumn(output, false)
  })
  const gone = new Set(merged.flatMap((pair) => [pair.left.id, pair.right.id]))
  return {
    plan: extra.length === 0 ? joined.plan : withColumns(joined.plan, expressions, extra),
    relations: joined.relations,
    lateral: joined.lateral,
    columns: [...columns, ...joined.columns.filter(({ id }) => !gone.has(id))],
  }
}

function findPair(left: FromItem, right: FromItem, name: Identifier): Merged {
  const [a, b] = (
    [
      ['left', left],
      ['right', right],
    ] as const
  ).map(([side, item]) => {
    const found = pickSide(item, name, side)
    if (found !== null) return found
    throw new SqlError('42703', `column "${name.name}" specified in USING clause does not exist in ${side} table`, {
      at: name.at,
    })
  }) as [ScopeColumn, ScopeColumn]
  const type = commonType([a.type, b.type])
  if (type === null) {
    throw new SqlError('42804', `JOIN/USING types ${typeName(a.type)} and ${typeName(b.type)} cannot be matched`, {
      at: name.at,
    })
  }
  return { left: a, right: b, type, name: a.name, at: name.at }
}

function pickSide({ columns }: FromItem, name: Identifier, side: string): ScopeColumn | null {
  const count = columns.filter((other) => other.name === name.name && !other.hidden).length
  if (count > 1) {
    throw new SqlError('42702', `common column name "${name.name}" appears more than once in ${side} table`, {
      at: name.at,
    })
  }
  return pickColumn(columns, name, name.at)
}

function comparison(binder: Binder, { left, right, at }: Merged, [name, symbol]: readonly [string, string]): Expr {
  const args = [column(left.id, left.type), column(right.id, right.type)]
  return callOperator(binder, name, symbol, args, [at, at], at)
}

/** The value that stands for both: of the side that is always there. */
function mergedValue(binder: Binder, { left, right, type, at }: Merged, join: JoinNode['type']): Expr {
  const value = (from: ScopeColumn): Expr => coerce(binder, column(from.id, from.type), type, at)
  if (join === 'full') return call('coalesce', [value(left), value(right)], type)
  const kept = join === 'right' ? right : left
  return sameType(kept.type, type) ? column(kept.id, kept.type) : value(kept)
}

function withColumns(child: LogicalPlan, expressions: readonly Expr[], extra: readonly PlanColumn[]): LogicalPlan {
  return {
    kind: 'project',
    child,
    expressions: [...child.columns.map(({ id, type }) => column(id, type)), ...expressions],
    columns: [...child.columns, ...extra],
  }
}
