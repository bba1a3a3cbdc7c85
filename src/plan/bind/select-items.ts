/** The select list: stars expanded, items bound on demand (GROUP BY and ORDER BY may name them before their turn). */
import { SqlError } from '../../core/errors.ts'
import type { TextRange } from '../../core/errors.ts'
import { type Expr } from '../../expr/expr.ts'
import type { Expression, Identifier, QualifiedName, SelectItem, StarItem } from '../../sql/ast.ts'
import type { Binder } from './binder.ts'
import { fieldOf } from './columns.ts'
import { type ExpandedExpression, type StarColumns, expandColumns, matchesName } from './columns-call.ts'
import { outputName } from './output-name.ts'
import { type Scope, type ScopeColumn, displayName, findColumn, findRelation, outwards } from './scope.ts'

/** One output column of a SELECT. */
export interface OutputItem {
  readonly name: string
  readonly at: TextRange
  /** Null for columns that a star stands for. */
  readonly ast: Expression | null
  /** Binds it in the scope's present clause, once. */
  bind(): Expr
  /** Binds it anew. */
  rebind(): Expr
}

export function expandItems(binder: Binder, items: readonly SelectItem[], scope: Scope): readonly OutputItem[] {
  return items.flatMap((item): readonly OutputItem[] => {
    if (item.kind === 'star') return expandStar(binder, item, scope)
    const { expression, alias, at } = item
    if (expression.kind === 'star') return expandStruct(binder, expression.operand, scope, at)
    const expanded = expandColumns(binder, expression, starColumns(binder, scope))
    if (expanded !== null) {
      return expanded.map((one) => {
        const name = expandedName(one, alias)
        return makeItem(name, at, one.expression, () => binder.expression(one.expression, scope))
      })
    }
    return [makeItem(alias?.name ?? outputName(expression), at, expression, () => binder.expression(expression, scope))]
  })
}

function expandedName({ name, expression, group }: ExpandedExpression, alias: Identifier | null): string {
  if (alias === null) return name === '' ? outputName(expression) : name
  return alias.name.replace(/\\(\d)/g, (_, index: string) => group(Number(index)))
}

/** What COLUMNS() may mean in this scope. */
export function starColumns(binder: Binder, scope: Scope): StarColumns {
  return ({ operand, item, at }) => {
    const star: StarItem = item ?? { kind: 'star', at, qualifier: null, exclude: [], replace: [], rename: [] }
    const qualifier = operand?.kind === 'column' ? { at: operand.at, parts: operand.parts } : null
    return chosenColumns(binder, { ...star, qualifier }, scope).map(({ column, replaced, name }) => {
      const parts = (column.path === '' ? [column.name] : [column.path, column.name]).map((part) => ({
        at,
        name: part,
        quoted: true,
      }))
      return { name, syntax: replaced ?? { kind: 'column', at, parts } }
    })
  }
}

function makeItem(name: string, at: TextRange, ast: Expression | null, bind: () => Expr): OutputItem {
  let bound: Expr | null = null
  return { name, at, ast, bind: () => (bound ??= bind()), rebind: bind }
}

interface StarColumn {
  readonly name: string
  readonly path: string
  readonly bind: () => Expr
}

function expandStar(binder: Binder, ast: StarItem, scope: Scope): readonly OutputItem[] {
  return chosenColumns(binder, ast, scope).map(({ column, replaced, name }) => {
    const bind = replaced === null ? column.bind : () => binder.expression(replaced, scope)
    return makeItem(name, ast.at, replaced, bind)
  })
}

interface ChosenColumn {
  readonly column: StarColumn
  readonly name: string
  /** What REPLACE puts there. */
  readonly replaced: Expression | null
}

