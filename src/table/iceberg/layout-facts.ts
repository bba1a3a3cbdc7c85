/** How the files of a table are partitioned and sorted, as SQL says it: `day(ts), bucket(16, id)`. */
import { type JsonObject, type JsonValue, isJsonObject } from '../../core/exact-json.ts'
import type { TableMetadata } from './metadata.ts'
import type { NestedField } from './schema.ts'
import { currentSchema } from './snapshot.ts'

/** Names and values; none for a table that is neither. */
export function layoutFacts(metadata: TableMetadata): readonly (readonly [name: string, value: string])[] {
  const { fields } = currentSchema(metadata)
  const spec = metadata.specs.find(({ id }) => id === metadata.defaultSpecId)
  const parts = (spec?.fields ?? [])
    .filter(({ transform }) => transform !== 'void')
    .map(({ sourceId, transform }) => shown(transform, nameOf(fields, sourceId)))
  const order = sortFields(metadata).map((field) => {
    const expression = shown(String(field['transform'] as string), nameOf(fields, Number(field['source-id'])))
    const direction = field['direction'] === 'desc' ? ' DESC' : ''
    const isUsual = (field['null-order'] === 'nulls-first') === (direction !== '')
    return `${expression}${direction}${isUsual ? '' : direction === '' ? ' NULLS FIRST' : ' NULLS LAST'}`
  })
  return [
    ...(parts.length === 0 ? [] : [['Partitioned by', parts.join(', ')] as const]),
    ...(order.length === 0 ? [] : [['Ordered by', order.join(', ')] as const]),
  ]
}

function sortFields({ json, defaultSortOrderId }: TableMetadata): readonly JsonObject[] {
  const orders = objects(json['sort-orders'])
  return objects(orders.find((order) => Number(order['order-id']) === defaultSortOrderId)?.['fields'])
}

function objects(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter(isJsonObject) : []
}

function shown(transform: string, column: string): string {
  if (transform === 'identity') return column
  const [, name, argument] = /^(\w+)\[(\d+)\]$/.exec(transform) ?? []
  return name === undefined ? `${transform}(${column})` : `${name}(${argument!}, ${column})`
}

/** The column's name, that of a field behind those of the columns around it. */
function nameOf(fields: readonly NestedField[], id: number): string {
  return pathOf(fields, id)?.join('.') ?? `field ${id}`
}

function pathOf(fields: readonly NestedField[], id: number): readonly string[] | null {
  for (const field of fields) {
    if (field.id === id) return [field.name]
    const { type } = field
    const inner = type.kind === 'struct' ? pathOf(type.fields, id) : null
    if (inner !== null) return [field.name, ...inner]
  }
  return null
}
