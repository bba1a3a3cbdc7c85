/**
 * Merge-on-read: the task that reads a file slice's base file and the logs behind it (table/merge.ts).
 *
 *   run 0   the base file, in its own order; no file where the slice has logs only
 *   run 1   the blocks of the logs, oldest first: data blocks, and delete blocks whose columns are NULL but for key and order
 *
 * Commit-time order: the last row of a key wins. Event-time order: the row with the highest ordering values does; a delete without one
 * always wins over what was there before it.
 */
import { corrupt, unsupported } from '../../core/errors.ts'
import { BOOLEAN, type DataType, VARCHAR } from '../../core/types.ts'
import { type Expr, input, literal } from '../../expr/expr.ts'
import type { AvroRecord } from '../../format/avro/schema.ts'
import type { TargetField } from '../../format/format.ts'
import { schemaOfBlock } from '../../format/hudi-log/data-file.ts'
import { findField } from '../../format/hudi-log/column-builders.ts'
import { orderingColumn } from '../../format/hudi-log/delete-records.ts'
import { HEADER_KEYS } from '../../format/hudi-log/log-blocks.ts'
import type { MergeFile, MergeTask } from '../merge.ts'
import type { ColumnSource, ProjectedColumn, Pushdown, ScanTask } from '../table.ts'
import type { BaseFile, FileSlice, SliceView } from './file-slices.ts'
import { type PlacedBlock, committedBlocks } from './log-blocks-of.ts'
import type { HudiConfig } from './table-config.ts'
import { ColumnSources, fileRefOf } from './scan-columns.ts'
import type { HudiSnapshot } from './snapshot.ts'

const RECORD_KEY = '_hoodie_record_key'
const IS_DELETED = '_hoodie_is_deleted'
/** The column that says whether a row is a delete; no column of a table has this name. */
const DELETE_COLUMN = '#deleted'
/** Flink's column of what a row was when it came in, and its texts for rows that are gone and for those before an update. */
const OPERATION: DeleteMarker = { field: '_hoodie_operation', texts: ['D', '-U'] }

/** Rows with one of the texts in the column are deletes. */
interface DeleteMarker {
  readonly field: string
  readonly texts: readonly string[]
}

/** Rows whose column `name` (of texts, one of the planner's) has one of the values, or none of them. */
export interface TextFilter {
  readonly name: string
  readonly values: readonly string[]
  readonly negated: boolean
}

/** Makes the tasks of a scan's slices with logs. */
export class MergePlanner {
  readonly #snapshot: HudiSnapshot
  readonly #view: SliceView
  readonly #pushdown: Pushdown
  readonly #sources: ColumnSources
  readonly #columns: readonly ProjectedColumn[]
  readonly #keys: readonly number[]
  /** By ordering field: its column. */
  readonly #ordering: readonly number[]
  readonly #deleted: number

  /** @param also Columns that a filter of the merge needs beside the pushdown's. */
  constructor(snapshot: HudiSnapshot, view: SliceView, pushdown: Pushdown, also: readonly ProjectedColumn[] = []) {
    this.#snapshot = snapshot
    this.#view = view
    this.#pushdown = pushdown
    const columns: ProjectedColumn[] = [...pushdown.columns]
    const numberOf = (name: string, type: DataType): number => {
      const known = columns.findIndex((column) => column.name === name)
      return known >= 0 ? known : columns.push({ name, type }) - 1
    }
    this.#keys = keyColumns(snapshot).map(({ name, type }) => numberOf(name, type))
    this.#ordering = orderingColumns(snapshot).map(({ name, type }) => numberOf(name, type))
    for (const { name, type } of also) numberOf(name, type)
    this.#deleted = columns.push({ name: DELETE_COLUMN, type: BOOLEAN }) - 1
    this.#columns = columns
    this.#sources = new ColumnSources(snapshot, columns.slice(0, -1))
  }

