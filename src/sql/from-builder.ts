/** Makes nodes of FROM whose syntax stands behind a table (TABLESAMPLE, PIVOT, LATERAL VIEW), and list comprehensions. */
import type { TextRange } from '../core/errors.ts'
import type * as ast from './ast.ts'
import { plainCall } from './make-query.ts'
import { TypeBuilder } from './type-builder.ts'

type Suffix = { readonly to: number } & (
  | Omit<ast.SampledTable, 'source' | 'at'>
  | Omit<ast.PivotTable, 'source' | 'at'>
  | Omit<ast.UnpivotTable, 'source' | 'at'>
  | LateralView
)

/** Spark's `LATERAL VIEW [OUTER] f(x) t AS a, b`: a lateral join with what f gives. */
interface LateralView {
  readonly kind: 'lateral-view'
  readonly outer: boolean
  readonly call: ast.Expression
  readonly name: ast.Identifier | null
  readonly columns: readonly ast.Identifier[] | null
  readonly at: TextRange
}

export class FromBuilder extends TypeBuilder {
  /** An identifier that the text does not have. */
  madeName(name: string, at: TextRange): ast.Identifier {
    return { at, name, quoted: true }
  }

  /** `SELECT * FROM source`. */
  selectAll(source: ast.TableReference, at: TextRange): ast.Select {
    return {
      kind: 'select',
      at,
      distinct: false,
      distinctOn: null,
      items: [{ kind: 'star', at, qualifier: null, exclude: [], replace: [], rename: [] }],
      from: [source],
      where: null,
      groupBy: [],
      having: null,
      qualify: null,
      windows: [],
    }
  }

  /** Null: a suffix that was refused. */
  suffixed(base: ast.TableReference, suffixes: readonly (Suffix | null)[], from: number): ast.TableReference {
    return suffixes.reduce<ast.TableReference>((source, one) => {
      if (one === null) return source
      const { to, ...suffix } = one
      const at = this.range(from, to)
      return suffix.kind === 'lateral-view' ? lateralView(source, suffix, at) : { ...suffix, source, at }
    }, base)
  }

  /** `(a, b) AS x` is one column of several values. */
  unpivotColumn(expression: ast.Expression, alias: ast.Identifier | null, at: TextRange): ast.UnpivotColumn {
    const parts = expression.kind === 'row' ? expression.values : [expression]
    const items = parts.map((part) => ({ kind: 'expression' as const, at: part.at, expression: part, alias: null }))
    return { at, items, alias }
  }

  /** `[x * 2 FOR x IN l IF x > 1]`: list_transform(list_filter(l, x -> x > 1), x -> x * 2). */
  comprehension(
    elements: readonly ast.Expression[],
    part: {
      readonly parameters: readonly ast.Identifier[]
      readonly source: ast.Expression
      readonly test: ast.Expression | null
      readonly from: number
    },
    at: TextRange,
  ): ast.Expression {
    const { parameters, source, test } = part
    const [element] = elements as readonly [ast.Expression, ...ast.Expression[]]
    if (elements.length > 1) this.refuse('a list comprehension of several elements', part.from, part.from + 1)
    if (test !== null && parameters.length > 1) {
      this.refuse('a list comprehension with a place and IF', part.from, part.from + 1)
    }
    const lambda = (body: ast.Expression): ast.Lambda => ({ kind: 'lambda', at, parameters, body })
    const list = test === null ? source : plainCall('list_filter', [source, lambda(test)], at)
    return plainCall('list_transform', [list, lambda(element)], at)
  }
}

/** GROUP BY a, b WITH ROLLUP. */
export function rollUp(items: readonly ast.GroupItem[], kind: 'rollup' | 'cube', at: TextRange): ast.GroupItem {
  const expressions = items.flatMap((item) => (item.kind === 'expression' ? [item.expression] : []))
  return { kind, at, items: expressions }
}

function lateralView(left: ast.TableReference, view: LateralView, at: TextRange): ast.TableReference {
  const { name, columns, outer } = view
  const alias = name === null ? null : { at: view.at, name, columns: columns ?? [] }
  const call = view.call as ast.FunctionCall
  const right: ast.TableFunction = {
    kind: 'table-function',
    at: view.at,
    lateral: true,
    call,
    ordinality: false,
    alias,
  }
  const on: ast.Expression | null = outer ? { kind: 'boolean', at: view.at, value: true } : null
  return { kind: 'join', at, type: outer ? 'left' : 'cross', asof: false, natural: false, left, right, on, using: null }
}
