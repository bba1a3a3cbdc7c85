/**
 * Where each column of a scan comes from in a data file: partition columns from the log, others from the file, by name, physical name or id.
 *
 * Spec: Delta PROTOCOL.md, "Reader Requirements for Column Mapping".
 */
import { SqlError } from '../../core/errors.ts'
import { BIGINT, type DataType, type Field, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import type { TargetField } from '../../format/format.ts'
import type { ColumnSource, ProjectedColumn } from '../table.ts'
import type { DeltaFile } from './actions.ts'
import { partitionValue } from './partition-values.ts'
import { type DeltaField, type DeltaSchema, assertReadable } from './schema.ts'

export const HIDDEN_COLUMNS: readonly Field[] = [
  { name: '_file', type: VARCHAR, nullable: false },
  { name: '_pos', type: BIGINT, nullable: false },
]

/** Partitions whose sources are kept to be shared. */
const SHARED_MAX = 10_000

/** A column of a scan. */
type BoundColumn =
  | { readonly kind: 'partition'; readonly field: DeltaField; readonly slot: number }
  | { readonly kind: 'data'; readonly field: DeltaField; readonly source: ColumnSource }
  | { readonly kind: 'hidden'; readonly name: string }

/** The columns of one scan, bound to the table's schema. */
export class ColumnBinder {
  readonly columns: readonly BoundColumn[]
  readonly #partitions: readonly DeltaField[]
  readonly #namesFile: boolean
  /** Sources by what their files' partitions fix. */
  readonly #shared = new Map<string, readonly ColumnSource[]>()

  /** Errors: 42703 for unknown columns, 0A000 for those of types that the engine has not. */
  constructor(columns: readonly ProjectedColumn[], schema: DeltaSchema, partitions: readonly DeltaField[]) {
    this.#partitions = partitions
    this.columns = columns.map((column) => bindColumn(column, schema, partitions))
    this.#namesFile = this.columns.some((column) => column.kind === 'hidden' && column.name === '_file')
  }

  /** The table's field for column `index` of the scan; undefined for hidden columns. */
  fieldOf(index: number): DeltaField | undefined {
    const column = this.columns[index]
    return column === undefined || column.kind === 'hidden' ? undefined : column.field
  }

  /** The file's values of the partition columns. */
  partitionValues(file: DeltaFile): readonly LiteralValue[] {
    return this.#partitions.map((field) => partitionValue(file, field))
  }

  /** One source a column. The same array for files that agree. `values` are those of the partition columns. */
  sources(url: string, file: DeltaFile, values: readonly LiteralValue[]): readonly ColumnSource[] {
    const key = this.#namesFile ? undefined : JSON.stringify(file.partitionValues)
    const known = key === undefined ? undefined : this.#shared.get(key)
    if (known !== undefined) return known
    const sources = this.columns.map((column): ColumnSource => {
      if (column.kind === 'partition') {
        return { kind: 'constant', value: values[column.slot]!, type: column.field.type }
      }
      if (column.kind === 'data') return column.source
      return column.name === '_pos' ? { kind: 'position' } : { kind: 'constant', value: url, type: VARCHAR }
    })
    if (key !== undefined && this.#shared.size < SHARED_MAX) this.#shared.set(key, sources)
    return sources
  }
}

function bindColumn(column: ProjectedColumn, schema: DeltaSchema, partitions: readonly DeltaField[]): BoundColumn {
  const field = schema.fields.find(({ id, name }) =>
    column.fieldId === undefined ? name === column.name : id === column.fieldId,
  )
  if (field === undefined) {
    if (HIDDEN_COLUMNS.some(({ name }) => name === column.name)) return { kind: 'hidden', name: column.name }
    throw new SqlError('42703', `column "${column.name}" does not exist`)
  }
  const slot = partitions.indexOf(field)
  if (slot >= 0) return { kind: 'partition', field, slot }
  assertReadable(field)
  return { kind: 'data', field, source: { kind: 'file', field: targetField(field, column.type, schema) } }
}

/**
 * What a reader is asked for to get `field` as `type`.
 *
 * @param type The field's type, or a part of it: structs may have fewer fields.
 */
export function targetField(field: DeltaField, type: DataType, schema: DeltaSchema): TargetField {
  const isById = schema.mapping === 'id'
  return {
    ...(isById && field.mappingId !== undefined ? { id: field.mappingId } : {}),
    // By id, a file without ids has none of the columns.
    names: isById ? [] : [field.physicalName],
    type,
    children: childTargets(field, type, schema),
  }
}

function childTargets(field: DeltaField, type: DataType, schema: DeltaSchema): readonly TargetField[] {
  switch (type.kind) {
    case 'struct':
      return type.fields.map((part) => {
        const child = field.children.find(({ id, name }) =>
          part.id === undefined ? name === part.name : id === part.id,
        )
        if (child === undefined)
          throw new SqlError('42703', `field "${part.name}" of column "${field.name}" does not exist`)
        return targetField(child, part.type, schema)
      })
    case 'list':
      return [targetField(field.children[0]!, type.element.type, schema)]
    case 'map':
      return [
        targetField(field.children[0]!, type.key.type, schema),
        targetField(field.children[1]!, type.value.type, schema),
      ]
    default:
      return []
  }
}
