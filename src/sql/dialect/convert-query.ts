/** Queries of the foreign parser's tree. */
import type * as ast from '../ast.ts'
import { plainQuery, plainSelect } from '../make-query.ts'
import { type Conversion, nameOf, numberOf, rawName } from './conversion.ts'
import { functionName, windowSpec } from './convert-call.ts'
import { convertExpression } from './convert-expression.ts'
import { convertFrom } from './convert-from.ts'
import { convertOrder } from './convert-order.ts'
import type { Dialect } from './dialect.ts'
import { cannotConvert, ForeignNode, type ForeignValue } from './foreign-node.ts'
import type { SourceText } from './source-text.ts'

/** 0A000 for what can't be converted exactly. */
export function convertQuery(tree: ForeignValue, source: SourceText, dialect: Dialect, plain: boolean): ast.Query {
  const at = { start: 0, end: source.written.length }
  const conversion: Conversion = {
    dialect,
    standIns: source.standIns,
    plain,
    at,
    query: (value) => subquery(value, conversion),
    expression: (value) => convertExpression(value, conversion),
  }
  return queryOf(new ForeignNode(tree, 'a statement'), conversion)
}

/** `{ ast, tableList, columnList }` around a query, or the query itself. */
function subquery(value: ForeignValue, conversion: Conversion): ast.Query {
  const node = new ForeignNode(value, 'a subquery')
  const tree = node.take('ast')
  if (tree === undefined) return queryOf(node, conversion)
  for (const key of ['tableList', 'columnList', 'parentheses', 'type', '_parentheses']) node.take(key)
  node.done()
  return queryOf(new ForeignNode(tree, 'a subquery'), conversion)
}

/** One SELECT, with what stands behind it. */
interface Part {
  readonly body: ast.Select
  readonly orderBy: readonly ast.OrderItem[]
  readonly limit: Limit
  readonly isInParentheses: boolean
}

interface Limit {
  readonly limit: ast.Expression | null
  readonly offset: ast.Expression | null
}

const NO_LIMIT: Limit = { limit: null, offset: null }

function queryOf(first: ForeignNode, conversion: Conversion): ast.Query {
  const { at, dialect } = conversion
  const withClause = withOf(first, conversion)
  const parts: Part[] = []
  const operators: string[] = []
  let outerOrder: readonly ast.OrderItem[] = []
  let outerLimit = NO_LIMIT
  let node: ForeignNode | null = first
  while (node !== null) {
    const next = node.node('_next')
    const operator = node.text('set_op')
    // What stands behind the last of several SELECTs in parentheses is kept by the first.
    const order = node.list('_orderby')
    const limit = node.take('_limit')
    if (order.length > 0) outerOrder = order.map((item) => convertOrder(item, conversion))
    if (limit !== undefined) outerLimit = limitOf(limit, conversion)
    parts.push(selectOf(node, conversion))
    if (next !== null) {
      if (operator === null) throw cannotConvert('queries without an operator between them')
      operators.push(operator)
      if (next.take('with') !== undefined) throw cannotConvert('WITH behind a set operation')
    }
    node = next
  }
  const last = parts.at(-1)!
  const isSet = parts.length > 1
  // ORDER BY and LIMIT behind the last SELECT are the whole query's unless parentheses keep them inside.
  const ends =
    last.isInParentheses && isSet ? { orderBy: outerOrder, ...outerLimit } : { orderBy: last.orderBy, ...last.limit }
  if (!(last.isInParentheses && isSet) && (outerOrder.length > 0 || outerLimit !== NO_LIMIT)) {
    throw cannotConvert('ORDER BY or LIMIT behind parentheses')
  }
  const bodies = parts.map((part, i) => bodyOf(part, isSet, i === parts.length - 1, conversion))
  const body = combine(bodies, operators, dialect, conversion)
  return {
    ...plainQuery(body, at, { with: withClause, orderBy: [...ends.orderBy], limit: ends.limit }),
    offset: ends.offset,
  }
}

function bodyOf(part: Part, isSet: boolean, isLast: boolean, { at }: Conversion): ast.QueryBody {
  const { body, orderBy, limit, isInParentheses } = part
  const hasEnds = orderBy.length > 0 || limit.limit !== null || limit.offset !== null
  if (!isSet || (!isInParentheses && isLast)) return body
  if (!isInParentheses) {
    if (hasEnds) throw cannotConvert('ORDER BY or LIMIT before a set operation')
    return body
  }
  const query = { ...plainQuery(body, at, { orderBy: [...orderBy], limit: limit.limit }), offset: limit.offset }
  return { kind: 'subquery', at, query }
}

const SET_OPERATORS: Readonly<Record<string, readonly ['union' | 'intersect' | 'except', boolean]>> = {
  ...{ union: ['union', false], 'union all': ['union', true], 'union distinct': ['union', false] },
  ...{
    intersect: ['intersect', false],
    'intersect all': ['intersect', true],
    'intersect distinct': ['intersect', false],
  },
  ...{ except: ['except', false], 'except all': ['except', true], 'except distinct': ['except', false] },
  minus: ['except', false],
}

