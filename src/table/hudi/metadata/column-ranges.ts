/**
 * Bounds of columns by file, or by partition, from the metadata table.
 *
 *   key   base64(xxhash64(column))  base64(xxhash64(partition))  [base64(md5(file))]
 *
 * Read are the records of the columns that a query filters by. Only types are used whose values stand in the index as they are; on any doubt
 * there are no bounds.
 */
import { Buffer } from 'node:buffer'
import type { DataType } from '../../../core/types.ts'
import { xxhash64 } from '../../../core/xxhash64.ts'
import type { LiteralValue } from '../../../core/value.ts'
import { compareValues } from '../../../expr/values/compare.ts'
import type { AvroObject, AvroValue } from '../../../format/avro/decoder.ts'
import type { ColumnRange } from '../../../format/format.ts'
import { readMetadataRecords } from './metadata-records.ts'
import { type MetadataTable, ifSound } from './metadata-table.ts'

/** The writer's seed, a negative int of Java made long. */
const HASH_SEED = 0xffff_ffff_daba_daban

/** The path of the only partition of a table without partitions. */
const NO_PARTITION = '.'

export interface IndexedColumn {
  readonly name: string
  readonly type: DataType
}

/** By file name (`column_stats`) or path of the partition (`partition_stats`): the bounds by column. */
export type RangesByName = ReadonlyMap<string, ReadonlyMap<string, ColumnRange>>

/**
 * Undefined where there is no such index, or none that can be used.
 *
 * @param paths Of the partitions that are asked for; absent: all.
 */
export async function readRanges(
  metadata: MetadataTable,
  partition: 'column_stats' | 'partition_stats',
  columns: readonly IndexedColumn[],
  paths?: readonly string[],
): Promise<RangesByName | undefined> {
  if (!metadata.has(partition)) return undefined
  return ifSound(async () => {
    const types = new Map(columns.map(({ name, type }) => [name, type]))
    const ranges = new Map<string, Map<string, ColumnRange>>()
    for (const record of readMetadataRecords(metadata, partition, keyPrefixes(columns, paths)).values()) {
      const stats = record['ColumnStatsMetadata'] as AvroObject | null
      if (stats === null || stats === undefined || stats['isDeleted'] === true) continue
      const { fileName, columnName } = stats
      // Columns whose hashes are the same are told apart by their names.
      const type = types.get(String(columnName))
      const range = type && rangeOf(stats, type)
      if (typeof fileName !== 'string' || range === undefined) continue
      let known = ranges.get(fileName)
      if (known === undefined) ranges.set(fileName, (known = new Map()))
      known.set(String(columnName), range)
    }
    return ranges
  })
}

/** What the keys of the columns begin with, in some partitions or in all. */
export function keyPrefixes(
  columns: readonly Pick<IndexedColumn, 'name'>[],
  paths: readonly string[] | undefined,
): readonly string[] {
  const partitions = paths === undefined ? [''] : paths.map((path) => keyOf(path === '' ? NO_PARTITION : path))
  return columns.flatMap(({ name }) => partitions.map((partition) => keyOf(name) + partition))
}

function keyOf(name: string): string {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(xxhash64(new TextEncoder().encode(name), HASH_SEED))
  return bytes.toString('base64')
}

export function rangeOf({ minValue, maxValue, nullCount }: AvroObject, type: DataType): ColumnRange | undefined {
  const [min, max] = [trusted(valueOf(minValue, type), ABOVE_BMP), trusted(valueOf(maxValue, type), LAST_OF_BMP)]
  const nulls = nullCount === null || nullCount === undefined ? undefined : Number(nullCount as bigint | number)
  const counts = { exact: false, ...(nulls === undefined ? {} : { nullCount: nulls }) }
  if (min === undefined || max === undefined) return nulls === undefined ? undefined : counts
  return { min, max, ...counts }
}

/**
 * Hudi compares texts by UTF-16 units, we by code points. They differ only between characters beyond the basic plane, which are surrogates below
 * the last part of that plane there: a text above a minimum of the former may be below it here, and one below a maximum of the latter above.
 */
const ABOVE_BMP = /[\u{10000}-\u{10FFFF}]/u
const LAST_OF_BMP = /[\uE000-\uFFFF]/u

function trusted(bound: LiteralValue | undefined, doubtful: RegExp): LiteralValue | undefined {
  return typeof bound === 'string' && doubtful.test(bound) ? undefined : bound
}

/** The value in a record of one field, as a column of the type has it; undefined where it may mean something else. */
function valueOf(wrapper: AvroValue | undefined, { kind }: DataType): LiteralValue | undefined {
  if (wrapper === null || typeof wrapper !== 'object') return undefined
  const { value } = wrapper as AvroObject
  switch (kind) {
    case 'varchar':
      return typeof value === 'string' ? value : undefined
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'tinyint':
    case 'smallint':
    case 'integer':
    case 'date':
      return Number.isInteger(value) ? (value as number) : undefined
    case 'bigint':
      return typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as bigint | number) : undefined
    case 'real':
    case 'double':
      return typeof value === 'number' && !Number.isNaN(value) ? value : undefined
    default:
      return undefined
  }
}

/** What holds for rows of any of these files; undefined where nothing is known of one of them. */
export function unionOf(ranges: readonly (ColumnRange | undefined)[], type: DataType): ColumnRange | undefined {
  let union: ColumnRange | undefined
  for (const range of ranges) {
    if (range === undefined) return undefined
    union = union === undefined ? range : widened(union, range, type)
  }
  return union
}

function widened(a: ColumnRange, b: ColumnRange, type: DataType): ColumnRange {
  const nullCount = a.nullCount === undefined || b.nullCount === undefined ? undefined : a.nullCount + b.nullCount
  const counts = { exact: false, ...(nullCount === undefined ? {} : { nullCount }) }
  const values = [a.min, b.min, a.max, b.max]
  if (values.some((value) => value === undefined || value === null)) return counts
  const order = (x: LiteralValue, y: LiteralValue): number => compareValues(x, y, type)
  return {
    min: order(a.min!, b.min!) <= 0 ? a.min! : b.min!,
    max: order(a.max!, b.max!) >= 0 ? a.max! : b.max!,
    ...counts,
  }
}
