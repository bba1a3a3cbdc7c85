/**
 * Conditions on buckets: `c = 7` also says `bucket(c) = hash(7) mod n`.
 *
 *   c = 7            ->  c = 7 AND bucket_c = 3
 *   c IN (7, 8)      ->  c IN (7, 8) AND bucket_c IN (3, 5)
 *
 * The added condition follows from the one it stands beside, so the meaning is the same wherever it occurs, under NOT and OR too. The bucket of
 * a partition is an input of its own, behind the columns of the scan.
 */
import { BOOLEAN, type DataType, INTEGER } from '../../core/types.ts'
import { type Expr, type LiteralExpr, and, call, input, literal, rewriteExpr } from '../../expr/expr.ts'
import type { BoundSpec } from './partition.ts'
import { applyTransform } from './transform.ts'

export interface BucketPredicate {
  readonly predicate: Expr
  /** The partition field whose value an added input stands for. */
  readonly bucketOf: ReadonlyMap<number, number>
}

/** `predicate` with conditions on the buckets of `spec`. `fieldsOf`: partition fields by scan column. */
export function addBucketConditions(
  predicate: Expr,
  columns: readonly { readonly type: DataType }[],
  { spec, fieldsOf }: { readonly spec: BoundSpec; readonly fieldsOf: ReadonlyMap<number, readonly number[]> },
): BucketPredicate {
  const bucketOf = new Map<number, number>()
  /** Inputs that stand for buckets, by column. */
  const inputsOf = new Map<number, { input: number; field: number }[]>()
  for (const [column, fields] of fieldsOf) {
    for (const field of fields) {
      if (spec.fields[field]!.transform.kind !== 'bucket') continue
      const index = columns.length + bucketOf.size
      bucketOf.set(index, field)
      inputsOf.set(column, [...(inputsOf.get(column) ?? []), { input: index, field }])
    }
  }
  if (bucketOf.size === 0) return { predicate, bucketOf }
  const extended = rewriteExpr(predicate, (expr) => {
    const compared = comparedColumn(expr)
    if (compared === undefined) return expr
    const conditions = (inputsOf.get(compared.column) ?? []).flatMap(({ input: index, field }) => {
      const { transform, sourceType } = spec.fields[field]!
      const buckets = compared.values.map((value) =>
        sourceType && value.value !== null ? applyTransform(transform, value.value, sourceType) : undefined,
      )
      if (buckets.some((bucket) => bucket === undefined)) return []
      return [bucketCondition(index, buckets as number[])]
    })
    return conditions.length === 0 ? expr : and([expr, ...conditions])
  })
  return { predicate: extended, bucketOf }
}

/** The column and the values of `column = value` and `column IN (values)`. */
function comparedColumn(expr: Expr): { readonly column: number; readonly values: readonly LiteralExpr[] } | undefined {
  if (expr.kind === 'in' && expr.arg.kind === 'input' && !expr.negated) {
    return { column: expr.arg.index, values: expr.values }
  }
  if (expr.kind !== 'call' || expr.name !== 'eq') return undefined
  const [left, right] = expr.args
  if (left?.kind === 'input' && right?.kind === 'literal') return { column: left.index, values: [right] }
  if (left?.kind === 'literal' && right?.kind === 'input') return { column: right.index, values: [left] }
  return undefined
}

function bucketCondition(index: number, buckets: readonly number[]): Expr {
  const arg = input(index, INTEGER)
  const values = [...new Set(buckets)].map((bucket) => literal(bucket, INTEGER))
  if (values.length === 1) return call('eq', [arg, values[0]!], BOOLEAN)
  return { kind: 'in', arg, values, negated: false, type: BOOLEAN }
}
