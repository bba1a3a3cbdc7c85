/**
 * WITH RECURSIVE within a query whose columns it reads: computed for all rows of that query's FROM at once, before the query is bound.
 *
 *     SELECT ... FROM o, LATERAL (WITH RECURSIVE t(n) AS (SELECT o.a UNION ALL SELECT n + 1 FROM t WHERE n < o.b) ...)
 *
 *     keys   SELECT DISTINCT o.a AS k0, o.b AS k1 FROM o
 *     first  SELECT d.k0, d.k1, x.* FROM keys d, LATERAL (SELECT d.k0 AS a, d.k1 AS b) o, LATERAL (SELECT o.a) x
 *     next   the same of the distinct keys in the last round's rows, t being those of them that have d's keys
 *     t      SELECT n FROM rows w WHERE w.k0 IS NOT DISTINCT FROM o.a AND w.k1 IS NOT DISTINCT FROM o.b
 *
 * So the definition's own text stays: its relation `o` has the columns that it names. Rows are unique by key and columns where UNION
 * makes them so. Reads columns of the one query around it only.
 */
import type { TextRange } from '../../core/errors.ts'
import { type SyntaxNode, childNodes } from '../../plan/bind/walk-syntax.ts'
import type {
  CommonTable,
  Expression,
  Identifier,
  Query,
  QueryBody,
  Select,
  SelectItem,
  TableReference,
} from '../../sql/ast.ts'
import { plainQuery, plainSelect } from '../../sql/make-query.ts'

/** The SELECT around a place: what of its FROM may be read there, and which of these rows there can be. */
export interface Enclosing {
  readonly from: readonly TableReference[]
  readonly where: Expression | null
}

/** A column of the query around. */
export interface OuterColumn {
  readonly relation: Identifier
  readonly name: string
}

const WORK = ' work'
const KEYS = ' keys'
const ROWS = ' rows'

/** The name of the key column at that place. */
export function keyName(index: number): string {
  return ` key ${index}`
}

/** The names that the tables of FROM have. */
export function relationsOf(from: readonly TableReference[]): readonly Identifier[] {
  return from.flatMap((item): readonly Identifier[] => {
    switch (item.kind) {
      case 'join':
        return relationsOf([item.left, item.right])
      case 'table-name':
        return [item.alias?.name ?? item.name.parts.at(-1)!]
      case 'table-function':
        return [item.alias?.name ?? item.call.name.parts.at(-1)!]
      case 'sampled':
        return item.alias === null ? relationsOf([item.source]) : [item.alias.name]
      default:
        return item.alias === null ? [] : [item.alias.name]
    }
  })
}

/** The names in all column references of a syntax tree. */
export function namesIn(node: SyntaxNode): Set<string> {
  const names = new Set<string>()
  const walk = (one: SyntaxNode): void => {
    if (one.kind === 'column') for (const { name } of (one as unknown as { parts: Identifier[] }).parts) names.add(name)
    for (const child of childNodes(one)) walk(child)
  }
  walk(node)
  return names
}

/** `SELECT relation.* FROM ...`, for the names of its columns. */
export function relationQuery({ from }: Enclosing, relation: Identifier, at: TextRange): Query {
  return plainQuery(plainSelect({ items: [starOf(relation, at)], from }, at), at)
}

/** The distinct values of the columns, under the names of keys. */
export function keysQuery({ from, where }: Enclosing, columns: readonly OuterColumn[], at: TextRange): Query {
  const items = columns.map(({ relation, name }, i) => item(columnOf(relation.name, name, at), keyName(i), at))
  return plainQuery(plainSelect({ items, from, where, distinct: true }, at), at)
}

/** A term for each row of the table of keys: the keys and the term's columns. */
export function termQuery(keys: string, columns: readonly OuterColumn[], term: Query, at: TextRange): Query {
  return overKeys(tableNamed(keys, KEYS, at), columns, term, at)
}

/** The recursive term for each key of the work table, named as the common table in it. */
export function stepQuery(
  cte: CommonTable,
  work: { readonly table: string; readonly names: readonly string[] },
  columns: readonly OuterColumn[],
  term: QueryBody,
): Query {
  const { at } = cte
  const keys = columns.map((_, i) => item(columnOf(WORK, keyName(i), at), keyName(i), at))
  const distinct = plainSelect({ items: keys, from: [tableNamed(work.table, WORK, at)], distinct: true }, at)
  const own = columns.map((_, i): Expression => columnOf(KEYS, keyName(i), at))
  const ctes = [rowsOfKey(cte, work, own)]
  const query = plainQuery(term, at, { with: { recursive: false, ctes, at } })
  return overKeys(derived(plainQuery(distinct, at), KEYS, false, at), columns, query, at)
}

/** The common table as the rows of a table that have these keys. */
export function rowsOfKey(
  cte: CommonTable,
  rows: { readonly table: string; readonly names: readonly string[] },
  keys: readonly Expression[],
): CommonTable {
  const { at, name } = cte
  const items = rows.names.map((column) => item(columnOf(ROWS, column, at), column, at))
  const operands = keys.map((right, i): Expression => ({
    kind: 'is-distinct',
    at,
    negated: true,
    left: columnOf(ROWS, keyName(i), at),
    right,
  }))
  const where: Expression = operands.length === 1 ? operands[0]! : { kind: 'and', at, operands }
  const select = plainSelect({ items, from: [tableNamed(rows.table, ROWS, at)], where }, at)
  return { at, name, columns: [], materialized: false, query: plainQuery(select, at) }
}

/** The columns themselves, as the query around has them. */
export function outerColumns(columns: readonly OuterColumn[], at: TextRange): readonly Expression[] {
  return columns.map(({ relation, name }) => columnOf(relation.name, name, at))
}

function overKeys(keys: TableReference, columns: readonly OuterColumn[], term: Query, at: TextRange): Query {
  const relations = new Map<string, SelectItem[]>()
  columns.forEach(({ relation, name }, i) => {
    const items = relations.get(relation.name) ?? []
    items.push(item(columnOf(KEYS, keyName(i), at), name, at))
    relations.set(relation.name, items)
  })
  const outer = [...relations].map(([name, items]) =>
    derived(plainQuery(plainSelect({ items, from: [] }, at), at), name, true, at),
  )
  const from = [keys, ...outer, derived(term, ROWS, true, at)]
  const own = columns.map((_, i) => item(columnOf(KEYS, keyName(i), at), keyName(i), at))
  return plainQuery(plainSelect({ items: [...own, starOf(identifier(ROWS, at), at)], from }, at), at)
}

function identifier(name: string, at: TextRange): Identifier {
  return { name, quoted: true, at }
}

function columnOf(relation: string, name: string, at: TextRange): Expression {
  return { kind: 'column', parts: [identifier(relation, at), identifier(name, at)], at }
}

function item(expression: Expression, name: string, at: TextRange): SelectItem {
  return { kind: 'expression', at, expression, alias: identifier(name, at) }
}

function starOf(relation: Identifier, at: TextRange): Select['items'][number] {
  return { kind: 'star', at, qualifier: { parts: [relation], at }, exclude: [], replace: [], rename: [] }
}

function tableNamed(name: string, alias: string, at: TextRange): TableReference {
  const own = { name: identifier(alias, at), columns: [], at }
  return { kind: 'table-name', name: { parts: [identifier(name, at)], at }, alias: own, travel: null, hint: null, at }
}

function derived(query: Query, alias: string, lateral: boolean, at: TextRange): TableReference {
  return { kind: 'derived-table', lateral, query, alias: { name: identifier(alias, at), columns: [], at }, at }
}
