/** A table whose rows are values in this thread's memory: registered data, metadata tables. The planner turns its scans into values. */
import { InternalError } from '../../core/errors.ts'
import type { DataType, Field, Schema } from '../../core/types.ts'
import type { LiteralValue } from '../../expr/expr.ts'
import { compareValues } from '../../expr/values/compare.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { Table, TableStatistics } from '../table.ts'

export interface MemoryTable extends Table {
  readonly format: 'memory'
  readonly rowCount: number
  /** One array a column of the schema, each with `rowCount` values. */
  readonly columns: readonly (readonly LiteralValue[])[]
  /** The values row by row. */
  readonly literalRows: readonly (readonly LiteralValue[])[]
}

/**
 * A table of the values given.
 *
 * @param columns One array a field, all of one length; the table keeps them.
 */
export function createMemoryTable(
  name: string,
  schema: Schema,
  columns: readonly (readonly LiteralValue[])[],
): MemoryTable {
  const rowCount = columns[0]?.length ?? 0
  let rows: LiteralValue[][] | undefined
  let statistics: TableStatistics | undefined
  return {
    name,
    format: 'memory',
    schema,
    hiddenColumns: [],
    rowCount,
    columns,
    get literalRows() {
      return (rows ??= Array.from({ length: rowCount }, (_, i) => columns.map((column) => column[i]!)))
    },
    statistics: async () => (statistics ??= statisticsOf(schema, columns, rowCount)),
    scan: () => {
      throw new InternalError(`table "${name}" has no files to scan`)
    },
    metadataTables: () => [],
  }
}

export function isMemoryTable(table: Table): table is MemoryTable {
  return table.format === 'memory'
}

/** A guess for variable-width values: only the order of magnitude matters. */
const BYTES_A_VALUE = 16

function statisticsOf(
  { fields }: Schema,
  columns: readonly (readonly LiteralValue[])[],
  rowCount: number,
): TableStatistics {
  return {
    rowCount,
    exact: true,
    byteCount: rowCount * fields.length * BYTES_A_VALUE,
    fileCount: 0,
    columns: new Map(fields.map((field, i) => [field.name, rangeOf(field, columns[i]!)])),
  }
}

function rangeOf({ type }: Field, values: readonly LiteralValue[]): ColumnRange {
  let nullCount = 0
  let nanCount = 0
  let min: LiteralValue | undefined
  let max: LiteralValue | undefined
  for (const value of values) {
    if (value === null) nullCount++
    else if (Number.isNaN(value)) nanCount++
    else if (isOrdered(type)) {
      if (min === undefined || compareValues(value, min, type) < 0) min = value
      if (max === undefined || compareValues(value, max, type) > 0) max = value
    }
  }
  return {
    ...(min === undefined || max === undefined ? {} : { min, max }),
    exact: true,
    nullCount,
    nanCount,
    valueCount: values.length,
  }
}

function isOrdered({ kind }: DataType): boolean {
  return kind !== 'list' && kind !== 'struct' && kind !== 'map' && kind !== 'null'
}
