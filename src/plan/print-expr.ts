/**
 * Expressions as SQL-like text, for EXPLAIN and for plans in tests. Never parsed again: it is for people.
 *
 *   call(and, [call(ge, [#3, 1994-01-01]), in(#4, ['MAIL', 'SHIP'])])
 *   ->  l_receiptdate >= DATE '1994-01-01' AND l_shipmode IN ('MAIL', 'SHIP')
 */
import { type DataType, typeName } from '../core/types.ts'
import type { CallExpr, Expr, IntervalValue, LiteralValue } from '../expr/expr.ts'
import type { PlanColumn, SortKey } from './logical.ts'

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

/** Names columns by their display names; those that are not among `columns` come out as `#id`. */
export function namerOf(columns: readonly PlanColumn[]): NameOf {
  const names = new Map(columns.map(({ id, name }) => [id, name]))
  return (id) => names.get(id) ?? `#${id}`
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
  return `${expr.name}(${expr.args.map((arg) => print(arg, nameOf, 0)).join(', ')})`
}

function parenthesize(text: string, own: number, outer: number): string {
  return own < outer ? `(${text})` : text
}

/** A literal as SQL writes it. */
export function printLiteral(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  switch (type.kind) {
    case 'varchar':
      return quote(String(value))
    case 'date':
      return `DATE '${dateText(Number(value))}'`
    case 'time':
      return `TIME '${timeText(value as bigint)}'`
    case 'timestamp': {
      const zone = type.zone ? 'TIMESTAMPTZ' : 'TIMESTAMP'
      return `${zone} '${timestampText(value as bigint, type.unit === 'ns' ? 9 : 6)}${type.zone ? '+00' : ''}'`
    }
    case 'decimal':
      return decimalText(value as bigint, type.scale)
    case 'interval':
      return `INTERVAL '${intervalText(value as IntervalValue)}'`
    default:
      return printPlain(value, type)
  }
}

function printPlain(value: LiteralValue, type: DataType): string {
  if (value === null) return 'NULL'
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'string') return quote(value)
  if (value instanceof Uint8Array) {
    const hex = Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('')
    return type.kind === 'uuid' ? `UUID '${hex}'` : `'\\x${hex}'`
  }
  if (Array.isArray(value)) return printNested(value as readonly LiteralValue[], type)
  return String(value as number | bigint)
}

function printNested(values: readonly LiteralValue[], type: DataType): string {
  switch (type.kind) {
    case 'list':
      return `ARRAY[${values.map((item) => printLiteral(item, type.element.type)).join(', ')}]`
    case 'struct':
      return `ROW(${values.map((item, i) => printLiteral(item, type.fields[i]?.type ?? type)).join(', ')})`
    case 'map':
      return `MAP{${values
        .map((pair) => {
          const [key = null, item = null] = pair as readonly LiteralValue[]
          return `${printLiteral(key, type.key.type)}: ${printLiteral(item, type.value.type)}`
        })
        .join(', ')}}`
    default:
      return `(${values.length} values)`
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

function decimalText(value: bigint, scale: number): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const sign = value < 0n ? '-' : ''
  const whole = digits.slice(0, digits.length - scale)
  return scale === 0 ? `${sign}${whole}` : `${sign}${whole}.${digits.slice(digits.length - scale)}`
}

/** Proleptic Gregorian date of a day number, by eras of 400 years that begin on 1 March 0000. */
function dateText(day: number): string {
  const shifted = day + 719_468
  const era = Math.floor(shifted / 146_097)
  const dayOfEra = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(dayOfMonth)}`
}

function timeText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n)
  const fraction = micros % 1_000_000n
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`
  return fraction === 0n ? clock : `${clock}.${fraction.toString().padStart(6, '0').replace(/0+$/, '')}`
}

function timestampText(value: bigint, digits: 6 | 9): string {
  const dayLength = 86_400n * 10n ** BigInt(digits)
  const inDay = ((value % dayLength) + dayLength) % dayLength
  const day = Number((value - inDay) / dayLength)
  const second = 10n ** BigInt(digits)
  const fraction = inDay % second
  const clock = timeText((inDay / second) * 1_000_000n)
  const tail = fraction === 0n ? '' : `.${fraction.toString().padStart(digits, '0').replace(/0+$/, '')}`
  return `${dateText(day)} ${clock}${tail}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function intervalText({ months, days, micros }: IntervalValue): string {
  const parts: string[] = []
  if (months !== 0) parts.push(`${months} months`)
  if (days !== 0) parts.push(`${days} days`)
  if (micros !== 0n || parts.length === 0) parts.push(`${micros} microseconds`)
  return parts.join(' ')
}
