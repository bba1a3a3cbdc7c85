/** Bound expressions as text, close to SQL: `a > 5 and b like 'x%'`. For EXPLAIN and tests; not meant to be parsed again. */
import { type DataType, typeName } from '../core/types.ts'
import type { Expr, IntervalValue, LiteralExpr, LiteralValue } from '../expr/expr.ts'

/** Gives a column's name by its id, or an input's by its index. */
export type NameOf = (id: number) => string

const INFIX: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
  is_distinct_from: 'is distinct from',
  is_not_distinct_from: 'is not distinct from',
  add: '+',
  subtract: '-',
  multiply: '*',
  divide: '/',
  modulo: '%',
  power: '^',
  concat: '||',
  like: 'like',
  not_like: 'not like',
  ilike: 'ilike',
  not_ilike: 'not ilike',
}

const POSTFIX: Readonly<Record<string, string>> = {
  is_null: 'is null',
  is_not_null: 'is not null',
  is_true: 'is true',
  is_false: 'is false',
  is_unknown: 'is unknown',
}

/** The text of `expr`; `nameOf` names its columns (by id) and inputs (by index). */
export function printExpr(expr: Expr, nameOf: NameOf): string {
  const print = (part: Expr): string => printExpr(part, nameOf)
  switch (expr.kind) {
    case 'column':
      return nameOf(expr.id)
    case 'input':
      return nameOf(expr.index)
    case 'literal':
      return printLiteral(expr)
    case 'call':
      return printCall(expr.name, expr.args, nameOf)
    case 'cast':
      return `${expr.try ? 'try_cast' : 'cast'}(${print(expr.arg)} as ${typeName(expr.type)})`
    case 'case': {
      const branches = expr.branches.map(({ when, then }) => ` when ${print(when)} then ${print(then)}`)
      return `case${branches.join('')} else ${print(expr.else)} end`
    }
    case 'and':
    case 'or':
      return expr.args.map((arg) => operand(arg, nameOf)).join(` ${expr.kind} `)
    case 'in': {
      const values = expr.values.map(printLiteral).join(', ')
      return `${operand(expr.arg, nameOf)} ${expr.negated ? 'not in' : 'in'} (${values})`
    }
    case 'subquery':
      return printSubquery(expr, nameOf)
  }
}

function printCall(name: string, args: readonly Expr[], nameOf: NameOf): string {
  const [first, second] = args
  const infix = INFIX[name]
  if (infix !== undefined && args.length === 2) {
    return `${operand(first!, nameOf)} ${infix} ${operand(second!, nameOf)}`
  }
  const postfix = POSTFIX[name]
  if (postfix !== undefined && args.length === 1) return `${operand(first!, nameOf)} ${postfix}`
  if (name === 'not' && args.length === 1) return `not ${operand(first!, nameOf)}`
  if (name === 'negate' && args.length === 1) return `-${operand(first!, nameOf)}`
  return `${name}(${args.map((arg) => printExpr(arg, nameOf)).join(', ')})`
}

/** `expr` in parentheses where it has operators of its own. */
function operand(expr: Expr, nameOf: NameOf): string {
  const text = printExpr(expr, nameOf)
  const bare =
    expr.kind === 'column' ||
    expr.kind === 'input' ||
    expr.kind === 'literal' ||
    expr.kind === 'cast' ||
    (expr.kind === 'subquery' && expr.form !== 'in' && expr.form !== 'any' && expr.form !== 'all') ||
    (expr.kind === 'call' && text.startsWith(`${expr.name}(`))
  return bare ? text : `(${text})`
}

function printSubquery(expr: Extract<Expr, { kind: 'subquery' }>, nameOf: NameOf): string {
  const query = `(subquery ${expr.plan})`
  const not = expr.negated ? 'not ' : ''
  const args = expr.args.map((arg) => operand(arg, nameOf)).join(', ')
  const left = expr.args.length === 1 ? args : `(${args})`
  switch (expr.form) {
    case 'scalar':
      return query
    case 'exists':
      return `${not}exists ${query}`
    case 'array':
      return `array ${query}`
    case 'in':
      return `${left} ${not}in ${query}`
    case 'any':
    case 'all':
      return `${not}${left} ${INFIX[expr.comparison] ?? expr.comparison} ${expr.form} ${query}`
  }
}

