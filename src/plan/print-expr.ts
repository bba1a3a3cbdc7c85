/**
 * Expressions as SQL-like text, for EXPLAIN and for plans in tests. Never parsed again: it is for people.
 *
 *   call(and, [call(ge, [#3, 1994-01-01]), in(#4, ['MAIL', 'SHIP'])])
 *   ->  l_receiptdate >= DATE '1994-01-01' AND l_shipmode IN ('MAIL', 'SHIP')
 */
import { type DataType, typeName } from '../core/types.ts'
import type { CallExpr, Expr, LiteralValue } from '../expr/expr.ts'
import { formatValue } from '../expr/values/format-value.ts'
import type { SortKey } from './logical.ts'

/** How a column is shown: by its id in logical plans, by its index where expressions are over an operator's input. */
export type NameOf = (id: number) => string

/** Symbol and precedence of binary operators; a higher one binds tighter. */
const BINARY: Readonly<Record<string, readonly [symbol: string, precedence: number]>> = {
  eq: ['=', 4],
  ne: ['<>', 4],
  lt: ['<', 4],
  le: ['<=', 4],
  gt: ['>', 4],
  ge: ['>=', 4],
  is_distinct_from: ['IS DISTINCT FROM', 4],
  is_not_distinct_from: ['IS NOT DISTINCT FROM', 4],
  like: ['LIKE', 5],
  not_like: ['NOT LIKE', 5],
  ilike: ['ILIKE', 5],
  not_ilike: ['NOT ILIKE', 5],
  concat: ['||', 6],
  add: ['+', 7],
  subtract: ['-', 7],
  multiply: ['*', 8],
  divide: ['/', 8],
  modulo: ['%', 8],
}

const POSTFIX: Readonly<Record<string, string>> = {
  is_null: 'IS NULL',
  is_not_null: 'IS NOT NULL',
  is_true: 'IS TRUE',
  is_not_true: 'IS NOT TRUE',
  is_false: 'IS FALSE',
  is_not_false: 'IS NOT FALSE',
  is_unknown: 'IS UNKNOWN',
  is_not_unknown: 'IS NOT UNKNOWN',
}

const OR = 1
const AND = 2
const NOT = 3
const COMPARISON = 4
const ATOM = 10

/** `expr` as text. */
export function printExpr(expr: Expr, nameOf: NameOf): string {
  return print(expr, nameOf, 0)
}

/** Names `input` expressions by place. */
export function inputNamer(columns: readonly { readonly name: string }[]): NameOf {
  return (index) => columns[index]?.name ?? `$${index}`
}

/** A sort key as ORDER BY writes it; the defaults (ASC NULLS LAST, DESC NULLS FIRST) are left out. */
export function printSortKey(key: Pick<SortKey, 'expr' | 'descending' | 'nullsFirst'>, nameOf: NameOf): string {
  const nulls = key.nullsFirst === key.descending ? '' : key.nullsFirst ? ' NULLS FIRST' : ' NULLS LAST'
  return `${printExpr(key.expr, nameOf)}${key.descending ? ' DESC' : ''}${nulls}`
}

/** What `printCall` needs of an aggregate. */
export interface PrintedAggregate {
  readonly name: string
  readonly args: readonly Expr[]
  readonly distinct: boolean
  readonly filter: Expr | null
  readonly orderBy?: readonly SortKey[]
}

/** An aggregate call: `sum(DISTINCT x) FILTER (WHERE y)`. */
export function printAggregate(call: PrintedAggregate, nameOf: NameOf): string {
  const args = call.args.map((arg) => printExpr(arg, nameOf)).join(', ')
  const order =
    call.orderBy === undefined || call.orderBy.length === 0
      ? ''
      : ` ORDER BY ${call.orderBy.map((key) => printSortKey(key, nameOf)).join(', ')}`
  const name = call.name === 'count_star' ? 'count' : call.name
  const inner = call.name === 'count_star' ? '*' : `${call.distinct ? 'DISTINCT ' : ''}${args}${order}`
  const filter = call.filter === null ? '' : ` FILTER (WHERE ${printExpr(call.filter, nameOf)})`
  return `${name}(${inner})${filter}`
}

function print(expr: Expr, nameOf: NameOf, outer: number): string {
  switch (expr.kind) {
    case 'column':
      return nameOf(expr.id)
    case 'input':
      return nameOf(expr.index)
    case 'literal':
      return printLiteral(expr.value, expr.type)
    case 'call':
      return printCall(expr, nameOf, outer)
    case 'cast':
      return `${expr.try ? 'TRY_CAST' : 'CAST'}(${print(expr.arg, nameOf, 0)} AS ${typeName(expr.type)})`
    case 'case': {
      const branches = expr.branches.map(
        ({ when, then }) => `WHEN ${print(when, nameOf, 0)} THEN ${print(then, nameOf, 0)}`,
      )
      return `CASE ${branches.join(' ')} ELSE ${print(expr.else, nameOf, 0)} END`
    }
    case 'and':
    case 'or': {
      const own = expr.kind === 'and' ? AND : OR
      const text = expr.args.map((arg) => print(arg, nameOf, own + 1)).join(expr.kind === 'and' ? ' AND ' : ' OR ')
      return parenthesize(text, own, outer)
    }
    case 'in': {
      const values = expr.values.map(({ value, type }) => printLiteral(value, type)).join(', ')
      const text = `${print(expr.arg, nameOf, COMPARISON + 1)} ${expr.negated ? 'NOT IN' : 'IN'} (${values})`
      return parenthesize(text, COMPARISON, outer)
    }
    case 'subquery':
      return printSubquery(expr, nameOf)
  }
}

