/**
 * Where each column of a scan comes from in data files of some schema.
 *
 * Files hold their columns under the names of the schema they were written with, so a column is found by its field id in that schema, then by
 * that name. Files of primary-key tables have besides `_KEY_<name>` for the key, `_SEQUENCE_NUMBER` and `_VALUE_KIND`; thin files have a
 * key column only as `_KEY_<name>`. Partition columns are constants.
 */
import { SqlError, unsupported } from '../../core/errors.ts'
import { BIGINT, type DataType, type Field, typeName } from '../../core/types.ts'
import type { LiteralValue } from '../../core/value.ts'
import type { FormatName, TargetField } from '../../format/format.ts'
import type { ColumnSource, ProjectedColumn } from '../table.ts'
import { timestampDigits } from './binary-row.ts'
import { type PaimonField, plainField } from './data-type.ts'
import type { PaimonSchema } from './table-schema.ts'
import { typeChange } from './type-change.ts'

export const SEQUENCE_NUMBER = '_SEQUENCE_NUMBER'
export const VALUE_KIND = '_VALUE_KIND'

/** The column of `t$audit_log` that says what a row is. */
export const ROW_KIND = 'rowkind'

const KIND_LABELS: readonly string[] = ['+I', '-U', '+U', '-D']

/** The same as rows of changes say it (table/changes.ts). */
const CHANGE_TYPE = '_change_type'
const CHANGE_LABELS: readonly string[] = ['insert', 'update_before', 'update_after', 'delete']

/** A value that a column has in all rows of a scan. */
export type ConstantSource = ColumnSource & { readonly kind: 'constant' }

const SYSTEM_TYPES: ReadonlyMap<string, DataType> = new Map<string, DataType>([
  [SEQUENCE_NUMBER, BIGINT],
  [VALUE_KIND, { kind: 'tinyint' }],
  ['_ROW_ID', BIGINT],
])

/** Partitions whose sources are kept to be shared. */
const SHARED_MAX = 10_000

export class ColumnBinder {
  readonly #columns: readonly ProjectedColumn[]
  readonly #schema: PaimonSchema
  readonly #kinds: boolean
  /** Columns beside the table's, by name. */
  readonly #values: ReadonlyMap<string, ConstantSource>
  readonly #shared = new Map<string, readonly ColumnSource[]>()

  /** `schema`: of the version that is read. `kinds`: rows have kinds of their own; else all are inserts. */
  constructor(
    columns: readonly ProjectedColumn[],
    schema: PaimonSchema,
    kinds: boolean = false,
    values: ReadonlyMap<string, ConstantSource> = new Map(),
  ) {
    this.#kinds = kinds
    this.#values = values
    this.#columns = columns
    this.#schema = schema
  }

  /** The table's field for column `index`; undefined for system columns. */
  fieldOf(index: number): PaimonField | undefined {
    const { name } = this.#columns[index]!
    return this.#schema.fields.find((field) => field.name === name)
  }

  /** One source a column; the same array for files of one schema, format and partition. */
  sources(
    fileSchema: PaimonSchema,
    format: FormatName,
    partition: readonly LiteralValue[],
    partitionKey: string,
  ): readonly ColumnSource[] {
    const key = `${fileSchema.id}|${format}|${partitionKey}`
    let sources = this.#shared.get(key)
    if (sources === undefined) {
      sources = this.#columns.map((column) => {
        const source = this.#source(column, fileSchema, partition)
        return format === 'orc' ? this.#withId(source, column) : source
      })
      if (this.#shared.size < SHARED_MAX) this.#shared.set(key, sources)
    }
    return sources
  }

  /** ORC files of Paimon have days and times in one calendar, whatever their footers say: the reader knows such files by asking for ids. */
  #withId(source: ColumnSource, { name }: ProjectedColumn): ColumnSource {
    const field = this.#schema.fields.find((one) => one.name === name)
    if (source.kind !== 'file' || field === undefined || this.#schema.primaryKeys.includes(name)) return source
    return { ...source, field: { ...source.field, id: field.id } }
  }

  #source(column: ProjectedColumn, fileSchema: PaimonSchema, partition: readonly LiteralValue[]): ColumnSource {
    const { name, type } = column
    const system = SYSTEM_TYPES.get(name)
    const field = this.#schema.fields.find((one) => one.name === name)
    if (field === undefined) {
      const value = this.#values.get(name)
      if (value !== undefined) return value
      if (name === ROW_KIND || name === CHANGE_TYPE) {
        const labels = name === ROW_KIND ? KIND_LABELS : CHANGE_LABELS
        if (!this.#kinds) return { kind: 'constant', value: labels[0]!, type }
        const kind: TargetField = { names: [VALUE_KIND], type: SYSTEM_TYPES.get(VALUE_KIND)!, children: [] }
        return { kind: 'label', field: kind, labels }
      }
      if (system === undefined) throw new SqlError('42703', `column "${name}" does not exist`)
      return { kind: 'file', field: { names: [name], type: system, children: [] } }
    }
    const place = this.#schema.partitionKeys.indexOf(name)
    if (place >= 0) return { kind: 'constant', value: partition[place] ?? null, type }
    const inFile = fileSchema.fields.find(({ id }) => id === field.id)
    if (inFile === undefined) return { kind: 'constant', value: null, type }
    const names = fileSchema.primaryKeys.includes(inFile.name) ? [inFile.name, `_KEY_${inFile.name}`] : [inFile.name]
    if (type.kind !== 'struct' && type.kind !== 'list' && type.kind !== 'map') {
      const change = typeChange(inFile, field)
      if (change === 'refused') throw refusedCast(inFile, type)
      const plain: TargetField = { names, type: inFile.type, children: [] }
      if (change === 'none') return { kind: 'file', field: { ...plain, type } }
      const [fromDigits, toDigits] = [timestampDigits(inFile.typeText), timestampDigits(field.typeText)]
      return { kind: 'file', field: plain, cast: { from: inFile.type, to: type, fromDigits, toDigits } }
    }
    return { kind: 'file', field: targetOf(names, type, plainField(inFile)) }
  }
}

/** What a reader is asked for to get `type`, or a part of it, from the file's field: nested fields by their ids. */
function targetOf(names: readonly string[], type: DataType, inFile: Field): TargetField {
  const from = inFile.type
  const item = (part: Field, of: Field): TargetField => targetOf([of.name], part.type, of)
  switch (type.kind) {
    case 'struct':
      if (from.kind !== 'struct') throw refusedCast(inFile, type)
      return { names, type, children: type.fields.map((part) => partOf(part, from.fields)) }
    case 'list':
      if (from.kind !== 'list') throw refusedCast(inFile, type)
      return { names, type, children: [item(type.element, from.element)] }
    case 'map':
      if (from.kind !== 'map') throw refusedCast(inFile, type)
      return { names, type, children: [item(type.key, from.key), item(type.value, from.value)] }
    default:
      return { names, type, children: [] }
  }
}

function partOf(part: Field, fields: readonly Field[]): TargetField {
  const found = fields.find(({ id, name }) =>
    part.id === undefined || id === undefined ? name === part.name : id === part.id,
  )
  // A name that no file has: NULL.
  return found === undefined ? { names: [], type: part.type, children: [] } : targetOf([found.name], part.type, found)
}

function refusedCast({ name, type }: Pick<Field, 'name' | 'type'>, to: DataType): Error {
  return unsupported(`reading column "${name}" of type ${typeName(type)} as ${typeName(to)}`, {
    detail: "The type of the column was changed after some of the table's files were written.",
  })
}
