/**
 * From a table's options to how rows of equal keys become one (table/merge.ts).
 *
 * Partial update: fields of a sequence group follow the group's order, the others take what is not NULL. Aggregation: each field has a
 * function, `last_non_null_value` by default.
 *
 * Spec: Apache Paimon, "Merge Engine".
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import type { FieldFunction, FieldMerge, MergeEngine, SequenceGroup } from '../merge.ts'
import type { PaimonField } from './data-type.ts'
import { type PaimonOptions, listOf } from './options.ts'
import type { PaimonSchema } from './table-schema.ts'

const FUNCTIONS: ReadonlyMap<string, FieldFunction> = new Map(
  (
    [
      'last_value',
      'last_non_null_value',
      'first_value',
      'first_non_null_value',
      'min',
      'max',
      'sum',
      'product',
      'bool_and',
      'bool_or',
      'listagg',
      'collect',
      'merge_map',
      'merge_map_with_keytime',
      'nested_update',
      'nested_partial_update',
    ] as const
  ).map((name) => [name, name]),
)

const NULL_KEYS: readonly string[] = ['merge', 'ignore', 'error']

/** The engine by field name, before columns have numbers. */
export interface EngineByName {
  readonly engine: 'deduplicate' | 'first-row' | 'fields'
  readonly fields: ReadonlyMap<string, FieldMerge>
  readonly sequenceGroups: readonly NamedGroup[]
  readonly removesOnDelete: boolean
  readonly retractions: 'refuse' | 'all' | 'groups' | 'none'
  readonly refusal: string
  readonly needsInsert: boolean
}

interface NamedGroup {
  readonly columns: readonly string[]
  readonly removesOnDelete: boolean
}

/** Errors: 0A000 for functions and options that are not implemented, 22023 for fields that are not there. */
export function mergeEngineOf(schema: PaimonSchema, options: PaimonOptions): EngineByName {
  const base = { fields: new Map<string, FieldMerge>(), sequenceGroups: [], removesOnDelete: false, refusal: '' }
  switch (options.mergeEngine) {
    case 'deduplicate':
    case 'first-row':
      return { ...base, engine: options.mergeEngine, retractions: 'all', needsInsert: false }
    case 'partial-update':
      return partialUpdate(schema, options)
    case 'aggregation':
      return {
        ...base,
        engine: 'fields',
        fields: new Map(schema.fields.map((field) => [field.name, aggregated(field, schema, options)])),
        removesOnDelete: isTrue(options, 'aggregation.remove-record-on-delete'),
        retractions: 'all',
        needsInsert: false,
      }
  }
}

/** The engine for columns that have numbers. `numberOf`: -1 for columns that are not part of the merge. */
export function numberedEngine(
  named: EngineByName,
  names: readonly string[],
  numberOf: (name: string) => number,
): MergeEngine {
  if (named.engine !== 'fields') return { kind: named.engine }
  const used = new Set(names.flatMap((name) => named.fields.get(name)?.sequenceGroup ?? []))
  return {
    kind: 'fields',
    fields: names.map((name) => named.fields.get(name) ?? { function: 'key' }),
    // Groups of which no column is read keep their numbers, and order nothing unless they remove rows.
    sequenceGroups: named.sequenceGroups.map(({ columns, removesOnDelete }, i): SequenceGroup => {
      const isUsed = used.has(i) || removesOnDelete
      return { columns: isUsed ? columns.map(numberOf) : [], removesOnDelete }
    }),
    removesOnDelete: named.removesOnDelete,
    retractions: named.retractions,
    refusal: named.refusal,
    needsInsert: named.needsInsert,
  }
}

/** Columns that decide about `names` beside themselves. */
export function decidingColumns(named: EngineByName, names: readonly string[]): readonly string[] {
  const groups = new Set(names.flatMap((name) => named.fields.get(name)?.sequenceGroup ?? []))
  return named.sequenceGroups.flatMap(({ columns, removesOnDelete }, i) =>
    groups.has(i) || removesOnDelete ? columns : [],
  )
}

