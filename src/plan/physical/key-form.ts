/**
 * Keys of hash tables for values that are equal in several forms: tables compare bytes, and `1 month` equals `30 days`.
 *
 *   interval             interval_key(i): 16 bytes that equal lengths share
 *   with intervals in    order_key(x)
 *
 * Groups show one of their values as it was: any_value beside the key.
 */
import { BYTEA, type DataType, UUID } from '../../core/types.ts'
import { type Expr, call } from '../../expr/expr.ts'

/** Whether equal values of the type may have other bytes. */
export function hasEqualForms(type: DataType): boolean {
  switch (type.kind) {
    case 'interval':
      return true
    case 'list':
      return hasEqualForms(type.element.type)
    case 'map':
      return hasEqualForms(type.key.type) || hasEqualForms(type.value.type)
    case 'struct':
      return type.fields.some((field) => hasEqualForms(field.type))
    default:
      return false
  }
}

/** An expression whose bytes are equal where the values are; most are that themselves. */
export function keyForm(expr: Expr): Expr {
  if (!hasEqualForms(expr.type)) return expr
  return expr.type.kind === 'interval' ? call('interval_key', [expr], UUID) : call('order_key', [expr], BYTEA)
}
