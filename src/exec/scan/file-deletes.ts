/** The deletes that apply to a data file, read and merged: row numbers, and checks by key. */
import { toSafeNumber } from '../../core/int64.ts'
import type { Batch, Vector } from '../../core/vector.ts'
import type { ColumnSource, DeleteFilter } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { DeletedRows } from './deleted-rows.ts'
import { type EqualitySet, equalitySetFor } from './equality-deletes.ts'
import { positionsIn } from './position-deletes.ts'
import { rowsWithout } from './row-selection.ts'
import type { Check } from './scan-filters.ts'
import type { RoundTask } from './scan-round.ts'

export interface FileDeletes {
  /** Null: no row is deleted by its number. */
  readonly positions: DeletedRows | null
  /** What the checks read: columns behind those of the scan, in this order. */
  readonly columns: readonly ColumnSource[]
  readonly checks: readonly Check[]
  /** Row numbers that alone are to be read, ascending, when that is all that `only` says; null: any. */
  readonly wanted: Float64Array | null
  /** The checks without the one for `wanted`. */
  readonly otherChecks: readonly Check[]
  /** Whether any of the file's rows [start, end) can be among those that are to be read. */
  mayRead(start: number, end: number): boolean
}

/** `columnCount`: columns of the scan, behind which the checks' columns are numbered. */
export function deletesOf(
  context: QueryContext,
  { deletes, only }: Pick<RoundTask, 'deletes' | 'only'>,
  columnCount: number,
): FileDeletes {
  const sources: ColumnSource[] = []
  const addColumn = (source: ColumnSource): number => columnCount + sources.push(source) - 1
  const checks: Check[] = []
  const wanted = only === null ? null : filtersOf(context, only, addColumn)
  // First, because it mostly leaves few rows.
  if (wanted !== null) checks.push(onlyCheck(context, wanted, addColumn))
  const onlyCount = checks.length
  const { positions, equality } = filtersOf(context, deletes, addColumn)
  for (const { columns, set, from } of equality) {
    checks.push({
      columns,
      counter: 'rows_pruned_by_deletes',
      isMovable: false,
      run: (batch, selection) => set.missing(vectorsOf(batch, columns), batch.rowCount, { from, selection }),
    })
  }
  const mayRead = (start: number, end: number): boolean =>
    wanted === null || wanted.equality.length > 0 || (wanted.positions?.in(start, end).length ?? 0) > 0
  const areNamed = wanted !== null && wanted.equality.length === 0
  const named = areNamed ? distinct(wanted.positions?.all ?? new Float64Array(0)) : null
  return { positions, columns: sources, checks, wanted: named, otherChecks: checks.slice(onlyCount), mayRead }
}

interface Filters {
  readonly positions: DeletedRows | null
  readonly equality: readonly {
    readonly columns: readonly number[]
    readonly set: EqualitySet
    readonly from: number
  }[]
}

function filtersOf(
  context: QueryContext,
  filters: readonly DeleteFilter[],
  addColumn: (source: ColumnSource) => number,
): Filters {
  const positions: Float64Array[] = []
  const equality: Filters['equality'][number][] = []
  for (const filter of filters) {
    switch (filter.kind) {
      case 'positions':
        positions.push(Float64Array.from(filter.rows, (row) => toSafeNumber(row, 'a deleted row')))
        break
      case 'position-file':
        positions.push(positionsIn(context, filter.file, filter.dataFile))
        break
      case 'equality':
        equality.push({
          columns: filter.keys.map((field) => addColumn({ kind: 'file', field })),
          set: equalitySetFor(context, filter),
          from: filter.from,
        })
        break
    }
  }
  return { positions: DeletedRows.of(positions), equality }
}

/** Passes the rows that a filter hits: those of the selection without the ones that all filters miss. */
function onlyCheck(
  context: QueryContext,
  { positions, equality }: Filters,
  addColumn: (source: ColumnSource) => number,
): Check {
  const rowNumbers = positions === null ? null : addColumn({ kind: 'position' })
  return {
    columns: [...(rowNumbers === null ? [] : [rowNumbers]), ...equality.flatMap(({ columns }) => columns)],
    counter: 'rows_not_changed',
    isMovable: false,
    run: (batch, selection) => {
      const { rowCount } = batch
      let missed = selection
      if (rowNumbers !== null) missed = positions!.missing(context, batch.columns[rowNumbers]!, rowCount, missed)
      for (const { columns, set, from } of equality) {
        missed = set.missing(vectorsOf(batch, columns), rowCount, { from, selection: missed })
      }
      return rowsWithout(context, rowCount, selection, missed)
    },
  }
}

function distinct(rows: Float64Array): Float64Array {
  return rows.filter((row, i) => i === 0 || row !== rows[i - 1])
}

function vectorsOf({ columns: vectors }: Batch, columns: readonly number[]): readonly Vector[] {
  return columns.map((column) => vectors[column]!)
}
