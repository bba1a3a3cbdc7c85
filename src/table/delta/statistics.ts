/** What the log says of a table: rows, bytes and, for tables of not too many files, the range of each column. */
import type { DataType } from '../../core/types.ts'
import type { ColumnRange } from '../../format/format.ts'
import { RangeSum } from '../range-sum.ts'
import type { TableStatistics } from '../table.ts'
import type { DeltaFile } from './actions.ts'
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

/**
 * Row count and ranges of the columns named, of all files. Undefined when files don't say, when deletion vectors or rounding make what is asked
 * inexact, or when `readStatistics` asked every file already.
 */
export async function readExactStatistics(
  context: ScanContext,
  asked: ReadonlyMap<string, 'bounds' | 'nulls'>,
  known: TableStatistics,
): Promise<TableStatistics | undefined> {
  if (known.fileCount <= FILES_WITH_RANGES_MAX || (known.exact && asked.size === 0)) return undefined
  const columns = summedColumns(context).filter(({ field }) => asked.has(field.name))
  if (columns.length < asked.size) return undefined
  let [rowCount, byteCount, fileCount] = [0, 0, 0]
  let hasVectors = false
  const options = { withStatistics: true, forCounts: columns.every(({ isPartition }) => !isPartition) }
  for await (const files of context.snapshot.files(options)) {
    for (const file of files) {
      const statistics = statisticsOf(file)
      if (statistics.rowCount === undefined || (file.deletionVector?.cardinality ?? 0) < 0) return undefined
      rowCount += statistics.rowCount - (file.deletionVector?.cardinality ?? 0)
      byteCount += file.byteCount
      hasVectors ||= file.deletionVector !== undefined
      fileCount++
      addRanges(columns, file, statistics, statistics.rowCount)
    }
    const isAnswered = columns.every(({ field, sum }) => {
      const { exact, nullCount } = rangeIn(sum, { isExact: true, hasVectors })
      return asked.get(field.name) === 'bounds' ? exact : nullCount !== undefined
    })
    if (!isAnswered) return undefined
  }
  const ranges = columns.map(({ field, sum }) => [field.name, rangeIn(sum, { isExact: true, hasVectors })] as const)
  return { rowCount, exact: true, byteCount, fileCount, columns: new Map(ranges) }
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
