/**
 * EXPLAIN: physical plans as text, in PostgreSQL's shape, and as JSON.
 *
 *     Hash Join  (rows=1200)
 *       Hash Cond: (l_partkey = p_partkey)
 *       ->  Scan on lineitem  (rows=6001215)
 *             Filter: l_shipdate >= DATE '1995-09-01'
 *       ->  Hash  (rows=800)
 *             ->  Scan on part
 *
 * With metrics (ANALYZE) each node also has what really happened. Without them nothing that changes from run to run is printed.
 */
import type { Expr } from '../expr/expr.ts'
import type {
  HashJoin,
  JoinType,
  KeyBound,
  NestedLoopJoin,
  PhysicalFrameBound,
  PhysicalPlan,
  PhysicalScan,
  PhysicalWindow,
} from './physical.ts'
import { physicalInputs } from './physical.ts'
import { type NameOf, inputNamer, printAggregate, printExpr, printSortKey } from './print-expr.ts'

/** What a node counted, by node id. */
export type PlanMetrics = ReadonlyMap<number, Readonly<Record<string, number>>>

/** One line a string. */
export function explainText(plan: PhysicalPlan, metrics?: PlanMetrics): string[] {
  const lines: string[] = []
  print(plan, 0, { lines, metrics })
  return lines
}

interface Printing {
  readonly lines: string[]
  readonly metrics: PlanMetrics | undefined
}

function print(plan: PhysicalPlan, depth: number, printing: Printing): void {
  const head = depth === 0 ? '' : `${' '.repeat(6 * depth - 4)}->  `
  const indent = ' '.repeat(6 * depth + 2)
  const counted = countedAt(plan, printing.metrics)
  printing.lines.push(`${head}${nodeTitle(plan)}  (rows=${plan.estimate.rows})${printActual(counted)}`)
  for (const [label, value] of propertiesOf(plan)) printing.lines.push(`${indent}${label}: ${value}`)
  for (const [label, value] of countersOf(plan, counted)) printing.lines.push(`${indent}${label}: ${value}`)
  for (const input of physicalInputs(plan)) print(input, depth + 1, printing)
}

/** What the node counted; nothing counted is zeros, no metrics at all is undefined. */
function countedAt(plan: PhysicalPlan, metrics: PlanMetrics | undefined): Readonly<Record<string, number>> | undefined {
  return metrics === undefined ? undefined : (metrics.get(plan.id) ?? {})
}

function printActual(counted: Readonly<Record<string, number>> | undefined): string {
  if (counted === undefined) return ''
  const time = counted['time_ms'] === undefined ? '' : ` time=${counted['time_ms'].toFixed(3)} ms`
  return ` (actual rows=${counted['rows'] ?? 0}${time} loops=${counted['loops'] ?? 1})`
}

/** Counters that have a place of their own, or that a node's line shows. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set(['rows', 'time_ms', 'loops'])
/** Always shown for scans. */
const SCAN_COUNTERS = ['files_total', 'files_scanned', 'row_groups_scanned', 'bytes_read'] as const

function countersOf(
  plan: PhysicalPlan,
  counted: Readonly<Record<string, number>> | undefined,
): readonly (readonly [string, string])[] {
  if (counted === undefined) return []
  const names = new Set(Object.keys(counted).filter((name) => !SHOWN_ELSEWHERE.has(name)))
  const first = plan.kind === 'scan' ? SCAN_COUNTERS : []
  const rest = [...names].filter((name) => !first.some((one) => one === name)).sort()
  return [...first, ...rest].map((name) => [name, String(counted[name] ?? 0)])
}

const JOIN_NAMES: Readonly<Record<JoinType, string>> = {
  inner: 'Join',
  left: 'Left Join',
  right: 'Right Join',
  full: 'Full Join',
  semi: 'Semi Join',
  anti: 'Anti Join',
  'right-semi': 'Right Semi Join',
  'right-anti': 'Right Anti Join',
  mark: 'Mark Join',
  single: 'Single Join',
}

