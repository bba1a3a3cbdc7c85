/** What the log says of a table: rows, bytes and, for tables of not too many files, the range of each column. */
import type { DataType } from '../../core/types.ts'
import type { ColumnRange } from '../../format/format.ts'
import { RangeSum } from '../range-sum.ts'
import type { TableStatistics } from '../table.ts'
import type { DeltaFile } from './actions.ts'
import type { AskedColumn, CheckpointSum } from './checkpoint-sums.ts'
import { type FileStatistics, rangeOfColumn, statisticsOf } from './file-statistics.ts'
import { partitionValue } from './partition-values.ts'
import { rangeOfValue } from './pruning.ts'
import type { ScanContext } from './scan.ts'
import type { DeltaField } from './schema.ts'
import type { Snapshot } from './snapshot.ts'

/** Beyond this many data files planning would take longer than better estimates save. */
const FILES_WITH_RANGES_MAX = 2000

/** Files that an estimate is made from. */
const SAMPLE_FILES = 1000

/** Rows of a file that does not say, by its bytes: only the order of magnitude matters. */
const BYTES_A_ROW = 100

interface SummedColumn {
  readonly field: DeltaField
  readonly path: readonly string[]
  readonly isPartition: boolean
  readonly sum: RangeSum
}

/** Rows of checkpoints beyond which not every file is asked: reading them all takes longer than better estimates save. */
const ROWS_READ_MAX = 100_000

export async function readStatistics(context: ScanContext): Promise<TableStatistics> {
  const { snapshot } = context
  const rows = snapshot.largeCheckpointRows
  if (rows !== undefined && rows > ROWS_READ_MAX) return estimate(snapshot, rows)
  const columns = summedColumns(context)
  let [rowCount, byteCount, fileCount] = [0, 0, 0]
  let [isExact, hasVectors] = [true, false]
  for await (const files of snapshot.files({ withStatistics: true })) {
    for (const file of files) {
      const statistics = statisticsOf(file)
      const { cardinality } = file.deletionVector ?? { cardinality: 0 }
      const physical = statistics.rowCount ?? Math.ceil(file.byteCount / BYTES_A_ROW)
      isExact &&= statistics.rowCount !== undefined && cardinality >= 0
      hasVectors ||= file.deletionVector !== undefined
      rowCount += Math.max(0, physical - Math.max(0, cardinality))
      byteCount += file.byteCount
      if (++fileCount > FILES_WITH_RANGES_MAX) continue
      addRanges(columns, file, statistics, physical)
    }
  }
  const hasRanges = fileCount <= FILES_WITH_RANGES_MAX
  return {
    rowCount,
    exact: isExact,
    byteCount,
    fileCount,
    columns: new Map(
      hasRanges ? columns.map(({ field, sum }) => [field.name, rangeIn(sum, { isExact, hasVectors })]) : [],
    ),
  }
}

export interface SumOptions {
  /** False: every file becomes an object. */
  readonly byTexts?: boolean
}

/**
 * Row count and ranges of the columns named, of all files. Undefined when files don't say, when deletion vectors or rounding make what is asked
 * inexact, or when `readStatistics` asked every file already.
 */
export async function readExactStatistics(
  context: ScanContext,
  asked: ReadonlyMap<string, 'bounds' | 'nulls'>,
  known: TableStatistics,
  { byTexts = true }: SumOptions = {},
): Promise<TableStatistics | undefined> {
  const { snapshot } = context
  if (known.fileCount <= FILES_WITH_RANGES_MAX || (known.exact && asked.size === 0)) return undefined
  const columns = summedColumns(context).filter(({ field }) => asked.has(field.name))
  if (columns.length < asked.size) return undefined
  const isSummable = byTexts && columns.every(({ isPartition }) => !isPartition)
  const sums = isSummable ? snapshot.sums(askedOf(columns, asked)) : undefined
  const sum = sums && sumOfTexts(new ExactSum(columns, asked), sums)
  if (sum !== undefined && sum !== 'incomplete') return sum === 'unanswered' ? undefined : sum.finish()
  // Again from nothing: ranges are added up in the columns.
  const total = new ExactSum(
    summedColumns(context).filter(({ field }) => asked.has(field.name)),
    asked,
  )
  const options = { withStatistics: true, forCounts: columns.every(({ isPartition }) => !isPartition) }
  for await (const files of snapshot.files(options)) {
    if (!total.addFiles(files) || !total.isAnswered()) return undefined
  }
  return total.finish()
}

/** `incomplete`: files do not say how many rows they have, in the texts. */
function sumOfTexts(total: ExactSum, sums: Iterable<CheckpointSum>): ExactSum | 'incomplete' | 'unanswered' {
  for (const sum of sums) {
    total.addSum(sum)
    if (!total.addFiles(sum.others)) return 'incomplete'
    if (!total.isAnswered()) return 'unanswered'
  }
  return total
}

