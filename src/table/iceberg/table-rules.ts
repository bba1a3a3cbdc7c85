/**
 * Defaults and constraints of a table's columns, kept as SQL in its properties: version 2 has no place of its own for them.
 *
 *   sluice.default.<field id> = now()
 *   sluice.check.<name>       = price > 0
 *
 * Engines that do not know them write rows without: what is promised holds for rows that are written here.
 */
import type { TableRules } from '../table.ts'
import type { TableMetadata } from './metadata.ts'
import type { IcebergSchema } from './schema.ts'

const DEFAULT_PREFIX = 'sluice.default.'
const CHECK_PREFIX = 'sluice.check.'

export function defaultProperty(fieldId: number): string {
  return `${DEFAULT_PREFIX}${fieldId}`
}

export function checkProperty(name: string): string {
  return `${CHECK_PREFIX}${name}`
}

/** Undefined: none, as of most tables. */
export function tableRulesOf({ properties }: TableMetadata, { fields }: IcebergSchema): TableRules | undefined {
  const defaults = new Map<string, string>()
  const checks: { name: string; expression: string }[] = []
  for (const [key, expression] of properties) {
    if (key.startsWith(CHECK_PREFIX)) checks.push({ name: key.slice(CHECK_PREFIX.length), expression })
    if (!key.startsWith(DEFAULT_PREFIX)) continue
    const field = fields.find(({ id }) => key === defaultProperty(id))
    if (field !== undefined) defaults.set(field.name, expression)
  }
  return defaults.size === 0 && checks.length === 0 ? undefined : { defaults, checks }
}