function combine(
  bodies: readonly ast.QueryBody[],
  operators: readonly string[],
  dialect: Dialect,
  { at }: Conversion,
): ast.QueryBody {
  const known = operators.map((written) => {
    const operator = SET_OPERATORS[written.toLowerCase()]
    if (operator === undefined) throw cannotConvert(written)
    return operator
  })
  if (!dialect.intersectFirst && new Set(known.map(([operator]) => operator === 'intersect')).size > 1) {
    throw cannotConvert('INTERSECT beside UNION or EXCEPT')
  }
  const join = (left: ast.QueryBody, i: number, right: ast.QueryBody): ast.QueryBody => {
    const [operator, all] = known[i]!
    return { kind: 'set-operation', at, operator, all, byName: false, left, right }
  }
  // First runs of INTERSECT, then the others from the left.
  const terms: ast.QueryBody[] = [bodies[0]!]
  const between: number[] = []
  known.forEach(([operator], i) => {
    if (operator === 'intersect') terms.push(join(terms.pop()!, i, bodies[i + 1]!))
    else {
      between.push(i)
      terms.push(bodies[i + 1]!)
    }
  })
  return terms.slice(1).reduce((left, right, i) => join(left, between[i]!, right), terms[0]!)
}

function withOf(node: ForeignNode, conversion: Conversion): ast.WithClause | null {
  const list = node.list('with')
  if (list.length === 0) return null
  let recursive = conversion.dialect.recursiveWith === true && !conversion.plain
  const ctes = list.map((item): ast.CommonTable => {
    const cte = new ForeignNode(item, 'WITH')
    if (cte.flag('recursive')) recursive = true
    const name = nameOf(cte.take('name'), conversion)
    const columns = cte.list('columns').map((column) => nameOf(column, conversion))
    const query = subquery(cte.take('stmt'), conversion)
    cte.done()
    return { at: conversion.at, name, columns, materialized: null, query }
  })
  return { at: conversion.at, recursive, ctes }
}

const WITHOUT_MEANING = ['surround', 'tableList', 'columnList', 'collate']

function selectOf(node: ForeignNode, conversion: Conversion): Part {
  const type = node.text('type')
  if (type !== 'select') throw cannotConvert(`a statement of kind ${type}`)
  for (const key of WITHOUT_MEANING) node.take(key)
  const groupBy = groupOf(node.take('groupby'), conversion)
  const body: ast.Select = {
    ...plainSelect(
      {
        items: itemsOf(node.take('columns'), conversion),
        from: convertFrom(node.take('from'), conversion),
        distinct: distinctOf(node.take('distinct')),
        where: optional(node.take('where'), conversion),
        groupBy: [...groupBy],
      },
      conversion.at,
    ),
    having: optional(node.take('having'), conversion),
    qualify: optional(node.take('qualify'), conversion),
    windows: windowsOf(node.node('window'), conversion),
  }
  const orderBy = node.list('orderby').map((item) => convertOrder(item, conversion))
  const top = node.node('top')
  const written = node.take('limit')
  const limit = written === undefined ? NO_LIMIT : limitOf(written, conversion)
  const isInParentheses = node.flag('parentheses_symbol') || node.flag('parentheses')
  node.done()
  if (top === null) return { body, orderBy, limit, isInParentheses }
  if (limit !== NO_LIMIT) throw cannotConvert('TOP beside LIMIT')
  return { body, orderBy, limit: topOf(top, conversion), isInParentheses }
}

function optional(value: ForeignValue, conversion: Conversion): ast.Expression | null {
  return value === undefined ? null : convertExpression(value, conversion)
}

function distinctOf(value: ForeignValue): boolean {
  if (value === undefined) return false
  const word = typeof value === 'string' ? value : new ForeignNode(value, 'DISTINCT').text('type')
  if (typeof value === 'object' && value !== null) {
    const node = new ForeignNode(value, 'DISTINCT')
    node.take('type')
    node.done()
  }
  if (word?.toLowerCase() !== 'distinct') throw cannotConvert(`SELECT ${word}`)
  return true
}

function itemsOf(value: ForeignValue, conversion: Conversion): ast.SelectItem[] {
  const list = value === '*' ? [{ expr: { type: 'column_ref', column: '*' } }] : value
  if (!Array.isArray(list)) throw cannotConvert('a select list of this form')
  return (list as ForeignValue[]).map((item) => itemOf(item, conversion))
}

function itemOf(value: ForeignValue, conversion: Conversion): ast.SelectItem {
  const { at } = conversion
  const item = new ForeignNode(value, 'a column')
  const type = item.text('type')
  if (type !== null && type !== 'expr') throw cannotConvert(`a column of kind ${type}`)
  const expr = item.take('expr')
  const alias = item.take('as')
  item.take('parentheses')
  item.done()
  const star = starOf(expr, conversion)
  if (star !== null) return star
  const expression = convertExpression(expr, conversion)
  return { kind: 'expression', at, expression, alias: alias === undefined ? null : nameOf(alias, conversion) }
}

