/**
 * Defaults and constraints of a table's columns, kept as SQL in its properties: version 2 has no place of its own for them.
 *
 *   sluice.default.<field id> = now()
 *   sluice.type.<field id>    = jsonb           (what the text of a string column says: json, jsonb, interval)
 *   sluice.identity.<field id> = always       (or `by default`)
 *   sluice.check.<name>       = price > 0
 *   sluice.view               = SELECT ...         (a materialized view's query)
 *   sluice.view.schema        = main               (where its names are looked up)
 *   sluice.key.<name>         = primary 1 2       (or `unique`, then field ids)
 *
 * Engines that do not know them write rows without: what is promised holds for rows that are written here.
 */
import { corrupt } from '../../core/errors.ts'
import { type DataType, BIT, INTERVAL, JSONB, JSON_TEXT } from '../../core/types.ts'
import type { TableKey, TableRules, ViewSource } from '../table.ts'
import type { TableMetadata } from './metadata.ts'
import type { IcebergSchema } from './schema.ts'

const DEFAULT_PREFIX = 'sluice.default.'
const TYPE_PREFIX = 'sluice.type.'
const IDENTITY_PREFIX = 'sluice.identity.'
const CHECK_PREFIX = 'sluice.check.'
const KEY_PREFIX = 'sluice.key.'
const VIEW_QUERY = 'sluice.view'
const VIEW_SCHEMA = 'sluice.view.schema'

export function defaultProperty(fieldId: number): string {
  return `${DEFAULT_PREFIX}${fieldId}`
}

export function typeProperty(fieldId: number): string {
  return `${TYPE_PREFIX}${fieldId}`
}

export function identityProperty(fieldId: number): string {
  return `${IDENTITY_PREFIX}${fieldId}`
}

/** What `identityProperty` has as its value. */
export function identityText(always: boolean): string {
  return always ? ALWAYS : 'by default'
}

const ALWAYS = 'always'

export function checkProperty(name: string): string {
  return `${CHECK_PREFIX}${name}`
}

export function keyProperty(name: string): string {
  return `${KEY_PREFIX}${name}`
}

/** Properties of a materialized view. */
export function viewProperties({ sql, schema }: ViewSource): readonly (readonly [name: string, value: string])[] {
  return [
    [VIEW_QUERY, sql],
    [VIEW_SCHEMA, schema],
  ]
}

/** What `keyProperty` has as its value. */
export function keyText(isPrimary: boolean, fieldIds: readonly number[]): string {
  return [isPrimary ? 'primary' : 'unique', ...fieldIds].join(' ')
}

/** Undefined: none, as of most tables. */
export function tableRulesOf({ properties }: TableMetadata, { fields }: IcebergSchema): TableRules | undefined {
  const defaults = new Map<string, string>()
  const checks: { name: string; expression: string }[] = []
  const keys: TableKey[] = []
  const types = new Map<string, DataType>()
  const identities = new Map<string, boolean>()
  for (const [property, value] of properties) {
    if (property.startsWith(CHECK_PREFIX)) checks.push({ name: property.slice(CHECK_PREFIX.length), expression: value })
    if (property.startsWith(KEY_PREFIX)) keys.push(keyOf(property.slice(KEY_PREFIX.length), value, fields))
    const typed = property.startsWith(TYPE_PREFIX) ? fields.find(({ id }) => property === typeProperty(id)) : undefined
    if (typed !== undefined && typed.type.kind === 'string') types.set(typed.name, declaredType(property, value))
    const identity = property.startsWith(IDENTITY_PREFIX)
      ? fields.find(({ id }) => property === identityProperty(id))
      : undefined
    if (identity !== undefined) identities.set(identity.name, value === ALWAYS)
    if (!property.startsWith(DEFAULT_PREFIX)) continue
    const field = fields.find(({ id }) => property === defaultProperty(id))
    if (field !== undefined) defaults.set(field.name, value)
  }
  const sql = properties.get(VIEW_QUERY)
  const comment = properties.get('comment')
  const rules = {
    defaults,
    checks,
    keys,
    ...(types.size === 0 ? {} : { types }),
    ...(identities.size === 0 ? {} : { identities }),
    ...(comment === undefined ? {} : { comment }),
  }
  if (sql !== undefined) return { ...rules, view: { sql, schema: properties.get(VIEW_SCHEMA) ?? 'main' } }
  const isPlain = defaults.size + checks.length + keys.length + types.size === 0 && comment === undefined
  return isPlain ? undefined : rules
}

const DECLARED: Readonly<Record<string, DataType>> = { json: JSON_TEXT, jsonb: JSONB, interval: INTERVAL, bit: BIT }

function declaredType(property: string, name: string): DataType {
  const type = Object.hasOwn(DECLARED, name) ? DECLARED[name] : undefined
  if (type === undefined) throw corrupt(property, `"${name}" is not the name of a type that is kept as text`)
  return type
}

function keyOf(name: string, text: string, fields: IcebergSchema['fields']): TableKey {
  const [kind, ...ids] = text.split(' ')
  const columns = ids.map((id) => fields.find((field) => String(field.id) === id)?.name)
  if ((kind !== 'primary' && kind !== 'unique') || columns.length === 0 || columns.includes(undefined)) {
    throw corrupt(keyProperty(name), `"${text}" names no columns of the table`)
  }
  return { name, isPrimary: kind === 'primary', columns: columns as readonly string[] }
}
