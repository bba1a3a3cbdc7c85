/** Structural keys of expressions: equal keys, equal values. */
import type { DataType } from '../core/types.ts'
import { typeName } from '../core/types.ts'
import type { Expr, LiteralValue } from './expr.ts'

/** A text that two expressions share only if they compute the same. Volatile functions are the caller's to look after. */
export function keyOf(expr: Expr): string {
  switch (expr.kind) {
    case 'column':
      return `c${expr.id}`
    case 'input':
      return `i${expr.index}`
    case 'literal':
      return `${valueKey(expr.value)}:${typeKey(expr.type)}`
    case 'call':
      return `${expr.name}(${expr.args.map(keyOf).join(',')})${expr.lambda === undefined ? '' : `=>${keyOf(expr.lambda)}`}:${typeKey(expr.type)}`
    case 'cast':
      return `${expr.try ? 'try' : 'cast'}(${keyOf(expr.arg)}):${typeKey(expr.type)}`
    case 'and':
    case 'or':
      return `${expr.kind}[${expr.args.map(keyOf).join(',')}]`
    case 'in':
      return `${expr.negated ? 'not' : ''}in(${keyOf(expr.arg)};${expr.values.map(keyOf).join(',')})`
    case 'case':
      return `case(${expr.branches.map(({ when, then }) => `${keyOf(when)}?${keyOf(then)}`).join(';')};${keyOf(expr.else)})`
    case 'subquery':
      return `q${expr.plan}/${expr.form}/${expr.comparison}/${expr.negated}(${expr.args.map(keyOf).join(',')})`
  }
}

function typeKey(type: DataType): string {
  return type.kind === 'varchar' || type.kind === 'integer' ? type.kind[0]! : typeName(type)
}

function valueKey(value: LiteralValue): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : `${value}`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'boolean') return `${value}`
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  if ('months' in value) return `${value.months}m${value.days}d${value.micros}u`
  return `[${value.map(valueKey).join(',')}]`
}
