/**
 * PIVOT: an aggregate for each combination of values.
 *
 *     t PIVOT (sum(v) FOR k IN (1, 2 AS two))   ->   SELECT g, sum(v) FILTER (WHERE k IS NOT DISTINCT FROM 1) AS "1",
 *                                                           sum(v) FILTER (WHERE k IS NOT DISTINCT FROM 2) AS two
 *                                                    FROM t GROUP BY g          g: the columns of t that PIVOT does not name
 *
 * Names as in DuckDB: the values, joined by `_`, and, where there are several aggregates or one has an alias, `_` and its alias or text.
 * Values that only the data know are looked up before (engine/statements/pivot-values.ts).
 */
import { plainCall, plainSelect } from '../../sql/make-query.ts'
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import { VARCHAR } from '../../core/types.ts'
import { evaluateConstant } from '../../expr/fold.ts'
import type {
  Expression,
  ExpressionItem,
  FunctionCall,
  GroupItem,
  Identifier,
  PivotColumn,
  PivotItem,
  PivotTable,
} from '../../sql/ast.ts'
import { printExpression } from '../../sql/print/print.ts'
import { isAggregateName } from './aggregates.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { functionName } from './calls.ts'
import { isCollected } from './collected.ts'
import {
  type CteScope,
  type FromItem,
  type Scope,
  type ScopeColumn,
  displayName,
  findColumn,
  makeScope,
} from './scope.ts'
import { settle } from './typing.ts'
import { type SyntaxNode, childNodes, isQuery, mapSyntax } from './walk-syntax.ts'

/** Columns that a PIVOT may make. */
const COLUMNS_MAX = 10_000

/** One combination of values: the condition of its rows, and its name. */
interface Combination {
  readonly conditions: readonly Expression[]
  readonly name: string
}

export function bindPivot(
  binder: Binder,
  ast: PivotTable,
  source: FromItem,
  parent: Scope | null,
  ctes: CteScope | null,
): BoundQuery {
  const { at } = ast
  const scope = makeScope(parent, ctes, source)
  const aggregates =
    ast.aggregates.length > 0
      ? ast.aggregates
      : [{ at, expression: plainCall('count', [], at, { star: true }), alias: null }]
  const combinations = combine(binder, ast)
  if (combinations.length * aggregates.length > COLUMNS_MAX) {
    throw new SqlError('54011', `PIVOT would make more than ${COLUMNS_MAX} columns`, { at })
  }
  const groups = ast.groupBy ?? columnsLeft(scope, [...aggregates, ...ast.columns], at)
  const items: ExpressionItem[] = groups.map((expression) => ({ kind: 'expression', at, expression, alias: null }))
  for (const combination of combinations) {
    for (const aggregate of aggregates) items.push(pivoted(combination, aggregate, aggregates.length > 1))
  }
  const groupBy = groups.map((expression): GroupItem => ({ kind: 'expression', at, expression }))
  const select = plainSelect({ items, from: [], groupBy }, at)
  return binder.select(source, select, parent, ctes)
}

function pivoted(
  { conditions, name }: Combination,
  { expression, alias, at }: PivotItem,
  several: boolean,
): ExpressionItem {
  const condition: Expression | null =
    conditions.length <= 1 ? (conditions[0] ?? null) : { kind: 'and', at, operands: conditions }
  const suffix = alias?.name ?? (several ? printExpression(expression) : null)
  const shown = name === '' ? (suffix ?? 'count') : suffix === null ? name : `${name}_${suffix}`
  return {
    kind: 'expression',
    at,
    expression: condition === null ? expression : filtered(expression, condition),
    alias: { at, name: shown, quoted: true },
  }
}

/** Every aggregate of the expression over the rows of the condition only. */
function filtered(expression: Expression, condition: Expression): Expression {
  let found = false
  const changed = mapSyntax(expression, (node): SyntaxNode | undefined => {
    if (node.kind !== 'function') return undefined
    const call = node as FunctionCall
    const name = functionName(call)
    if (!isAggregateName(name) && !isCollected(name, call)) return undefined
    found = true
    const { filter, at } = call
    const both: Expression = filter === null ? condition : { kind: 'and', at, operands: [filter, condition] }
    return { ...call, filter: both } as SyntaxNode
  })
  if (!found) throw new SqlError('42803', 'PIVOT needs an aggregate', { at: expression.at })
  return changed
}

/** Every value of each column with every one of the others. */
function combine(binder: Binder, ast: PivotTable): readonly Combination[] {
  let all: readonly Combination[] = [{ conditions: [], name: '' }]
  for (const column of ast.columns) {
    const values = valuesOf(column)
    if (all.length * values.length > COLUMNS_MAX) {
      throw new SqlError('54011', `PIVOT would make more than ${COLUMNS_MAX} columns`, { at: ast.at })
    }
    all = all.flatMap(({ conditions, name }) =>
      values.map((value) => {
        const own = value.alias?.name ?? valueName(binder, value.expression)
        return {
          conditions: [...conditions, isValue(column.expression, value)],
          name: name === '' ? own : `${name}_${own}`,
        }
      }),
    )
  }
  return all
}

function valuesOf({ values, at }: PivotColumn): readonly PivotItem[] {
  if (values !== null) return values
  throw unsupported('PIVOT without a list of values here', { at, hint: 'Write IN (...) with the values.' })
}

function isValue(expression: Expression, { expression: value, at }: PivotItem): Expression {
  return { kind: 'is-distinct', at, negated: true, left: expression, right: value }
}

/** The text of a constant. */
function valueName(binder: Binder, ast: Expression): string {
  if (ast.kind === 'row') return ast.values.map((value) => valueName(binder, value)).join('_')
  if (ast.kind === 'null') return 'NULL'
  const expr = settle(binder.expression(ast, makeScope(null, null)))
  const text = binder.locate(ast.at, () =>
    evaluateConstant({ kind: 'cast', arg: expr, type: VARCHAR, try: false }, binder.context.session),
  )
  return text === null ? 'NULL' : String(text)
}

/** Expressions that read the columns which nothing else reads. */
function columnsLeft(scope: Scope, nodes: readonly SyntaxNode[], at: TextRange): readonly Expression[] {
  const named = new Set<number>()
  const visit = (node: SyntaxNode): void => {
    if (node.kind === 'column') {
      const match = findColumn(scope, (node as Expression & { readonly kind: 'column' }).parts, node.at)
      if (match !== null) named.add(match.column.id)
    }
    for (const child of childNodes(node)) if (!isQuery(child)) visit(child)
  }
  for (const node of nodes) visit(node)
  return scope.columns.filter(({ hidden, id }) => !hidden && !named.has(id)).map((from) => readColumn(scope, from, at))
}

/** Syntax that reads a column of the scope. */
function readColumn(scope: Scope, from: ScopeColumn, at: TextRange): Expression {
  const display = displayName(scope, from)
  const relation = display.slice(0, Math.max(0, display.length - from.name.length - 1))
  const part = (name: string): Identifier => ({ at, name, quoted: true })
  return { kind: 'column', at, parts: relation === '' ? [part(from.name)] : [part(relation), part(from.name)] }
}
