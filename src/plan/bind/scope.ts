/**
 * What names mean at a place in a query.
 *
 *     Scope of the inner query --parent--> scope of the query around it --parent--> ...
 *       relations: t1(a, b), t2(a, c)      `t1.a`: by relation, then column
 *       columns:   a, b, c                 `a`: what USING and NATURAL merged stands here once; the order of `*`
 *
 * A dotted name is tried as (relation, column, fields...) first and as (column, fields...) then, scope by scope outwards.
 * Unquoted names match exactly (they are folded to lower case by the parser), or else without regard to case: tables of the lake
 * were not made by SQL and may have columns such as `userId`.
 */
import { type TextRange, SqlError } from '../../core/errors.ts'
import type { DataType } from '../../core/types.ts'
import type { Expr } from '../../expr/expr.ts'
import type { CommonTable, Identifier, NamedWindow } from '../../sql/ast.ts'
import type { AggregateCall, LogicalPlan, PlanColumn, SortKey } from '../logical.ts'
import { nearestName } from './nearest-name.ts'
import type { UnnestedList } from './set-returning.ts'

export interface ScopeColumn {
  readonly id: number
  readonly name: string
  readonly type: DataType
  readonly nullable: boolean
  /** Nameable, but not part of `*`. */
  readonly hidden: boolean
  /** As a table stores it: list subscripts count from 0 (see subscripts.ts). */
  readonly stored: boolean
  /** The value that the name stands for, of parameters of functions: no plan has such a column. */
  readonly value?: () => Expr
}

/** An item of FROM under its name. */
export interface Relation {
  /** Null for a derived table without an alias. */
  readonly name: string | null
  /** The table's own name where an alias hides it. */
  readonly hiddenName?: string
  /** What was written before the name: `s` in `s.t`. */
  readonly path: readonly string[]
  readonly columns: readonly ScopeColumn[]
  /** Whether an outer join may have put NULLs in place of a row. */
  readonly isFilled?: true
}

/** A bound item of FROM. */
export interface FromItem {
  readonly plan: LogicalPlan
  readonly relations: readonly Relation[]
  /** What unqualified names and `*` see. */
  readonly columns: readonly ScopeColumn[]
  /** Something in it may read what stands to its left. */
  readonly lateral: boolean
}

/** The part of a query that is being bound, and what it may hold. */
export interface Clause {
  /** As error messages call it: `WHERE`, `JOIN conditions`. */
  readonly name: string
  readonly aggregates: boolean
  readonly windows: boolean
  /** Select-list aliases that may be used where no column has the name. */
  readonly aliases: ((name: Identifier) => Expr | null) | null
  /** Set while an aggregate's arguments are bound. */
  readonly insideAggregate: boolean
  /** Likewise for window functions. */
  readonly insideWindow: boolean
}

export const NO_CLAUSE: Clause = {
  name: 'this context',
  aggregates: false,
  windows: false,
  aliases: null,
  insideAggregate: false,
  insideWindow: false,
}

/** Aggregates of a query level, gathered while its clauses are bound (grouping.ts). */
export interface Grouping {
  /** Keys (expr-key.ts) of the group expressions, for grouping(). */
  keys: ReadonlySet<string>
  readonly calls: {
    readonly key: string
    readonly call: AggregateCall
    readonly column: PlanColumn
  }[]
}

/** Window functions of a query level, gathered likewise (windows.ts). */
export interface WindowGroup {
  readonly key: string
  readonly partitionBy: readonly Expr[]
  readonly orderBy: readonly SortKey[]
  readonly frame: unknown
  readonly calls: {
    readonly key: string
    readonly call: AggregateCall
    readonly column: PlanColumn
  }[]
}

/** WITH: the innermost common table that can be named at a place, and those before and around it. */
export interface CteScope {
  readonly parent: CteScope | null
  readonly entry: CteEntry
}

export interface CteEntry {
  readonly definition: CommonTable
  /** Where the definition's own names are looked up. */
  readonly scope: Scope | null
  readonly ctes: CteScope | null
  /** Computed once and read by references; null: bound anew at each reference. */
  readonly shared: { readonly cteId: number; readonly columns: readonly ScopeColumn[] } | null
}

