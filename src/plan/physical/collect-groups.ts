/**
 * Aggregates with array_agg: the groups are the partitions of a window, which knows all rows of one at a time and spills what waits.
 *
 *     Aggregate k: array_agg(x ORDER BY y), sum(z)   ->   Project k, #list, #sum
 *       Scan t                                              Filter #number = 1
 *                                                             Window partition k, order y: array_agg(x), sum(z), row_number()
 *                                                               Scan t
 *
 * Lists in another order than the first are sorted afterwards, by keys that are collected with them. Without GROUP BY there is a row even
 * for no input: one without columns, left-joined.
 */
import { unsupported } from '../../core/errors.ts'
import { type DataType, BIGINT, BOOLEAN, VARCHAR } from '../../core/types.ts'
import { type Expr, and, call, column, columnsOf, literal } from '../../expr/expr.ts'
import { resolveFunction } from '../../expr/functions/index.ts'
import { orderText, rowOf } from '../bind/collected.ts'
import { sortKeysKey } from '../bind/expr-key.ts'
import type { BoundFrame } from '../bind/windows.ts'
import type { AggregateCall, AggregateNode, LogicalPlan, PlanColumn, SortKey, WindowNode } from '../logical.ts'
import { idsOf } from '../rules/plan-rewrite.ts'

const WHOLE_PARTITION: BoundFrame = {
  unit: 'rows',
  start: { kind: 'unbounded-preceding', offset: null },
  end: { kind: 'unbounded-following', offset: null },
  exclude: null,
}

/** How a call is computed over the window, and its value from that column. */
interface Lowered {
  readonly call: AggregateCall
  readonly finish: (value: Expr) => Expr
}

/** The plan of the aggregate's columns, without aggregates. */
export function collectGroups(node: AggregateNode, newId: () => number): LogicalPlan {
  const { child, groups, calls } = node
  if (node.groupingSets !== null) throw unsupported('an aggregate that collects its values, with GROUPING SETS')
  const orderBy = commonOrder(node)
  const lowered = calls.map((one) => lower(one, orderBy))
  const columns = lowered.map(({ call: { type, name } }): PlanColumn => ({ id: newId(), name, type, nullable: true }))
  const number: PlanColumn = { id: newId(), name: 'row_number', type: BIGINT, nullable: false }
  const window: WindowNode = {
    kind: 'window',
    child,
    partitionBy: groups,
    orderBy,
    calls: [...lowered.map((one) => one.call), rowNumber()],
    frame: WHOLE_PARTITION,
    columns: [...child.columns, ...columns, number],
  }
  const first: LogicalPlan = {
    kind: 'filter',
    child: window,
    predicate: call('eq', [column(number.id, BIGINT), literal(1n, BIGINT)], BOOLEAN),
    columns: window.columns,
  }
  const results = lowered.map(({ finish }, i) => finish(column(columns[i]!.id, columns[i]!.type)))
  if (groups.length > 0) {
    return { kind: 'project', child: first, expressions: [...groups, ...results], columns: node.columns }
  }
  return { kind: 'project', child: orNoRow(first), expressions: withZeros(results, calls), columns: node.columns }
}

function rowNumber(): AggregateCall {
  return { name: 'row_number', args: [], distinct: false, filter: null, orderBy: [], type: BIGINT }
}

/** The row, or one of NULLs. */
function orNoRow(right: LogicalPlan): LogicalPlan {
  const left: LogicalPlan = { kind: 'values', rows: [[]], columns: [] }
  const columns = right.columns.map((one) => ({ ...one, nullable: true }))
  return { kind: 'join', type: 'left', left, right, condition: null, dependent: false, columns }
}

/** Counts of no rows are 0. */
function withZeros(results: readonly Expr[], calls: readonly AggregateCall[]): readonly Expr[] {
  return results.map((result, i) => {
    const isCount = calls[i]!.name === 'count' || calls[i]!.name === 'count_star'
    return isCount ? call('coalesce', [result, literal(0n, BIGINT)], BIGINT) : result
  })
}

/** The order of the first call that asks for one; else that of the input, where it has one. */
function commonOrder({ calls, child }: AggregateNode): readonly SortKey[] {
  const own = calls.find(({ name, orderBy }) => name === 'array_agg' && orderBy.length > 0)
  if (own !== undefined) return own.orderBy
  let below = child
  while (below.kind === 'project' || below.kind === 'filter') below = below.child
  if (below.kind !== 'sort') return []
  const ids = idsOf(child)
  const isSeen = below.keys.every(({ expr }) => [...columnsOf(expr)].every((id) => ids.has(id)))
  return isSeen ? below.keys : []
}

function lower(one: AggregateCall, orderBy: readonly SortKey[]): Lowered {
  if (one.name === 'array_agg') return lowerCollecting(one, orderBy)
  if (one.name === 'grouping') return { call: rowNumber(), finish: () => literal(0, one.type) }
  if (!one.distinct || one.name === 'min' || one.name === 'max') {
    return { call: { ...one, distinct: false, orderBy: [] }, finish: (value) => value }
  }
  return lowerDistinct(one)
}

function lowerCollecting(one: AggregateCall, orderBy: readonly SortKey[]): Lowered {
  const [value] = one.args
  const isInOrder = one.orderBy.length === 0 || sortKeysKey(one.orderBy) === sortKeysKey(orderBy)
  if (isInOrder || value === undefined) {
    return { call: { ...one, distinct: false, orderBy: [] }, finish: (list) => list }
  }
  const row = rowOf([...one.orderBy.map(({ expr }) => expr), value])
  const order = literal(orderText(one.orderBy), VARCHAR)
  return {
    call: { ...one, args: [row], distinct: false, orderBy: [], type: listOf(row.type) },
    finish: (list) => call('list_in_order', [list, order], one.type),
  }
}

function listOf(type: DataType): DataType {
  return { kind: 'list', element: { name: 'element', type, nullable: true } }
}

/** count(DISTINCT x) and the like, of the list of different values. */
function lowerDistinct(one: AggregateCall): Lowered {
  const [value] = one.args
  const isKnown = one.name === 'count' || one.name === 'sum' || one.name === 'avg'
  if (value === undefined || !isKnown)
    throw unsupported(`${one.name}(DISTINCT ...) beside aggregates that collect their values`)
  const type = listOf(value.type)
  const present = call('is_not_null', [value], BOOLEAN)
  return {
    call: {
      name: 'array_agg',
      args: [value],
      distinct: false,
      filter: and(one.filter === null ? [present] : [one.filter, present]),
      orderBy: [],
      type,
    },
    finish: (list) => {
      const different = call('list_distinct', [list], type)
      if (one.name !== 'count') return finished(`list_${one.name}`, different, one.type)
      return call('coalesce', [finished('list_count', different, BIGINT), literal(0n, BIGINT)], BIGINT)
    },
  }
}

/** The list converted to what the function takes. */
function finished(name: string, list: Expr, result: DataType): Expr {
  const type = resolveFunction(name, [list.type])?.signature.args[0] ?? list.type
  return call(name, [{ kind: 'cast', arg: list, type, try: false }], result)
}
