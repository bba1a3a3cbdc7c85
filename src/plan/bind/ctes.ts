/**
 * WITH: a common table that is named once is bound in place, as if it were written there; one that is named more often is computed
 * once (WithNode) and read by CteReferenceNodes. MATERIALIZED and NOT MATERIALIZED say otherwise.
 */
import { type TextRange, SqlError, unsupported } from '../../core/errors.ts'
import type { CommonTable, Query, TableName, WithClause } from '../../sql/ast.ts'
import type { LogicalPlan } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { renameColumns, settleTypes, toScopeColumn } from './bound-columns.ts'
import { freeColumns } from './free-columns.ts'
import type { CteEntry, CteScope, Scope } from './scope.ts'
import { type SyntaxNode, childNodes } from './walk-syntax.ts'

interface SharedCte {
  readonly cteId: number
  readonly name: string
  readonly definition: LogicalPlan
}

export interface BoundWith {
  readonly ctes: CteScope | null
  /** Puts what is computed once under the plan of the query. */
  readonly wrap: (plan: LogicalPlan) => LogicalPlan
}

/** A query, or a statement that changes data. */
type WithNode = SyntaxNode & { readonly with: WithClause | null }

/** Binds the WITH clause of `query`. */
export function bindWith(binder: Binder, query: WithNode, parent: Scope | null, outer: CteScope | null): BoundWith {
  let ctes = outer
  const shared: SharedCte[] = []
  for (const [i, definition] of (query.with?.ctes ?? []).entries()) {
    const name = definition.name.name
    refuseTwice(query.with!, i)
    if (query.with!.recursive && countReferences(definition.query, name) > 0) {
      throw unsupported('a recursive common table expression', { at: definition.at })
    }
    if (definition.search !== undefined || definition.cycle !== undefined) {
      throw new SqlError('42601', 'WITH query is not recursive', { at: definition.at })
    }
    const rest: readonly SyntaxNode[] = [...query.with!.ctes.slice(i + 1), ...bodyOf(query)]
    const references = rest.reduce((count, node) => count + countReferences(node, name), 0)
    let entry: CteEntry = { definition, scope: parent, ctes, shared: null }
    if (references === 0) checkUnused(binder, entry)
    const bound = (definition.materialized ?? references > 1) ? bindShared(binder, entry) : null
    if (bound !== null) {
      const cteId = binder.newCteId()
      shared.push({ cteId, name, definition: bound.plan })
      entry = { ...entry, shared: { cteId, columns: bound.columns } }
    }
    ctes = { parent: ctes, entry }
  }
  return { ctes, wrap: (plan) => wrapShared(plan, shared) }
}

function wrapShared(plan: LogicalPlan, shared: readonly SharedCte[]): LogicalPlan {
  return shared.reduceRight<LogicalPlan>(
    (child, { cteId, name, definition }) => ({
      kind: 'with',
      cteId,
      name,
      definition,
      child,
      columns: child.columns,
    }),
    plan,
  )
}

function refuseTwice({ ctes }: WithClause, index: number): void {
  const { name } = ctes[index]!
  if (ctes.slice(0, index).some((other) => other.name.name === name.name)) {
    throw new SqlError('42712', `WITH query name "${name.name}" specified more than once`, {
      at: name.at,
    })
  }
}

/** Errors in a common table that nobody reads are errors all the same; its plan is thrown away. */
function checkUnused(binder: Binder, entry: CteEntry): void {
  const before = new Set(binder.subqueries.keys())
  bindDefinition(binder, entry)
  dropSubqueries(binder, before)
}

/** How many columns a query has; what is bound to know that is forgotten. */
export function countColumns(binder: Binder, query: Query, scope: Scope): number {
  const before = new Set(binder.subqueries.keys())
  const { columns } = binder.query(query, scope, scope.ctes)
  dropSubqueries(binder, before)
  return columns.length
}

/** The definition to compute once; null when it reads columns of the queries around: then there is no once. */
function bindShared(binder: Binder, entry: CteEntry): BoundQuery | null {
  const before = new Set(binder.subqueries.keys())
  const bound = bindDefinition(binder, entry)
  if (entry.scope === null || freeColumns(bound.plan, binder.subqueries).size === 0) return bound
  dropSubqueries(binder, before)
  return null
}

/** Forgets the subqueries of a plan that is not used. */
function dropSubqueries(binder: Binder, kept: ReadonlySet<number>): void {
  for (const id of binder.subqueries.keys()) if (!kept.has(id)) binder.subqueries.delete(id)
}

/** A reference to a common table: its rows under new column ids, or its definition bound anew. */
export function bindCteReference(binder: Binder, entry: CteEntry): BoundQuery {
  const { shared, definition } = entry
  if (shared === null) return bindDefinition(binder, entry)
  const columns = shared.columns.map(({ name, type, nullable }) => binder.newColumn(name, type, nullable))
  return {
    plan: {
      kind: 'cte-reference',
      cteId: shared.cteId,
      name: definition.name.name,
      definitionColumns: shared.columns.map(({ id }) => id),
      columns,
    },
    columns: columns.map((column, i) => toScopeColumn(column, shared.columns[i]!.stored)),
  }
}

function bindDefinition(binder: Binder, { definition, scope, ctes }: CteEntry): BoundQuery {
  const bound = settleTypes(binder, binder.query(definition.query, scope, ctes), definition.at)
  const { name, columns } = definition
  return {
    plan: bound.plan,
    columns: renameColumns(bound.columns, columns, name.name, nameRange(definition)),
  }
}

function nameRange({ name }: CommonTable): TextRange {
  return name.at
}

function bodyOf(query: WithNode): readonly SyntaxNode[] {
  return childNodes(query).filter((node) => node !== query.with)
}

/** How often tables of this name are read; a WITH within that hides the name makes the count too high, never too low. */
export function countReferences(node: SyntaxNode, name: string): number {
  let count = isReference(node, name) ? 1 : 0
  for (const child of childNodes(node)) count += countReferences(child, name)
  return count
}

function isReference(node: SyntaxNode, name: string): boolean {
  if (node.kind !== 'table-name' && node.kind !== 'table') return false
  const { parts } = (node as TableName).name
  return parts.length === 1 && parts[0]!.name === name
}
