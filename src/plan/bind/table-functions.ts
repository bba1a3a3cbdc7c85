/** Functions in FROM: unnest, generate_series, and scalar functions as tables of one row. */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT } from '../../core/types.ts'
import { type Expr, call, column, literal } from '../../expr/expr.ts'
import { functionNames } from '../../expr/functions/index.ts'
import type { FunctionCall, TableFunction } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import { argumentsInOrder } from './call-arguments.ts'
import type { Binder } from './binder.ts'
import { renameColumns, toScopeColumn } from './bound-columns.ts'
import { nearestName } from './nearest-name.ts'
import { isBuiltinTableFunction } from './resolve-tables.ts'
import type { FromItem, Scope } from './scope.ts'
import { bindLists, isSetReturning } from './set-returning.ts'
import { settle } from './typing.ts'

/** Binds a function call in FROM, or those of ROWS FROM; their arguments may read what stands to the left (`scope`). */
export function bindTableFunction(binder: Binder, ast: TableFunction, scope: Scope): FromItem {
  const calls = [ast.call, ...(ast.beside ?? [])]
  const users = calls.length === 1 ? (binder.tables.users?.bindTable(binder, ast, scope) ?? null) : null
  if (users !== null) return users
  const { ordinality, alias, at } = ast
  const name = calls[0]!.name.parts.at(-1)!.name
  const values: LogicalPlan = { kind: 'values', rows: [[]], columns: [] }
  const lists = calls.flatMap((one) => listsOf(binder, one, scope))
  const [first] = lists
  const columnName = (of: string): string => (alias !== null && lists.length === 1 ? alias.name.name : of)
  const item =
    calls.length === 1 && !first!.isSet
      ? oneRow(binder, values, first!.list, columnName(name), ordinality)
      : unnest(
          binder,
          values,
          lists.map((one) => ({ list: one.isSet ? one.list : listOf(one.list), name: columnName(one.name) })),
          ordinality,
        )
  const columns = renameColumns(
    item.columns.map((from) => toScopeColumn(from, false)),
    alias?.columns ?? [],
    alias?.name.name ?? name,
    at,
  )
  return {
    plan: item,
    lateral: true,
    columns,
    relations: [{ name: alias?.name.name ?? name, path: [], columns }],
  }
}

interface BoundList {
  readonly name: string
  readonly list: Expr
  /** False for the value of a function that gives one. */
  readonly isSet: boolean
}

function listsOf(binder: Binder, ast: FunctionCall, scope: Scope): readonly BoundList[] {
  const name = ast.name.parts.at(-1)!.name
  if (!isBuiltinTableFunction(name)) throw missingTableFunction(name, ast.at)
  const isSet = isSetReturning(name) || name === 'range'
  const inOrder = isSet ? { ...ast, arguments: argumentsInOrder(name, ast) } : ast
  const lists = isSet ? bindLists(binder, name, inOrder, scope) : [settle(binder.expression(ast, scope))]
  return lists.map((list) => ({ name, list, isSet }))
}

/** A list of the one value. */
function listOf(value: Expr): Expr {
  const type: DataType = { kind: 'list', element: { name: 'element', type: value.type, nullable: true } }
  return call('list', [value], type)
}

function missingTableFunction(name: string, at: TextRange): SqlError {
  const nearest = nearestName(name, ['unnest', ...functionNames()])
  return new SqlError('42883', `function ${name} does not exist`, {
    at,
    ...(nearest === undefined ? {} : { hint: `Perhaps you meant the function "${nearest}".` }),
  })
}

/** A row an element; several lists side by side, the shorter ones filled up with NULLs. */
function unnest(
  binder: Binder,
  child: LogicalPlan,
  named: readonly { readonly list: Expr; readonly name: string }[],
  ordinality: boolean,
): LogicalPlan {
  const lists = named.map(({ list }) => list)
  const elements = named.flatMap(({ list, name }): readonly PlanColumn[] => {
    const { type } = list
    if (type.kind === 'map') {
      return [type.key, type.value].map((part) => binder.newColumn(part.name, part.type, true))
    }
    return type.kind === 'list' ? [binder.newColumn(name, type.element.type, true)] : []
  })
  if (lists.some(({ type }) => type.kind === 'map')) throw unsupported('unnest of a map')
  const ordinal = ordinality ? [binder.newColumn('ordinality', BIGINT, false)] : []
  const plan: LogicalPlan = {
    kind: 'unnest',
    child,
    lists,
    ordinality,
    outer: false,
    columns: [...elements, ...ordinal],
  }
  return elements.some(({ type }) => type.kind === 'struct') ? flattenStructs(binder, plan, elements, ordinal) : plan
}

/** Elements that are structs become a column a field, as composite types do in PostgreSQL. */
function flattenStructs(
  binder: Binder,
  child: LogicalPlan,
  elements: readonly PlanColumn[],
  ordinal: readonly PlanColumn[],
): LogicalPlan {
  const expressions: Expr[] = []
  const columns: PlanColumn[] = []
  for (const element of elements) {
    const value = column(element.id, element.type)
    if (element.type.kind !== 'struct') {
      expressions.push(value)
      columns.push(element)
      continue
    }
    for (const field of element.type.fields) {
      expressions.push(call('field', [value, literal(field.name, { kind: 'varchar' })], field.type))
      columns.push(binder.newColumn(field.name, field.type, true))
    }
  }
  return {
    kind: 'project',
    child,
    expressions: [...expressions, ...ordinal.map(({ id, type }) => column(id, type))],
    columns: [...columns, ...ordinal],
  }
}

function oneRow(binder: Binder, child: LogicalPlan, value: Expr, name: string, ordinality: boolean): LogicalPlan {
  const columns = [binder.newColumn(name, value.type, true)]
  const expressions: Expr[] = [value]
  if (ordinality) {
    columns.push(binder.newColumn('ordinality', BIGINT, false))
    expressions.push(literal(1n, BIGINT))
  }
  return { kind: 'project', child, expressions, columns }
}