export interface Scope {
  readonly parent: Scope | null
  readonly ctes: CteScope | null
  relations: readonly Relation[]
  columns: readonly ScopeColumn[]
  /** The clause being bound now; the scopes around keep theirs while a subquery is bound. */
  clause: Clause
  /** Where aggregates of this query level gather; null before its FROM is known. */
  grouping: Grouping | null
  /** Null where the query level takes no window functions (yet). */
  windows: WindowGroup[] | null
  /** Functions that give rows in the select list; null where the query level takes none (yet). */
  unnested: UnnestedList[] | null
  /** The WINDOW clause. */
  namedWindows: readonly NamedWindow[]
  /** Group expressions that hold subqueries, by their syntax: a subquery equals another only as text. */
  groupSyntax: ReadonlyMap<string, Expr> | null
}

export function makeScope(
  parent: Scope | null,
  ctes: CteScope | null,
  from?: Pick<FromItem, 'relations' | 'columns'>,
): Scope {
  return {
    parent,
    ctes,
    relations: from?.relations ?? [],
    columns: from?.columns ?? [],
    clause: NO_CLAUSE,
    grouping: null,
    windows: null,
    unnested: null,
    namedWindows: [],
    groupSyntax: null,
  }
}

/** Runs `work` with `scope` in `clause`. */
export function inClause<T>(scope: Scope, clause: Clause, work: () => T): T {
  const before = scope.clause
  scope.clause = clause
  try {
    return work()
  } finally {
    scope.clause = before
  }
}

/** A column that a name means, in which scope, and the struct fields that follow. */
export interface Match {
  readonly scope: Scope
  readonly column: ScopeColumn
  /** As the error messages name the column: `t.a`. */
  readonly display: string
  readonly fields: readonly Identifier[]
}

/** The column of a dotted name, searched outwards; null when there is none. 42702 and 42P09 when several fit. */
export function findColumn(scope: Scope, parts: readonly Identifier[], at: TextRange): Match | null {
  let fieldless: Match | null = null
  for (let level: Scope | null = scope; level !== null; level = level.parent) {
    const match = findHere(level, parts, at)
    if (match === null) continue
    // A column without fields does not hide a table further out: `z.z` within a subquery over another table with a column z.
    if (match.fields.length === 0 || match.column.type.kind === 'struct') return match
    fieldless ??= match
  }
  return fieldless
}

function findHere(scope: Scope, parts: readonly Identifier[], at: TextRange): Match | null {
  // The longest qualifier first: s.t.a before the field a of the column t of a relation s.
  for (let length = parts.length - 1; length >= 1; length--) {
    const relation = findRelation(scope, parts.slice(0, length), at)
    if (relation === null) continue
    const column = pickColumn(relation.columns, parts[length]!, at)
    if (column === null) continue
    const display = relation.name === null ? column.name : `${relation.name}.${column.name}`
    return { scope, column, display, fields: parts.slice(length + 1) }
  }
  const column = pickColumn(scope.columns, parts[0]!, at)
  if (column === null) return null
  return { scope, column, display: displayName(scope, column), fields: parts.slice(1) }
}

/** `t.a` when the column stands in a named relation. */
export function displayName(scope: Scope, column: ScopeColumn): string {
  const relation = scope.relations.find((r) => r.columns.some(({ id }) => id === column.id))
  return relation === undefined || relation.name === null ? column.name : `${relation.name}.${column.name}`
}

/** The relation of this scope that `qualifier` names. */
export function findRelation(scope: Scope, qualifier: readonly Identifier[], at: TextRange): Relation | null {
  const name = qualifier.at(-1)!
  const path = qualifier.slice(0, -1)
  const matching = scope.relations.filter(
    (relation) => relation.name !== null && fits(name, relation.name) && pathFits(path, relation.path),
  )
  if (matching.length <= 1) return matching[0] ?? null
  const exact = matching.filter((relation) => relation.name === name.name)
  if (exact.length === 1) return exact[0]!
  throw new SqlError('42P09', `table reference "${name.name}" is ambiguous`, { at })
}

function pathFits(written: readonly Identifier[], path: readonly string[]): boolean {
  if (written.length > path.length) return false
  const tail = path.slice(path.length - written.length)
  return written.every((part, i) => fits(part, tail[i]!))
}

