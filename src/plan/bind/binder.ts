/** The state of one binding: ids given out, plans of subqueries, and the ways back into the two recursive binders. */
import { type TextRange, ResourceError, SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { ColumnExpr, Expr } from '../../expr/expr.ts'
import { column } from '../../expr/expr.ts'
import type { Expression, Query, Select } from '../../sql/ast.ts'
import type { LogicalPlan, PlanColumn } from '../logical.ts'
import type { BindContext, ResolvedTables } from './context.ts'
import type { CteScope, FromItem, Scope, ScopeColumn } from './scope.ts'

/** A bound query: its columns may still be untyped literals (type `null`), see `settleTypes`. */
export interface BoundQuery {
  readonly plan: LogicalPlan
  readonly columns: readonly ScopeColumn[]
}

/** The mutually recursive parts: files of this folder reach them through here, not through each other. */
export interface Recursion {
  expression(binder: Binder, ast: Expression, scope: Scope): Expr
  query(binder: Binder, query: Query, parent: Scope | null, ctes: CteScope | null): BoundQuery
  select(binder: Binder, from: FromItem, select: Select, parent: Scope | null, ctes: CteScope | null): BoundQuery
}

/** Nesting of expressions and queries that is still bound: far below what the stack holds. */
const DEPTH_MAX = 1000

export class Binder {
  readonly context: BindContext
  readonly tables: ResolvedTables
  readonly subqueries: Map<number, LogicalPlan> = new Map()
  readonly #recursion: Recursion
  /** What a column reference was called and where: for errors found after binding it (42803). */
  readonly #references = new WeakMap<Expr, { readonly display: string; readonly at: TextRange }>()
  readonly #lastReference = new Map<number, { readonly display: string; readonly at: TextRange }>()
  readonly #stored = new WeakSet<Expr>()
  readonly #nullable = new Map<number, boolean>()
  #nextColumnId = 1
  #nextPlanId = 1
  #nextCteId = 1
  #depth = 0

  constructor(context: BindContext, tables: ResolvedTables, recursion: Recursion) {
    this.context = context
    this.tables = tables
    this.#recursion = recursion
  }

  expression(ast: Expression, scope: Scope): Expr {
    return this.#nested(ast.at, () => this.#recursion.expression(this, ast, scope))
  }

  query(query: Query, parent: Scope | null, ctes: CteScope | null): BoundQuery {
    return this.#nested(query.at, () => this.#recursion.query(this, query, parent, ctes))
  }

  /** Binds a SELECT over a FROM that is bound already. */
  select(from: FromItem, select: Select, parent: Scope | null, ctes: CteScope | null): BoundQuery {
    return this.#nested(select.at, () => this.#recursion.select(this, from, select, parent, ctes))
  }

  #nested<T>(at: TextRange, work: () => T): T {
    if (this.#depth >= DEPTH_MAX) {
      throw new ResourceError('54001', 'stack depth limit exceeded', { at })
    }
    this.#depth++
    try {
      return this.locate(at, work)
    } finally {
      this.#depth--
    }
  }

  newColumn(name: string, type: DataType, nullable: boolean): PlanColumn {
    const id = this.#nextColumnId++
    this.#nullable.set(id, nullable)
    return { id, name, type, nullable }
  }

  /** Records that outer joins may make the columns NULL. */
  setNullable(columns: readonly { readonly id: number; readonly nullable: boolean }[]): void {
    for (const { id, nullable } of columns) this.#nullable.set(id, nullable)
  }

  isNullableColumn(id: number): boolean {
    return this.#nullable.get(id) ?? true
  }

  get nextColumnId(): number {
    return this.#nextColumnId
  }

  newCteId(): number {
    return this.#nextCteId++
  }

  addSubquery(plan: LogicalPlan): number {
    const id = this.#nextPlanId++
    this.subqueries.set(id, plan)
    return id
  }

  /** An expression that reads `from`, remembered with its place. */
  reference(from: ScopeColumn, display: string, at: TextRange): ColumnExpr {
    const expr = column(from.id, from.type)
    this.#references.set(expr, { display, at })
    this.#lastReference.set(from.id, { display, at })
    if (from.stored) this.#stored.add(expr)
    return expr
  }

  referenceOf(expr: Expr): { readonly display: string; readonly at: TextRange } | undefined {
    return this.#references.get(expr)
  }

  /** Some place where the column is named. */
  findReference(id: number): { readonly display: string; readonly at: TextRange } | undefined {
    return this.#lastReference.get(id)
  }

  /** Whether the value is a table's own, unchanged: see subscripts.ts. */
  isStored(expr: Expr): boolean {
    return this.#stored.has(expr)
  }

  markStored(expr: Expr): void {
    this.#stored.add(expr)
  }

  /** Runs `work`; errors that know no place get `at`. */
  locate<T>(at: TextRange, work: () => T): T {
    try {
      return work()
    } catch (error) {
      if (!(error instanceof SqlError) || error.at !== undefined) throw error
      throw new SqlError(error.sqlstate, error.message, {
        at,
        cause: error,
        ...(error.hint === undefined ? {} : { hint: error.hint }),
        ...(error.detail === undefined ? {} : { detail: error.detail }),
      })
    }
  }
}
