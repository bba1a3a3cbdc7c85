/**
 * Row tracking: columns `_ROW_ID` and `_SEQUENCE_NUMBER` of each row, selected by name.
 *
 * Rows have the ids from their file's first one on, and its sequence number (the snapshot that wrote them). A file that a compaction made of
 * several has both as columns.
 *
 * Spec: Apache Paimon, "Row Tracking".
 */
import { BIGINT, type Field } from '../../core/types.ts'
import type { ColumnSource, ProjectedColumn } from '../table.ts'
import { SEQUENCE_NUMBER } from './column-sources.ts'
import type { PaimonContext } from './context.ts'
import type { DataFileMeta } from './manifest.ts'

export const ROW_ID = '_ROW_ID'

/** Columns that can be named of a table whose rows are tracked. */
export function lineageColumns({ schema, options }: PaimonContext): readonly Field[] {
  if (!options.rowTracking || schema.primaryKeys.length > 0) return []
  return [ROW_ID, SEQUENCE_NUMBER].map((name) => ({ name, type: BIGINT, nullable: true }))
}

/** The sources of a file with what its rows inherit from it; the same array where that is nothing. */
export function withLineage(
  sources: readonly ColumnSource[],
  columns: readonly ProjectedColumn[],
  { firstRowId, maxSequenceNumber }: DataFileMeta,
): readonly ColumnSource[] {
  const isLineage = ({ name }: ProjectedColumn): boolean => name === ROW_ID || name === SEQUENCE_NUMBER
  if (!columns.some(isLineage)) return sources
  return sources.map((source, i) => {
    const column = columns[i]
    if (column === undefined || !isLineage(column) || source.kind !== 'file') return source
    const { field } = source
    if (column.name === SEQUENCE_NUMBER)
      return { kind: 'inherited', field, value: maxSequenceNumber, addsPosition: false }
    // A compacted file has the ids themselves.
    if (firstRowId === undefined) return source
    return { kind: 'inherited', field, value: firstRowId, addsPosition: true }
  })
}
