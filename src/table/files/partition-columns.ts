/**
 * Columns of hive partitions: types guessed from all values, the narrowest of INTEGER, BIGINT, DATE and VARCHAR that holds them.
 */
import { BIGINT, DATE, type DataType, INTEGER, VARCHAR } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { castValue } from '../../expr/values/cast-value.ts'
import { civilFromDays, daysFromCivil } from '../../expr/values/calendar.ts'
import type { ListedFile } from './data-files.ts'

export interface PartitionColumn {
  readonly name: string
  readonly type: DataType
}

export interface PartitionTyping {
  /** Types by name, guessed for the others. */
  readonly partitionTypes?: ReadonlyMap<string, DataType> | undefined
  /** The others are text. */
  readonly partitionsAreText?: boolean | undefined
}

/** The partition columns of a folder's files, in the order of the folders. Errors: 22P02 and others where a value is none of its column's type. */
export function partitionColumns(
  files: readonly ListedFile[],
  { partitionTypes, partitionsAreText }: PartitionTyping = {},
): readonly PartitionColumn[] {
  const values = new Map<string, Set<string>>()
  for (const { partition } of files) {
    for (const [name, value] of partition) {
      let known = values.get(name)
      if (known === undefined) values.set(name, (known = new Set()))
      if (value !== null) known.add(value)
    }
  }
  return [...values].map(([name, texts]) => {
    const given = partitionTypes?.get(name)
    return { name, type: given ?? (partitionsAreText === true ? VARCHAR : typeOf([...texts])) }
  })
}

function typeOf(texts: readonly string[]): DataType {
  if (texts.length === 0) return VARCHAR
  // Leading zeroes and signs would be lost: such values are text.
  if (texts.every((text) => /^(?:0|-?[1-9]\d{0,17})$/.test(text))) {
    return texts.every((text) => Number(text) === (Number(text) | 0)) ? INTEGER : BIGINT
  }
  return texts.every((text) => parseDate(text) !== undefined) ? DATE : VARCHAR
}

/** The value of a partition column; NULL for files outside of its folders. */
export function partitionValue({ name, type }: PartitionColumn, { partition }: ListedFile): LiteralValue {
  const text = partition.get(name) ?? null
  if (text === null) return null
  switch (type.kind) {
    case 'varchar':
      return text
    default:
      return castValue(text, VARCHAR, type, { nowMicros: 0n, timeZone: 'UTC' })
  }
}

function parseDate(text: string): number | undefined {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (!match) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  if (month < 1 || month > 12) return undefined
  const days = daysFromCivil(year, month, day)
  const back = civilFromDays(days)
  return back.month === month && back.day === day ? days : undefined
}
