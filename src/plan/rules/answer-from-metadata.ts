/**
 * Answers count, min and max of a whole table from its statistics, when these are exact: no file is opened.
 *
 *     Aggregate: count(*), max(d)        Values (1500000, DATE '1998-08-02')
 *       Scan orders (d)             ->
 */
import { isFloat, sameType } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { TableStatistics } from '../../table/table.ts'
import type { AggregateCall, AggregateNode, LogicalPlan, ScanNode } from '../logical.ts'
import { rewriteUp } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const answerFromMetadata: Rule = {
  name: 'answer-from-metadata',
  apply: (plan, { statistics }) =>
    rewriteUp(plan, (node) => {
      if (node.kind !== 'aggregate' || node.groups.length > 0 || node.groupingSets !== null) return node
      const { child } = node
      if (child.kind !== 'scan' || child.filter !== null || child.limit !== null) return node
      const known = statistics(child.table)
      return known?.exact === true ? answer(node, child, known) : node
    }),
}

function answer(node: AggregateNode, scan: ScanNode, statistics: TableStatistics): LogicalPlan {
  const row: Expr[] = []
  for (const call of node.calls) {
    const value = valueOf(call, scan, statistics)
    if (value === null) return node
    row.push(value)
  }
  return { kind: 'values', columns: node.columns, rows: [row] }
}

/** Null: not known exactly. */
function valueOf(call: AggregateCall, scan: ScanNode, statistics: TableStatistics): Expr | null {
  if (call.filter !== null || (call.distinct && call.name === 'count')) return null
  const { rowCount } = statistics
  if (call.name === 'count_star') return literal(BigInt(rowCount), call.type)
  const [arg] = call.args
  const index = arg?.kind === 'column' ? scan.columns.findIndex(({ id }) => id === arg.id) : -1
  if (index < 0) return null
  const { name } = scan.projection[index]!
  const range = statistics.columns.get(name)
  if (range === undefined) return null
  switch (call.name) {
    case 'count':
      return range.nullCount === undefined ? null : literal(BigInt(rowCount - range.nullCount), call.type)
    case 'min':
      return bound(range, range.min, call, scan, index)
    case 'max':
      return bound(range, range.max, call, scan, index)
    default:
      return null
  }
}

function bound(
  range: ColumnRange,
  value: ColumnRange['min'],
  { type }: AggregateCall,
  scan: ScanNode,
  index: number,
): Expr | null {
  // Bounds of floats leave NaN out, which is the greatest value.
  if (!range.exact || value === undefined || value === null || isFloat(type)) return null
  return sameType(scan.columns[index]!.type, type) ? literal(value, type) : null
}
