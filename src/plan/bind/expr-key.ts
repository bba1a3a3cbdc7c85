/**
 * Structural equality of bound expressions, as text keys: `GROUP BY a + 1` and the `a + 1` of the select list are one.
 *
 * Keys of expressions are kept, as rules ask for them again and again; a key is made of the keys of its parts.
 */
import type { DataType } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import { type Expr, type LiteralExpr, childrenOf } from '../../expr/expr.ts'
import type { AggregateCall, SortKey } from '../logical.ts'

const keys = new WeakMap<Expr, string>()
const typeKeys = new WeakMap<DataType, string>()

/** The same text for expressions that are written alike, different texts for others. */
export function exprKey(expr: Expr): string {
  if (expr.kind === 'column') return `#${expr.id}`
  let key = keys.get(expr)
  if (key === undefined) keys.set(expr, (key = makeKey(expr)))
  return key
}

function makeKey(expr: Expr): string {
  const type = typeKey(expr.type)
  switch (expr.kind) {
    case 'column':
      return `#${expr.id}`
    case 'input':
      return `@${expr.index}`
    case 'literal':
      return `${valueKey(expr)}:${type}`
    case 'call':
      return `${expr.name}(${listKey(expr.args)})${expr.lambda === undefined ? '' : ` ${exprKey(expr.lambda)}`}:${type}`
    case 'cast':
      return `${expr.try ? 'try ' : ''}cast(${exprKey(expr.arg)}):${type}`
    case 'case':
    case 'and':
    case 'or':
      return `${expr.kind} (${listKey(childrenOf(expr))}):${type}`
    case 'in':
      return `${expr.negated ? 'not ' : ''}in(${exprKey(expr.arg)};${listKey(expr.values)})`
    case 'subquery': {
      const how = `${expr.negated ? 'not ' : ''}${expr.form} ${expr.comparison}`
      return `subquery ${expr.plan} ${how}(${listKey(expr.args)}):${type}`
    }
  }
}

function listKey(exprs: readonly Expr[]): string {
  return exprs.map(exprKey).join()
}

function typeKey(type: DataType): string {
  let key = typeKeys.get(type)
  if (key === undefined) typeKeys.set(type, (key = JSON.stringify(type)))
  return key
}

function valueKey({ value }: LiteralExpr): string {
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value, jsonValue)
}

export function aggregateKey({ name, args, distinct, filter, orderBy, type }: AggregateCall): string {
  const condition = filter === null ? '' : exprKey(filter)
  const parts = `${listKey(args)};${condition};${sortKeysKey(orderBy)}`
  return `${name}${distinct ? ' distinct' : ''}(${parts}):${typeKey(type)}`
}

export function sortKeysKey(sortKeys: readonly SortKey[]): string {
  return sortKeys.map(({ expr, descending, nullsFirst }) => `${exprKey(expr)} ${descending} ${nullsFirst}`).join()
}

/** JSON has no bigint, bytes, NaN or -0. */
function jsonValue(_key: string, value: LiteralValue): unknown {
  if (typeof value === 'bigint') return { bigint: value.toString() }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { number: Object.is(value, -0) ? '-0' : String(value) }
  }
  return value
}