/** `*` or `t.*`; null: an expression. */
function starOf(value: ForeignValue, conversion: Conversion): ast.StarItem | null {
  const { at } = conversion
  const node = new ForeignNode(value, 'a column')
  const type = node.text('type')
  if (type !== 'star' && (type !== 'column_ref' || isNode(node.take('column')) || node.take('column') !== '*'))
    return null
  const parts = ['catalog', 'db', 'schema', 'table'].flatMap((key) => {
    const part = node.take(key)
    return part === undefined ? [] : [nameOf(part, conversion)]
  })
  for (const key of ['value', 'collate', 'parentheses', 'surround']) node.take(key)
  node.done()
  return {
    kind: 'star',
    at,
    qualifier: parts.length === 0 ? null : { at, parts },
    exclude: [],
    replace: [],
    rename: [],
  }
}

function isNode(value: ForeignValue): boolean {
  return typeof value === 'object' && value !== null
}

function groupOf(value: ForeignValue, conversion: Conversion): readonly ast.GroupItem[] {
  if (value === undefined) return []
  let list = value
  let rollup = false
  if (!Array.isArray(value)) {
    const node = new ForeignNode(value, 'GROUP BY')
    list = node.list('columns')
    for (const modifier of node.list('modifiers')) {
      if (modifier === null) continue
      if (rawName(modifier).toLowerCase() !== 'with rollup') throw cannotConvert(`GROUP BY ... ${rawName(modifier)}`)
      rollup = true
    }
    node.done()
  }
  const items = (list as ForeignValue[]).map((item) => groupItem(item, conversion))
  if (!rollup) return items
  return [{ kind: 'rollup', at: conversion.at, items: items.map((item) => expressionOf(item)) }]
}

function expressionOf(item: ast.GroupItem): ast.Expression {
  if (item.kind !== 'expression') throw cannotConvert('grouping sets WITH ROLLUP')
  return item.expression
}

function groupItem(value: ForeignValue, conversion: Conversion): ast.GroupItem {
  const { at } = conversion
  const node = new ForeignNode(value, 'GROUP BY')
  if (node.text('type') === 'function') {
    const name = functionName(node.take('name'))
    if (name === 'rollup' || name === 'cube') {
      const args = node.node('args')
      args?.text('type')
      const items = (args?.list('value') ?? []).map((item) => convertExpression(item, conversion))
      args?.done()
      node.done()
      return { kind: name, at, items }
    }
  }
  return { kind: 'expression', at, expression: convertExpression(value, conversion) }
}

function windowsOf(node: ForeignNode | null, conversion: Conversion): readonly ast.NamedWindow[] {
  if (node === null) return []
  node.take('keyword')
  node.take('type')
  const windows = node.list('expr').map((item): ast.NamedWindow => {
    const named = new ForeignNode(item, 'WINDOW')
    const name = nameOf(named.take('name'), conversion)
    const spec = windowSpec(named.take('as_window_specification'), conversion)
    named.done()
    return { at: conversion.at, name, spec }
  })
  node.done()
  return windows
}

function topOf(top: ForeignNode, conversion: Conversion): Limit {
  const limit = numberOf(top.take('value'), conversion)
  top.take('parentheses')
  top.done()
  return { limit, offset: null }
}

/** `LIMIT n`, `LIMIT m, n`, `LIMIT n OFFSET m`, `OFFSET m ROWS FETCH NEXT n ROWS ONLY`. */
function limitOf(value: ForeignValue, conversion: Conversion): Limit {
  const node = new ForeignNode(value, 'LIMIT')
  const separator = node.text('seperator')
  const values = node.list('value').map((item) => amountOf(item, conversion))
  const [offset, fetch] = ['offset', 'fetch'].map((key) => {
    const clause = node.node(key)
    if (clause === null) return null
    for (const word of [...clause.list('prefix'), ...clause.list('suffix')]) {
      if (!/^(offset|fetch|next|first|rows?|only)$/i.test(rawName(word))) throw cannotConvert(`FETCH ${rawName(word)}`)
    }
    const amount = amountOf(clause.take('value'), conversion)
    clause.done()
    return amount
  })
  node.done()
  if (offset !== null || fetch !== null) return { limit: fetch ?? null, offset: offset ?? null }
  const [first, second] = values
  if (values.length === 1 && separator === null) return { limit: first ?? null, offset: null }
  if (values.length === 1 && separator === 'offset') return { limit: null, offset: first ?? null }
  if (values.length !== 2) throw cannotConvert('LIMIT of this form')
  if (separator === ',') return { limit: second ?? null, offset: first ?? null }
  return { limit: first ?? null, offset: second ?? null }
}

/** A whole number; null: ALL. */
function amountOf(value: ForeignValue, conversion: Conversion): ast.Expression | null {
  const node = new ForeignNode(value, 'LIMIT')
  const type = node.text('type')
  const amount = node.take('value')
  node.done()
  if (type === 'origin' && amount === 'all') return null
  if (type !== 'number') throw cannotConvert('LIMIT with an expression')
  return numberOf(amount, conversion)
}