function fits(identifier: Identifier, name: string): boolean {
  if (identifier.name === name) return true
  return !identifier.quoted && identifier.name === name.toLowerCase()
}

/** The column that an identifier names among `columns`: exact matches before those without case, plain before hidden ones. */
export function pickColumn(columns: readonly ScopeColumn[], identifier: Identifier, at: TextRange): ScopeColumn | null {
  let candidates = columns.filter(({ name }) => name === identifier.name)
  if (candidates.length === 0) candidates = columns.filter(({ name }) => fits(identifier, name))
  if (candidates.length > 1) {
    const plain = candidates.filter(({ hidden }) => !hidden)
    if (plain.length > 0) candidates = plain
  }
  if (candidates.length > 1 && candidates.some(({ id }) => id !== candidates[0]!.id)) {
    throw new SqlError('42702', `column reference "${identifier.name}" is ambiguous`, { at })
  }
  return candidates[0] ?? null
}

/** The error for a dotted name that means nothing, with the nearest column as hint. */
export function missingColumn(scope: Scope, parts: readonly Identifier[], at: TextRange): SqlError {
  const names = parts.map(({ name }) => name)
  if (parts.length > 1) {
    const relation = findAnyRelation(scope, parts.slice(0, -1), at)
    if (relation === null) {
      const aliased = [...outwards(scope)]
        .flatMap((level) => level.relations)
        .find((other) => other.hiddenName === names.at(-2))
      if (aliased !== undefined) {
        return new SqlError('42P01', `invalid reference to FROM-clause entry for table "${names.at(-2)!}"`, {
          at,
          hint: `Perhaps you meant to reference the table alias "${aliased.name}".`,
        })
      }
      const qualifier = names.slice(0, -1).join('.')
      const nearest = nearestName(names.at(-2)!, relationNames(scope))
      return new SqlError('42P01', `missing FROM-clause entry for table "${names.at(-2)!}"`, {
        at,
        ...(nearest === undefined || nearest === qualifier
          ? {}
          : { hint: `Perhaps you meant to reference the table alias "${nearest}".` }),
      })
    }
    return new SqlError('42703', `column ${names.slice(-2).join('.')} does not exist`, {
      at,
      ...hintFor(
        names.at(-1)!,
        relation.columns.map(({ name }) => name),
        relation.name,
      ),
    })
  }
  const name = names[0]!
  const visible = [...outwards(scope)].flatMap((level) => level.columns.map((c) => displayName(level, c)))
  const nearest = nearestName(name, visible.map(unqualified))
  const full = nearest === undefined ? undefined : visible.find((text) => unqualified(text) === nearest)
  return new SqlError('42703', `column "${name}" does not exist`, {
    at,
    ...(full === undefined ? {} : { hint: `Perhaps you meant to reference the column "${full}".` }),
  })
}

function unqualified(display: string): string {
  return display.slice(display.indexOf('.') + 1)
}

function hintFor(name: string, columns: readonly string[], relation: string | null): { hint?: string } {
  const nearest = nearestName(name, columns)
  if (nearest === undefined) return {}
  const full = relation === null ? nearest : `${relation}.${nearest}`
  return { hint: `Perhaps you meant to reference the column "${full}".` }
}

function findAnyRelation(scope: Scope, qualifier: readonly Identifier[], at: TextRange): Relation | null {
  for (const level of outwards(scope)) {
    const relation = findRelation(level, qualifier, at)
    if (relation !== null) return relation
  }
  return null
}

function* relationNames(scope: Scope): Generator<string> {
  for (const level of outwards(scope)) {
    for (const { name } of level.relations) if (name !== null) yield name
  }
}

/** The scope and those around it. */
export function* outwards(scope: Scope): Generator<Scope> {
  for (let level: Scope | null = scope; level !== null; level = level.parent) yield level
}

/** The common table that `name` means here. */
export function findCte(ctes: CteScope | null, name: Identifier): CteEntry | null {
  for (let level = ctes; level !== null; level = level.parent) {
    if (level.entry.definition.name.name === name.name) return level.entry
  }
  return null
}
