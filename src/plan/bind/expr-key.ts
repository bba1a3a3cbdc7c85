/** Structural equality of bound expressions, as text keys: `GROUP BY a + 1` and the `a + 1` of the select list are one. */
import type { Expr } from '../../expr/expr.ts'
import type { AggregateCall, SortKey } from '../logical.ts'

/** The same text for expressions that are written alike, different texts for others. */
export function exprKey(expr: Expr): string {
  return JSON.stringify(expr, keyValue)
}

export function aggregateKey(call: AggregateCall): string {
  return JSON.stringify(call, keyValue)
}

export function sortKeysKey(keys: readonly SortKey[]): string {
  return JSON.stringify(keys, keyValue)
}

/** JSON has no bigint, bytes, NaN or -0. */
function keyValue(this: unknown, _key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return { bigint: value.toString() }
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') }
  if (typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0))) {
    return { number: Object.is(value, -0) ? '-0' : String(value) }
  }
  return value
}
