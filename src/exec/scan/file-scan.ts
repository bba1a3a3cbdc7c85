/** A data file that a worker reads: opened, its columns bound, its deletes known. */
import type { Arena } from '../../core/arena.ts'
import { corrupt } from '../../core/errors.ts'
import { VARCHAR } from '../../core/types.ts'
import { constantVector, vectorFromLiterals } from '../../core/vector-values.ts'
import { BATCH_ROWS_MAX, type ConstantVector, type FlatVector, type Selection, type Vector } from '../../core/vector.ts'
import { type Expr, input, literal, mapChildren } from '../../expr/expr.ts'
import { firstAtLeast } from '../../expr/prune/named-values.ts'
import type {
  BoundFile,
  ColumnRange,
  DataFile,
  RowGroupInfo,
  RowGroupReader,
  RowRange,
  TargetField,
} from '../../format/format.ts'
import { formatByName } from '../../format/index.ts'
import { type JoinedTarget, bindJoined } from '../../format/join-files.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import { storageFor } from '../../storage/index.ts'
import type { SyncFile } from '../../storage/storage.ts'
import type { ColumnSource, FileRef } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { type VectorContext, flatten } from '../rows/vectors.ts'
import { type BoundsCheck, boundsCheck } from './bounds-check.ts'
import { CheckOrder } from './check-order.ts'
import { castColumn } from './column-casts.ts'
import { type FileDeletes, deletesOf } from './file-deletes.ts'
import { countRows, inheritValues } from './inherited-values.ts'
import type { RoundTask } from './scan-round.ts'
import { readContextOf } from './read-context.ts'
import { assertRowCount } from './row-count-check.ts'
import { type Check, type ScanFilters, conjunction, inputsOf } from './scan-filters.ts'
import { bothOf, rowsBut, wantedRows } from './wanted-rows.ts'

/** Rows that are taken together. */
const TAKEN_ROWS = BATCH_ROWS_MAX
/** Of more rows than one in so many, their row groups are read. */
const TAKEN_SHARE_MIN = 32

/** Rows of a row group that are read. */
export interface GroupRows {
  readonly range: RowRange
  /** Of the range, from its start; null: all. */
  readonly selection: Selection | null
  /** Row number in the file of the row group's first row. */
  readonly firstRow: number
}

export class FileScan {
  /** Indexes of the row groups of the task, in the file; where rows are taken by number, of stretches of these. */
  readonly rowGroups: readonly number[]
  /** Filters in order; deletes by key come last, on columns behind those of the scan. */
  readonly checks: readonly Check[]
  /** In which they are run. */
  readonly order: CheckOrder
  readonly deletes: FileDeletes
  readonly #context: QueryContext
  /** The task's file, then those beside it. */
  readonly #files: SyncFile[] = []
  readonly #opened: DataFile[] = []
  readonly #dataFile: DataFile
  readonly #bound: BoundFile
  /** By column of the scan, then by key of the deletes: where it comes from. */
  readonly #columns: readonly ColumnSource[]
  /** The target of the bound file that a column is; -1: none. */
  readonly #targets: readonly number[]
  readonly #constants = new Map<number, ConstantVector>()
  readonly #labels = new Map<number, FlatVector>()
  readonly #filters: ScanFilters
  /** By the row group's first row and the column; null: nothing is verified. */
  readonly #boundsChecks: Map<string, BoundsCheck | undefined> | null
  readonly #pruning: readonly Expr[]
  /** Their conjunction; null: none. */
  readonly #predicate: Expr | null
  /** Numbers of rows that alone can pass, ascending; null: any. */
  readonly #wanted: Float64Array | null
  /** The same without deleted ones, when they are read one by one: then rows are numbered by their places in it. */
  readonly #taken: Float64Array | null

