/** Names of struct fields. */
import type { Field } from '../../core/types.ts'

/** Place of a field by its name (exact, else without case if only one fits so); -1 when there is none. */
export function fieldIndex(fields: readonly Field[], name: string): number {
  const exact = fields.findIndex((field) => field.name === name)
  if (exact >= 0) return exact
  const lower = name.toLowerCase()
  const matches = fields.flatMap((field, i) => (field.name.toLowerCase() === lower ? [i] : []))
  return matches.length === 1 ? matches[0]! : -1
}
