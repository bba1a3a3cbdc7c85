/**
 * Window functions: the input in the order of the window, then a node that computes them while the rows pass.
 *
 *     Window rank() OVER (PARTITION BY a ORDER BY b + 1)   ->   Window  partition a  order k
 *       Scan t (a, b)                                             Sort  a, k
 *                                                                   Project  a, b, b + 1 AS k
 *                                                                     Scan t
 *
 * Another window of the same order needs no sort of its own. DISTINCT ON, INTERSECT ALL and EXCEPT ALL number rows with the same node.
 */
import { BIGINT } from '../../core/types.ts'
import { type Expr, input } from '../../expr/expr.ts'
import type { BoundFrame } from '../bind/windows.ts'
import type { LogicalPlan, WindowNode } from '../logical.ts'
import { expressionsOf } from '../node-expressions.ts'
import type {
  OutputColumn,
  PhysicalAggregateCall,
  PhysicalFrame,
  PhysicalPlan,
  PhysicalSortKey,
  PhysicalWindow,
} from '../physical.ts'
import { type BuiltPlan, type PlanBuilder, outputOf, placed, withRead } from './plan-builder.ts'

const DEFAULT_FRAME: PhysicalFrame = {
  unit: 'range',
  start: { kind: 'unbounded-preceding', offset: null },
  end: { kind: 'current-row', offset: null },
  exclude: 'no-others',
}

/** Functions that give the first argument of another row. */
const VALUE_FUNCTIONS: ReadonlySet<string> = new Set([
  'lag',
  'lead',
  'first_value',
  'last_value',
  'nth_value',
  'array_agg',
])

export function buildWindow(builder: PlanBuilder, logical: WindowNode, required: ReadonlySet<number>): BuiltPlan {
  const exprs = expressionsOf(logical)
  const child = builder.build(logical.child, withRead(required, exprs))
  const columns = new ColumnsBelow(builder, child)
  const partitionBy = logical.partitionBy.map((one) => columns.place(one, true))
  const orderBy = logical.orderBy.map((key) => ({ ...key, expr: columns.place(key.expr, true) }))
  const calls = logical.calls.map(({ name, args, distinct, filter, type }): PhysicalAggregateCall => ({
    name,
    args: args.map((arg, i) => columns.place(arg, i === 0 && VALUE_FUNCTIONS.has(name))),
    distinct,
    filter: filter === null ? null : columns.place(filter, false),
    type,
  }))
  const below = columns.finish()
  const own = logical.columns.slice(logical.child.columns.length)
  const plan = makeWindow(builder, logical, below, {
    partitionBy,
    orderBy,
    calls,
    frame: physicalFrame(logical.frame as BoundFrame | null),
    columns: own.map(outputOf),
  })
  const first = below.output.length
  const places = new Map([...child.places, ...own.map(({ id }, i) => [id, first + i] as const)])
  return { plan, places, logical }
}

function physicalFrame(frame: BoundFrame | null): PhysicalFrame {
  return frame === null ? DEFAULT_FRAME : { ...frame, exclude: frame.exclude ?? 'no-others' }
}

/** Numbers the rows of each value of `partitionBy` from 1, in a last column. */
export function numberRows(
  builder: PlanBuilder,
  logical: LogicalPlan,
  child: PhysicalPlan,
  partitionBy: readonly Expr[],
  orderBy: readonly PhysicalSortKey[],
): PhysicalWindow {
  return makeWindow(builder, logical, child, {
    partitionBy,
    orderBy,
    calls: [{ name: 'row_number', args: [], distinct: false, filter: null, type: BIGINT }],
    frame: DEFAULT_FRAME,
    columns: [{ name: 'row_number', type: BIGINT, nullable: false }],
  })
}

interface WindowParts extends Pick<PhysicalWindow, 'partitionBy' | 'orderBy' | 'calls' | 'frame'> {
  readonly columns: readonly OutputColumn[]
}

function makeWindow(
  builder: PlanBuilder,
  logical: LogicalPlan,
  child: PhysicalPlan,
  { columns, ...parts }: WindowParts,
): PhysicalWindow {
  const keys = [
    ...parts.partitionBy.map((expr) => ({ expr, descending: false, nullsFirst: false })),
    ...parts.orderBy.map(({ expr, descending, nullsFirst }) => ({ expr, descending, nullsFirst })),
  ]
  const output = [...child.output, ...columns]
  return {
    kind: 'window',
    id: builder.newId(),
    output,
    estimate: builder.estimate(logical, output),
    child: isOrderedBy(child, keys) ? child : sorted(builder, child, keys),
    ...parts,
  }
}

function sorted(builder: PlanBuilder, child: PhysicalPlan, keys: readonly PhysicalSortKey[]): PhysicalPlan {
  const { output, estimate } = child
  return {
    kind: 'sort',
    id: builder.newId(),
    output,
    estimate,
    child,
    keys,
    limit: null,
    offset: 0,
  }
}

/** Whether `plan` is a window whose own input is in this order. */
function isOrderedBy(plan: PhysicalPlan, keys: readonly PhysicalSortKey[]): boolean {
  if (plan.kind === 'window') return isOrderedBy(plan.child, keys)
  return (
    plan.kind === 'sort' &&
    plan.limit === null &&
    plan.offset === 0 &&
    plan.keys.length === keys.length &&
    plan.keys.every(({ expr, descending, nullsFirst }, i) => {
      const other = keys[i]!
      return (
        expr.kind === 'input' &&
        other.expr.kind === 'input' &&
        expr.index === other.expr.index &&
        descending === other.descending &&
        nullsFirst === other.nullsFirst
      )
    })
  )
}

/** The input's columns and what is computed from them for the window. */
class ColumnsBelow {
  readonly #builder: PlanBuilder
  readonly #child: BuiltPlan
  readonly #computed: Expr[] = []

  constructor(builder: PlanBuilder, child: BuiltPlan) {
    this.#builder = builder
    this.#child = child
  }

  /** `expr` as a column; constants stay themselves unless `always`. */
  place(expr: Expr, always: boolean): Expr {
    const own = placed(expr, this.#child.places)
    if (own.kind === 'input' || (own.kind === 'literal' && !always)) return own
    const key = JSON.stringify(own, bigintText)
    let index = this.#computed.findIndex((one) => JSON.stringify(one, bigintText) === key)
    if (index < 0) index = this.#computed.push(own) - 1
    return input(this.#child.plan.output.length + index, expr.type)
  }

  /** The input, with a projection when something is computed. */
  finish(): PhysicalPlan {
    const { plan, logical } = this.#child
    if (this.#computed.length === 0) return plan
    const output = [
      ...plan.output,
      ...this.#computed.map(({ type }, i) => ({ name: `key_${i + 1}`, type, nullable: true })),
    ]
    const passed = plan.output.map(({ type }, i) => input(i, type))
    return this.#builder.project(plan, output, [...passed, ...this.#computed], logical)
  }
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
