/**
 * Functions that give rows. Each is a function of the registry that gives a list, unnested: in FROM, and in the select list, where
 *
 *     SELECT a, generate_series(1, a) FROM t   ->   Project a, #element
 *                                                     Unnest series_list(1, a)
 *                                                       Scan t
 *
 * Several stand side by side, the shorter ones filled up with NULLs; one within another's arguments comes below it.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { type Expr, column, columnsOf } from '../../expr/expr.ts'
import type { FunctionCall } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { Binder } from './binder.ts'
import { columnsRead } from './free-columns.ts'
import type { Projection } from './projection.ts'
import type { Scope } from './scope.ts'
import { asJsonb, callFunction, settle } from './typing.ts'

/** Functions that give rows, and the functions of their lists. */
const LISTS: Readonly<Record<string, string>> = {
  generate_series: 'series_list',
  generate_subscripts: 'subscripts_list',
  regexp_matches: 'regexp_matches_list',
  regexp_split_to_table: 'regexp_split_to_array',
  string_to_table: 'string_to_array',
  explode: 'unnest',
  json_array_elements: 'json_elements',
  jsonb_array_elements: 'jsonb_elements',
  json_array_elements_text: 'json_element_texts',
  jsonb_array_elements_text: 'json_element_texts',
  json_object_keys: 'json_keys',
  jsonb_object_keys: 'json_keys',
  json_each: 'json_entries',
  jsonb_each: 'jsonb_entries',
  json_each_text: 'json_entry_texts',
  jsonb_each_text: 'json_entry_texts',
  jsonb_path_query: 'jsonb_path_items',
  jsonb_path_query_tz: 'jsonb_path_items',
}

/** Whether a function of this name gives rows wherever it stands; range does so in FROM only. */
export function isSetReturning(name: string): boolean {
  return name === 'unnest' || Object.hasOwn(LISTS, name)
}

/** The lists of a call, side by side: unnest may have several. */
export function bindLists(binder: Binder, name: string, ast: FunctionCall, scope: Scope): readonly Expr[] {
  if (name === 'unnest' || name === 'explode') return unnestArguments(binder, ast, scope)
  const list = Object.hasOwn(LISTS, name) ? LISTS[name]! : name
  const values = ast.arguments.map((argument) => {
    if (argument.name !== null) throw unsupported('a named argument here', { at: argument.at })
    return argument.value
  })
  const places = values.map((value) => value.at)
  const bound = values.map((value) => binder.expression(value, scope))
  const args = asJsonb(binder, name, bound, places)
  try {
    return [callFunction(binder, list, args, places, ast.at)]
  } catch (error) {
    // The function that was written is the one to name.
    if (!(error instanceof SqlError) || error.sqlstate !== '42883' || list === name) throw error
    throw new SqlError('42883', error.message.replace(`function ${list}(`, `function ${name}(`), {
      ...(error.at === undefined ? {} : { at: error.at }),
      hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
    })
  }
}

function unnestArguments(binder: Binder, ast: FunctionCall, scope: Scope): readonly Expr[] {
  if (ast.arguments.length === 0) throw new SqlError('42883', 'function unnest() does not exist', { at: ast.at })
  return ast.arguments.map(({ value }) => {
    const list = binder.expression(value, scope)
    if (list.type.kind !== 'list' && list.type.kind !== 'map') {
      throw new SqlError(
        '42883',
        `function unnest(${list.type.kind === 'null' ? 'unknown' : list.type.kind}) does not exist`,
        {
          at: value.at,
          hint: 'No function matches the given name and argument types. You might need to add explicit type casts.',
        },
      )
    }
    return list
  })
}

/** Functions that give rows in the select list: gathered while it is bound. */
export interface UnnestedList {
  readonly list: Expr
  readonly column: PlanColumn
  /** 0, or one more than the highest among those that the list reads. */
  readonly level: number
}

/** Binds a call in the select list: the result reads the column that the unnest will give. */
export function bindInSelectList(binder: Binder, name: string, ast: FunctionCall, scope: Scope): Expr {
  checkPlace(scope, ast.at)
  const lists = bindLists(binder, name, ast, scope)
  const [list] = lists
  if (list === undefined || lists.length > 1)
    throw unsupported('unnest of several lists outside of FROM', { at: ast.at })
  return unnestInSelectList(binder, name, settle(list), scope, ast.at)
}

function checkPlace({ clause, unnested }: Scope, at: TextRange): void {
  if (unnested !== null && clause.name === 'SELECT' && !clause.insideAggregate && !clause.insideWindow) return
  throw notAllowed(clause.insideAggregate ? 'aggregate function calls' : clause.name, at)
}

/** A list whose elements become rows of the select list. */
export function unnestInSelectList(binder: Binder, name: string, list: Expr, scope: Scope, at: TextRange): Expr {
  checkPlace(scope, at)
  const unnested = scope.unnested!
  const { type } = list
  if (type.kind !== 'list') throw unsupported(`${name} of a map outside of FROM`, { at })
  const read = columnsOf(list)
  const level = unnested.reduce(
    (most, { column: { id }, level: of }) => (read.has(id) ? Math.max(most, of + 1) : most),
    0,
  )
  const made = binder.newColumn(name, type.element.type, true)
  unnested.push({ list, column: made, level })
  return column(made.id, made.type)
}

function notAllowed(where: string, at: TextRange): SqlError {
  return unsupported(`a set-returning function in ${where}`, {
    at,
    hint: 'You might be able to move the set-returning function into a LATERAL FROM item.',
  })
}

/** Refuses calls that a conditional expression would have to skip: `before` of them were there before its parts were bound. */
export function refuseConditional(scope: Scope, before: number, what: string, at: TextRange): void {
  if ((scope.unnested?.length ?? 0) > before) throw notAllowed(what, at)
}

/** The plan below the select list. */
export function unnestSelectList(
  plan: LogicalPlan,
  unnested: readonly UnnestedList[],
  regroup: (expr: Expr) => Expr,
): LogicalPlan {
  let result = plan
  for (let level = 0; unnested.some((one) => one.level === level); level++) {
    const here = unnested.filter((one) => one.level === level)
    result = {
      kind: 'unnest',
      child: result,
      lists: here.map(({ list }) => regroup(list)),
      ordinality: false,
      outer: false,
      columns: [...result.columns, ...here.map((one) => one.column)],
    }
  }
  return result
}

/** Whether the expression reads rows of one of the lists. */
export function readsUnnested(expr: Expr, unnested: readonly UnnestedList[]): boolean {
  if (unnested.length === 0) return false
  const read = columnsOf(expr)
  return unnested.some(({ column: { id } }) => read.has(id))
}

/** Has the projection pass on the columns of its child that the expressions, computed above it, read. */
export function carryColumns(binder: Binder, projection: Projection, child: LogicalPlan, exprs: readonly Expr[]): void {
  const read = new Set(exprs.flatMap((expr) => [...columnsRead(expr, binder.subqueries)]))
  for (const { id, name, type } of child.columns) {
    if (read.has(id) && !projection.has(id)) projection.add(column(id, type), name)
  }
}