function printSubquery(expr: Extract<Expr, { kind: 'subquery' }>, nameOf: NameOf): string {
  const not = expr.negated ? 'NOT ' : ''
  const left = expr.args.map((arg) => print(arg, nameOf, 0)).join(', ')
  const query = `(subquery ${expr.plan})`
  switch (expr.form) {
    case 'scalar':
      return query
    case 'exists':
      return `${not}EXISTS ${query}`
    case 'array':
      return `ARRAY${query}`
    case 'in':
      return `(${left}) ${not}IN ${query}`
    case 'any':
    case 'all':
      return `${not}(${left}) ${BINARY[expr.comparison]?.[0] ?? expr.comparison} ${expr.form.toUpperCase()} ${query}`
  }
}

function printCall(expr: CallExpr, nameOf: NameOf, outer: number): string {
  const binary = BINARY[expr.name]
  const [first, second] = expr.args
  if (binary !== undefined && first !== undefined && second !== undefined && expr.args.length === 2) {
    const [symbol, own] = binary
    // Operators of one precedence group to the left; comparisons don't chain.
    const left = print(first, nameOf, own === COMPARISON ? own + 1 : own)
    return parenthesize(`${left} ${symbol} ${print(second, nameOf, own + 1)}`, own, outer)
  }
  if (first !== undefined && expr.args.length === 1) {
    switch (expr.name) {
      case 'not':
        return parenthesize(`NOT ${print(first, nameOf, NOT)}`, NOT, outer)
      case 'negate':
        return parenthesize(`-${print(first, nameOf, ATOM)}`, ATOM - 1, outer)
    }
    const suffix = POSTFIX[expr.name]
    if (suffix !== undefined) {
      return parenthesize(`${print(first, nameOf, COMPARISON + 1)} ${suffix}`, COMPARISON, outer)
    }
  }
  const name = expr.own === undefined ? expr.name : expr.name.replace(/#\d+$/, '')
  return `${name}(${expr.args.map((arg) => print(arg, nameOf, 0)).join(', ')})`
}

function parenthesize(text: string, own: number, outer: number): string {
  return own < outer ? `(${text})` : text
}

/** A literal as SQL writes it. */
function printLiteral(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  switch (type.kind) {
    case 'boolean':
      return value === true ? 'TRUE' : 'FALSE'
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'bigint':
    case 'utinyint':
    case 'usmallint':
    case 'uinteger':
    case 'ubigint':
    case 'decimal':
    case 'half':
    case 'real':
    case 'double':
      return formatValue(value, type, 'UTC')
    case 'date':
    case 'time':
    case 'timetz':
    case 'interval':
    case 'uuid':
      return `${type.kind.toUpperCase()} ${quote(formatValue(value, type, 'UTC'))}`
    case 'timestamp':
      return `${type.zone ? 'TIMESTAMPTZ' : 'TIMESTAMP'} ${quote(formatValue(value, type, 'UTC'))}`
    case 'list':
    case 'struct':
    case 'map':
      return Array.isArray(value) ? printNested(value as readonly LiteralValue[], type) : `(${type.kind})`
    case 'null':
    case 'varchar':
    case 'json':
    case 'jsonb':
    case 'bit':
      return quote(typeof value === 'string' ? value : '')
    case 'bytea':
    case 'variant':
      return quote(formatValue(value, type, 'UTC'))
  }
}

function printNested(values: readonly LiteralValue[], type: DataType): string {
  switch (type.kind) {
    case 'list':
      return `ARRAY[${printSome(values, (item) => printLiteral(item, type.element.type))}]`
    case 'struct':
      return `ROW(${values.map((item, i) => printLiteral(item, type.fields[i]?.type ?? type)).join(', ')})`
    case 'map':
      return `MAP{${printSome(values, (pair) => {
        const [key = null, item = null] = pair as readonly LiteralValue[]
        return `${printLiteral(key, type.key.type)}: ${printLiteral(item, type.value.type)}`
      })}}`
    default:
      return `(${values.length} values)`
  }
}

/** Elements that are shown of a long list, such as that of a series. */
const SHOWN_MAX = 20

function printSome(values: readonly LiteralValue[], print: (value: LiteralValue) => string): string {
  const shown = values.slice(0, SHOWN_MAX).map(print)
  if (values.length > SHOWN_MAX) shown.push(`... (${values.length} values)`)
  return shown.join(', ')
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