function nodeTitle(plan: PhysicalPlan): string {
  switch (plan.kind) {
    case 'scan':
      return `Scan on ${plan.tableName}`
    case 'values':
      return plan.rows.length === 1 && plan.output.length === 0 ? 'Result' : 'Values Scan'
    case 'filter':
      return 'Filter'
    case 'project':
      return 'Project'
    case 'hash-join':
      return `Hash ${JOIN_NAMES[plan.type]}`
    case 'nested-loop-join':
      if (plan.range !== undefined) return `${plan.range.nearest ? 'ASOF' : 'Range'} ${JOIN_NAMES[plan.type]}`
      return plan.type === 'inner' ? 'Nested Loop' : `Nested Loop ${JOIN_NAMES[plan.type]}`
    case 'aggregate':
      if (plan.calls.length === 0 && plan.groups.length > 0) return 'Unique'
      return plan.groups.length === 0 ? 'Aggregate' : 'Hash Aggregate'
    case 'sort':
      return plan.limit === null ? 'Sort' : 'Top-N Sort'
    case 'window':
      return 'Window'
    case 'limit':
      return 'Limit'
    case 'union-all':
      return 'Append'
    case 'unnest':
      return 'Unnest'
    case 'materialize':
      return `Materialize ${plan.name}`
    case 'cte-scan':
      return `CTE Scan on ${plan.name}`
  }
}

function propertiesOf(plan: PhysicalPlan): readonly (readonly [string, string])[] {
  switch (plan.kind) {
    case 'scan':
      return scanProperties(plan)
    case 'filter':
      return [['Filter', printExpr(plan.predicate, inputNamer(plan.child.output))]]
    case 'project': {
      const nameOf = inputNamer(plan.child.output)
      const items = plan.expressions.map((expr, i) => assignment(printExpr(expr, nameOf), plan.output[i]!.name))
      return [['Output', items.join(', ')]]
    }
    case 'hash-join':
      return hashJoinProperties(plan)
    case 'nested-loop-join':
      return nestedLoopProperties(plan)
    case 'aggregate': {
      const nameOf = inputNamer(plan.child.output)
      const groups = plan.groups.map((group) => printExpr(group, nameOf))
      const calls = plan.calls.map((call) => printAggregate(call, nameOf))
      const sets = plan.groupingSets?.map((set) => `(${set.map((i) => groups[i]).join(', ')})`)
      return [...property('Group Key', sets === undefined ? groups : sets), ...property('Aggregates', calls)]
    }
    case 'sort': {
      const nameOf = inputNamer(plan.child.output)
      const keys = plan.keys.map((key) => printSortKey(key, nameOf))
      return [...property('Sort Key', keys), ...limits(plan.limit, plan.offset)]
    }
    case 'window':
      return windowProperties(plan)
    case 'limit':
      return limits(plan.limit, plan.offset)
    case 'unnest':
      return [['Lists', printAll(plan.lists, inputNamer(plan.child.output))]]
    case 'values':
    case 'union-all':
    case 'materialize':
    case 'cte-scan':
      return []
  }
}

function windowProperties(plan: PhysicalWindow): readonly (readonly [string, string])[] {
  const nameOf = inputNamer(plan.child.output)
  const { unit, start, end, exclude } = plan.frame
  const bound = ({ kind, offset }: PhysicalFrameBound): string =>
    `${offset === null ? '' : `${printExpr(offset, nameOf)} `}${kind.replace('-', ' ')}`
  const left = exclude === 'no-others' ? '' : ` exclude ${exclude.replace('-', ' ')}`
  const keys = plan.orderBy.map((key) => printSortKey(key, nameOf))
  return [
    ...property(
      'Partition By',
      plan.partitionBy.map((one) => printExpr(one, nameOf)),
    ),
    ...property('Order By', keys),
    ['Frame', `${unit} between ${bound(start)} and ${bound(end)}${left}`.toUpperCase()],
    ...property(
      'Functions',
      plan.calls.map((call) => printAggregate(call, nameOf)),
    ),
  ]
}

function property(label: string, items: readonly string[]): readonly (readonly [string, string])[] {
  return items.length === 0 ? [] : [[label, items.join(', ')]]
}

function printAll(exprs: readonly Expr[], nameOf: NameOf): string {
  return exprs.map((expr) => printExpr(expr, nameOf)).join(', ')
}

function assignment(text: string, name: string): string {
  return text === name ? text : `${text} AS ${name}`
}

function limits(limit: number | null, offset: number): readonly (readonly [string, string])[] {
  return [
    ...(limit === null ? [] : [['Limit', String(limit)] as const]),
    ...(offset === 0 ? [] : [['Offset', String(offset)] as const]),
  ]
}

