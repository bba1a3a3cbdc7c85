/** Columns of bound queries: casts put over them, names given to them. */
import { type TextRange, SqlError } from '../../core/errors.ts'
import { type DataType, VARCHAR, sameType } from '../../core/types.ts'
import { type Expr, column } from '../../expr/expr.ts'
import type { Identifier } from '../../sql/ast.ts'
import type { PlanColumn } from '../logical.ts'
import type { Binder, BoundQuery } from './binder.ts'
import { namedObject } from './object-casts.ts'
import type { ScopeColumn } from './scope.ts'
import { coerce } from './typing.ts'

/** The query with columns of the given types: casts in its projection, or in one above it. */
export function castColumns(binder: Binder, bound: BoundQuery, types: readonly DataType[], at: TextRange): BoundQuery {
  if (bound.columns.every(({ type }, i) => sameType(type, types[i]!))) return bound
  const { plan } = bound
  const top = plan.kind === 'project' ? plan : null
  const outputs: PlanColumn[] = []
  const expressions = bound.columns.map((from, i): Expr => {
    const place = plan.columns.findIndex(({ id }) => id === from.id)
    const expr = top?.expressions[place] ?? column(from.id, from.type)
    const to = types[i]!
    if (sameType(from.type, to)) {
      outputs.push(plan.columns[place]!)
      return expr
    }
    outputs.push(binder.newColumn(from.name, to, from.nullable))
    return coerce(binder, expr, to, at)
  })
  return {
    plan: { kind: 'project', child: top?.child ?? plan, expressions, columns: outputs },
    columns: bound.columns.map((from, i) =>
      toScopeColumn(outputs[i]!, from.stored && sameType(from.type, types[i]!), from.name),
    ),
  }
}

function isUnsettled(type: DataType): boolean {
  return type.kind === 'null' || namedObject(type) !== null
}

/** The query with a type for each column: what is still untyped becomes varchar, as in PostgreSQL; numbers of objects become their names. */
export function settleTypes(binder: Binder, bound: BoundQuery, at: TextRange): BoundQuery {
  if (!bound.columns.some(({ type }) => isUnsettled(type))) return bound
  return castColumns(
    binder,
    bound,
    bound.columns.map(({ type }) => (isUnsettled(type) ? VARCHAR : type)),
    at,
  )
}

export function toScopeColumn(from: PlanColumn, stored: boolean, name: string = from.name): ScopeColumn {
  return { id: from.id, name, type: from.type, nullable: from.nullable, hidden: false, stored }
}

/** Columns under the names of an alias's column list; the rest keep theirs. */
export function renameColumns(
  columns: readonly ScopeColumn[],
  names: readonly Identifier[],
  relation: string,
  at: TextRange,
): readonly ScopeColumn[] {
  if (names.length === 0) return columns
  const plain = columns.filter(({ hidden }) => !hidden)
  if (names.length > plain.length) {
    throw new SqlError(
      '42P10',
      `table "${relation}" has ${plain.length} columns available but ${names.length} columns specified`,
      { at },
    )
  }
  let next = 0
  return columns.map((from) => {
    if (from.hidden) return from
    const name = names[next++]
    return name === undefined ? from : { ...from, name: name.name }
  })
}