  /** Undefined when no block of the logs counts: the base file is the slice. */
  task(slice: FileSlice): ScanTask | undefined {
    const blocks = committedBlocks(this.#snapshot.access, slice.logs, this.#view)
    return blocks.length === 0 ? undefined : this.#taskOf(slice, blocks)
  }

  /** The rows of a base file, as they are. */
  baseTask(base: BaseFile, partition: string): ScanTask {
    const sources = this.#sources.of(base.instant, partition, base).slice(0, this.#pushdown.columns.length)
    return { file: fileRefOf(base), columns: sources, deletes: [], residual: this.#pushdown.predicate }
  }

  /** The rows of the slice that the filter leaves; undefined when the slice is empty. */
  filteredTask(slice: FileSlice, { name, values, negated }: TextFilter): ScanTask | undefined {
    const blocks = committedBlocks(this.#snapshot.access, slice.logs, this.#view)
    if (slice.base === undefined && blocks.length === 0) return undefined
    if (negated && values.length === 0) return this.#taskOf(slice, blocks)
    const number = this.#columns.findIndex((column) => column.name === name)
    const list = values.map((value) => literal(value, VARCHAR))
    const filter: Expr = { kind: 'in', arg: input(number, VARCHAR), values: list, negated, type: BOOLEAN }
    const task = this.#taskOf(slice, blocks)
    return { ...task, merge: { ...task.merge!, filter } }
  }

  #taskOf(slice: FileSlice, blocks: readonly PlacedBlock[]): ScanTask {
    const { config } = this.#snapshot
    if (blocks.length > 0) assertMergeable(config)
    const { base, partition } = slice
    const markers = deleteMarkers(config, blocks)
    const markerColumns = markers.map(({ field }) => ({ name: `#${field}`, type: VARCHAR }))
    const merge: MergeTask = {
      runs: [
        { isSorted: false, files: base === undefined ? [] : [this.#baseFile(base, partition, markers.length)] },
        { isSorted: false, files: blocks.map((block) => this.#blockFile(block, partition, markers)) },
      ],
      extraColumns: [...this.#columns.slice(this.#pushdown.columns.length), ...markerColumns],
      keys: this.#keys,
      ordering: this.#ordering.map((column) => ({ column, descending: false, nullsFirst: true })),
      rowKinds: [
        { column: this.#deleted, form: 'is-deleted' },
        ...markers.map(
          ({ texts }, i) => ({ column: this.#columns.length + i, form: 'texts', deleted: texts }) as const,
        ),
      ],
      engine: { kind: 'deduplicate' },
      ignoreRetractions: false,
      ...(config.ignoresDefaults ? { fillsNulls: this.#columns.map((_, i) => i).slice(0, -1) } : {}),
    }
    const file = base === undefined ? logRef(blocks[0]!) : fileRefOf(base)
    return { file, columns: [], deletes: [], residual: this.#pushdown.predicate, merge }
  }

  #baseFile(base: NonNullable<FileSlice['base']>, partition: string, markerCount: number): MergeFile {
    const columns = [
      ...this.#sources.of(base.instant, partition, base),
      constant(false, BOOLEAN),
      ...Array.from({ length: markerCount }, () => constant(null, VARCHAR)),
    ]
    return { file: fileRefOf(base), columns, deletes: [] }
  }

  #blockFile(placed: PlacedBlock, partition: string, markers: readonly DeleteMarker[]): MergeFile {
    const { block } = placed
    const split = { start: block.start, end: block.end }
    const file = logRef(placed)
    if (block.kind === 'delete') {
      const columns = [...this.#deleteColumns(), ...markers.map(() => constant(null, VARCHAR))]
      return { file, split, columns, deletes: [] }
    }
    const { fields } = schemaOfBlock(block, placed.log.url)
    const sources = this.#sources.of(placed.instant, partition)
    this.#assertHasKeys(sources, fields, placed)
    if (this.#snapshot.config.ignoresDefaults) assertNoDefaults(fields, placed)
    const target: TargetField = { names: [IS_DELETED], type: BOOLEAN, children: [] }
    const deleted: ColumnSource = fields.some(({ name }) => name === IS_DELETED)
      ? { kind: 'file', field: target }
      : constant(false, BOOLEAN)
    const marks = markers.map(({ field }): ColumnSource => {
      const mark: TargetField = { names: [field], type: VARCHAR, children: [] }
      return findField(fields, [field]) < 0 ? constant(null, VARCHAR) : { kind: 'file', field: mark }
    })
    const columns = [...sources, deleted, ...marks]
    if (block.header.get(HEADER_KEYS.isPartial) !== 'true') return { file, split, columns, deletes: [] }
    const absent = columns.flatMap((source, i) =>
      source.kind === 'file' && findField(fields, source.field.names) < 0 ? [i] : [],
    )
    return { file, split, columns, deletes: [], absent }
  }

  /** XX001 when rows of a block have no key: they would be new rows instead of changes. */
  #assertHasKeys(sources: readonly ColumnSource[], fields: AvroRecord['fields'], { block, log }: PlacedBlock): void {
    for (const key of this.#keys) {
      const source = sources[key]!
      if (source.kind !== 'file' || findField(fields, source.field.names) >= 0) continue
      const { name } = this.#columns[key]!
      throw corrupt(log.url, `the log block at byte ${block.start} has no column "${name}", which is a key`)
    }
  }

  /** A key column of a delete block, which has the record key alone. */
  #deletedKey(name: string, type: DataType): ColumnSource {
    const field: TargetField = { names: [RECORD_KEY], type: VARCHAR, children: [] }
    const { config } = this.#snapshot
    if (config.hasMetaFields) return { kind: 'file', field }
    if (config.plainKeyField !== name || !PLAIN_KEYS.has(type.kind)) {
      throw unsupported('delete blocks of a Hudi table without meta columns whose key is no plain column', {
        detail: `table "${this.#snapshot.name}"`,
      })
    }
    if (type.kind === 'varchar') return { kind: 'file', field }
    return { kind: 'file', field, cast: { from: VARCHAR, to: type, fromDigits: 0, toDigits: 0 } }
  }

  #deleteColumns(): readonly ColumnSource[] {
    return this.#columns.map(({ name, type }, column): ColumnSource => {
      if (column === this.#deleted) return constant(true, BOOLEAN)
      if (this.#keys.includes(column)) return this.#deletedKey(name, type)
      const order = this.#ordering.indexOf(column)
      if (order < 0) return constant(null, type)
      return { kind: 'file', field: { names: [orderingColumn(order)], type, children: [] } }
    })
  }
}

/** Types whose values stand in record keys as their texts. */
const PLAIN_KEYS: ReadonlySet<string> = new Set(['varchar', 'tinyint', 'smallint', 'integer', 'bigint'])

function deleteMarkers({ deleteMarker }: HudiConfig, blocks: readonly PlacedBlock[]): readonly DeleteMarker[] {
  const markers = deleteMarker === undefined ? [] : [{ field: deleteMarker.field, texts: [deleteMarker.text] }]
  const hasOperation = blocks.some(({ block, log }) => {
    if (block.kind === 'delete') return false
    return schemaOfBlock(block, log.url).fields.some(({ name }) => name === OPERATION.field)
  })
  return hasOperation ? [...markers, OPERATION] : markers
}

function assertMergeable({ mergeMode, merger, refusedMerging }: HudiConfig): void {
  if (mergeMode === 'custom') throw unsupported(`merging the rows of a Hudi table by "${merger}"`)
  if (refusedMerging !== undefined) throw unsupported(refusedMerging)
}

/** 0A000 for fields whose default, which says nothing, is a value. */
function assertNoDefaults(fields: AvroRecord['fields'], { log }: PlacedBlock): void {
  const field = fields.find((other) => other.default !== undefined && other.default !== null)
  if (field === undefined) return
  throw unsupported(`the Hudi partial update mode "IGNORE_DEFAULTS" where column "${field.name}" has a default value`, {
    detail: `file "${log.url}"`,
  })
}

function constant(value: boolean | null, type: DataType): ColumnSource {
  return { kind: 'constant', value, type }
}

function logRef({ log: { url, byteCount } }: PlacedBlock): ScanTask['file'] {
  return { url, byteCount, format: 'hudi-log' }
}

function keyColumns({ config, fields, url }: HudiSnapshot): ProjectedColumn[] {
  if (config.hasMetaFields) return [{ name: RECORD_KEY, type: VARCHAR }]
  if (config.recordKeyFields.length === 0) throw corrupt(url, 'the table has logs and no record key')
  return config.recordKeyFields.map((name) => {
    const field = fields.find((other) => other.name === name)
    if (field === undefined) throw unsupported(`merging by the record key "${name}"`)
    return { name, type: field.type }
  })
}

function orderingColumns({ config, fields }: HudiSnapshot): ProjectedColumn[] {
  if (config.mergeMode !== 'event-time') return []
  return config.orderingFields.map((name) => {
    const field = fields.find((other) => other.name === name)
    if (field === undefined) throw unsupported(`merging by the ordering field "${name}"`)
    return { name, type: field.type }
  })
}
