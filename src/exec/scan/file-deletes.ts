/** The deletes that apply to a data file, read and merged: row numbers, and checks by key. */
import { toSafeNumber } from '../../core/int64.ts'
import type { TargetField } from '../../format/format.ts'
import type { DeleteFilter } from '../../table/table.ts'
import type { QueryContext } from '../query-context.ts'
import { equalitySetFor } from './equality-deletes.ts'
import { positionsIn } from './position-deletes.ts'
import type { Check } from './scan-filters.ts'

export interface FileDeletes {
  /** Null: no row is deleted by its number. */
  readonly positions: DeletedRows | null
  /** Fields that the checks read: columns behind those of the scan, in this order. */
  readonly keys: readonly TargetField[]
  readonly checks: readonly Check[]
}

/** Numbers of deleted rows, ascending; numbers may repeat. */
class DeletedRows {
  readonly #rows: Float64Array

  constructor(rows: Float64Array) {
    this.#rows = rows
  }

  /** Those in [start, end). */
  in(start: number, end: number): Float64Array {
    return this.#rows.subarray(this.#firstAtLeast(start), this.#firstAtLeast(end))
  }

  #firstAtLeast(row: number): number {
    let low = 0
    let high = this.#rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#rows[middle]! < row) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** `columnCount`: columns of the scan, behind which the keys' columns are numbered. */
export function deletesOf(context: QueryContext, filters: readonly DeleteFilter[], columnCount: number): FileDeletes {
  const positions: Float64Array[] = []
  const keys: TargetField[] = []
  const checks: Check[] = []
  for (const filter of filters) {
    switch (filter.kind) {
      case 'positions':
        positions.push(Float64Array.from(filter.rows, (row) => toSafeNumber(row, 'a deleted row')))
        break
      case 'position-file':
        positions.push(positionsIn(context, filter.file, filter.dataFile))
        break
      case 'equality': {
        const columns = filter.keys.map((key) => columnCount + keys.push(key) - 1)
        const set = equalitySetFor(context, filter)
        checks.push({
          columns,
          counter: 'rows_pruned_by_deletes',
          run: (batch, selection) => {
            const vectors = columns.map((column) => batch.columns[column]!)
            return set.missing(context, vectors, batch.rowCount, selection)
          },
        })
        break
      }
    }
  }
  return { positions: merge(positions), keys, checks }
}

function merge(lists: readonly Float64Array[]): DeletedRows | null {
  const filled = lists.filter(({ length }) => length > 0)
  if (filled.length === 0) return null
  if (filled.length === 1) return new DeletedRows(filled[0]!)
  const all = new Float64Array(filled.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of filled) {
    all.set(list, at)
    at += list.length
  }
  return new DeletedRows(all.sort())
}
