/** UNION, INTERSECT, EXCEPT: sides brought to the same columns. */
import { SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, VARCHAR, typeName } from '../../core/types.ts'
import { commonType, commonValueType } from '../../expr/coerce.ts'
import { type Expr, column, literal } from '../../expr/expr.ts'
import type { QueryBody, SetOperation } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { castColumns, settleTypes, toScopeColumn } from './bound-columns.ts'
import type { ScopeColumn } from './scope.ts'

export function bindSetOperation(
  binder: Binder,
  ast: SetOperation,
  bindSide: (side: QueryBody) => BoundQuery,
): BoundQuery {
  const { operator, all, at } = ast
  const sides = flatten(ast).map(bindSide)
  const aligned = ast.byName
    ? alignByName(
        binder,
        sides.map((side) => settleTypes(binder, side, at)),
      )
    : sides
  const [first] = aligned as readonly [BoundQuery, ...BoundQuery[]]
  const width = first.columns.length
  if (aligned.some(({ columns }) => columns.length !== width)) {
    throw new SqlError('42601', `each ${operator.toUpperCase()} query must have the same number of columns`, { at })
  }
  if (width === 0) throw unsupported(`${operator.toUpperCase()} of queries without columns`, { at })
  const types = first.columns.map((_, i) =>
    columnType(
      ast,
      aligned.map((side) => side.columns[i]!.type),
    ),
  )
  const children = aligned.map((side) => castColumns(binder, settleNested(binder, side, types, ast), types, at))
  const columns = first.columns.map(({ name }, i): PlanColumn => {
    const nullable = (operator === 'except' ? children.slice(0, 1) : children).some(
      (child) => child.columns[i]!.nullable,
    )
    return binder.newColumn(name, types[i]!, nullable)
  })
  const plan: LogicalPlan = {
    kind: 'set-operation',
    operator,
    all,
    children: children.map((child) => child.plan),
    columns,
  }
  const stored = (i: number): boolean => children.every((child) => child.columns[i]!.stored)
  return { plan, columns: columns.map((output, i) => toScopeColumn(output, stored(i))) }
}

/** `a UNION ALL b UNION ALL c` is one operation of three; the others pair up as written. */
function flatten(ast: SetOperation): readonly QueryBody[] {
  const { left } = ast
  const same =
    ast.operator === 'union' &&
    left.kind === 'set-operation' &&
    left.operator === 'union' &&
    left.all === ast.all &&
    !left.byName &&
    !ast.byName
  return same ? [...flatten(left), ast.right] : [left, ast.right]
}

function columnType({ operator, at }: SetOperation, types: readonly DataType[]): DataType {
  const type = commonValueType(types)
  if (type === null) {
    const [a, b] = mismatch(types)
    throw new SqlError('42804', `${operator.toUpperCase()} types ${typeName(a)} and ${typeName(b)} cannot be matched`, {
      at,
    })
  }
  return type.kind === 'null' ? VARCHAR : type
}

function mismatch(types: readonly DataType[]): readonly [DataType, DataType] {
  let common = types[0]!
  for (const type of types.slice(1)) {
    const next = commonType([common, type])
    if (next === null) return [common, type]
    common = next
  }
  return [common, common]
}

/** Untyped literals can be given a type in a projection on top; further below they are settled first. */
function settleNested(binder: Binder, side: BoundQuery, types: readonly DataType[], { at }: SetOperation): BoundQuery {
  if (side.plan.kind === 'project') return side
  const settled = settleTypes(binder, side, at)
  return settled === side || types.length === 0 ? side : settled
}

/** BY NAME: the columns of all sides in the order of their first appearance, NULL where a side has none. */
function alignByName(binder: Binder, sides: readonly BoundQuery[]): readonly BoundQuery[] {
  const names = [...new Set(sides.flatMap(({ columns }) => columns.map(({ name }) => name)))]
  return sides.map((side) => {
    const expressions: Expr[] = []
    const outputs: PlanColumn[] = []
    const columns = names.map((name): ScopeColumn => {
      const found = side.columns.find((from) => from.name === name)
      const output =
        found === undefined
          ? binder.newColumn(name, { kind: 'null' }, true)
          : side.plan.columns.find(({ id }) => id === found.id)!
      outputs.push(output)
      expressions.push(found === undefined ? literal(null, { kind: 'null' }) : column(found.id, found.type))
      return toScopeColumn(output, found?.stored ?? false, name)
    })
    return { plan: { kind: 'project', child: side.plan, expressions, columns: outputs }, columns }
  })
}
