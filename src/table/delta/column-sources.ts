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
import type { DeltaFile, Metadata } from './actions.ts'
import { partitionValue } from './partition-values.ts'
import { type DeltaField, type DeltaSchema, assertReadable } from './schema.ts'

export const HIDDEN_COLUMNS: readonly Field[] = [
  { name: '_file', type: VARCHAR, nullable: false },
  { name: '_pos', type: BIGINT, nullable: false },
]

const ROW_ID: Field = { name: '_row_id', type: BIGINT, nullable: true }
const ROW_COMMIT_VERSION: Field = { name: '_row_commit_version', type: BIGINT, nullable: true }

/** Hidden columns of row tracking: where the file keeps the numbers of rows that were moved into it. */
export interface RowTracking {
  readonly idColumn: string
  readonly versionColumn: string
}

/** How rows are tracked; undefined when they are not (PROTOCOL.md, "Row Tracking"). */
export function rowTrackingOf({ configuration }: Metadata): RowTracking | undefined {
  if (configuration.get('delta.enableRowTracking')?.toLowerCase() !== 'true') return undefined
  return {
    idColumn: configuration.get('delta.rowTracking.materializedRowIdColumnName') ?? '',
    versionColumn: configuration.get('delta.rowTracking.materializedRowCommitVersionColumnName') ?? '',
  }
}

/** Columns that can be named but are not the table's; one of the table's with such a name wins. */
export function hiddenColumnsOf(schema: DeltaSchema, rowTracking: RowTracking | undefined): readonly Field[] {
  const hidden = rowTracking === undefined ? HIDDEN_COLUMNS : [...HIDDEN_COLUMNS, ROW_ID, ROW_COMMIT_VERSION]
  return hidden.filter(({ name }) => schema.fields.every((field) => field.name !== name))
}

/** Partitions whose sources are kept to be shared. */
const SHARED_MAX = 10_000

/** A column of a scan. */
type BoundColumn =
  | { readonly kind: 'partition'; readonly field: DeltaField; readonly slot: number }
  | { readonly kind: 'data'; readonly field: DeltaField; readonly source: ColumnSource }
  | { readonly kind: 'hidden'; readonly name: string }

/** What columns are bound to. */
export interface BoundTable {
  readonly schema: DeltaSchema
  readonly partitions: readonly DeltaField[]
  readonly rowTracking: RowTracking | undefined
}

/** The columns of one scan, bound to the table's schema. */
export class ColumnBinder {
  readonly columns: readonly BoundColumn[]
  readonly #partitions: readonly DeltaField[]
  readonly #rowTracking: RowTracking | undefined
  readonly #namesFile: boolean
  /** Sources by what their files' partitions fix. */
  readonly #shared = new Map<string, readonly ColumnSource[]>()

  /** Errors: 42703 for unknown columns, 0A000 for those of types that the engine has not. */
  constructor(columns: readonly ProjectedColumn[], table: BoundTable) {
    this.#partitions = table.partitions
    this.#rowTracking = table.rowTracking
    this.columns = columns.map((column) => bindColumn(column, table))
    this.#namesFile = this.columns.some((column) => column.kind === 'hidden' && column.name !== '_pos')
  }

  /** The table's field for column `index` of the scan; undefined for hidden columns. */
  fieldOf(index: number): DeltaField | undefined {
    const column = this.columns[index]
    return column === undefined || column.kind === 'hidden' ? undefined : column.field
  }

  /** The file's values of the partition columns. */
  partitionValues(file: Pick<DeltaFile, 'partitionValues' | 'path'>): readonly LiteralValue[] {
    return this.#partitions.map((field) => partitionValue(file, field, this.#partitions.length))
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
      return this.#hiddenSource(column.name, url, file)
    })
    if (key !== undefined && this.#shared.size < SHARED_MAX) this.#shared.set(key, sources)
    return sources
  }

  #hiddenSource(name: string, url: string, { baseRowId, rowCommitVersion }: DeltaFile): ColumnSource {
    if (name === '_pos') return { kind: 'position' }
    if (name === '_file') return { kind: 'constant', value: url, type: VARCHAR }
    const isId = name === ROW_ID.name
    const value = isId ? baseRowId : rowCommitVersion
    const column = isId ? this.#rowTracking?.idColumn : this.#rowTracking?.versionColumn
    if (value === undefined || column === undefined) return { kind: 'constant', value: null, type: BIGINT }
    return { kind: 'inherited', field: { names: [column], type: BIGINT, children: [] }, value, addsPosition: isId }
  }
}

function bindColumn(column: ProjectedColumn, { schema, partitions, rowTracking }: BoundTable): BoundColumn {
  const field = schema.fields.find(({ id, name }) =>
    column.fieldId === undefined ? name === column.name : id === column.fieldId,
  )
  if (field === undefined) {
    const hidden = hiddenColumnsOf(schema, rowTracking)
    if (hidden.some(({ name }) => name === column.name)) return { kind: 'hidden', name: column.name }
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
