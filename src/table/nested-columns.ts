/**
 * Fields of structs as columns of their own, for pruning: `st.x = 1` becomes a condition on an input behind the columns of the scan, whose bounds the
 * manifest has under the field's id.
 */
import type { DataType, Field } from '../core/types.ts'
import { type CallExpr, type Expr, input, rewriteExpr } from '../expr/expr.ts'
import type { ProjectedColumn } from './table.ts'

export interface PrunedColumn {
  /** Undefined for columns that are not of the table (`_file`). */
  readonly id: number | undefined
  readonly type: DataType
  readonly isNested: boolean
}

export interface NestedPredicate {
  readonly predicate: Expr | null
  /** The scan's columns, then the struct fields that the predicate names. */
  readonly columns: readonly PrunedColumn[]
}

/** `predicate` with fields of structs replaced. `idOf` gives the id of a column of the scan. */
export function nestedColumns(
  predicate: Expr | null,
  scanned: readonly ProjectedColumn[],
  idOf: (column: number) => number | undefined,
): NestedPredicate {
  const columns: PrunedColumn[] = scanned.map(({ type }, i) => ({
    id: idOf(i),
    type,
    isNested: false,
  }))
  if (predicate === null) return { predicate, columns }
  const replaced = rewriteExpr(predicate, (expr) => {
    const field = expr.kind === 'call' && expr.name === 'field' ? structField(expr, columns) : undefined
    if (field?.id === undefined) return expr
    columns.push({ id: field.id, type: field.type, isNested: true })
    return input(columns.length - 1, field.type)
  })
  return { predicate: replaced, columns }
}

function structField({ args }: CallExpr, columns: readonly PrunedColumn[]): Field | undefined {
  const [struct, which] = args
  if (struct?.kind !== 'input' || which?.kind !== 'literal') return undefined
  const type = columns[struct.index]?.type
  if (type?.kind !== 'struct') return undefined
  return type.fields.find(({ name }, i) => which.value === name || Number(which.value) === i)
}