function askedOf(columns: readonly SummedColumn[], asked: ReadonlyMap<string, 'bounds' | 'nulls'>): AskedColumn[] {
  return columns.map(({ field: { name, physicalName, type } }) => ({
    ...{ physicalName, type },
    wants: asked.get(name) ?? 'nulls',
  }))
}

/** What is asked of all files, as they are met. */
class ExactSum {
  readonly #columns: readonly SummedColumn[]
  readonly #asked: ReadonlyMap<string, 'bounds' | 'nulls'>
  #rowCount = 0
  #byteCount = 0
  #fileCount = 0
  #hasVectors = false

  constructor(columns: readonly SummedColumn[], asked: ReadonlyMap<string, 'bounds' | 'nulls'>) {
    this.#columns = columns
    this.#asked = asked
  }

  addSum({ rowCount, byteCount, fileCount, ranges }: CheckpointSum): void {
    this.#rowCount += rowCount
    this.#byteCount += byteCount
    this.#fileCount += fileCount
    this.#columns.forEach(({ sum }, i) => sum.add(ranges[i], rowCount))
  }

  /** False when one does not say how many rows it has. */
  addFiles(files: readonly DeltaFile[]): boolean {
    for (const file of files) {
      const statistics = statisticsOf(file)
      if (statistics.rowCount === undefined || (file.deletionVector?.cardinality ?? 0) < 0) return false
      this.#rowCount += statistics.rowCount - (file.deletionVector?.cardinality ?? 0)
      this.#byteCount += file.byteCount
      this.#hasVectors ||= file.deletionVector !== undefined
      this.#fileCount++
      addRanges(this.#columns, file, statistics, statistics.rowCount)
    }
    return true
  }

  isAnswered(): boolean {
    return this.#columns.every(({ field, sum }) => {
      const { exact, nullCount } = this.#rangeOf(sum)
      return this.#asked.get(field.name) === 'bounds' ? exact : nullCount !== undefined
    })
  }

  finish(): TableStatistics {
    return {
      rowCount: this.#rowCount,
      exact: true,
      byteCount: this.#byteCount,
      fileCount: this.#fileCount,
      columns: new Map(this.#columns.map(({ field, sum }) => [field.name, this.#rangeOf(sum)])),
    }
  }

  #rangeOf(sum: RangeSum): ColumnRange {
    return rangeIn(sum, { isExact: true, hasVectors: this.#hasVectors })
  }
}

function summedColumns({ schema, partitions }: ScanContext): SummedColumn[] {
  return schema.fields.flatMap((field): SummedColumn[] => {
    if (field.children.length > 0 || !isOrdered(field.type) || field.refusal !== undefined) return []
    const isPartition = partitions.includes(field)
    return [{ field, path: [field.physicalName], isPartition, sum: new RangeSum(field.type) }]
  })
}

function addRanges(
  columns: readonly SummedColumn[],
  file: DeltaFile,
  statistics: FileStatistics,
  physicalRows: number,
): void {
  for (const { field, path, isPartition, sum } of columns) {
    const range = isPartition
      ? rangeOfValue(partitionValue(file, field), physicalRows)
      : rangeOfColumn(statistics, { path, type: field.type, isWidened: field.isWidened }, file)
    sum.add(range, physicalRows)
  }
}

/** From the first files. */
async function estimate(snapshot: Snapshot, fileCount: number): Promise<TableStatistics> {
  let [seen, rowCount, byteCount] = [0, 0, 0]
  for await (const files of snapshot.files({ withStatistics: true, forCounts: true, batchRows: SAMPLE_FILES })) {
    for (const file of files) {
      rowCount += statisticsOf(file).rowCount ?? Math.ceil(file.byteCount / BYTES_A_ROW)
      byteCount += file.byteCount
    }
    seen += files.length
    if (seen >= SAMPLE_FILES) break
  }
  const scale = seen === 0 ? 0 : fileCount / seen
  return {
    rowCount: Math.round(rowCount * scale),
    exact: false,
    byteCount: Math.round(byteCount * scale),
    fileCount,
    columns: new Map(),
  }
}

/** With deleted rows, neither the counts nor the rows that hold the bounds are certain. */
function rangeIn(sum: RangeSum, { isExact, hasVectors }: { isExact: boolean; hasVectors: boolean }): ColumnRange {
  const { nullCount, ...range } = sum.range()
  return {
    ...range,
    ...(nullCount === undefined || (hasVectors && nullCount > 0) ? {} : { nullCount }),
    exact: range.exact && isExact && !hasVectors,
  }
}

function isOrdered({ kind }: DataType): boolean {
  return kind !== 'null'
}
