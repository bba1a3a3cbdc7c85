/** What rows of a merge's result must pass: the filters of the scan, and the merge's own. */
import { compileFilter } from '../../../expr/filter.ts'
import type { QueryContext } from '../../query-context.ts'
import { type Check, type ScanFilters, inputsOf } from '../scan-filters.ts'
import type { RoundTask } from '../scan-round.ts'

export function mergeChecks(
  context: QueryContext,
  filters: ScanFilters,
  { checks, merge }: RoundTask,
): readonly Check[] {
  const own = merge?.filter
  const scan = filters.checksOf(checks)
  if (own === undefined) return scan
  const run = compileFilter([own], context)
  return [...scan, { columns: inputsOf(own), counter: 'rows_pruned_by_filter', isMovable: false, run }]
}
