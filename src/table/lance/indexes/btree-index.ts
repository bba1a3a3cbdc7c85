/**
 * A BTREE index: all values of a column, sorted, with the ids of their rows.
 *
 *   page_lookup.lance   min | max | null_count | page_idx    one row a page
 *   page_data.lance     values | ids                         page p: rows [p * batch_size, (p + 1) * batch_size)
 *
 * Spec: lance-format docs, "BTree Index".
 */
import { corrupt } from '../../../core/errors.ts'
import type { DataType } from '../../../core/types.ts'
import { valueAt } from '../../../core/vector-values.ts'
import type { ColumnRange } from '../../../expr/column-range.ts'
import type { Expr } from '../../../expr/expr.ts'
import { compileFilter } from '../../../expr/filter.ts'
import { mightMatch } from '../../../expr/prune.ts'
import { type IndexFile, ROW_ID, idAt, joinIds } from './index-file.ts'
import type { ScalarLookup } from './scalar-lookup.ts'

const PAGE_ROWS_DEFAULT = 4096
const UINTEGER: DataType = { kind: 'uinteger' }

export interface BTreeFiles {
  readonly lookup: IndexFile
  readonly data: IndexFile
}

/** What is known of each page. XX001 where pages and values do not come to the same. */
export function readPageRanges({ lookup, data }: BTreeFiles, type: DataType): ColumnRange[] {
  const pageRows = pageRowsOf(lookup)
  const pageCount = Math.ceil(data.rowCount / pageRows)
  const ranges = Array.from<ColumnRange | undefined>({ length: pageCount })
  const columns = [
    ['min', type],
    ['max', type],
    ['null_count', UINTEGER],
    ['page_idx', UINTEGER],
  ] as const
  lookup.read(columns, { start: 0, end: lookup.rowCount }, ({ memory }, [min, max, nulls, pages], rowCount) => {
    for (let row = 0; row < rowCount; row++) {
      const page = Number(valueAt(memory, pages!, row))
      if (page >= pageCount || ranges[page] !== undefined) throw corrupt(lookup.url, `page ${page} of ${pageCount}`)
      const [low, high] = [valueAt(memory, min!, row), valueAt(memory, max!, row)]
      ranges[page] = {
        // Of a page with NULLs only.
        ...(low === null || high === null ? {} : { min: low, max: high }),
        exact: true,
        nullCount: Number(valueAt(memory, nulls!, row)),
        valueCount: Math.min(pageRows, data.rowCount - page * pageRows),
      }
    }
  })
  return ranges.map((range, page) => {
    if (range === undefined) throw corrupt(lookup.url, `page ${page} of ${pageCount} is missing`)
    return range
  })
}

function pageRowsOf(lookup: IndexFile): number {
  const rows = lookup.note('batch_size') ?? PAGE_ROWS_DEFAULT
  if (rows === 0) throw corrupt(lookup.url, 'pages of no rows')
  return rows
}

/** Ids of the rows that satisfy the predicate (over input 0), in no order; undefined when more than `rowsMax` must be looked at. */
export const lookUpBTree: ScalarLookup<BTreeFiles & { readonly ranges: readonly ColumnRange[] }> = (
  { lookup, data, ranges },
  predicate,
  { type, rowsMax },
) => {
  const pageRows = pageRowsOf(lookup)
  const pages = ranges.flatMap((range, page) => (mightMatch(predicate, () => range) ? [page] : []))
  if (pages.length * pageRows > Math.max(rowsMax, 2 * pageRows)) return undefined
  const found: BigInt64Array[] = []
  for (const page of pages) {
    const start = page * pageRows
    data.read(
      [
        ['values', type],
        ['ids', ROW_ID],
      ],
      { start, end: Math.min(start + pageRows, data.rowCount) },
      select(predicate, found),
    )
  }
  return joinIds(found)
}

function select(predicate: Expr, found: BigInt64Array[]): Parameters<IndexFile['read']>[2] {
  return (context, [values, ids], rowCount) => {
    const { memory } = context
    const { pointer, count } = compileFilter([predicate], context)({ rowCount, columns: [values!] }, null)
    const rows = memory.u32.subarray(pointer >>> 2, (pointer >>> 2) + count)
    found.push(BigInt64Array.from(rows, (row) => idAt(memory, ids!, row)))
  }
}
