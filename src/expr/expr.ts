/**
 * Bound expressions: typed, names resolved, plain data that can be posted to a worker.
 *
 * Implicit conversions are explicit here: every argument has exactly the type its function was resolved for.
 */
import { type DataType, BOOLEAN } from '../core/types.ts'
import type { LiteralValue } from '../core/value.ts'
import type { ScalarFunction } from './functions/function.ts'

export type { IntervalValue, LiteralValue } from '../core/value.ts'

export type Expr =
  | ColumnExpr
  | InputExpr
  | LiteralExpr
  | CallExpr
  | CastExpr
  | CaseExpr
  | LogicalExpr
  | InListExpr
  | SubqueryExpr

/** A column of the logical plan, by its plan-wide unique id. */
export interface ColumnExpr {
  readonly kind: 'column'
  readonly id: number
  readonly type: DataType
}

/** A column by its position in the operator's input: physical plans and pushed-down predicates. */
export interface InputExpr {
  readonly kind: 'input'
  readonly index: number
  readonly type: DataType
}

export interface LiteralExpr {
  readonly kind: 'literal'
  readonly value: LiteralValue
  readonly type: DataType
}

/**
 * A scalar function or operator; `name` is the registry's (src/expr/functions/): eq ne lt le gt ge is_distinct_from
 * is_not_distinct_from add subtract multiply divide modulo negate not is_null is_not_null concat like ...
 */
export interface CallExpr {
  readonly kind: 'call'
  readonly name: string
  readonly args: readonly Expr[]
  /** What a function does for each element, over inputs of its own (functions/lambdas.ts): no part of the expression around. */
  readonly lambda?: Expr
  /** A user's function, which no registry knows. It is no data: such a plan stays in the calling thread. */
  readonly own?: ScalarFunction
  readonly type: DataType
}

export interface CastExpr {
  readonly kind: 'cast'
  readonly arg: Expr
  readonly type: DataType
  /** NULL instead of an error. */
  readonly try: boolean
}

/** Searched CASE; branches are evaluated lazily, row by row as SQL demands (no error from a branch not taken). */
export interface CaseExpr {
  readonly kind: 'case'
  readonly branches: readonly { readonly when: Expr; readonly then: Expr }[]
  readonly else: Expr
  readonly type: DataType
}

/** Flattened: no `and` directly within `and`; at least two arguments; three-valued. */
export interface LogicalExpr {
  readonly kind: 'and' | 'or'
  readonly args: readonly Expr[]
  readonly type: DataType
}

/** `arg IN (literals)`; NULL if nothing matches and `values` holds a NULL, as SQL says. */
export interface InListExpr {
  readonly kind: 'in'
  readonly arg: Expr
  readonly values: readonly LiteralExpr[]
  readonly negated: boolean
  readonly type: DataType
}

/**
 * A subquery within an expression: only in logical plans, and gone after decorrelation. `plan` is the id of an entry in
 * LogicalQuery.subqueries (kept apart so that expressions stay plain and small).
 */
export interface SubqueryExpr {
  readonly kind: 'subquery'
  readonly form: 'scalar' | 'exists' | 'in' | 'any' | 'all' | 'array'
  readonly plan: number
  /** The left side of IN / ANY / ALL: one expression a column of the subquery; else empty. */
  readonly args: readonly Expr[]
  /** The comparison of ANY / ALL, as a function name; `eq` for IN. */
  readonly comparison: string
  readonly negated: boolean
  readonly type: DataType
}

export function column(id: number, type: DataType): ColumnExpr {
  return { kind: 'column', id, type }
}

export function input(index: number, type: DataType): InputExpr {
  return { kind: 'input', index, type }
}

export function literal(value: LiteralValue, type: DataType): LiteralExpr {
  return { kind: 'literal', value, type }
}

export function call(name: string, args: readonly Expr[], type: DataType): CallExpr {
  return { kind: 'call', name, args, type }
}