/** A literal as SQL shows it: `'text'`, `1.50`, `date '2024-01-01'`. */
export function printLiteral(expr: LiteralExpr): string {
  return printValue(expr.value, expr.type)
}

function printValue(value: LiteralValue, type: DataType): string {
  if (value === null) return type.kind === 'null' ? 'null' : `null::${typeName(type)}`
  switch (type.kind) {
    case 'varchar':
      return `'${String(value).replaceAll("'", "''")}'`
    case 'bytea':
      return `'\\x${hex(value)}'`
    case 'uuid':
      return `uuid '${hex(value)}'`
    case 'decimal':
      return printDecimal(value as bigint, type.scale)
    case 'date':
      return `date '${printDate(BigInt(value as number))}'`
    case 'time':
      return `time '${printTime(value as bigint, 6)}'`
    case 'timestamp':
      return printTimestamp(value as bigint, type.unit === 'ns' ? 9 : 6, type.zone)
    case 'interval':
      return printInterval(value as IntervalValue)
    case 'list':
      return `[${(value as readonly LiteralValue[]).map((v) => printValue(v, type.element.type)).join(', ')}]`
    case 'struct': {
      const parts = type.fields.map((f, i) => `${f.name}: ${printValue((value as readonly LiteralValue[])[i]!, f.type)}`)
      return `{${parts.join(', ')}}`
    }
    case 'map': {
      const pairs = (value as readonly (readonly LiteralValue[])[]).map(
        ([key, item]) => `${printValue(key!, type.key.type)}: ${printValue(item!, type.value.type)}`,
      )
      return `map {${pairs.join(', ')}}`
    }
    default:
      return String(value)
  }
}

function hex(value: LiteralValue): string {
  return Buffer.from(value as Uint8Array).toString('hex')
}

function printDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  return `${unscaled < 0n ? '-' : ''}${whole}${scale === 0 ? '' : `.${digits.slice(-scale)}`}`
}

const MICROS_PER_DAY = 86_400_000_000n

function printDate(days: bigint): string {
  const date = new Date(Number(days) * 86_400_000)
  return Number.isNaN(date.getTime()) ? `${days} days` : date.toISOString().split('T')[0]!
}

/** Time of day; `digits` says the unit: 6 for micros, 9 for nanos. Zero fractions are left out. */
function printTime(value: bigint, digits: number): string {
  const perSecond = 10n ** BigInt(digits)
  const seconds = value / perSecond
  const pad = (n: bigint): string => n.toString().padStart(2, '0')
  const fraction = value % perSecond
  const tail = fraction === 0n ? '' : `.${fraction.toString().padStart(digits, '0').replace(/0+$/, '')}`
  return `${pad(seconds / 3600n)}:${pad((seconds / 60n) % 60n)}:${pad(seconds % 60n)}${tail}`
}

function printTimestamp(value: bigint, digits: number, zone: boolean): string {
  const perDay = digits === 9 ? MICROS_PER_DAY * 1000n : MICROS_PER_DAY
  const inDay = ((value % perDay) + perDay) % perDay
  const text = `${printDate((value - inDay) / perDay)} ${printTime(inDay, digits)}`
  return zone ? `timestamptz '${text}Z'` : `timestamp '${text}'`
}

function printInterval({ months, days, micros }: IntervalValue): string {
  const parts = [
    ...(months === 0 ? [] : [`${months} mons`]),
    ...(days === 0 ? [] : [`${days} days`]),
    ...(micros === 0n ? [] : [`${micros < 0n ? '-' : ''}${printTime(micros < 0n ? -micros : micros, 6)}`]),
  ]
  return `interval '${parts.length === 0 ? '0' : parts.join(' ')}'`
}
