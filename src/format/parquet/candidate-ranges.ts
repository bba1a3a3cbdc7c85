/**
 * Which rows of a row group may satisfy a predicate by the page index.
 *
 *   conjunct a > 5 AND b = 3:      pages of a  |----x----|---------|----x----|       x: excluded
 *                                  pages of b  |-----|--x--|-----|--x--|----|
 *                                  rows                  intersection of both
 *
 * Each conjunct is asked for every stretch of rows between the page boundaries of its columns.
 */
import { type Expr, conjuncts, walkExpr } from '../../expr/expr.ts'
import { mightMatch } from '../../expr/prune.ts'
import type { ColumnRange, RowRange } from '../format.ts'

/** Pages of a column, with what is known of the values in each. */
export interface PagedColumn {
  /** First rows of the pages, ascending, the first 0. */
  readonly firstRows: readonly number[]
  range(page: number): ColumnRange | undefined
}

/** More stretches cost more to ask for than they save. */
const STRETCHES_MAX = 100_000

/** Row ranges that may hold matches, ascending, merged; `paged` knows the columns that have an index. */
export function candidateRangesOf(
  predicate: Expr,
  rowCount: number,
  paged: (input: number) => PagedColumn | undefined,
  whole: (input: number) => ColumnRange | undefined,
): RowRange[] {
  let ranges: RowRange[] = rowCount === 0 ? [] : [{ start: 0, end: rowCount }]
  for (const conjunct of conjuncts(predicate)) {
    const columns = new Map<number, PagedColumn>()
    for (const node of walkExpr(conjunct)) {
      if (node.kind !== 'input') continue
      const column = paged(node.index)
      if (column !== undefined) columns.set(node.index, column)
    }
    if (columns.size > 0) ranges = intersect(ranges, matchingStretches(conjunct, rowCount, columns, whole))
  }
  return ranges
}

function matchingStretches(
  conjunct: Expr,
  rowCount: number,
  columns: ReadonlyMap<number, PagedColumn>,
  whole: (input: number) => ColumnRange | undefined,
): RowRange[] {
  const bounds = new Set([...columns.values()].flatMap(({ firstRows }) => firstRows))
  const starts = [...bounds].filter((row) => row < rowCount).toSorted((a, b) => a - b)
  if (starts.length > STRETCHES_MAX) return [{ start: 0, end: rowCount }]
  const pages = new Map([...columns.keys()].map((input) => [input, 0]))
  const ranges: { start: number; end: number }[] = []
  for (const [i, start] of starts.entries()) {
    for (const [input, { firstRows }] of columns) {
      let page = pages.get(input)!
      while (page + 1 < firstRows.length && firstRows[page + 1]! <= start) page++
      pages.set(input, page)
    }
    const rangeOf = (input: number): ColumnRange | undefined => {
      const column = columns.get(input)
      return column === undefined ? whole(input) : column.range(pages.get(input)!)
    }
    if (!mightMatch(conjunct, rangeOf)) continue
    const end = starts[i + 1] ?? rowCount
    const last = ranges.at(-1)
    if (last?.end === start) last.end = end
    else ranges.push({ start, end })
  }
  return ranges
}

/** Rows that are in both lists of ascending ranges. */
export function intersect(a: readonly RowRange[], b: readonly RowRange[]): RowRange[] {
  const common: RowRange[] = []
  for (let i = 0, k = 0; i < a.length && k < b.length;) {
    const start = Math.max(a[i]!.start, b[k]!.start)
    const end = Math.min(a[i]!.end, b[k]!.end)
    if (start < end) common.push({ start, end })
    if (a[i]!.end < b[k]!.end) i++
    else k++
  }
  return common
}