/** The conjunction of `args`, flattened; true for none, the one for one. */
export function and(args: readonly Expr[]): Expr {
  const flat = args.flatMap((arg) => conjuncts(arg))
  if (flat.length === 0) return literal(true, BOOLEAN)
  return flat.length === 1 ? flat[0]! : { kind: 'and', args: flat, type: BOOLEAN }
}

/** The parts of a conjunction; [] for the literal true. */
export function conjuncts(expr: Expr): readonly Expr[] {
  if (expr.kind === 'and') return expr.args.flatMap((arg) => conjuncts(arg))
  if (expr.kind === 'literal' && expr.value === true) return []
  return [expr]
}

const NO_PARTS: readonly Expr[] = []

/** The direct parts of an expression, in evaluation order. */
export function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'column':
    case 'input':
    case 'literal':
      return NO_PARTS
    case 'call':
    case 'and':
    case 'or':
    case 'subquery':
      return expr.args
    case 'cast':
    case 'in':
      return [expr.arg]
    case 'case':
      return [...expr.branches.flatMap(({ when, then }) => [when, then]), expr.else]
  }
}

/** `expr` with each direct part replaced; the same object when no part changed. */
export function mapChildren(expr: Expr, change: (child: Expr) => Expr): Expr {
  switch (expr.kind) {
    case 'column':
    case 'input':
    case 'literal':
      return expr
    case 'call':
    case 'and':
    case 'or':
    case 'subquery': {
      const args = mapAll(expr.args, change)
      return args === expr.args ? expr : { ...expr, args }
    }
    case 'cast': {
      const arg = change(expr.arg)
      return arg === expr.arg ? expr : { ...expr, arg }
    }
    case 'in': {
      const arg = change(expr.arg)
      return arg === expr.arg ? expr : { ...expr, arg }
    }
    case 'case': {
      let changed = false
      const branches = expr.branches.map((branch) => {
        const when = change(branch.when)
        const then = change(branch.then)
        changed ||= when !== branch.when || then !== branch.then
        return { when, then }
      })
      const other = change(expr.else)
      return changed || other !== expr.else ? { ...expr, branches, else: other } : expr
    }
  }
}

function mapAll(args: readonly Expr[], change: (child: Expr) => Expr): readonly Expr[] {
  let next: Expr[] | null = null
  for (let i = 0; i < args.length; i++) {
    const arg = change(args[i]!)
    if (next === null && arg !== args[i]) next = args.slice(0, i)
    next?.push(arg)
  }
  return next ?? args
}

/** `expr` rewritten bottom-up: parts first, then `change` on the result. */
export function rewriteExpr(expr: Expr, change: (expr: Expr) => Expr): Expr {
  return change(mapChildren(expr, (child) => rewriteExpr(child, change)))
}

/** Every node of the expression, parents first. (A list: generators within generators would cost more than what is done with most nodes.) */
export function walkExpr(expr: Expr): readonly Expr[] {
  const parts: Expr[] = []
  addParts(expr, parts)
  return parts
}

function addParts(expr: Expr, parts: Expr[]): void {
  parts.push(expr)
  for (const child of childrenOf(expr)) addParts(child, parts)
}

/** Does `test` hold for the expression or a part of it? */
export function someExpr(expr: Expr, test: (part: Expr) => boolean): boolean {
  if (test(expr)) return true
  for (const child of childrenOf(expr)) if (someExpr(child, test)) return true
  return false
}

const NO_IDS: ReadonlySet<number> = new Set()

/** Of expressions that were asked about: rules ask of the same ones again and again. */
const columnIds = new WeakMap<Expr, ReadonlySet<number>>()

/** The ids of the columns that `expr` reads. */
export function columnsOf(expr: Expr): ReadonlySet<number> {
  if (expr.kind === 'literal' || expr.kind === 'input') return NO_IDS
  let ids = columnIds.get(expr)
  if (ids === undefined) {
    const found = new Set<number>()
    addColumns(expr, found)
    columnIds.set(expr, (ids = found))
  }
  return ids
}

function addColumns(expr: Expr, ids: Set<number>): void {
  if (expr.kind === 'column') ids.add(expr.id)
  else for (const child of childrenOf(expr)) addColumns(child, ids)
}
