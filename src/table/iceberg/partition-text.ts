/** Partition values as Iceberg writes them in paths and summaries: `2024`, `2024-05`, `2024-05-01`, `2024-05-01-13`, `null`. */
import { DATE } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { civilFromDays } from '../../expr/values/calendar.ts'
import { formatValue } from '../../expr/values/format-value.ts'
import type { BoundPartitionField } from './partition.ts'

/** The text of a partition value, by the transform that made it. */
export function partitionText(value: LiteralValue, { transform, type }: BoundPartitionField): string {
  if (value === null || type === undefined) return 'null'
  if (typeof value === 'number') {
    switch (transform.kind) {
      case 'year':
        return String(1970 + value)
      case 'month':
        return `${1970 + Math.floor(value / 12)}-${pad(value - Math.floor(value / 12) * 12 + 1)}`
      case 'day':
        return formatValue(value, DATE, 'UTC')
      case 'hour': {
        const days = Math.floor(value / 24)
        const { year, month, day } = civilFromDays(days)
        return `${String(year).padStart(4, '0')}-${pad(month)}-${pad(day)}-${pad(value - days * 24)}`
      }
      default:
        break
    }
  }
  return value instanceof Uint8Array && type.kind === 'bytea'
    ? Buffer.from(value).toString('base64')
    : formatValue(value, type, 'UTC')
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