  /** `prunable`: the columns whose filters may skip rows (rows that merge with others must not be skipped by the rest); absent: all. */
  constructor(
    context: QueryContext,
    plan: PhysicalScan,
    task: Pick<RoundTask, 'file' | 'beside' | 'split' | 'columns' | 'deletes' | 'only' | 'checks'>,
    filters: ScanFilters,
    prunable?: ReadonlySet<number>,
  ) {
    this.#context = context
    this.#filters = filters
    this.#boundsChecks = context.session.checksPages === true ? new Map() : null
    const deletes = deletesOf(context, task, plan.columns.length)
    this.#columns = [...task.columns, ...deletes.columns]
    try {
      const dataFiles = [task.file, ...(task.beside ?? []).map(({ file }) => file)].map((file) => this.#open(file))
      this.#dataFile = dataFiles[0]!
      const fields: JoinedTarget[] = []
      this.#targets = this.#columns.map((source, column) => {
        if (!('field' in source)) return -1
        const beside = task.beside?.findIndex(({ columns }) => columns.includes(column)) ?? -1
        return fields.push({ field: source.field, file: beside + 1 }) - 1
      })
      this.#bound =
        dataFiles.length === 1
          ? this.#dataFile.bind(fields.map(({ field }) => field))
          : bindJoined(dataFiles, fields, task.file.url)
      const conjuncts = prunable === undefined ? filters.pruningConjuncts(task.checks) : []
      this.#wanted = this.isSequential ? null : bothOf(deletes.wanted, this.#namedRows(conjuncts, dataFiles))
      this.#taken = task.split === null && prunable === undefined ? this.#rowsToTake(deletes) : null
      this.rowGroups =
        this.#taken === null
          ? rowGroupsOf(this.#dataFile, task.split)
          : Array.from({ length: Math.ceil(this.#taken.length / TAKEN_ROWS) }, (_, i) => i)
    } catch (error) {
      this.close()
      throw error
    }
    this.deletes = this.#taken === null ? deletes : { ...deletes, positions: null }
    const deleteChecks = this.#taken === null ? deletes.checks : deletes.otherChecks
    this.checks = [...filters.checksOf(task.checks), ...deleteChecks]
    this.order = new CheckOrder(this.checks)
    this.#pruning = filters
      .pruningConjuncts(task.checks)
      .filter((conjunct) => prunable === undefined || inputsOf(conjunct).every((column) => prunable.has(column)))
      .map((conjunct) => this.#toTargets(conjunct))
      .filter((conjunct) => conjunct !== null)
    this.#predicate = conjunction(this.#pruning)
  }

  /** Whether several threads can share a row group. */
  get skipsRows(): boolean {
    return this.#taken === null && this.#dataFile.skipsRows === true
  }

  rowGroupInfo(rowGroup: number): RowGroupInfo {
    if (this.#taken !== null) {
      const firstRow = rowGroup * TAKEN_ROWS
      const rowCount = Math.min(TAKEN_ROWS, this.#taken.length - firstRow)
      return { rowCount, firstRow, byteOffset: 0, byteCount: 0 }
    }
    return this.#dataFile.rowGroups[this.isSequential ? 0 : rowGroup]!
  }

  /** Its row groups are read one after another. */
  get isSequential(): boolean {
    return this.#dataFile.isSequential === true
  }

  /** Of sequential files. */
  hasRowGroup(rowGroup: number): boolean {
    return this.#dataFile.hasRowGroup?.(rowGroup) === true
  }

  /** False only when no row of the row group passes the filters. */
  mightMatch(rowGroup: number): boolean {
    if (this.#taken !== null) return true
    const { firstRow, rowCount } = this.rowGroupInfo(rowGroup)
    if (!this.deletes.mayRead(firstRow, firstRow + rowCount)) return false
    if (this.wantedIn(firstRow, firstRow + rowCount)?.length === 0) return false
    return this.#predicate === null || this.#bound.mightMatch(rowGroup, this.#predicate)
  }

  /** Numbers of the rows in [start, end) that alone can pass, ascending; null: any. */
  wantedIn(start: number, end: number): Float64Array | null {
    const wanted = this.#taken === null ? this.#wanted : null
    return wanted === null ? null : wanted.subarray(firstAtLeast(wanted, start), firstAtLeast(wanted, end))
  }

  openRowGroup(rowGroup: number): RowGroupReader {
    if (this.#taken !== null) {
      return this.#bound.openRows!(this.#taken.subarray(rowGroup * TAKEN_ROWS, (rowGroup + 1) * TAKEN_ROWS))
    }
    return this.#bound.openRowGroup(rowGroup)
  }

  /** Rows of a row group, which its reader has open, that may pass the filters. */
  candidateRanges(reader: RowGroupReader, rowGroup: number): readonly RowRange[] {
    const statistics = (target: number): ColumnRange | undefined =>
      this.#taken === null ? this.#bound.statistics(rowGroup, target) : undefined
    return this.#filters.pages.rangesOf(reader, this.#pruning, statistics)
  }

  /** The reader's number of a column; -1 for constants and positions. */
  target(column: number): number {
    return this.#targets[column]!
  }

  /** A column that is not read from the file, for `count` rows: rows `start` on of the file, or the selected ones of them. */
  computed(
    column: number,
    start: number,
    count: number,
    selection: Selection | null,
    arena: Arena = this.#context.arena,
  ): Vector {
    const source = this.#columns[column]!
    if (source.kind === 'constant') return this.#constant(column, source, count)
    const numbers = this.#rowNumbers(start, count, selection, arena)
    return source.kind === 'counted' ? countRows(this.#context.memory, numbers, source) : numbers
  }

  #rowNumbers(start: number, count: number, selection: Selection | null, arena: Arena): FlatVector {
    const { memory } = this.#context
    const { u32 } = memory
    const data = arena.allocate(count * 8)
    // Row numbers are below 2^53; written as two words, because bigints are slow one by one.
    for (let i = 0; i < count; i++) {
      const place = start + (selection === null ? i : u32[(selection.pointer >>> 2) + i]!)
      const row = this.#taken === null ? place : this.#taken[place]!
      u32[(data >>> 2) + 2 * i] = row >>> 0
      u32[(data >>> 2) + 2 * i + 1] = Math.floor(row / 0x1_0000_0000)
    }
    return {
      encoding: 'flat',
      type: { kind: 'bigint' },
      length: count,
      data,
      validity: 0,
      children: [],
    }
  }

  /** XX001 where values are outside of what the file's statistics say of their row group. */
  #assertWithinBounds(column: number, firstRow: number, vector: Vector): void {
    if (this.#taken !== null || this.isSequential) return
    const checks = this.#boundsChecks!
    const key = `${firstRow}:${column}`
    let check = checks.get(key)
    if (check === undefined && !checks.has(key)) {
      const target = this.#targets[column]!
      const rowGroup = this.#dataFile.rowGroups.findIndex((group) => group.firstRow === firstRow && group.rowCount > 0)
      const range = rowGroup < 0 ? undefined : this.#bound.statistics(rowGroup, target)
      const source = this.#columns[column]!
      const where = { url: this.#files[0]!.url, column: 'field' in source ? (source.field.names[0] ?? '') : '' }
      check = boundsCheck(this.#context, vector.type, range, where)
      checks.set(key, check)
    }
    check?.run(vector)
  }

  /** Rows of a row group as the column has them: cast, labelled, with what they inherit put in. */
  read(reader: RowGroupReader, column: number, rows: GroupRows, arena: Arena = this.#context.arena): Vector {
    const { range, selection, firstRow } = rows
    const vector = reader.read(this.#targets[column]!, range.start, range.end, selection, arena)
    const source = this.#columns[column]!
    if (this.#boundsChecks !== null) this.#assertWithinBounds(column, firstRow, vector)
    const { memory, kernels } = this.#context
    const own = { memory, kernels, arena }
    switch (source.kind) {
      case 'label':
        return this.#labelled(column, source, vector, own)
      case 'inherited':
        return inheritValues(
          own,
          vector,
          source,
          this.#rowNumbers(firstRow + range.start, vector.length, selection, arena),
        )
      case 'file':
        return source.cast === undefined ? vector : castColumn(own, vector, source.cast)
      default:
        return vector
    }
  }

  close(): void {
    for (const dataFile of this.#opened.splice(0)) dataFile.close?.()
    for (const file of this.#files.splice(0)) file.close()
  }

  #open(ref: FileRef): DataFile {
    const { url, format, layout } = ref
    const file = storageFor(url).openSync(url)
    this.#files.push(file)
    const dataFile = formatByName(format).open(file, readContextOf(this.#context), layout)
    this.#opened.push(dataFile)
    assertRowCount(ref, dataFile)
    return dataFile
  }

  #constant(column: number, source: ColumnSource & { kind: 'constant' }, length: number): Vector {
    let vector = this.#constants.get(column)
    if (vector === undefined) {
      vector = constantVector(this.#context.memory, this.#filters.arena, source.type, source.value, 1)
      this.#constants.set(column, vector)
    }
    return { ...vector, length }
  }

  #labelled(column: number, source: ColumnSource & { kind: 'label' }, vector: Vector, own: VectorContext): Vector {
    const { memory } = own
    const { data, validity, length } = flatten(own, vector)
    for (let row = 0; row < length; row++) {
      const number = memory.i32[(data >>> 2) + row]!
      const isNull = validity !== 0 && memory.u8[validity + row] === 0
      if (isNull || number < 0 || number >= source.labels.length)
        throw corrupt(this.#files[0]!.url, `unknown number ${number}`)
    }
    let dictionary = this.#labels.get(column)
    if (dictionary === undefined) {
      dictionary = vectorFromLiterals(memory, this.#filters.arena, VARCHAR, source.labels)
      this.#labels.set(column, dictionary)
    }
    return { encoding: 'dictionary', type: VARCHAR, length, data, validity: 0, dictionary }
  }

  #namedRows(conjuncts: readonly Expr[], files: readonly DataFile[]): Float64Array | null {
    const { rowCount } = this.#dataFile
    const has = ({ id, names }: TargetField): boolean =>
      files.some(({ fields }) =>
        fields.some((field) => (id !== undefined && field.id === id) || names.includes(field.name)),
      )
    return wantedRows(conjuncts, { columns: this.#columns, rowCount, has })
  }

  /** The rows to read one by one; null when the file does not give rows so, or they are many. */
  #rowsToTake({ positions }: FileDeletes): Float64Array | null {
    const wanted = this.#wanted
    if (wanted === null || this.#bound.openRows === undefined) return null
    const { rowCount } = this.#dataFile
    if (wanted.length > Math.max(1, rowCount / TAKEN_SHARE_MIN)) return null
    const rows = wanted.subarray(0, firstAtLeast(wanted, rowCount))
    return positions === null ? rows : rowsBut(rows, positions.all)
  }

  /** A conjunct over the reader's targets, constants put in; null when it is about row numbers. */
  #toTargets(expr: Expr): Expr | null {
    let isKnown = true
    const change = (node: Expr): Expr => {
      if (node.kind !== 'input') return mapChildren(node, change)
      const source = this.#columns[node.index]!
      if (source.kind === 'constant') return literal(source.value, source.type)
      if (source.kind !== 'file' || source.cast !== undefined) isKnown = false
      return input(this.#targets[node.index]!, node.type)
    }
    const changed = change(expr)
    return isKnown ? changed : null
  }
}

/** Row groups that begin in the split. */
function rowGroupsOf({ rowGroups }: DataFile, split: RoundTask['split']): readonly number[] {
  const all = rowGroups.map((_, i) => i)
  if (split === null) return all
  return all.filter((i) => rowGroups[i]!.byteOffset >= split.start && rowGroups[i]!.byteOffset < split.end)
}