/** The columns of a star after its modifiers. */
function chosenColumns(binder: Binder, ast: StarItem, scope: Scope): readonly ChosenColumn[] {
  const { at } = ast
  const columns =
    ast.qualifier === null ? allColumns(binder, scope, at) : qualifiedColumns(binder, ast.qualifier, scope)
  const matches = (column: StarColumn, name: QualifiedName): boolean => {
    const last = name.parts.at(-1)!
    return sameName(last, column.name) && (name.parts.length === 1 || name.parts.at(-2)!.name === column.path)
  }
  for (const name of [...ast.exclude, ...ast.rename.map(({ from }) => from)]) {
    if (!columns.some((column) => matches(column, name))) {
      throw new SqlError('42703', `column "${name.parts.at(-1)!.name}" does not exist`, {
        at: name.at,
      })
    }
  }
  for (const { name } of ast.replace) {
    if (!columns.some((column) => sameName(name, column.name))) {
      throw new SqlError('42703', `column "${name.name}" does not exist`, { at: name.at })
    }
  }
  return columns
    .filter((column) => !ast.exclude.some((name) => matches(column, name)))
    .filter(({ name }) => ast.pattern === undefined || matchesName(binder, name, ast.pattern, at))
    .map((column) => {
      const replaced = ast.replace.find(({ name }) => sameName(name, column.name))
      const renamed = ast.rename.find(({ from }) => matches(column, from))
      return { column, name: renamed?.to.name ?? column.name, replaced: replaced?.expression ?? null }
    })
}

function sameName(identifier: Identifier, name: string): boolean {
  return identifier.name === name || (!identifier.quoted && identifier.name === name.toLowerCase())
}

function allColumns(binder: Binder, scope: Scope, at: TextRange): readonly StarColumn[] {
  if (scope.relations.length === 0) {
    throw new SqlError('42601', 'SELECT * with no tables specified is not valid', { at })
  }
  return scope.columns
    .filter(({ hidden }) => !hidden)
    .map((column) => {
      const display = displayName(scope, column)
      return starColumn(binder, column, display, at)
    })
}

function starColumn(binder: Binder, column: ScopeColumn, display: string, at: TextRange): StarColumn {
  const path = display.slice(0, Math.max(0, display.length - column.name.length - 1))
  return { name: column.name, path, bind: () => binder.reference(column, display, at) }
}

/** `t.*`, or the fields of a struct column. */
function qualifiedColumns(binder: Binder, name: QualifiedName, scope: Scope): readonly StarColumn[] {
  const { parts, at } = name
  for (const level of outwards(scope)) {
    const relation = findRelation(level, parts, at)
    if (relation === null) continue
    const visible = relation.columns.filter(({ hidden }) => !hidden)
    // NATURAL and USING merge columns; by its table's name each is there still.
    return visible.map((column) => starColumn(binder, column, `${relation.name}.${column.name}`, at))
  }
  if (findColumn(scope, parts, at) !== null) {
    return structColumns(binder, { kind: 'column', parts, at }, scope, at)
  }
  const table = parts.at(-1)!.name
  throw new SqlError('42P01', `missing FROM-clause entry for table "${table}"`, { at })
}

function expandStruct(binder: Binder, operand: Expression | null, scope: Scope, at: TextRange): readonly OutputItem[] {
  if (operand === null) return allColumns(binder, scope, at).map(({ name, bind }) => makeItem(name, at, null, bind))
  return structColumns(binder, operand, scope, at).map(({ name, bind }) => makeItem(name, at, null, bind))
}

function structColumns(binder: Binder, operand: Expression, scope: Scope, at: TextRange): readonly StarColumn[] {
  const value = binder.expression(operand, scope)
  const { type } = value
  if (type.kind !== 'struct') {
    throw new SqlError('42809', 'row expansion via "*" needs a value of a composite type', { at })
  }
  return type.fields.map(({ name }) => ({
    name,
    path: '',
    bind: () => fieldOf(binder, value, { name, quoted: true, at }, at),
  }))
}

/** The values of `*`, `t.*` or `(struct).*` within a row constructor. */
export function fieldsOfStar(binder: Binder, operand: Expression | null, scope: Scope, at: TextRange): readonly Expr[] {
  const columns =
    operand === null
      ? allColumns(binder, scope, at)
      : operand.kind === 'column'
        ? qualifiedColumns(binder, { parts: operand.parts, at: operand.at }, scope)
        : structColumns(binder, operand, scope, at)
  return columns.map(({ bind }) => bind())
}