function scanProperties(plan: PhysicalScan): readonly (readonly [string, string])[] {
  const nameOf = inputNamer(plan.columns)
  const targets = plan.dynamicFilters.map(({ join, column }) => `${nameOf(column)} from join ${join}`)
  return [
    ...property(
      'Columns',
      plan.columns.map(({ name }) => name),
    ),
    ...(plan.filters.length === 0
      ? []
      : [['Filter', plan.filters.map((one) => printExpr(one, nameOf)).join(' AND ')] as const]),
    ...property('Dynamic Filter', targets),
    ...limits(plan.limit, 0),
  ]
}

function joinNamer({ probe, build }: HashJoin | NestedLoopJoin): NameOf {
  return inputNamer([...probe.output, ...build.output])
}

function nestedLoopProperties(plan: NestedLoopJoin): readonly (readonly [string, string])[] {
  const { range, condition } = plan
  const filter = condition === null ? [] : [['Join Filter', printExpr(condition, joinNamer(plan))] as const]
  if (range === undefined) return filter
  const probeName = inputNamer(plan.probe.output)
  const buildName = inputNamer(plan.build.output)
  const key = printExpr(range.buildKeys.at(-1)!, buildName)
  const bounds = [
    ...range.equal.map((expr, i) => `${printExpr(range.buildKeys[i]!, buildName)} = ${printExpr(expr, probeName)}`),
    ...boundText(range.lower, key, '>', probeName),
    ...boundText(range.upper, key, '<', probeName),
  ]
  return [['Range Cond', bounds.map((one) => `(${one})`).join(' AND ')], ...filter]
}

function boundText(bound: KeyBound | null, key: string, symbol: string, nameOf: NameOf): readonly string[] {
  return bound === null ? [] : [`${key} ${symbol}${bound.inclusive ? '=' : ''} ${printExpr(bound.expr, nameOf)}`]
}

function hashJoinProperties(plan: HashJoin): readonly (readonly [string, string])[] {
  const probeName = inputNamer(plan.probe.output)
  const buildName = inputNamer(plan.build.output)
  const keys = plan.probeKeys.map((key, i) => {
    const symbol = plan.nullsEqual[i] === true ? 'IS NOT DISTINCT FROM' : '='
    return `${printExpr(key, probeName)} ${symbol} ${printExpr(plan.buildKeys[i]!, buildName)}`
  })
  return [
    ['Hash Cond', keys.map((key) => `(${key})`).join(' AND ')],
    ...(plan.residual === null ? [] : [['Join Filter', printExpr(plan.residual, joinNamer(plan))] as const]),
    ...(plan.nullAware ? [['Null Aware', 'true'] as const] : []),
    ...(plan.makesDynamicFilter ? [['Dynamic Filter', `join ${plan.id}`] as const] : []),
  ]
}

/** A node in EXPLAIN (FORMAT JSON). */
export interface PlanJson {
  readonly [key: string]: string | number | boolean | readonly PlanJson[]
}

/** PostgreSQL's keys (`Node Type`, `Plan Rows`, `Plans`), counters under their own names. */
export function explainJson(plan: PhysicalPlan, metrics?: PlanMetrics): PlanJson {
  const counted = countedAt(plan, metrics)
  const relation: PlanJson = plan.kind === 'scan' ? { 'Relation Name': plan.tableName, Format: plan.format } : {}
  const actual: Record<string, number> = {}
  if (counted !== undefined) {
    actual['Actual Rows'] = counted['rows'] ?? 0
    actual['Actual Loops'] = counted['loops'] ?? 1
    if (counted['time_ms'] !== undefined) actual['Actual Total Time'] = counted['time_ms']
    for (const [name, value] of countersOf(plan, counted)) actual[name] = Number(value)
  }
  const inputs = physicalInputs(plan)
  return {
    'Node Type': nodeTitle(plan).replace(/ on .*/, ''),
    'Node Id': plan.id,
    ...relation,
    'Plan Rows': plan.estimate.rows,
    'Plan Bytes': plan.estimate.bytes,
    ...Object.fromEntries(propertiesOf(plan)),
    ...actual,
    ...(inputs.length === 0 ? {} : { Plans: inputs.map((input) => explainJson(input, metrics)) }),
  }
}