function partialUpdate(schema: PaimonSchema, options: PaimonOptions): EngineByName {
  const groups: NamedGroup[] = []
  const groupOf = new Map<string, number>()
  const sequenceFields = new Set<string>()
  const removing = listOf(options.all.get('partial-update.remove-record-on-sequence-group'))
  for (const [key, value] of options.all) {
    const match = /^fields\.(.+)\.sequence-group$/.exec(key)
    if (match === null) continue
    const columns = listOf(match[1])
    const group = groups.push({ columns, removesOnDelete: columns.some((name) => removing.includes(name)) }) - 1
    for (const name of [...columns, ...listOf(value)]) {
      if (!schema.fields.some((field) => field.name === name)) {
        throw new SqlError('22023', `option "${key}" names column "${name}", which does not exist`)
      }
      groupOf.set(name, group)
    }
    for (const name of columns) sequenceFields.add(name)
  }
  const fields = new Map<string, FieldMerge>()
  for (const field of schema.fields) {
    const group = groupOf.get(field.name)
    const isKey = schema.primaryKeys.includes(field.name)
    if (isKey) fields.set(field.name, { function: 'key' })
    else if (sequenceFields.has(field.name)) fields.set(field.name, { function: 'key', sequenceGroup: group! })
    else {
      // Without sequence groups the reference takes what is not NULL, whatever functions are set.
      const merge = groups.length === 0 ? undefined : functionOf(field, options)
      const plain: FieldMerge = { function: group === undefined ? 'last_non_null_value' : 'replace' }
      fields.set(field.name, { ...(merge ?? plain), ...(group === undefined ? {} : { sequenceGroup: group }) })
    }
  }
  const removesOnDelete = isTrue(options, 'partial-update.remove-record-on-delete')
  return {
    engine: 'fields',
    fields,
    sequenceGroups: groups,
    removesOnDelete,
    retractions: groups.length > 0 ? 'groups' : removesOnDelete ? 'none' : 'refuse',
    refusal: 'reading a partial-update table that received deletes, without the option "ignore-delete",',
    needsInsert: true,
  }
}

function aggregated(field: PaimonField, schema: PaimonSchema, options: PaimonOptions): FieldMerge {
  if (options.sequenceFields.includes(field.name)) return { function: 'last_value' }
  if (schema.primaryKeys.includes(field.name)) return { function: 'key' }
  return functionOf(field, options) ?? { function: 'last_non_null_value' }
}

/** The function that the options give a field; undefined: none. */
function functionOf({ name }: PaimonField, options: PaimonOptions): FieldMerge | undefined {
  const optionOf = (key: string): string | undefined => options.all.get(`fields.${name}.${key}`)
  const text = optionOf('aggregate-function') ?? options.all.get('fields.default-aggregate-function')
  if (text === undefined) return undefined
  // An old name.
  const found = FUNCTIONS.get(text === 'first_not_null_value' ? 'first_non_null_value' : text)
  if (found === undefined) throw unsupported(`the aggregate function "${text}" of column "${name}"`)
  const delimiter = optionOf('list-agg-delimiter')
  const nestedKey = listOf(optionOf('nested-key'))
  return {
    function: found,
    ...(optionOf('ignore-retract') === 'true' ? { ignoresRetraction: true } : {}),
    ...(optionOf('distinct') === 'true' ? { distinct: true } : {}),
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(nestedKey.length === 0 ? {} : { nestedKey }),
    ...nestedOptions(name, optionOf),
  }
}

/** Options of functions over lists of rows and over maps. */
function nestedOptions(
  name: string,
  optionOf: (key: string) => string | undefined,
): Pick<FieldMerge, 'nestedSequence' | 'countLimit' | 'nullKeys' | 'timestampField'> {
  const nestedSequence = listOf(optionOf('nested-sequence-field'))
  const limit = optionOf('count-limit')
  const nullKeys = optionOf('nested-key-null-strategy')?.toLowerCase()
  const timestampField = optionOf('ts-field')
  if (limit !== undefined && !/^\d{1,9}$/.test(limit))
    throw unsupported(`option "fields.${name}.count-limit" = "${limit}"`)
  if (nullKeys !== undefined && !NULL_KEYS.includes(nullKeys)) {
    throw unsupported(`option "fields.${name}.nested-key-null-strategy" = "${nullKeys}"`)
  }
  return {
    ...(nestedSequence.length === 0 ? {} : { nestedSequence }),
    ...(limit === undefined ? {} : { countLimit: Number(limit) }),
    ...(nullKeys === undefined ? {} : { nullKeys: nullKeys as NonNullable<FieldMerge['nullKeys']> }),
    ...(timestampField === undefined ? {} : { timestampField }),
  }
}

function isTrue(options: PaimonOptions, key: string): boolean {
  return options.all.get(key)?.trim().toLowerCase() === 'true'
}
