/**
 * What a scan's rows must pass, compiled for one thread: the conjuncts of the scan node, those of residuals, and the filters that joins
 * made of their build sides.
 */
import { Arena } from '../../core/arena.ts'
import { BOOLEAN, type DataType } from '../../core/types.ts'
import type { Batch, Selection } from '../../core/vector.ts'
import {
  type Expr,
  type InputExpr,
  type LiteralValue,
  and,
  call,
  input,
  literal,
  someExpr,
  walkExpr,
} from '../../expr/expr.ts'
import { compileFilter } from '../../expr/filter.ts'
import { compareValues } from '../../expr/values/compare.ts'
import type { PhysicalScan } from '../../plan/physical.ts'
import { applyDynamicFilter, dynamicFilterRange } from '../join/index.ts'
import type { QueryContext } from '../query-context.ts'
import { PageProbes } from './page-probes.ts'
import type { TaskChecks } from './scan-round.ts'

/** One thing to check, and what it needs. */
export interface Check {
  /** Columns of the scan that it reads. */
  readonly columns: readonly number[]
  /** Metric that counts the rows it drops. */
  readonly counter: string
  /** It raises no error whatever rows it sees, and may run before checks that are planned before it. */
  readonly isMovable: boolean
  /** Rows of the selection (null: all) that pass; null: all rows of the batch do. Columns it does not read may be missing. */
  run(batch: Batch, selection: Selection | null): Selection | null
}

interface DynamicFilter {
  readonly column: number
  readonly check: Check
  /** Bounds of the column as conjuncts, to skip row groups and pages by. */
  readonly bounds: readonly Expr[]
}

export class ScanFilters {
  readonly #context: QueryContext
  readonly #plan: PhysicalScan
  /** Filters of the node by index, others by key. */
  readonly #compiled = new Map<number | string, Check>()
  readonly #dynamic: readonly DynamicFilter[]
  /** A join's build side is empty: no row can match. */
  readonly passNothing: boolean
  /** For values that live as long as the query. */
  readonly arena: Arena
  readonly pages: PageProbes = new PageProbes()

  constructor(context: QueryContext, plan: PhysicalScan) {
    this.#context = context
    this.#plan = plan
    this.arena = new Arena(context.memory, 'constants of a scan', 1 << 16)
    const dynamic: DynamicFilter[] = []
    let passNothing = false
    for (const { join, key, column } of plan.dynamicFilters) {
      // A join that has not run yet filters nothing.
      if (!context.hasState(join)) continue
      const state = context.state(join)
      const range = dynamicFilterRange(state, key)
      if (range === null) continue
      const { type } = plan.columns[column]!
      if (isEmptyRange(range, type)) passNothing = true
      dynamic.push({
        column,
        check: {
          columns: [column],
          counter: 'rows_pruned_by_dynamic_filter',
          isMovable: true,
          run: (batch, selection) => applyDynamicFilter(context, state, key, batch.columns[column]!, selection),
        },
        bounds: boundsOf(input(column, type), range),
      })
    }
    this.#dynamic = dynamic
    this.passNothing = passNothing
  }

  /** The checks of a task, in the order that is planned. */
  checksOf(checks: TaskChecks): readonly Check[] {
    return [
      ...checks.filters.map((i) => this.#check(i, this.#plan.filters[i]!)),
      ...checks.others.map(({ key, expr }) => this.#check(key, expr)),
      ...this.#dynamic.map(({ check }) => check),
    ]
  }

  /** Conjuncts that a row group or page must be able to satisfy. */
  pruningConjuncts(checks: TaskChecks): readonly Expr[] {
    const filters = checks.filters.map((i) => this.#plan.filters[i]!)
    return [...filters, ...checks.others.map(({ expr }) => expr), ...this.#dynamic.flatMap(({ bounds }) => bounds)]
  }

  #check(key: number | string, conjunct: Expr): Check {
    let check = this.#compiled.get(key)
    if (check === undefined) {
      check = {
        columns: inputsOf(conjunct),
        counter: 'rows_pruned_by_filter',
        isMovable: neverRaises(conjunct),
        run: compileFilter([conjunct], this.#context),
      }
      this.#compiled.set(key, check)
    }
    return check
  }
}

/** Calls that give a value for any arguments, the same each time. */
const STEADY: ReadonlySet<string> = new Set([
  ...['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'not', 'like', 'not_like', 'starts_with', 'is_null', 'is_not_null'],
  ...['is_distinct_from', 'is_not_distinct_from', 'is_true', 'is_not_true', 'is_false', 'is_not_false'],
])

function neverRaises(conjunct: Expr): boolean {
  return !someExpr(conjunct, (part) => (part.kind === 'call' ? !STEADY.has(part.name) : !PLAIN.has(part.kind)))
}

const PLAIN: ReadonlySet<Expr['kind']> = new Set(['input', 'literal', 'and', 'or', 'in'])

/** The columns that an expression is about. */
export function inputsOf(expr: Expr): readonly number[] {
  const inputs = new Set<number>()
  for (const node of walkExpr(expr)) if (node.kind === 'input') inputs.add(node.index)
  return [...inputs]
}

/** Both ends belong to the range. */
interface ValueRange {
  readonly min: LiteralValue
  readonly max: LiteralValue
}

function isEmptyRange({ min, max }: ValueRange, type: DataType): boolean {
  return min !== null && max !== null && compareValues(min, max, type) > 0
}

function boundsOf(column: InputExpr, { min, max }: ValueRange): readonly Expr[] {
  if (min === null || max === null) return []
  return [
    call('ge', [column, literal(min, column.type)], BOOLEAN),
    call('le', [column, literal(max, column.type)], BOOLEAN),
  ]
}

/** The conjunction, or null for none. */
export function conjunction(conjuncts: readonly Expr[]): Expr | null {
  return conjuncts.length === 0 ? null : and(conjuncts)
}
