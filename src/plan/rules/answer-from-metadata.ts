/**
 * Answers count, min and max of a whole table from its statistics, when these are exact: no file is opened.
 *
 *     Aggregate: count(*), max(d)        Values (1500000, DATE '1998-08-02')
 *       Scan orders (d)             ->
 */
import { type DataType, isFloat, sameType } from '../../core/types.ts'
import { type Expr, literal } from '../../expr/expr.ts'
import type { ColumnRange } from '../../format/format.ts'
import type { Table, TableStatistics } from '../../table/table.ts'
import type { AggregateCall, AggregateNode, LogicalPlan, ScanNode } from '../logical.ts'
import { rewriteUp, walkPlan } from './plan-rewrite.ts'
import type { Rule } from './rule.ts'

export const answerFromMetadata: Rule = {
  name: 'answer-from-metadata',
  apply: (plan, { statistics }) =>
    rewriteUp(plan, (node) => {
      const scan = wholeTableOf(node)
      const known = scan && statistics(scan.table)
      return known?.exact === true ? answer(node as AggregateNode, scan!, known) : node
    }),
}

/**
 * Questions that the rule would answer from exact statistics: the columns that are asked about, by table. Statistics of a large table are estimates
 * until somebody asks.
 */
export function questionsForMetadata(plan: LogicalPlan): ReadonlyMap<Table, ColumnQuestions> {
  const questions = new Map<Table, ColumnQuestions>()
  for (const node of walkPlan(plan)) {
    const scan = wholeTableOf(node)
    const asked = scan && questionsOf(node as AggregateNode, scan)
    if (scan !== undefined && asked !== undefined) {
      questions.set(scan.table, new Map([...asked, ...(questions.get(scan.table) ?? [])]))
    }
  }
  return questions
}

/** What is asked of columns, by name: their bounds, or only how many NULLs they have. */
type ColumnQuestions = ReadonlyMap<string, 'bounds' | 'nulls'>

/** The scan of an aggregate over all rows of a table, in one group. */
function wholeTableOf(node: LogicalPlan): ScanNode | undefined {
  if (node.kind !== 'aggregate' || node.groups.length > 0 || node.groupingSets !== null) return undefined
  const { child } = node
  return child.kind === 'scan' && child.filter === null && child.limit === null ? child : undefined
}

/** What would answer all calls; undefined when something else is asked, or bounds that are never exact. */
function questionsOf({ calls }: AggregateNode, scan: ScanNode): ColumnQuestions | undefined {
  const questions = new Map<string, 'bounds' | 'nulls'>()
  for (const call of calls) {
    if (call.filter !== null || (call.distinct && call.name === 'count')) return undefined
    if (call.name === 'count_star') continue
    const index = columnOf(call, scan)
    if (!['count', 'min', 'max'].includes(call.name) || index < 0) return undefined
    const { name } = scan.projection[index]!
    if (call.name === 'count') questions.set(name, questions.get(name) ?? 'nulls')
    else if (CUT_OR_ROUNDED.has(call.type.kind)) return undefined
    else questions.set(name, 'bounds')
  }
  return questions
}

/** Types of which metadata keeps no exact bounds: long values are cut, floats leave NaN out. */
const CUT_OR_ROUNDED: ReadonlySet<DataType['kind']> = new Set(['varchar', 'bytea', 'uuid', 'real', 'double', 'half'])

/** The scan's column that the call is about; -1 when it is about something else. */
function columnOf({ args: [arg] }: AggregateCall, scan: ScanNode): number {
  return arg?.kind === 'column' ? scan.columns.findIndex(({ id }) => id === arg.id) : -1
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
  const index = columnOf(call, scan)
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
